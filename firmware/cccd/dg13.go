package cccd

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/emrtd/tlv"
)

// ErrDG13 says that a file is no data group 13 of this card.
var ErrDG13 = errors.New("malformed data group 13")

// DG13 holds what is printed on the card, with diacritics. A field that the
// card leaves out is empty. Dates are dd/mm/yyyy.
type DG13 struct {
	Number      string // 1
	Name        string // 2
	Birth       string // 3
	Sex         string // 4
	Nationality string // 5
	Ethnicity   string // 6
	Religion    string // 7
	Origin      string // 8
	Residence   string // 9
	Marks       string // 10
	Issued      string // 11
	Expires     string // 12, a date or "Không thời hạn"
	Father      string // 13
	Mother      string // 13
	Spouse      string // 14
	OldNumber   string // 15
	Serial      string // 16, meaning unknown
}

// String keeps a card's data out of every log by accident.
func (DG13) String() string { return "cccd.DG13" }

// GoString does the same for %#v.
func (DG13) GoString() string { return "cccd.DG13" }

const (
	tagDG13     tlv.Tag = 0x6D
	tagSequence tlv.Tag = 0x30
	tagSet      tlv.Tag = 0x31
	tagInteger  tlv.Tag = 0x02
	tagOID      tlv.Tag = 0x06
	tagUTF8     tlv.Tag = 0x0C
	tagPrint    tlv.Tag = 0x13

	fieldParents = 13
	fieldSpouse  = 14
	fieldExpires = 12

	maxNesting = 4
)

// utf8Encoding is the OID 1.0.10646.1.0.8 that stands before the fields.
var utf8Encoding = []byte{0x28, 0xD3, 0x16, 0x01, 0x00, 0x08}

// field gives the place of a numbered field that holds one text.
func (d *DG13) field(n int) *string {
	simple := [...]*string{nil, &d.Number, &d.Name, &d.Birth, &d.Sex, &d.Nationality, &d.Ethnicity, &d.Religion,
		&d.Origin, &d.Residence, &d.Marks, &d.Issued, &d.Expires, nil, &d.Spouse, &d.OldNumber, &d.Serial}
	if n < 0 || n >= len(simple) {
		return nil
	}
	return simple[n]
}

// ParseDG13 reads the file by field number, whatever the order. Cards differ in
// which fields they have and in how parents are nested, so only broken
// encoding is an error; a field that is not known is passed over.
func ParseDG13(file []byte) (DG13, error) {
	outer, _, err := tlv.Parse(file) // some chips pad their files
	if err != nil {
		return DG13{}, fmt.Errorf("%w: %w", ErrDG13, err)
	}
	if outer.Tag != tagDG13 {
		return DG13{}, fmt.Errorf("%w: tag %v", ErrDG13, outer.Tag)
	}
	set, ok := outer.Find(tagSequence, tagSet)
	if !ok {
		return DG13{}, fmt.Errorf("%w: no set of fields", ErrDG13)
	}
	var d DG13
	for n, err := range tlv.All(set.Value) {
		if err != nil {
			return DG13{}, fmt.Errorf("%w: %w", ErrDG13, err)
		}
		if n.Tag != tagSequence {
			continue
		}
		if err := d.take(n); err != nil {
			return DG13{}, err
		}
	}
	return d, nil
}

// take reads one field: a SEQUENCE of its number and what it holds.
func (d *DG13) take(n tlv.Node) error {
	parts, err := n.Children()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDG13, err)
	}
	if len(parts) == 0 || parts[0].Tag != tagInteger || len(parts[0].Value) != 1 {
		return fmt.Errorf("%w: a field without a number", ErrDG13)
	}
	number := int(parts[0].Value[0])
	texts, err := collect(nil, parts[1:], 0)
	if err != nil {
		return fmt.Errorf("field %d: %w", number, err)
	}
	if number == fieldParents {
		if len(texts) > 0 {
			d.Father = texts[0]
		}
		if len(texts) > 1 {
			d.Mother = texts[1]
		}
		return nil
	}
	if to := d.field(number); to != nil && len(texts) > 0 {
		*to = texts[0]
	}
	return nil
}

// collect gives the texts inside of nodes in order, at any depth. An empty
// SEQUENCE stands for an empty text, so that a missing father does not move
// the mother into his place.
func collect(out []string, nodes []tlv.Node, depth int) ([]string, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("%w: nested too deep", ErrDG13)
	}
	for _, n := range nodes {
		if !n.Tag.Constructed() {
			out = append(out, text(n.Value))
			continue
		}
		kids, err := n.Children()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDG13, err)
		}
		if len(kids) == 0 {
			out = append(out, "")
			continue
		}
		if out, err = collect(out, kids, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// text makes one string of what the chip holds: valid UTF-8, composed, no
// control characters, which nothing on a screen or on paper could show.
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

// EncodeDG13 writes the file as the cards do, for simulated ones. Empty fields
// hold their number alone.
func EncodeDG13(d DG13) []byte {
	var fields []byte
	for n := 1; n <= 16; n++ {
		number := tlv.Append(nil, tagInteger, []byte{byte(n)})
		var value []byte
		switch n {
		case fieldParents:
			value = tlv.Append(nil, tagSequence, name(d.Father), name(d.Mother))
		case fieldSpouse:
			if d.Spouse != "" {
				value = name(d.Spouse)
			}
		default:
			if s := *d.field(n); s != "" {
				value = tlv.Append(nil, stringTag(n, s), []byte(s))
			}
		}
		fields = tlv.Append(fields, tagSequence, number, value)
	}
	return tlv.Append(nil, tagDG13, tlv.Append(nil, tagSequence,
		tlv.Append(nil, tagInteger, []byte{1}),
		tlv.Append(nil, tagOID, utf8Encoding),
		tlv.Append(nil, tagSet, fields)))
}

func name(s string) []byte {
	if s == "" {
		return tlv.Append(nil, tagSequence)
	}
	return tlv.Append(nil, tagSequence, tlv.Append(nil, tagUTF8, []byte(s)))
}

// stringTag: numbers and dates are PrintableString, all others UTF8String.
func stringTag(n int, s string) tlv.Tag {
	switch n {
	case 1, 3, 11, 15, 16:
		return tagPrint
	case fieldExpires:
		if digits(strings.ReplaceAll(s, "/", "")) {
			return tagPrint
		}
	}
	return tagUTF8
}
