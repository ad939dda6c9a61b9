// Package tlv reads and writes BER-TLV data objects as ISO/IEC 7816-4 and the
// chips of ICAO Doc 9303 use them: tags of up to three bytes, definite lengths
// of up to three length bytes.
//
// Parsing never copies: a Node points into the bytes it came from. It is strict
// about bounds, because those bytes come from a stranger's card: a length that
// reaches past its buffer is an error, never a shorter value.
package tlv

import (
	"errors"
	"fmt"
	"iter"
)

// ErrTruncated says that the bytes end before the data object does.
var ErrTruncated = errors.New("tlv: data object is cut short")

// ErrSyntax says that the bytes are no data object at all.
var ErrSyntax = errors.New("tlv: malformed data object")

// MaxLen is the longest value that can be read or written (length form 83).
const MaxLen = 1<<24 - 1

// Tag is a whole identifier field, for example 0x30, 0x5F1F or 0x7F49.
type Tag uint32

// Constructed tells whether the value is made of data objects.
func (t Tag) Constructed() bool {
	b := t
	for b > 0xFF {
		b >>= 8
	}
	return b&0x20 != 0
}

func (t Tag) String() string { return fmt.Sprintf("%02X", uint32(t)) }

// Node is one data object.
type Node struct {
	Tag   Tag
	Value []byte
	Raw   []byte // header and value
}

// String keeps values out of every log by accident.
func (n Node) String() string { return fmt.Sprintf("object %v of %d bytes", n.Tag, len(n.Value)) }

// GoString does the same for %#v.
func (n Node) GoString() string { return n.String() }

// Header reads identifier and length only: how a file's size is learned from
// its first bytes. size is the number of header bytes, length that of the
// value; the value need not be there.
func Header(b []byte) (tag Tag, size, length int, err error) {
	tag, n, err := parseTag(b)
	if err != nil {
		return 0, 0, 0, err
	}
	length, m, err := parseLength(b[n:])
	if err != nil {
		return 0, 0, 0, err
	}
	return tag, n + m, length, nil
}

func parseTag(b []byte) (Tag, int, error) {
	if len(b) == 0 {
		return 0, 0, ErrTruncated
	}
	// 00 and FF are padding between objects in some card systems, never a tag.
	if b[0] == 0x00 || b[0] == 0xFF {
		return 0, 0, fmt.Errorf("%w: tag %02X", ErrSyntax, b[0])
	}
	tag := Tag(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, 1, nil
	}
	for i := 1; i < 3; i++ {
		if i == len(b) {
			return 0, 0, ErrTruncated
		}
		if i == 1 && b[i] == 0x80 {
			return 0, 0, fmt.Errorf("%w: tag number with a leading zero", ErrSyntax)
		}
		tag = tag<<8 | Tag(b[i])
		if b[i]&0x80 == 0 {
			return tag, i + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: tag longer than three bytes", ErrSyntax)
}

func parseLength(b []byte) (length, n int, err error) {
	if len(b) == 0 {
		return 0, 0, ErrTruncated
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, nil
	}
	n = int(b[0] & 0x7F)
	if n == 0 || n > 3 {
		return 0, 0, fmt.Errorf("%w: length form %02X", ErrSyntax, b[0])
	}
	if len(b) < 1+n {
		return 0, 0, ErrTruncated
	}
	// Cards write lengths with leading zeros now and then; BER allows it.
	for _, c := range b[1 : 1+n] {
		length = length<<8 | int(c)
	}
	return length, 1 + n, nil
}

// Parse reads the first data object of b and returns what follows it.
func Parse(b []byte) (n Node, rest []byte, err error) {
	tag, size, length, err := Header(b)
	if err != nil {
		return Node{}, nil, err
	}
	if length > len(b)-size {
		return Node{}, nil, ErrTruncated
	}
	end := size + length
	return Node{Tag: tag, Value: b[size:end:end], Raw: b[:end:end]}, b[end:], nil
}

// ParseOne reads a data object that must fill b and have the given tag.
func ParseOne(b []byte, tag Tag) (Node, error) {
	n, rest, err := Parse(b)
	switch {
	case err != nil:
		return Node{}, err
	case n.Tag != tag:
		return Node{}, fmt.Errorf("%w: tag %v where %v belongs", ErrSyntax, n.Tag, tag)
	case len(rest) > 0:
		return Node{}, fmt.Errorf("%w: bytes after tag %v", ErrSyntax, tag)
	}
	return n, nil
}

// All walks the data objects that b is made of. The walk ends at the first
// error, which comes with an empty Node.
func All(b []byte) iter.Seq2[Node, error] {
	return func(yield func(Node, error) bool) {
		for len(b) > 0 {
			n, rest, err := Parse(b)
			if !yield(n, err) || err != nil {
				return
			}
			b = rest
		}
	}
}

// Children reads all data objects inside n.
func (n Node) Children() ([]Node, error) {
	if !n.Tag.Constructed() {
		return nil, fmt.Errorf("%w: tag %v is primitive", ErrSyntax, n.Tag)
	}
	var out []Node
	for c, err := range All(n.Value) {
		if err != nil {
			return nil, fmt.Errorf("inside %v: %w", n.Tag, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// Find descends along path and returns the first object that matches it. What
// lies behind that object is not looked at.
func (n Node) Find(path ...Tag) (Node, bool) {
	for _, tag := range path {
		found := false
		for c, err := range All(n.Value) {
			if err != nil {
				return Node{}, false
			}
			if c.Tag == tag {
				n, found = c, true
				break
			}
		}
		if !found {
			return Node{}, false
		}
	}
	return n, true
}

// Append writes one data object whose value is the parts put together. It
// panics on a value longer than MaxLen, which no caller can build by accident.
func Append(dst []byte, tag Tag, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	dst = AppendHeader(dst, tag, n)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

// AppendHeader writes identifier and the shortest length field.
func AppendHeader(dst []byte, tag Tag, length int) []byte {
	switch {
	case tag > 0xFFFF:
		dst = append(dst, byte(tag>>16), byte(tag>>8), byte(tag))
	case tag > 0xFF:
		dst = append(dst, byte(tag>>8), byte(tag))
	default:
		dst = append(dst, byte(tag))
	}
	switch {
	case length < 0 || length > MaxLen:
		panic("tlv: value too long")
	case length > 0xFFFF:
		return append(dst, 0x83, byte(length>>16), byte(length>>8), byte(length))
	case length > 0xFF:
		return append(dst, 0x82, byte(length>>8), byte(length))
	case length > 0x7F:
		return append(dst, 0x81, byte(length))
	}
	return append(dst, byte(length))
}
