package group

import (
	"errors"
	"math/big"
)

// ErrMapping: the number cannot be mapped into this group.
var ErrMapping = errors.New("group: no integrated mapping for this value")

// Map is the function f of integrated mapping, from a number below P into the
// group: Doc 9303-11 section 4.4.3.3.2, and its appendix B for points (after
// Brier, Coron, Icart, Madore, Randriam and Tibouchi). It wants P ≡ 3 mod 4,
// which leaves out P-224.
func (g *Group) Map(t *big.Int) (Element, error) {
	one := big.NewInt(1)
	if !g.IsCurve() {
		cofactor := new(big.Int).Sub(g.P, one)
		cofactor.Div(cofactor, g.N)
		e := g.Power(Element{X: t}, cofactor)
		if e.X.Sign() == 0 || g.Neutral(e) {
			return Element{}, ErrMapping
		}
		return e, nil
	}
	if g.P.Bit(0) != 1 || g.P.Bit(1) != 1 {
		return Element{}, ErrMapping
	}
	// α = −t²; the first candidate is x = −b/a · (1 + 1/(α + α²)), the second αx.
	alpha := g.minus(new(big.Int), g.times(t, t))
	sum := g.times(alpha, alpha)
	g.mod(sum.Add(sum, alpha))
	if sum.Sign() == 0 {
		return Element{}, ErrMapping
	}
	x := new(big.Int).ModInverse(sum, g.P)
	x.Add(x, one)
	quotient := g.times(g.B, new(big.Int).ModInverse(g.A, g.P))
	x = g.minus(new(big.Int), g.times(quotient, x))
	h := g.square(x)
	// h^(p−1−(p+1)/4) is 1/√h if h is a square at all.
	exp := new(big.Int).Add(g.P, one)
	exp.Rsh(exp, 2).Sub(g.P, exp).Sub(exp, one)
	root := new(big.Int).Exp(h, exp, g.P)
	e := Element{X: x, Y: g.times(root, h)}
	if check := g.times(g.times(root, root), h); check.Cmp(one) != 0 {
		cube := g.times(g.times(t, t), t)
		e = Element{X: g.times(alpha, x), Y: g.times(root, g.times(cube, h))}
	}
	if !g.Has(e) {
		return Element{}, ErrMapping
	}
	return e, nil
}
