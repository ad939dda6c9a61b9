package lds

import (
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// Files of the master file that tell what a chip can do.
const (
	Dir     File = 0x2F00
	ATRInfo File = 0x2F01
)

// Capabilities is EF.ATR/INFO: Doc 9303-10 section 3.11.2, ISO/IEC 7816-4
// section 12.1.1.
type Capabilities struct {
	Chaining    bool // commands may come in pieces
	Extended    bool // extended length fields
	MaxCommand  int  // bytes of a whole command APDU, 0 if the chip does not say
	MaxResponse int  // bytes of a whole response APDU, 0 if the chip does not say
	Unknown     []tlv.Node
}

// Bits of the third byte of the card capabilities.
const (
	bitChaining = 0x80
	bitExtended = 0x40
)

const (
	tagCapabilities tlv.Tag = 0x47
	tagExtended     tlv.Tag = 0x7F66
)

// ParseATRInfo reads the objects that the file is made of. Padding may follow.
func ParseATRInfo(b []byte) (Capabilities, error) {
	var c Capabilities
	err := objects("EF.ATR/INFO", b, func(n tlv.Node) {
		switch n.Tag {
		case tagCapabilities:
			if len(n.Value) >= 3 {
				c.Chaining = n.Value[2]&bitChaining != 0
				c.Extended = n.Value[2]&bitExtended != 0
			}
		case tagExtended:
			c.MaxCommand, c.MaxResponse = lengths(n)
		default:
			c.Unknown = append(c.Unknown, n)
		}
	})
	if err != nil {
		return Capabilities{}, err
	}
	return c, nil
}

// lengths reads two INTEGERs: the longest command, the longest response.
func lengths(n tlv.Node) (command, response int) {
	var out []int
	for c, err := range tlv.All(n.Value) {
		if err != nil || c.Tag != 0x02 || len(c.Value) == 0 || len(c.Value) > 4 {
			return 0, 0
		}
		v := 0
		for _, d := range c.Value {
			v = v<<8 | int(d)
		}
		out = append(out, v)
	}
	if len(out) < 2 {
		return 0, 0
	}
	return out[0], out[1]
}

// Application is an entry of EF.DIR: Doc 9303-10 section 3.11.1.
type Application struct {
	AID   []byte
	Label string
}

const (
	tagApplication tlv.Tag = 0x61
	tagAID         tlv.Tag = 0x4F
	tagLabel       tlv.Tag = 0x50
)

// ParseDir reads the list of applications. Objects that are no application are
// passed over.
func ParseDir(b []byte) ([]Application, error) {
	var out []Application
	err := objects("EF.DIR", b, func(n tlv.Node) {
		if n.Tag != tagApplication {
			return
		}
		aid, ok := n.Find(tagAID)
		if !ok {
			return
		}
		a := Application{AID: aid.Value}
		if label, ok := n.Find(tagLabel); ok {
			a.Label = text(label.Value)
		}
		out = append(out, a)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// objects walks a file that is no single object, up to its padding.
func objects(name string, b []byte, use func(tlv.Node)) error {
	for len(b) > 0 && b[0] != 0x00 && b[0] != 0xFF {
		n, rest, err := tlv.Parse(b)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
		}
		use(n)
		b = rest
	}
	return nil
}
