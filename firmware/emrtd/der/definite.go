package der

import (
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// maxDepth bounds the nesting of what strangers send.
const maxDepth = 40

// Definite gives b with every length written out and every octet string in one
// piece. CMS may be sent in BER, with lengths that only an end mark tells; what
// is signed inside of it is DER by its own rules. Objects that need no change
// keep their bytes, and if none does, b itself is returned.
func Definite(b []byte) ([]byte, error) {
	var out []byte
	changed := false
	for rest := b; len(rest) > 0; {
		o, err := definite(rest, 0)
		if err != nil {
			return nil, err
		}
		changed = changed || o.changed
		out = append(out, o.bytes...)
		rest = rest[o.used:]
	}
	if !changed {
		return b, nil
	}
	return out, nil
}

// object is one data object: its bytes, how many it took where it came from,
// and where its value begins.
type object struct {
	bytes   []byte
	tag     tlv.Tag
	header  int
	used    int
	changed bool
}

func (o object) value() []byte { return o.bytes[o.header:] }

func definite(b []byte, depth int) (object, error) {
	if depth > maxDepth {
		return object{}, fmt.Errorf("%w: nested too deep", ErrSyntax)
	}
	if tag, n, ok := endless(b); ok {
		children, used, err := parts(b[n:], true, depth)
		if err != nil {
			return object{}, err
		}
		return put(tag, children, n+used), nil
	}
	n, _, err := tlv.Parse(b)
	if err != nil {
		return object{}, err
	}
	header := len(n.Raw) - len(n.Value)
	same := object{bytes: n.Raw, tag: n.Tag, header: header, used: len(n.Raw)}
	if !n.Tag.Constructed() {
		return same, nil
	}
	children, _, err := parts(n.Value, false, depth)
	if err != nil {
		return same, nil // whoever reads what is inside will say what is wrong there
	}
	changed := n.Tag == octetsParts
	for _, c := range children {
		changed = changed || c.changed
	}
	if !changed {
		return same, nil
	}
	return put(n.Tag, children, len(n.Raw)), nil
}

// endless recognises a constructed object of indefinite length, with the
// length of its header.
func endless(b []byte) (tag tlv.Tag, header int, ok bool) {
	switch {
	case len(b) >= 2 && b[0]&0x1F != 0x1F && b[0]&0x20 != 0 && b[1] == 0x80:
		return tlv.Tag(b[0]), 2, true
	case len(b) >= 3 && b[0]&0x3F == 0x3F && b[0] != 0xFF && b[1] < 0x80 && b[2] == 0x80: // FF is no tag, see tlv
		return tlv.Tag(b[0])<<8 | tlv.Tag(b[1]), 3, true
	}
	return 0, 0, false
}

// parts reads objects up to the end of b, or up to the end mark.
func parts(b []byte, marked bool, depth int) (out []object, used int, err error) {
	for {
		rest := b[used:]
		switch {
		case marked && len(rest) >= 2 && rest[0] == 0 && rest[1] == 0:
			return out, used + 2, nil
		case len(rest) == 0 && marked:
			return nil, 0, tlv.ErrTruncated
		case len(rest) == 0:
			return out, used, nil
		}
		o, err := definite(rest, depth+1)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, o)
		used += o.used
	}
}

// put writes an object anew. An octet string in pieces becomes a whole one.
func put(tag tlv.Tag, children []object, used int) object {
	var value []byte
	for _, c := range children {
		if tag == octetsParts && c.tag == Octets {
			value = append(value, c.value()...)
		} else {
			value = append(value, c.bytes...)
		}
	}
	if tag == octetsParts {
		tag = Octets
	}
	out := tlv.Append(nil, tag, value)
	return object{bytes: out, tag: tag, header: len(out) - len(value), used: used, changed: true}
}
