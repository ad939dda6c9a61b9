package group

import (
	"bytes"
	"fmt"
	"io"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// tagEC is a public point in a public key data object.
const tagEC tlv.Tag = 0x86

// ec has points as elements: 04, X, Y.
type ec struct{ c *curve.Curve }

// EC is the group of a curve.
func EC(c *curve.Curve) Group { return ec{c} }

func (g ec) String() string          { return g.c.String() }
func (g ec) Prime() *big.Int         { return g.c.Prime() }
func (g ec) Order() *big.Int         { return g.c.Order() }
func (g ec) Generator() Element      { return g.c.Encode(g.c.Base()) }
func (g ec) Encode(e Element) []byte { return e }
func (g ec) Tag() tlv.Tag            { return tagEC }
func (g ec) CanMap() bool            { return g.c.CanEncode() }

func (g ec) Decode(b []byte) (Element, error) {
	if _, err := g.point(b); err != nil {
		return nil, err
	}
	return bytes.Clone(b), nil
}

func (g ec) point(b []byte) (curve.Point, error) {
	p, err := g.c.Decode(b)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrElement, err)
	}
	return p, nil
}

// element takes a result over and leaves no copy of it behind.
func (g ec) element(p curve.Point, err error) (Element, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrElement, err)
	}
	defer p.Wipe()
	return g.c.Encode(p), nil
}

func (g ec) Scalar(random io.Reader) ([]byte, error) { return g.c.Scalar(random) }

func (g ec) Mul(e Element, scalar []byte) (Element, error) {
	p, err := g.point(e)
	if err != nil {
		return nil, err
	}
	defer p.Wipe()
	if p.Equal(g.c.Base()) {
		return g.element(g.c.MulBase(scalar))
	}
	return g.element(g.c.Mul(p, scalar))
}

func (g ec) Add(a, b Element) (Element, error) {
	p, err := g.point(a)
	if err != nil {
		return nil, err
	}
	defer p.Wipe()
	q, err := g.point(b)
	if err != nil {
		return nil, err
	}
	defer q.Wipe()
	if p.Equal(q) {
		return g.element(g.c.Mul(p, []byte{2}))
	}
	return g.element(g.c.Add(p, q))
}

// Secret is the X coordinate.
func (g ec) Secret(e Element) []byte { return e[1 : 1+g.c.FieldLen()] }

func (g ec) Map(number *big.Int) (Element, error) {
	p, err := g.c.Point(number)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	return g.element(p, nil)
}
