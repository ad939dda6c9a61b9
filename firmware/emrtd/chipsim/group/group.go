// Package group has the groups of ICAO Doc 9303-11 table 9 as the simulated
// chip computes in them: elliptic curves and prime fields behind one type, so
// that a protocol is written once for both.
//
// The arithmetic is that of a textbook, in big integers, and shares nothing
// with the reader's: the two check each other. It is not constant in time and
// must not hold a secret that is worth anything.
package group

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// ErrElement: bytes that are no element of the group, or the neutral one.
var ErrElement = errors.New("group: no element of the group")

// Group is one set of domain parameters.
type Group struct {
	ID   int // of Doc 9303-11 table 9
	Name string

	// EC: the curve y² = x³ + Ax + B over the field of P, base point (Gx, Gy)
	// of order N. DH: P, generator Gx, order N of what it generates; A, B and
	// Gy are nil.
	P, A, B, Gx, Gy, N *big.Int
}

// Element of a group: a point, or X alone for a number. The zero value is the
// neutral element.
type Element struct{ X, Y *big.Int }

// ByID finds a group by its number; known are 0 to 2 and 8 to 18.
func ByID(id int) (*Group, error) {
	if g := define(id); g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("group: no domain parameters %d", id)
}

// IsCurve tells elliptic curves from prime fields.
func (g *Group) IsCurve() bool { return g.B != nil }

// Len is the length of a field element in bytes.
func (g *Group) Len() int { return (g.P.BitLen() + 7) / 8 }

// OrderLen is the length of a private key in bytes.
func (g *Group) OrderLen() int { return (g.N.BitLen() + 7) / 8 }

// Base is the standard generator.
func (g *Group) Base() Element {
	if g.IsCurve() {
		return Element{g.Gx, g.Gy}
	}
	return Element{X: g.Gx}
}

// Neutral tells whether e changes nothing: the point at infinity, or one.
func (g *Group) Neutral(e Element) bool {
	return e.X == nil || !g.IsCurve() && e.X.IsInt64() && e.X.Int64() == 1
}

// Power is e combined with itself k times.
func (g *Group) Power(e Element, k *big.Int) Element {
	if e.X == nil {
		return e
	}
	if g.IsCurve() {
		return g.multiply(e, k)
	}
	return Element{X: new(big.Int).Exp(e.X, k, g.P)}
}

// Combine is the group's operation.
func (g *Group) Combine(a, b Element) Element {
	switch {
	case a.X == nil:
		return b
	case b.X == nil:
		return a
	case g.IsCurve():
		return g.affine(g.add(jacobian(a), jacobian(b)))
	}
	x := new(big.Int).Mul(a.X, b.X)
	return Element{X: x.Mod(x, g.P)}
}

// Draw takes a private key from random, evenly among 1 … N−1.
func (g *Group) Draw(random io.Reader) (*big.Int, error) {
	b := make([]byte, g.OrderLen())
	spare := uint(8*len(b) - g.N.BitLen())
	for {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, err
		}
		b[0] >>= spare
		if k := new(big.Int).SetBytes(b); k.Sign() > 0 && k.Cmp(g.N) < 0 {
			return k, nil
		}
	}
}

// Encode writes a public key as Doc 9303-11 section 9.4.5 wants it: an
// uncompressed point, or the number in as few bytes as it needs.
func (g *Group) Encode(e Element) []byte {
	if !g.IsCurve() {
		return e.X.Bytes()
	}
	n := g.Len()
	out := make([]byte, 1+2*n)
	out[0] = 0x04
	e.X.FillBytes(out[1 : 1+n])
	e.Y.FillBytes(out[1+n:])
	return out
}

// Decode reads a public key and makes sure that it lies in the group: RFC 2631
// section 2.1.5 for numbers.
func (g *Group) Decode(b []byte) (Element, error) {
	if !g.IsCurve() {
		if len(b) == 0 || b[0] == 0 || len(b) > g.Len() {
			return Element{}, ErrElement
		}
		e := Element{X: new(big.Int).SetBytes(b)}
		if e.X.Cmp(g.P) >= 0 || g.Neutral(e) || !g.Neutral(g.Power(e, g.N)) {
			return Element{}, ErrElement
		}
		return e, nil
	}
	n := g.Len()
	if len(b) != 1+2*n || b[0] != 0x04 {
		return Element{}, ErrElement
	}
	e := Element{new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	if e.X.Cmp(g.P) >= 0 || e.Y.Cmp(g.P) >= 0 || !g.Has(e) {
		return Element{}, ErrElement
	}
	return e, nil
}

// Secret writes a shared secret: the x coordinate or the number, at the width
// of the field, leading zeros kept.
func (g *Group) Secret(e Element) []byte { return e.X.FillBytes(make([]byte, g.Len())) }

// Equal compares two elements.
func (g *Group) Equal(a, b Element) bool {
	if a.X == nil || b.X == nil {
		return a.X == nil && b.X == nil
	}
	return a.X.Cmp(b.X) == 0 && (!g.IsCurve() || a.Y.Cmp(b.Y) == 0)
}
