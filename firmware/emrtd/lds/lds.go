// Package lds is the Logical Data Structure of ICAO Doc 9303-10: the files of
// a document's application, how they are read with the fewest commands, and
// what those hold that are the same in every country: EF.COM, DG1, DG2, DG11,
// DG12, DG16, EF.ATR/INFO and EF.DIR. DG13 is for those who know the issuing
// state, DG14 and DG15 for the protocols that prove a chip; fingerprints and
// irises are not for us.
package lds

import (
	"errors"
	"fmt"
	"slices"

	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrFormat: a file is not what the standard says.
	ErrFormat = errors.New("lds: malformed file")
	// ErrNotFound: the chip has no such file.
	ErrNotFound = errors.New("lds: no such file")
	// ErrDenied: the chip does not let us read the file.
	ErrDenied = errors.New("lds: file not readable for us")
	// ErrShort: the chip gave fewer bytes than the file says it has.
	ErrShort = errors.New("lds: file ends early")
)

// File is a file identifier. Above it stands that of the master file where the
// application has another file of the same number.
type File uint32

// Files beside the data groups.
const (
	CardAccess   File = 0x011C // in the master file
	CardSecurity File = 0x3F00_011D
	SOD          File = 0x011D
	COM          File = 0x011E
)

// DG is the file of data group n, 1 to 16.
func DG(n int) File { return 0x0100 + File(n) }

// SFI is the short file identifier.
func (f File) SFI() byte { return byte(f) & 0x1F }

func (f File) String() string {
	switch f {
	case CardAccess:
		return "EF.CardAccess"
	case CardSecurity:
		return "EF.CardSecurity"
	case SOD:
		return "EF.SOD"
	case COM:
		return "EF.COM"
	}
	if n := int(f) - 0x0100; n >= 1 && n <= 16 {
		return fmt.Sprintf("DG%d", n)
	}
	return fmt.Sprintf("file %04X", uint16(f))
}

// groupTags are the tags of DG1 to DG16: Doc 9303-10 section 4.6.
var groupTags = [...]tlv.Tag{0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70}

// Tag is the tag that a file's contents start with, 0 if unknown.
func (f File) Tag() tlv.Tag {
	switch f {
	case CardAccess:
		return 0x31
	case CardSecurity:
		return 0x30
	case SOD:
		return 0x77
	case COM:
		return 0x60
	}
	if n := int(f) - 0x0100; n >= 1 && n <= len(groupTags) {
		return groupTags[n-1]
	}
	return 0
}

// Inventory is EF.COM. It is not signed: what counts is the SOD.
type Inventory struct {
	LDSVersion     string // "0107"
	UnicodeVersion string
	Groups         []int
	Unknown        []tlv.Tag // tags of no data group
}

// Has tells whether the chip claims to hold data group n.
func (i Inventory) Has(n int) bool { return slices.Contains(i.Groups, n) }

// ParseCOM reads EF.COM: Doc 9303-10 section 4.6.1.
func ParseCOM(b []byte) (Inventory, error) {
	root, err := tlv.ParseOne(b, COM.Tag())
	if err != nil {
		return Inventory{}, fmt.Errorf("%w: EF.COM: %w", ErrFormat, err)
	}
	var out Inventory
	list, ok := root.Find(0x5C)
	if !ok {
		return Inventory{}, fmt.Errorf("%w: EF.COM without a tag list", ErrFormat)
	}
	if v, ok := root.Find(0x5F01); ok {
		out.LDSVersion = printable(v.Value)
	}
	if v, ok := root.Find(0x5F36); ok {
		out.UnicodeVersion = printable(v.Value)
	}
	for _, t := range list.Value {
		i := slices.Index(groupTags[:], tlv.Tag(t))
		if i < 0 {
			out.Unknown = append(out.Unknown, tlv.Tag(t))
			continue
		}
		out.Groups = append(out.Groups, i+1)
	}
	return out, nil
}

func printable(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(b)
}
