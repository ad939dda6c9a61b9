package lds

import (
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// Contact is one person to notify in DG16: Doc 9303-10 section 4.7.16.
type Contact struct {
	Recorded  string // yyyymmdd, "" if it is not eight digits
	Name      string
	Telephone string
	Address   []string
	Unknown   []tlv.Node
}

// String keeps a person out of every log by accident.
func (Contact) String() string { return "lds.Contact" }

// GoString does the same for %#v.
func (Contact) GoString() string { return "lds.Contact" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (c Contact) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// maxContacts is what the tags A1 to AF can number.
const maxContacts = 15

// ParseDG16 reads the persons to notify. The number of templates in front is
// what a chip claims; what is there counts.
func ParseDG16(b []byte) ([]Contact, error) {
	var out []Contact
	var broken error
	_, err := fields(16, b, func(n tlv.Node) bool {
		if n.Tag <= tagGroup || n.Tag > tagGroup+maxContacts {
			return n.Tag == tagCount
		}
		var c Contact
		for f, err := range tlv.All(n.Value) {
			if err != nil {
				broken = fmt.Errorf("%w: DG16: %w", ErrFormat, err)
				return true
			}
			c.take(f)
		}
		out = append(out, c)
		return true
	})
	if err == nil {
		err = broken
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *Contact) take(n tlv.Node) {
	switch n.Tag {
	case 0x5F50:
		c.Recorded = digitsOf(n.Value, 8)
	case 0x5F51:
		c.Name = text(n.Value)
	case 0x5F52:
		c.Telephone = text(n.Value)
	case 0x5F53:
		c.Address = parts(n.Value)
	default:
		c.Unknown = append(c.Unknown, n)
	}
}
