// Package group has the groups in which PACE and Chip Authentication agree
// keys, behind one interface: the elliptic curves of package curve, and the
// integers modulo a prime of RFC 5114. The protocols need no more of either
// than multiples, sums and the form on the wire.
//
// Elements are passed as bytes of fixed length, so that equal elements are
// equal bytes and a shared secret keeps its leading zeros: one key agreement
// in 256 has one, and dropping it gives another key than the chip's.
package group

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrUnknown: no such domain parameters here.
	ErrUnknown = errors.New("group: unknown domain parameters")
	// ErrElement: bytes that are no element of the group, or its identity.
	ErrElement = errors.New("group: not an element")
	// ErrEncoding: no element can be made of this number.
	ErrEncoding = errors.New("group: no element for this number")
)

// Element is an element of a group at its full length, never the identity. A
// shared one is a secret: clear it after use.
type Element []byte

// Group is a cyclic group of prime order.
type Group interface {
	// String is the group's name for technicians.
	String() string
	// Prime is that of the field. It must not be changed.
	Prime() *big.Int
	// Order is the number of elements; nil where the chip keeps it to itself,
	// which some keys of Chip Authentication over integers do. It must not be
	// changed.
	Order() *big.Int
	// Generator is the standard one.
	Generator() Element
	// Decode reads a public key from the wire and makes sure that it is an
	// element: anything else would give our private key away bit by bit.
	Decode(b []byte) (Element, error)
	// Encode writes a public key for the wire.
	Encode(e Element) []byte
	// Scalar draws a private key, evenly among 1 … order−1.
	Scalar(random io.Reader) ([]byte, error)
	// Mul gives scalar·e (for integers, e to that power). A scalar may be
	// longer than the order.
	Mul(e Element, scalar []byte) (Element, error)
	// Add gives a + b (for integers, the product).
	Add(a, b Element) (Element, error)
	// Secret is what a shared element gives to the key derivation function:
	// Doc 9303-11 section 9.7.1. It points into e.
	Secret(e Element) []byte
	// CanMap tells whether Map works in this group.
	CanMap() bool
	// Map makes an element of a number: the f_G of integrated mapping.
	Map(number *big.Int) (Element, error)
	// Tag is the data object of a public key within 7F49: Doc 9303-11 tables
	// 10 and 11.
	Tag() tlv.Tag
}

// Largest identifier of standardised domain parameters that ByID knows.
const LastID = curve.LastID

// ByID returns the standardised domain parameters of Doc 9303-11 table 12.
func ByID(id int) (Group, error) {
	if id >= 0 && id < len(rfc5114) {
		return rfc5114[id](), nil
	}
	c, err := curve.ByID(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return EC(c), nil
}

// Same tells whether two groups have the same elements and generator.
func Same(a, b Group) bool {
	return a.Prime().Cmp(b.Prime()) == 0 && string(a.Generator()) == string(b.Generator())
}

// IsCurve tells curves from integers: their public keys are different data
// objects.
func IsCurve(g Group) bool { return g.Tag() == tagEC }
