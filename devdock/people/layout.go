package people

import (
	"fmt"
	"slices"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/tlv"
)

// layOut writes DG13 in one of the ways that cards are reported or feared to
// have. The ordinary one is that of cccd.
func layOut(d cccd.DG13, way string) ([]byte, error) {
	switch way {
	case "":
		return cccd.EncodeDG13(d), nil
	case "place-of-registration":
		// The card of 2024: no place of origin but that of the birth's
		// registration in the same field, and nothing where nothing is known.
		return rebuild(d, func(fields [][]byte) [][]byte { return filled(fields) })
	case "sparse":
		return rebuild(d, filled)
	case "reversed":
		return rebuild(d, func(fields [][]byte) [][]byte {
			slices.Reverse(fields)
			return fields
		})
	case "extra":
		return rebuild(d, func(fields [][]byte) [][]byte {
			more := tlv.Append(nil, 0x30, []byte{0x02, 0x01, 0x11}, tlv.Append(nil, 0x0C, []byte("trường lạ")))
			return append(fields, more, tlv.Append(nil, 0x30, []byte{0x02, 0x01, 0x12}))
		})
	case "flat":
		return rebuild(d, parents(d, func(name []byte) []byte { return tlv.Append(nil, 0x30, name) }, false))
	case "strings":
		return rebuild(d, parents(d, func(name []byte) []byte { return name }, false))
	case "deep":
		return rebuild(d, parents(d, func(name []byte) []byte { return tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, name)) }, true))
	}
	return nil, fmt.Errorf("no way to lay out DG13 called %q", way)
}

// rebuild changes the list of fields.
func rebuild(d cccd.DG13, change func([][]byte) [][]byte) ([]byte, error) {
	file, err := tlv.ParseOne(cccd.EncodeDG13(d), 0x6D)
	if err != nil {
		return nil, err
	}
	body, err := tlv.ParseOne(file.Value, 0x30)
	if err != nil {
		return nil, err
	}
	parts, err := body.Children()
	if err != nil {
		return nil, err
	}
	last := len(parts) - 1
	nodes, err := parts[last].Children()
	if err != nil {
		return nil, err
	}
	var fields [][]byte
	for _, n := range nodes {
		fields = append(fields, n.Raw)
	}
	set := tlv.Append(nil, 0x31, change(fields)...)
	var head []byte
	for _, p := range parts[:last] {
		head = append(head, p.Raw...)
	}
	return tlv.Append(nil, 0x6D, tlv.Append(nil, 0x30, head, set)), nil
}

// filled leaves out the fields that hold their number alone.
func filled(fields [][]byte) [][]byte {
	const numberAlone = 2 + 3
	return slices.DeleteFunc(fields, func(f []byte) bool { return len(f) == numberAlone })
}

// parents nests the names of field 13 as wrap does, inside of one more SEQUENCE
// if together.
func parents(d cccd.DG13, wrap func(name []byte) []byte, together bool) func([][]byte) [][]byte {
	return func(fields [][]byte) [][]byte {
		both := slices.Concat(wrap(tlv.Append(nil, 0x0C, []byte(d.Father))), wrap(tlv.Append(nil, 0x0C, []byte(d.Mother))))
		if together {
			both = tlv.Append(nil, 0x30, both)
		}
		fields[12] = tlv.Append(nil, 0x30, []byte{0x02, 0x01, 0x0D}, both)
		return fields
	}
}
