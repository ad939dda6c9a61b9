package cccd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

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

	Unknown []Field // fields that are not known here, in the order of the card
}

// Field is a field of DG13 by its number, with the texts in it.
type Field struct {
	Number int
	Texts  []string
}

// String keeps a card's data out of every log by accident.
func (Field) String() string { return "cccd.Field" }

// GoString does the same for %#v.
func (Field) GoString() string { return "cccd.Field" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String keeps a card's data out of every log by accident.
func (DG13) String() string { return "cccd.DG13" }

// GoString does the same for %#v.
func (DG13) GoString() string { return "cccd.DG13" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (d DG13) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

const (
	tagDG13     tlv.Tag = 0x6D
	tagSequence tlv.Tag = 0x30
	tagSet      tlv.Tag = 0x31
	tagInteger  tlv.Tag = 0x02
	tagOID      tlv.Tag = 0x06
	tagUTF8     tlv.Tag = 0x0C
	tagPrint    tlv.Tag = 0x13
	tagBMP      tlv.Tag = 0x1E

	fieldBirth   = 3
	fieldOrigin  = 8
	fieldMarks   = 10
	fieldIssued  = 11
	fieldExpires = 12
	fieldParents = 13
	fieldSpouse  = 14

	maxNesting = 4
	// maxDG13 is many times what cards hold. A forged one whose name fills the
	// memory of the chip would have the screen busy with nothing else.
	maxDG13 = 16 << 10
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
// which fields they have, in how parents are nested and in what is around the
// fields, so only broken encoding is an error; a field that is not known is
// kept.
func ParseDG13(file []byte) (DG13, error) {
	if len(file) > maxDG13 {
		return DG13{}, fmt.Errorf("%w: %d bytes", ErrDG13, len(file))
	}
	outer, _, err := tlv.Parse(file) // some chips pad their files
	if err != nil {
		return DG13{}, fmt.Errorf("%w: %w", ErrDG13, err)
	}
	if outer.Tag != tagDG13 {
		return DG13{}, fmt.Errorf("%w: tag %v", ErrDG13, outer.Tag)
	}
	list, err := fieldList(outer)
	if err != nil {
		return DG13{}, err
	}
	var d DG13
	for _, n := range list {
		if err := d.take(n); err != nil {
			return DG13{}, err
		}
	}
	return d, nil
}

// fieldList finds the fields: in a SET in a SEQUENCE behind version and OID, as
// three readers agree, or wherever the first ones are on the way down.
func fieldList(n tlv.Node) ([]tlv.Node, error) {
	for range maxNesting {
		kids, err := children(n)
		if err != nil {
			return nil, err
		}
		fields := slices.DeleteFunc(slices.Clone(kids), func(k tlv.Node) bool { return !isField(k) })
		if len(fields) > 0 || n.Tag == tagSet {
			return fields, nil
		}
		// Version and OID stand in front of what counts.
		next := slices.IndexFunc(kids, func(k tlv.Node) bool { return k.Tag == tagSequence || k.Tag == tagSet })
		if next < 0 {
			break
		}
		n = kids[next]
	}
	return nil, fmt.Errorf("%w: no fields", ErrDG13)
}

// isField tells a field, a SEQUENCE that begins with a number, from what is
// around the fields, which begins with a version.
func isField(n tlv.Node) bool {
	if !isNumbered(n) {
		return false
	}
	kids, err := children(n)
	if err != nil {
		return true // broken inside, which is for take to say
	}
	return !slices.ContainsFunc(kids[1:], func(k tlv.Node) bool { return k.Tag == tagOID || k.Tag == tagSet || isNumbered(k) })
}

// isNumbered tells whether n is a SEQUENCE that begins with an INTEGER.
func isNumbered(n tlv.Node) bool {
	if n.Tag != tagSequence {
		return false
	}
	first, _, err := tlv.Parse(n.Value)
	return err == nil && first.Tag == tagInteger && len(first.Value) > 0
}

// children reads what is inside of n and passes over padding between.
func children(n tlv.Node) ([]tlv.Node, error) {
	var out []tlv.Node
	for b := n.Value; ; {
		for len(b) > 0 && b[0] == 0 {
			b = b[1:]
		}
		if len(b) == 0 {
			return out, nil
		}
		c, rest, err := tlv.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDG13, err)
		}
		out, b = append(out, c), rest
	}
}

// take reads one field: a SEQUENCE of its number and what it holds.
func (d *DG13) take(n tlv.Node) error {
	parts, err := children(n)
	if err != nil {
		return err
	}
	number := 0
	for _, c := range parts[0].Value {
		if number = number<<8 | int(c); number > 1<<15 {
			return fmt.Errorf("%w: a field with a large number", ErrDG13)
		}
	}
	texts, err := collect(nil, parts[1:], 0)
	if err != nil {
		return fmt.Errorf("field %d: %w", number, err)
	}
	to := d.field(number)
	switch {
	case number == fieldParents:
		if len(texts) > 0 {
			d.Father = texts[0]
		}
		if len(texts) > 1 {
			d.Mother = texts[1]
		}
	case to == nil:
		d.Unknown = append(d.Unknown, Field{number, texts})
	case len(texts) == 0:
	case number >= fieldOrigin && number <= fieldMarks:
		*to = joined(texts)
	case number == fieldBirth || number == fieldIssued || number == fieldExpires:
		*to = date(texts[0])
	default:
		*to = texts[0]
	}
	return nil
}

// joined puts a place together that came in pieces.
func joined(texts []string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ", ")
}

// date writes dd/mm/yyyy for dates that are divided otherwise or not at all.
// What is no date, such as "Không thời hạn", stays.
func date(s string) string {
	for _, layout := range []string{"02-01-2006", "02.01.2006", "02012006", "2/1/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(dateLayout)
		}
	}
	return s
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
			out = append(out, stringOf(n))
			continue
		}
		kids, err := children(n)
		if err != nil {
			return nil, err
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

// stringOf reads a string of any type: all are UTF-8 but BMPString.
func stringOf(n tlv.Node) string {
	if n.Tag != tagBMP {
		return text(n.Value)
	}
	var units []uint16
	for b := n.Value; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[0])<<8|uint16(b[1]))
	}
	return text([]byte(string(utf16.Decode(units))))
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
		id := tlv.Append(nil, tagInteger, number(n))
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
		fields = tlv.Append(fields, tagSequence, id, value)
	}
	for _, f := range d.Unknown {
		value := tlv.Append(nil, tagInteger, number(f.Number))
		for _, s := range f.Texts {
			value = tlv.Append(value, tagUTF8, []byte(s))
		}
		fields = tlv.Append(fields, tagSequence, value)
	}
	return tlv.Append(nil, tagDG13, tlv.Append(nil, tagSequence,
		tlv.Append(nil, tagInteger, []byte{1}),
		tlv.Append(nil, tagOID, utf8Encoding),
		tlv.Append(nil, tagSet, fields)))
}

// number is the shortest INTEGER of a small one.
func number(n int) []byte {
	if n > 0x7F {
		return []byte{byte(n >> 8), byte(n)}
	}
	return []byte{byte(n)}
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
