// Package curve names the elliptic curves of ICAO Doc 9303-11 section 9.5.1
// and does arithmetic with points on them, as PACE needs it with a generator
// of its own choice, which crypto/ecdh does not offer. NIST's curves come from
// crypto/elliptic, but for P-192, which it leaves out as too short; Brainpool's
// and that one are done here in fixed words, in constant time but for the
// verification of signatures, which has no secrets.
package curve

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"

	"tram06/firmware/emrtd/brainpool"
)

var (
	// ErrUnknown: no such curve here.
	ErrUnknown = errors.New("curve: unknown domain parameters")
	// ErrPoint: bytes that are no point on the curve, or the point at infinity.
	ErrPoint = errors.New("curve: not a point on the curve")
)

// arithmetic is what is needed of an elliptic.Curve.
type arithmetic interface {
	Params() *elliptic.CurveParams
	IsOnCurve(x, y *big.Int) bool
	Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int)
	ScalarMult(x, y *big.Int, k []byte) (*big.Int, *big.Int)
	ScalarBaseMult(k []byte) (x, y *big.Int)
}

// Curve is a named curve.
type Curve struct {
	name string
	oid  string
	math arithmetic
}

// Point is an affine point; never the one at infinity.
type Point struct{ X, Y *big.Int }

// definition is one line of Doc 9303-11 table 12. params is cheap, math may
// have to compute what it needs once.
type definition struct {
	name, oid string
	params    func() *elliptic.CurveParams
	math      func() arithmetic
}

var definitions = [...]definition{
	8:  fixed("P-192", "1.2.840.10045.3.1.1", p192, p192A),
	9:  twisted("brainpoolP192r1", "1.3.36.3.3.2.8.1.1.3", brainpool.P192r1),
	10: library("P-224", "1.3.132.0.33", elliptic.P224),
	11: twisted("brainpoolP224r1", "1.3.36.3.3.2.8.1.1.5", brainpool.P224r1),
	12: library("P-256", "1.2.840.10045.3.1.7", elliptic.P256),
	13: twisted("brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7", brainpool.P256r1),
	14: twisted("brainpoolP320r1", "1.3.36.3.3.2.8.1.1.9", brainpool.P320r1),
	15: library("P-384", "1.3.132.0.34", elliptic.P384),
	16: twisted("brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11", brainpool.P384r1),
	17: twisted("brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13", brainpool.P512r1),
	18: library("P-521", "1.3.132.0.35", elliptic.P521),
}

func library(name, oid string, c func() elliptic.Curve) definition {
	return definition{name, oid, func() *elliptic.CurveParams { return c().Params() }, func() arithmetic { return c() }}
}

func twisted(name, oid string, c func() *brainpool.Curve) definition {
	return fixed(name, oid, func() *elliptic.CurveParams { return c().Params() }, func() *big.Int { return c().A() })
}

// fixed has the arithmetic in fixed words of this package.
func fixed(name, oid string, params func() *elliptic.CurveParams, a func() *big.Int) definition {
	return definition{name, oid, params, sync.OnceValue(func() arithmetic { return newShort(params(), a()) })}
}

// curve makes the curve of a line.
func (d definition) curve() *Curve { return &Curve{d.name, d.oid, d.math()} }

// ByID returns the standardised domain parameters of Doc 9303-11 table 12.
func ByID(id int) (*Curve, error) {
	if id < FirstID || id > LastID {
		return nil, fmt.Errorf("%w: parameter %d", ErrUnknown, id)
	}
	return definitions[id].curve(), nil
}

// Smallest and largest identifiers that ByID knows.
const (
	FirstID = 8
	LastID  = 18
)

