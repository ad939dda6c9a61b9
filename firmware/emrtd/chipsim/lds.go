package chipsim

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"tram06/firmware/emrtd/tlv"
)

// Content is what is on a card, before it is laid out in files.
type Content struct {
	MRZ           string // TD1, 90 characters
	Portrait      []byte // JPEG or JPEG 2000
	Width, Height int
	JPEG2000      bool
	More          map[int][]byte // further data groups, whole files: 13
}

// tags of the data groups: Doc 9303-10, 4.6.
var dgTags = map[int]tlv.Tag{1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68, 9: 0x69,
	10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70}

// Build lays out the files, with fingerprints that nobody can read, and has
// the authority sign them. The private keys in k belong to DG14 and DG15.
func Build(c Content, k PrivateKeys, a *Authority, rand io.Reader) (Files, error) {
	if len(c.MRZ) != 90 {
		return nil, fmt.Errorf("MRZ of %d characters, TD1 has 90", len(c.MRZ))
	}
	if len(c.Portrait) == 0 {
		return nil, errors.New("no portrait")
	}
	fingers := make([]byte, 64) // noise, for the hash in the SOD
	if _, err := io.ReadFull(rand, fingers); err != nil {
		return nil, err
	}
	groups := map[int][]byte{
		1: tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(c.MRZ))),
		2: faceFile(c),
		3: tlv.Append(nil, 0x63, fingers),
	}
	if k.CA != nil {
		groups[14] = securityInfos(k)
	}
	if k.AA != nil {
		pub, err := x509.MarshalPKIXPublicKey(&k.AA.PublicKey)
		if err != nil {
			return nil, err
		}
		groups[15] = tlv.Append(nil, 0x6F, pub)
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
	sod, err := a.Sign(groups)
	if err != nil {
		return nil, fmt.Errorf("sign the SOD: %w", err)
	}
	files[FileSOD] = sod
	return files, nil
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

// faceFile is DG2: one face (ISO/IEC 19794-5) in one biometric template
// (ISO/IEC 7816-11).
func faceFile(c Content) []byte {
	header := tlv.Append(nil, 0xA1,
		tlv.Append(nil, 0x80, []byte{0x01, 0x01}), // version of the header
		tlv.Append(nil, 0x81, []byte{0x02}),       // a face
		tlv.Append(nil, 0x87, []byte{0x01, 0x01}), // format of JTC 1/SC 37
		tlv.Append(nil, 0x88, []byte{0x00, 0x08})) // ... for faces
	return tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61,
		tlv.Append(nil, 0x02, []byte{1}),
		tlv.Append(nil, 0x7F60, header, tlv.Append(nil, 0x5F2E, faceRecord(c)))))
}

func faceRecord(c Content) []byte {
	const headerLen, infoLen, imageLen = 14, 20, 12
	block := infoLen + imageLen + len(c.Portrait)
	b := append([]byte("FAC\x00"), "010\x00"...)
	b = binary.BigEndian.AppendUint32(b, uint32(headerLen+block))
	b = binary.BigEndian.AppendUint16(b, 1) // faces
	b = binary.BigEndian.AppendUint32(b, uint32(block))
	b = append(b, make([]byte, infoLen-4)...) // no feature points, nothing said of the person
	kind := byte(0)
	if c.JPEG2000 {
		kind = 1
	}
	b = append(b, 1, kind) // full frontal
	b = binary.BigEndian.AppendUint16(b, uint16(c.Width))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Height))
	b = append(b, 1, 2, 0, 0, 0, 0) // sRGB, digital camera, device and quality not said
	return append(b, c.Portrait...)
}

// securityInfos is DG14: which proofs the chip can give, and its public key
// for Chip Authentication with all parameters of the curve.
func securityInfos(k PrivateKeys) []byte {
	one := integer(big.NewInt(1))
	ca := tlv.Append(nil, 0x30, tlv.Append(nil, 0x06, caOID), one)
	aa := tlv.Append(nil, 0x30, oid(2, 23, 136, 1, 1, 5), one, oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 3))
	x, y := curve().ScalarBaseMult(k.CA)
	spki := tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, oid(1, 2, 840, 10045, 2, 1), curveParameters()), bits(encode(x, y)))
	key := tlv.Append(nil, 0x30, oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2), spki)
	infos := [][]byte{ca, key}
	if k.AA != nil {
		infos = append(infos, aa)
	}
	return tlv.Append(nil, 0x6E, setOf(infos...))
}

func curveParameters() []byte {
	p := curve().Params()
	field := func(v *big.Int) []byte {
		return tlv.Append(nil, 0x04, v.FillBytes(make([]byte, fieldLen)))
	}
	return tlv.Append(nil, 0x30,
		integer(big.NewInt(1)),
		tlv.Append(nil, 0x30, oid(1, 2, 840, 10045, 1, 1), integer(p.P)),
		tlv.Append(nil, 0x30, field(curve().A()), field(p.B)),
		tlv.Append(nil, 0x04, encode(p.Gx, p.Gy)),
		integer(p.N),
		integer(big.NewInt(1)))
}

func oid(arcs ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(arcs))
	if err != nil {
		panic("chipsim: object identifier written wrong") // all are constants of this package
	}
	return b
}

func integer(v *big.Int) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic("chipsim: an integer cannot be encoded")
	}
	return b
}

func bits(b []byte) []byte { return tlv.Append(nil, 0x03, []byte{0}, b) }

// setOf sorts as DER wants.
func setOf(members ...[]byte) []byte {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b []byte) int { return slices.Compare(a, b) })
	return tlv.Append(nil, 0x31, members...)
}
