package group

import "math/big"

// Has tells whether a point fulfils the curve's equation.
func (g *Group) Has(e Element) bool {
	return e.X != nil && g.square(e.X).Cmp(g.mod(new(big.Int).Mul(e.Y, e.Y))) == 0
}

// square is what y² must be for an x.
func (g *Group) square(x *big.Int) *big.Int {
	v := new(big.Int).Mul(x, x)
	v.Add(v, g.A).Mul(v, x).Add(v, g.B)
	return g.mod(v)
}

func (g *Group) mod(v *big.Int) *big.Int { return v.Mod(v, g.P) }

// triple is a point in Jacobian coordinates: x = X/Z², y = Y/Z³. Z = 0 is the
// point at infinity.
type triple struct{ x, y, z *big.Int }

func jacobian(e Element) triple { return triple{e.X, e.Y, big.NewInt(1)} }

func (g *Group) affine(t triple) Element {
	if t.z.Sign() == 0 {
		return Element{}
	}
	inv := new(big.Int).ModInverse(t.z, g.P)
	inv2 := g.times(inv, inv)
	return Element{g.times(t.x, inv2), g.times(t.y, g.times(inv2, inv))}
}

func (g *Group) times(a, b *big.Int) *big.Int { return g.mod(new(big.Int).Mul(a, b)) }

func (g *Group) minus(a, b *big.Int) *big.Int { return g.mod(new(big.Int).Sub(a, b)) }

// multiply doubles four times and adds a small multiple, from the highest bits
// on.
func (g *Group) multiply(e Element, k *big.Int) Element {
	var small [16]triple
	small[0] = triple{z: new(big.Int)}
	for i := 1; i < len(small); i++ {
		small[i] = g.add(small[i-1], jacobian(e))
	}
	sum := small[0]
	for i := (k.BitLen() + 3) / 4 * 4; i > 0; i -= 4 {
		for range 4 {
			sum = g.double(sum)
		}
		sum = g.add(sum, small[k.Bit(i-1)<<3|k.Bit(i-2)<<2|k.Bit(i-3)<<1|k.Bit(i-4)])
	}
	return g.affine(sum)
}

func (g *Group) double(t triple) triple {
	if t.z.Sign() == 0 || t.y.Sign() == 0 {
		return triple{z: new(big.Int)}
	}
	yy := g.times(t.y, t.y)
	s := g.times(t.x, yy)
	s.Lsh(s, 2)
	zz := g.times(t.z, t.z)
	m := g.times(t.x, t.x)
	m.Mul(m, big.NewInt(3)).Add(m, new(big.Int).Mul(g.A, g.times(zz, zz)))
	g.mod(m)
	x := new(big.Int).Mul(m, m)
	x.Sub(x, s).Sub(x, s)
	g.mod(x)
	y := new(big.Int).Sub(s, x)
	y.Mul(y, m)
	y.Sub(y, new(big.Int).Lsh(g.times(yy, yy), 3))
	z := new(big.Int).Mul(t.y, t.z)
	z.Lsh(z, 1)
	return triple{x, g.mod(y), g.mod(z)}
}

func (g *Group) add(a, b triple) triple {
	switch {
	case a.z.Sign() == 0:
		return b
	case b.z.Sign() == 0:
		return a
	}
	azz, bzz := g.times(a.z, a.z), g.times(b.z, b.z)
	u, v := g.times(a.x, bzz), g.times(b.x, azz)
	s, w := g.times(a.y, g.times(bzz, b.z)), g.times(b.y, g.times(azz, a.z))
	h, r := g.minus(v, u), g.minus(w, s)
	if h.Sign() == 0 {
		if r.Sign() == 0 {
			return g.double(a)
		}
		return triple{z: new(big.Int)}
	}
	hh := g.times(h, h)
	hhh, uhh := g.times(hh, h), g.times(u, hh)
	x := g.times(r, r)
	x.Sub(x, hhh).Sub(x, uhh).Sub(x, uhh)
	g.mod(x)
	y := g.times(r, g.minus(uhh, x))
	y.Sub(y, g.times(s, hhh))
	return triple{x, g.mod(y), g.times(h, g.times(a.z, b.z))}
}
