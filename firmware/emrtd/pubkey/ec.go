package pubkey

import (
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
)

func parseEC(parameters, public []byte) (Key, error) {
	c, err := parseCurve(parameters)
	if err != nil {
		return Key{}, err
	}
	return point(c, public)
}

func point(c *curve.Curve, public []byte) (Key, error) {
	p, err := c.Decode(public)
	if err != nil {
		return Key{}, err
	}
	return Key{EC: &EC{c, p}}, nil
}

// parseCurve reads ECParameters: a name, or the curve spelled out. Of the
// latter, prime and base point choose one of the known curves, and that one's
// own numbers are used: nobody can bring a curve of his own.
func parseCurve(b []byte) (*curve.Curve, error) {
	r := reader{rest: b}
	if r.peek(tagOID) {
		id := r.oid()
		if err := r.end(); err != nil {
			return nil, err
		}
		return known(curve.ByOID(id.String()))
	}
	p := reader{rest: r.next(tagSequence).Value}
	version := p.integer()
	field := reader{rest: p.next(tagSequence).Value}
	kind := field.oid()
	if err := errors.Join(r.end(), p.err, field.err); err != nil {
		return nil, err
	}
	if !kind.Equal(oidPrimeItem) {
		return nil, fmt.Errorf("%w: field %v", ErrUnsupported, kind)
	}
	prime := field.integer()
	ab := reader{rest: p.next(tagSequence).Value}
	a, c := ab.next(tagOctets), ab.next(tagOctets) // a seed may follow
	base := p.next(tagOctets).Value
	order := p.integer() // a cofactor may follow
	if err := errors.Join(p.err, field.end(), ab.err); err != nil {
		return nil, err
	}
	if version.Sign() == 0 || len(a.Value) == 0 || len(c.Value) == 0 {
		return nil, errors.New("elliptic curve without its numbers")
	}
	x, y, err := basePoint(base)
	if err != nil {
		return nil, err
	}
	named, err := known(curve.ByPrimeAndBase(prime, x, y))
	if err != nil {
		return nil, err
	}
	if named.Order().Cmp(order) != 0 {
		return nil, fmt.Errorf("%w: %v of another order", ErrUnsupported, named)
	}
	return named, nil
}

// basePoint reads a generator. A compressed one is looked up among the known
// curves: no root needs to be taken.
func basePoint(b []byte) (x, y *big.Int, err error) {
	switch {
	case len(b) >= 3 && len(b)%2 == 1 && b[0] == 4:
		half := len(b) / 2
		return new(big.Int).SetBytes(b[1 : 1+half]), new(big.Int).SetBytes(b[1+half:]), nil
	case len(b) >= 2 && (b[0] == 2 || b[0] == 3):
		x := new(big.Int).SetBytes(b[1:])
		for id := curve.FirstID; id <= curve.LastID; id++ {
			c, err := curve.ByID(id)
			if err != nil {
				continue
			}
			if g := c.Base(); g.X.Cmp(x) == 0 && g.Y.Bit(0) == uint(b[0]&1) {
				return g.X, g.Y, nil
			}
		}
		return nil, nil, fmt.Errorf("%w: unknown base point", ErrUnsupported)
	}
	return nil, nil, errors.New("base point of no known form")
}

func known(c *curve.Curve, err error) (*curve.Curve, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return c, nil
}
