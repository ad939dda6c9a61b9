package lds

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/emrtd/tlv"
)

// text makes one string of what the chip holds: valid UTF-8, composed (NFC),
// without control characters. Fillers stay: in a name they part the surname
// from the given names; Unfill takes them out.
func text(b []byte) string {
	s := norm.NFC.String(strings.ToValidUTF8(string(b), "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// Unfill writes blanks for the fillers of a text.
func Unfill(s string) string { return words(s) }

// digitsOf reads a number of n digits, which chips hold as characters, as the
// standard says, or as two digits a byte, as its first editions did. Anything
// else is "".
func digitsOf(b []byte, n int) string {
	if len(b) == n/2 {
		var out strings.Builder
		for _, c := range b {
			if c>>4 > 9 || c&0x0F > 9 {
				return ""
			}
			out.WriteByte('0' + c>>4)
			out.WriteByte('0' + c&0x0F)
		}
		return out.String()
	}
	s := strings.TrimSpace(string(b))
	if len(s) != n || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// fields walks the objects of data group n. use tells whether it knows one;
// what it does not know comes back. The list of tags in front is no more than
// a table of contents.
func fields(group int, b []byte, use func(tlv.Node) bool) (unknown []tlv.Node, err error) {
	root, err := tlv.ParseOne(b, DG(group).Tag())
	if err != nil {
		return nil, fmt.Errorf("%w: DG%d: %w", ErrFormat, group, err)
	}
	for n, err := range tlv.All(root.Value) {
		if err != nil {
			return nil, fmt.Errorf("%w: DG%d: %w", ErrFormat, group, err)
		}
		if n.Tag != tagList && !use(n) {
			unknown = append(unknown, n)
		}
	}
	return unknown, nil
}

const (
	tagList  tlv.Tag = 0x5C
	tagCount tlv.Tag = 0x02
	tagGroup tlv.Tag = 0xA0 // content-specific: a count and that many of one kind
)

// several collects the texts with one tag inside a content-specific object.
func several(out []string, n tlv.Node, tag tlv.Tag) []string {
	for c, err := range tlv.All(n.Value) {
		if err != nil {
			return out
		}
		if c.Tag == tag {
			out = append(out, text(c.Value))
		}
	}
	return out
}
