package chipauth

import (
	"fmt"
	"io"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/pubkey"
)

// group is the key agreement with the chip's static key.
type group interface {
	// ephemeral draws a private key and encodes the public one for the wire.
	ephemeral(random io.Reader) (private, public []byte, err error)
	// agree computes the shared secret, at the width of the field.
	agree(private []byte) ([]byte, error)
}

func newGroup(k pubkey.Key) (group, error) {
	switch {
	case k.EC != nil:
		return ecdh{k.EC.Curve, k.EC.Point}, nil
	case k.DH != nil:
		return dh{k.DH}, nil
	}
	return nil, fmt.Errorf("%w: key agreement with %v", ErrUnsupported, k)
}

type ecdh struct {
	c    *curve.Curve
	chip curve.Point
}

func (e ecdh) ephemeral(random io.Reader) (private, public []byte, err error) {
	if private, err = e.c.Scalar(random); err != nil {
		return nil, nil, fmt.Errorf("chipauth: %w", err)
	}
	p, err := e.c.MulBase(private)
	if err != nil {
		return nil, nil, fmt.Errorf("chipauth: %w", err)
	}
	return private, e.c.Encode(p), nil
}

func (e ecdh) agree(private []byte) ([]byte, error) {
	k, err := e.c.Mul(e.chip, private)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChip, err)
	}
	defer wipe(k.X)
	defer wipe(k.Y)
	return e.c.X(k), nil
}

type dh struct{ key *pubkey.DH }

// shortExponent is the length of private values in bits where the group's
// order is unknown: twice the strength of the largest group here, with room.
const shortExponent = 320

func (d dh) ephemeral(random io.Reader) (private, public []byte, err error) {
	limit := d.key.Q
	if limit == nil {
		limit = new(big.Int).Lsh(big.NewInt(1), shortExponent)
	}
	private = make([]byte, (limit.BitLen()+7)/8)
	spare := len(private)*8 - limit.BitLen()
	x := new(big.Int)
	defer wipe(x)
	for x.Sign() <= 0 || x.BitLen() < 2 || x.Cmp(limit) >= 0 {
		if _, err := io.ReadFull(random, private); err != nil {
			return nil, nil, fmt.Errorf("chipauth: draw a private key: %w", err)
		}
		private[0] &= 0xFF >> spare
		x.SetBytes(private)
	}
	// An unsigned integer: BSI TR-03110-3 section D.2.1.1 wants no zeros before it.
	return private, new(big.Int).Exp(d.key.G, x, d.key.P).Bytes(), nil
}

func (d dh) agree(private []byte) ([]byte, error) {
	x := new(big.Int).SetBytes(private)
	defer wipe(x)
	k := new(big.Int).Exp(d.key.Y, x, d.key.P)
	defer wipe(k)
	if k.BitLen() < 2 || k.Cmp(new(big.Int).Sub(d.key.P, big.NewInt(1))) == 0 {
		return nil, fmt.Errorf("%w: a shared secret that anybody knows", ErrChip)
	}
	return k.FillBytes(make([]byte, (d.key.P.BitLen()+7)/8)), nil
}

// wipe overwrites a number.
func wipe(v *big.Int) {
	words := v.Bits()
	clear(words[:cap(words)])
}
