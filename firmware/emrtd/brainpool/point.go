package brainpool

import "math/big"

// point is (X/Z², Y/Z³): sums without a division. Z is zero at infinity.
type point struct{ x, y, z *big.Int }

func infinity() point { return point{big.NewInt(1), big.NewInt(1), new(big.Int)} }

// jacobian takes (0, 0) for infinity, as crypto/elliptic does.
func jacobian(x, y *big.Int) point {
	if x.Sign() == 0 && y.Sign() == 0 {
		return infinity()
	}
	return point{x, y, big.NewInt(1)}
}

func (c *Curve) affine(p point) (x, y *big.Int) {
	if p.z.Sign() == 0 {
		return new(big.Int), new(big.Int)
	}
	inv := new(big.Int).ModInverse(p.z, c.params.P)
	square := c.mul(inv, inv)
	return c.mul(p.x, square), c.mul(p.y, c.mul(square, inv))
}

func (c *Curve) mul(x, y *big.Int) *big.Int {
	z := new(big.Int).Mul(x, y)
	return z.Mod(z, c.params.P)
}

func (c *Curve) sub(x, y *big.Int) *big.Int {
	z := new(big.Int).Sub(x, y)
	if z.Sign() < 0 {
		z.Add(z, c.params.P)
	}
	return z
}

// times multiplies by a small number: it doubles as often as shift says.
func (c *Curve) times(x *big.Int, shift uint) *big.Int {
	z := new(big.Int).Lsh(x, shift)
	return z.Mod(z, c.params.P)
}

// double: the tangent's slope is M/2YZ with M = 3X² + aZ⁴; with S = 4XY² the
// result is X' = M² − 2S, Y' = M(S − X') − 8Y⁴, Z' = 2YZ.
func (c *Curve) double(p point) point {
	if p.z.Sign() == 0 || p.y.Sign() == 0 {
		return infinity()
	}
	xx, yy, zz := c.mul(p.x, p.x), c.mul(p.y, p.y), c.mul(p.z, p.z)
	s := c.times(c.mul(p.x, yy), 2)
	m := c.mul(c.a, c.mul(zz, zz))
	m.Add(m, xx).Add(m, xx).Add(m, xx).Mod(m, c.params.P)
	x := c.sub(c.mul(m, m), c.times(s, 1))
	y := c.sub(c.mul(m, c.sub(s, x)), c.times(c.mul(yy, yy), 3))
	return point{x, y, c.times(c.mul(p.y, p.z), 1)}
}

// add: with U = XZ₂², S = YZ₂³ of each point over the other's Z, H = U₂ − U₁
// and R = S₂ − S₁ the result is X = R² − H³ − 2U₁H², Y = R(U₁H² − X) − S₁H³,
// Z = Z₁Z₂H.
func (c *Curve) add(p, q point) point {
	switch {
	case p.z.Sign() == 0:
		return q
	case q.z.Sign() == 0:
		return p
	}
	pz, qz := c.mul(p.z, p.z), c.mul(q.z, q.z)
	u1, u2 := c.mul(p.x, qz), c.mul(q.x, pz)
	s1, s2 := c.mul(p.y, c.mul(qz, q.z)), c.mul(q.y, c.mul(pz, p.z))
	h, r := c.sub(u2, u1), c.sub(s2, s1)
	if h.Sign() == 0 {
		if r.Sign() == 0 {
			return c.double(p)
		}
		return infinity()
	}
	hh := c.mul(h, h)
	hhh, v := c.mul(hh, h), c.mul(u1, hh)
	x := c.sub(c.sub(c.mul(r, r), hhh), c.times(v, 1))
	y := c.sub(c.mul(r, c.sub(v, x)), c.mul(s1, hhh))
	return point{x, y, c.mul(h, c.mul(p.z, q.z))}
}

// IsOnCurve says whether the coordinates are reduced and fulfil the equation.
func (c *Curve) IsOnCurve(x, y *big.Int) bool {
	p := c.params.P
	if x.Sign() < 0 || y.Sign() < 0 || x.Cmp(p) >= 0 || y.Cmp(p) >= 0 {
		return false
	}
	right := c.mul(x, x)
	right.Add(right, c.a)
	right = c.mul(right, x)
	right.Add(right, c.params.B)
	return right.Mod(right, p).Cmp(c.mul(y, y)) == 0
}

// Add adds any two points; (0, 0) stands for infinity.
func (c *Curve) Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	return c.affine(c.add(jacobian(x1, y1), jacobian(x2, y2)))
}

// ScalarMult multiplies a point by a big-endian number of any length, four
// bits at a time.
func (c *Curve) ScalarMult(bx, by *big.Int, k []byte) (x, y *big.Int) {
	var multiples [16]point
	multiples[0], multiples[1] = infinity(), jacobian(bx, by)
	for i := 2; i < len(multiples); i++ {
		multiples[i] = c.add(multiples[i-1], multiples[1])
	}
	sum := infinity()
	for _, b := range k {
		for _, digit := range [2]byte{b >> 4, b & 15} {
			for range 4 {
				sum = c.double(sum)
			}
			sum = c.add(sum, multiples[digit])
		}
	}
	return c.affine(sum)
}

// ScalarBaseMult multiplies the base point.
func (c *Curve) ScalarBaseMult(k []byte) (x, y *big.Int) {
	return c.ScalarMult(c.params.Gx, c.params.Gy, k)
}
