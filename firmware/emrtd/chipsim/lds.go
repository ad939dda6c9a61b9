package chipsim

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// Content is what is on a card, before it is laid out in files.
type Content struct {
	MRZ           string // TD1, 90 characters
	Portrait      []byte // JPEG or JPEG 2000
	Width, Height int
	JPEG2000      bool
	Face          FaceFormat
	Details       *Details       // DG11, DG12, DG16 as its fields say
	More          map[int][]byte // further data groups, whole files: 13
	// Infos are the entries of EF.CardAccess, which DG14 and EF.CardSecurity
	// repeat: there they are signed.
	Infos []byte

	Signing  Signing   // Ordinary where it is left out
	Standing Standing  // of the document signer
	Issued   time.Time // signing time; the authority's where it is left out
}

// tags of the data groups: Doc 9303-10, 4.6.
var dgTags = map[int]tlv.Tag{1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68, 9: 0x69,
	10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70}

// Build lays out the files, with fingerprints that nobody can read, and has
// the authority sign them. The private keys in k belong to DG14 and DG15.
func Build(c Content, k PrivateKeys, a *Authority, rand io.Reader) (Files, error) {
	if _, err := newMRZKeys(c.MRZ); err != nil {
		return nil, err
	}
	if len(c.Portrait) == 0 {
		return nil, errors.New("no portrait")
	}
	fingers := make([]byte, 64) // noise, for the hash in the SOD
	if _, err := io.ReadFull(rand, fingers); err != nil {
		return nil, err
	}
	face, err := faceFile(c)
	if err != nil {
		return nil, err
	}
	groups := map[int][]byte{
		1: tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(c.MRZ))),
		2: face,
		3: tlv.Append(nil, 0x63, fingers),
	}
	if c.Details != nil {
		maps.Copy(groups, c.Details.files())
	}
	infos, err := securityInfos(c.Infos, k)
	if err != nil {
		return nil, err
	}
	if infos != nil {
		groups[14] = tlv.Append(nil, 0x6E, infos)
	}
	if k.AA != nil {
		groups[15] = tlv.Append(nil, 0x6F, k.AA.public())
	}
	for n, b := range c.More {
		if node, err := tlv.ParseOne(b, dgTags[n]); err != nil || len(node.Value) == 0 {
			return nil, fmt.Errorf("data group %d is no file with tag %v", n, dgTags[n])
		}
		groups[n] = b
	}
	files := Files{FileCOM: comFile(groups)}
	for n, b := range groups {
		files[DG(n)] = b
	}
	if err := c.sign(files, groups, k, a); err != nil {
		return nil, err
	}
	return files, nil
}

// sign adds what the authority signs.
func (c Content) sign(files Files, groups map[int][]byte, k PrivateKeys, a *Authority) error {
	signing, at := c.signing(), c.Issued
	if at.IsZero() {
		at = a.now
	}
	sod, err := a.SignAs(groups, signing, c.Standing, at)
	if err != nil {
		return err
	}
	files[FileSOD] = sod
	if len(k.CAM) == 0 {
		return nil
	}
	infos, err := cardSecurityInfos(c.Infos, k)
	if err != nil {
		return err
	}
	files[FileCardSecurity], err = a.signInfos(infos, signing, c.Standing)
	return err
}

func (c Content) signing() Signing {
	if c.Signing.Hash == 0 {
		return Ordinary()
	}
	return c.Signing
}

// groups are the data groups among the files, by number.
func (f Files) groups() map[int][]byte {
	out := map[int][]byte{}
	for id, b := range f {
		if n := int(id) - int(fileDG); n >= 1 && n <= 16 {
			out[n] = b
		}
	}
	return out
}

// comFile is EF.COM: versions and the list of data groups.
func comFile(groups map[int][]byte) []byte {
	var tags []byte
	for _, n := range sorted(groups) {
		tags = append(tags, byte(dgTags[n]))
	}
	return tlv.Append(nil, 0x60,
		tlv.Append(nil, 0x5F01, []byte("0107")),
		tlv.Append(nil, 0x5F36, []byte("040000")),
		tlv.Append(nil, 0x5C, tags))
}

func sorted(groups map[int][]byte) []int {
	var out []int
	for n := range groups {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
