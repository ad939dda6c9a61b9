package pubkey

import (
	"errors"
	"fmt"
	"math/big"
)

// DH is a Diffie-Hellman value with its group.
type DH struct {
	P, G *big.Int
	Q    *big.Int // order of the subgroup, nil when the key does not tell
	Y    *big.Int
}

const minDH, maxDH = 1024, 4096

func (d *DH) String() string { return fmt.Sprintf("DH-%d", d.P.BitLen()) }

// parseDH reads the parameters of X9.42 (prime, generator, order, …) or of
// PKCS #3 (prime, generator, perhaps a length of private values).
func parseDH(parameters, public []byte, pkcs3 bool) (Key, error) {
	r := reader{rest: parameters}
	in := reader{rest: r.next(tagSequence).Value}
	d := &DH{P: in.integer(), G: in.integer()}
	if !pkcs3 {
		d.Q = in.integer() // a cofactor and how it was made may follow
	}
	y := reader{rest: public}
	d.Y = y.integer()
	if err := errors.Join(r.end(), in.err, y.end()); err != nil {
		return Key{}, err
	}
	if err := d.check(); err != nil {
		return Key{}, err
	}
	return Key{DH: d}, nil
}

// check refuses values outside the group: a chip that had one could make its
// shared secrets guessable.
func (d *DH) check() error {
	if n := d.P.BitLen(); n < minDH || n > maxDH {
		return fmt.Errorf("%w: Diffie-Hellman of %d bits", ErrUnsupported, n)
	}
	if d.P.Bit(0) == 0 {
		return errors.New("even Diffie-Hellman prime")
	}
	if !d.inside(d.G) || !d.inside(d.Y) {
		return errors.New("Diffie-Hellman value out of range")
	}
	if d.Q == nil {
		return nil
	}
	if d.Q.BitLen() < 160 || d.Q.Cmp(d.P) >= 0 {
		return fmt.Errorf("%w: Diffie-Hellman subgroup of %d bits", ErrUnsupported, d.Q.BitLen())
	}
	one := big.NewInt(1)
	for _, v := range []*big.Int{d.G, d.Y} {
		if new(big.Int).Exp(v, d.Q, d.P).Cmp(one) != 0 {
			return errors.New("Diffie-Hellman value outside the subgroup")
		}
	}
	return nil
}

// inside: 2 … p−2.
func (d *DH) inside(v *big.Int) bool {
	return v.Cmp(big.NewInt(1)) > 0 && v.Cmp(new(big.Int).Sub(d.P, big.NewInt(1))) < 0
}
