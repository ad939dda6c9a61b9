package curve

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrEncoding: no point can be made of this number on this curve.
var ErrEncoding = errors.New("curve: no point encoding")

// coefficient is the curve's a: the library's curves have −3.
func (c *Curve) coefficient() *big.Int {
	if own, ok := c.math.(*short); ok {
		return own.a
	}
	return new(big.Int).Sub(c.math.Params().P, big.NewInt(3))
}

// CanEncode tells whether Point works here. It takes square roots by one
// power, which needs a prime that leaves 3 when divided by four: all but
// P-224's do, and Doc 9303-11 table 12 bars that curve from the mapping too.
func (c *Curve) CanEncode() bool { return c.math.Params().P.Bit(1) == 1 }

// Point makes a point of a number: the f_G of integrated mapping, Doc 9303-11
// appendix B.2, by Shallue, van de Woestijne, Ulas and Brier et al. Of two
// candidates for x, exactly one has a square on the right of the curve's
// equation; the other's root tells so.
func (c *Curve) Point(number *big.Int) (Point, error) {
	if !c.CanEncode() {
		return Point{}, fmt.Errorf("%w on %s", ErrEncoding, c.name)
	}
	p, a, b := c.math.Params().P, c.coefficient(), c.math.Params().B
	mul := func(x, y *big.Int) *big.Int {
		z := new(big.Int).Mul(x, y)
		return z.Mod(z, p)
	}
	right := func(x *big.Int) *big.Int {
		z := mul(x, x)
		z.Add(z, a)
		z = mul(z, x)
		z.Add(z, b)
		return z.Mod(z, p)
	}
	t := new(big.Int).Mod(number, p)
	alpha := mul(t, t)
	alpha.Neg(alpha).Mod(alpha, p)
	beta := new(big.Int).Add(alpha, mul(alpha, alpha))
	beta.Mod(beta, p)
	if beta.Sign() == 0 { // t is 0, 1 or −1
		return Point{}, fmt.Errorf("%w: the number is 0, 1 or -1", ErrEncoding)
	}
	// x2 = −b/a · (1 + 1/β), x3 = α·x2.
	inverse := new(big.Int).ModInverse(mul(a, beta), p)
	x := mul(new(big.Int).Add(beta, big.NewInt(1)), inverse)
	x = mul(x, new(big.Int).Sub(p, b))
	h := right(x)
	// root = h^(p−1−(p+1)/4) is 1/√h if h is a square.
	e := new(big.Int).Add(p, big.NewInt(1))
	e.Rsh(e, 2).Sub(p, e).Sub(e, big.NewInt(1))
	root := new(big.Int).Exp(h, e, p)
	y := mul(root, h)
	if mul(mul(root, root), h).Cmp(big.NewInt(1)) != 0 {
		y = mul(root, mul(mul(mul(t, t), t), h))
		x = mul(alpha, x)
	}
	if !c.math.IsOnCurve(x, y) {
		return Point{}, fmt.Errorf("%w: h is zero", ErrEncoding) // one number in 2^192
	}
	return c.finite(x, y)
}

// Wipe overwrites a point that was a secret.
func (p Point) Wipe() { wipe(p.X, p.Y) }

// wipe overwrites numbers that were secrets.
func wipe(numbers ...*big.Int) {
	for _, v := range numbers {
		if v != nil {
			clear(v.Bits())
			v.SetInt64(0)
		}
	}
}