// ByOID returns a curve by its dotted object identifier.
func ByOID(oid string) (*Curve, error) {
	for _, d := range definitions[FirstID:] {
		if d.oid == oid {
			return d.curve(), nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknown, oid)
}

// ByPrimeAndBase returns the curve over this prime field with this base point:
// certificates of documents spell their parameters out.
func ByPrimeAndBase(p, gx, gy *big.Int) (*Curve, error) {
	for _, d := range definitions[FirstID:] {
		if q := d.params(); q.P.Cmp(p) == 0 && q.Gx.Cmp(gx) == 0 && q.Gy.Cmp(gy) == 0 {
			return d.curve(), nil
		}
	}
	return nil, fmt.Errorf("%w: explicit parameters", ErrUnknown)
}

func (c *Curve) String() string { return c.name }

// Order is the number of points in the group. The caller must not change it.
func (c *Curve) Order() *big.Int { return c.math.Params().N }

// Prime is that of the field. The caller must not change it.
func (c *Curve) Prime() *big.Int { return c.math.Params().P }

// FieldLen is the length of one coordinate in bytes.
func (c *Curve) FieldLen() int { return (c.math.Params().BitSize + 7) / 8 }

// ScalarLen is the length of a private key in bytes.
func (c *Curve) ScalarLen() int { return (c.Order().BitLen() + 7) / 8 }

// Base is the standard generator.
func (c *Curve) Base() Point {
	p := c.math.Params()
	return Point{new(big.Int).Set(p.Gx), new(big.Int).Set(p.Gy)}
}

// Equal compares two points.
func (p Point) Equal(q Point) bool { return p.X.Cmp(q.X) == 0 && p.Y.Cmp(q.Y) == 0 }

// Mul multiplies a point by a scalar.
func (c *Curve) Mul(p Point, k []byte) (Point, error) {
	short := c.reduce(k)
	defer clear(short)
	return c.finite(c.math.ScalarMult(p.X, p.Y, short))
}

// MulBase multiplies the standard generator.
func (c *Curve) MulBase(k []byte) (Point, error) {
	short := c.reduce(k)
	defer clear(short)
	return c.finite(c.math.ScalarBaseMult(short))
}

// Add adds two points.
func (c *Curve) Add(p, q Point) (Point, error) {
	return c.finite(c.math.Add(p.X, p.Y, q.X, q.Y))
}

// reduce keeps scalars below the order: a nonce may be longer. A shorter one,
// as most are, takes less time; its length is no secret.
func (c *Curve) reduce(k []byte) []byte {
	if len(k) < c.ScalarLen() {
		return bytes.Clone(k)
	}
	n := new(big.Int).SetBytes(k)
	defer wipe(n)
	return n.Mod(n, c.Order()).FillBytes(make([]byte, c.ScalarLen()))
}

func (c *Curve) finite(x, y *big.Int) (Point, error) {
	if x.Sign() == 0 && y.Sign() == 0 {
		return Point{}, fmt.Errorf("%w: point at infinity", ErrPoint)
	}
	return Point{x, y}, nil
}

// Encode writes a point uncompressed: 04, X, Y at the width of the field.
func (c *Curve) Encode(p Point) []byte {
	n := c.FieldLen()
	out := make([]byte, 1+2*n)
	out[0] = 4
	p.X.FillBytes(out[1 : 1+n])
	p.Y.FillBytes(out[1+n:])
	return out
}

// X writes a point's X coordinate at the width of the field: a shared secret
// keeps its leading zeros.
func (c *Curve) X(p Point) []byte { return p.X.FillBytes(make([]byte, c.FieldLen())) }

// Decode reads an uncompressed point and makes sure that it lies on the curve.
func (c *Curve) Decode(b []byte) (Point, error) {
	n := c.FieldLen()
	if len(b) != 1+2*n || b[0] != 4 {
		return Point{}, fmt.Errorf("%w: %d bytes for %s", ErrPoint, len(b), c.name)
	}
	p := Point{new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	field := c.math.Params().P
	if p.X.Cmp(field) >= 0 || p.Y.Cmp(field) >= 0 || !c.math.IsOnCurve(p.X, p.Y) {
		return Point{}, fmt.Errorf("%w: %s", ErrPoint, c.name)
	}
	return c.finite(p.X, p.Y)
}

// Scalar draws a private key from random, evenly among 1 … order−1: as many
// bytes as a key has, again until they fit.
func (c *Curve) Scalar(random io.Reader) ([]byte, error) {
	k := make([]byte, c.ScalarLen())
	spare := len(k)*8 - c.Order().BitLen()
	n := new(big.Int)
	defer wipe(n)
	for {
		if _, err := io.ReadFull(random, k); err != nil {
			return nil, fmt.Errorf("draw a private key: %w", err)
		}
		k[0] &= 0xFF >> spare
		if n.SetBytes(k); n.Sign() > 0 && n.Cmp(c.Order()) < 0 {
			return k, nil
		}
	}
}
