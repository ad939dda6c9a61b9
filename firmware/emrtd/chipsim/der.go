package chipsim

import (
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/tlv"
)

// The few pieces of DER that the files and certificates here are made of.

func oid(arcs ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(arcs))
	if err != nil {
		panic("chipsim: object identifier written wrong") // all are constants of this package
	}
	return b
}

func sequence(parts ...[]byte) []byte { return tlv.Append(nil, 0x30, parts...) }

func octets(b []byte) []byte { return tlv.Append(nil, 0x04, b) }

func integer(v *big.Int) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic("chipsim: an integer cannot be encoded")
	}
	return b
}

func small(n int) []byte { return integer(big.NewInt(int64(n))) }

func bits(b []byte) []byte { return tlv.Append(nil, 0x03, []byte{0}, b) }

var null = []byte{0x05, 0x00}

// setOf sorts as DER wants.
func setOf(members ...[]byte) []byte {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b []byte) int { return slices.Compare(a, b) })
	return tlv.Append(nil, 0x31, members...)
}

// date is UTCTime until 2049, GeneralizedTime later: RFC 5280, 4.1.2.5.
func date(t time.Time) []byte {
	t = t.UTC()
	if t.Year() < 2050 {
		return tlv.Append(nil, 0x17, []byte(t.Format("060102150405Z")))
	}
	return tlv.Append(nil, 0x18, []byte(t.Format("20060102150405Z")))
}

// Form says how a public key names its domain parameters.
type Form uint8

// The forms.
const (
	Explicit Form = iota // all numbers
	Named                // an object identifier; curves only
	Standard             // the number of Doc 9303-11 table 9; SecurityInfos only
)

// ParseScalar reads a form's name in a file.
func (f *Form) ParseScalar(text string) error {
	switch text {
	case "explicit":
		*f = Explicit
	case "named":
		*f = Named
	case "standard":
		*f = Standard
	default:
		return fmt.Errorf("write explicit, named or standard")
	}
	return nil
}

// curveOIDs by group.
var curveOIDs = map[int][]byte{
	8: oid(1, 2, 840, 10045, 3, 1, 1), 10: oid(1, 3, 132, 0, 33), 12: oid(1, 2, 840, 10045, 3, 1, 7), 15: oid(1, 3, 132, 0, 34), 18: oid(1, 3, 132, 0, 35),
	9: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 3), 11: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 5), 13: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 7),
	14: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 9), 16: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 11), 17: oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 13),
}

// publicKeyInfo is SubjectPublicKeyInfo: RFC 5280, RFC 3279, BSI TR-03111.
func publicKeyInfo(g *group.Group, form Form, public group.Element) []byte {
	key := bits(g.Encode(public))
	if !g.IsCurve() {
		key = bits(integer(public.X))
	}
	switch {
	case form == Standard:
		return sequence(sequence(oid(0, 4, 0, 127, 0, 7, 1, 2), small(g.ID)), key)
	case !g.IsCurve(): // dhpublicnumber of X9.42
		return sequence(sequence(oid(1, 2, 840, 10046, 2, 1), sequence(integer(g.P), integer(g.Gx), integer(g.N))), key)
	case form == Named:
		return sequence(sequence(oid(1, 2, 840, 10045, 2, 1), curveOIDs[g.ID]), key)
	}
	field := func(v *big.Int) []byte { return octets(v.FillBytes(make([]byte, g.Len()))) }
	return sequence(sequence(oid(1, 2, 840, 10045, 2, 1), sequence(
		small(1),
		sequence(oid(1, 2, 840, 10045, 1, 1), integer(g.P)),
		sequence(field(g.A), field(g.B)),
		octets(g.Encode(g.Base())),
		integer(g.N),
		small(1))), key)
}
