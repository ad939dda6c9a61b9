package curve

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"tram06/firmware/emrtd/chipsim/group"
)

// pair is a curve in fixed words and the same from another hand: the simulated
// chip has it with big integers.
type pair struct {
	c   *short
	ref reference
}

// reference has the methods of arithmetic; (0, 0) stands for infinity.
type reference struct{ g *group.Group }

func (r reference) element(x, y *big.Int) group.Element {
	if x.Sign() == 0 && y.Sign() == 0 {
		return group.Element{}
	}
	return group.Element{X: x, Y: y}
}

func (r reference) point(e group.Element) (x, y *big.Int) {
	if r.g.Neutral(e) {
		return new(big.Int), new(big.Int)
	}
	return e.X, e.Y
}

func (r reference) Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	return r.point(r.g.Combine(r.element(x1, y1), r.element(x2, y2)))
}

func (r reference) ScalarMult(x, y *big.Int, k []byte) (*big.Int, *big.Int) {
	return r.point(r.g.Power(r.element(x, y), new(big.Int).SetBytes(k)))
}

func (r reference) ScalarBaseMult(k []byte) (x, y *big.Int) {
	return r.ScalarMult(r.g.Gx, r.g.Gy, k)
}

func pairs(t testing.TB) []pair {
	t.Helper()
	var out []pair
	for id := FirstID; id <= LastID; id++ {
		c, err := ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		own, ok := c.math.(*short)
		if !ok {
			continue
		}
		g, err := group.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, pair{own, reference{g}})
	}
	if len(out) != 7 { // P-192 and six of Brainpool's
		t.Fatalf("%d curves with arithmetic in fixed words", len(out))
	}
	return out
}

// Both hands speak of the same curve.
func TestShortParameters(t *testing.T) {
	for _, c := range pairs(t) {
		own, g := c.c.params, c.ref.g
		for _, v := range [][2]*big.Int{{own.P, g.P}, {c.c.a, g.A}, {own.B, g.B}, {own.Gx, g.Gx}, {own.Gy, g.Gy}, {own.N, g.N}} {
			if v[0].Cmp(v[1]) != 0 {
				t.Errorf("%s: %X, the chip has %X", own.Name, v[0], v[1])
			}
		}
		if own.P.BitLen() != own.BitSize || !own.P.ProbablyPrime(20) || !own.N.ProbablyPrime(20) {
			t.Errorf("%s: prime and order are not primes of the size", own.Name)
		}
	}
}

func drawNumber(source *rand.ChaCha8, below *big.Int) *big.Int {
	b := make([]byte, (below.BitLen()+7)/8+8)
	_, _ = source.Read(b) // never fails
	v := new(big.Int).SetBytes(b)
	return v.Mod(v, below)
}

// Field arithmetic against big integers, at the edges and at random.
func TestField(t *testing.T) {
	source := rand.NewChaCha8([32]byte{6, 20, 26})
	for _, c := range pairs(t) {
		f, p := c.c.f, c.c.params.P
		values := []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2)}
		for d := int64(1); d < 4; d++ {
			values = append(values, new(big.Int).Sub(p, big.NewInt(d)))
		}
		for shift := uint(63); int(shift) < p.BitLen(); shift += 64 {
			for _, bit := range []uint{shift, shift + 1} {
				v := new(big.Int).Lsh(big.NewInt(1), bit)
				values = append(values, v.Mod(v, p), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), shift), big.NewInt(1)))
			}
		}
		for range 20 {
			values = append(values, drawNumber(source, p))
		}
		mod := func(v *big.Int) *big.Int { return v.Mod(v, p) }
		for _, x := range values {
			fx := f.set(x)
			if f.value(&fx).Cmp(x) != 0 {
				t.Fatalf("%s: %X does not survive", c.c.params.Name, x)
			}
			var inv num
			f.invert(&inv, &fx)
			if want := new(big.Int).ModInverse(x, p); want != nil && f.value(&inv).Cmp(want) != 0 || want == nil && inv != (num{}) {
				t.Fatalf("%s: inverse of %X", c.c.params.Name, x)
			}
			for _, y := range values {
				fy := f.set(y)
				var sum, diff, product num
				f.add(&sum, &fx, &fy)
				f.sub(&diff, &fx, &fy)
				f.mul(&product, &fx, &fy)
				if f.value(&sum).Cmp(mod(new(big.Int).Add(x, y))) != 0 || f.value(&diff).Cmp(mod(new(big.Int).Sub(x, y))) != 0 ||
					f.value(&product).Cmp(mod(new(big.Int).Mul(x, y))) != 0 {
					t.Fatalf("%s: %X and %X", c.c.params.Name, x, y)
				}
				// Results may stand where the operands did.
				f.mul(&fy, &fx, &fy)
				if fy != product {
					t.Fatalf("%s: a product in place", c.c.params.Name)
				}
			}
		}
	}
}

// Points against the arithmetic with big integers.
func TestShortAgrees(t *testing.T) {
	source := rand.NewChaCha8([32]byte{13, 20, 26})
	none := new(big.Int)
	for _, c := range pairs(t) {
		params := c.c.params
		n, name := params.N, params.Name
		scalars := []*big.Int{none, big.NewInt(1), big.NewInt(2), big.NewInt(3), big.NewInt(15), big.NewInt(16),
			new(big.Int).Sub(n, big.NewInt(1)), new(big.Int).Sub(n, big.NewInt(2)), n, new(big.Int).Add(n, big.NewInt(1)), new(big.Int).Rsh(n, 1)}
		for range 4 {
			scalars = append(scalars, drawNumber(source, n))
		}
		same := func(what string, x, y, wantX, wantY *big.Int) {
			t.Helper()
			if x.Cmp(wantX) != 0 || y.Cmp(wantY) != 0 {
				t.Fatalf("%s: %s", name, what)
			}
		}
		px, py := c.ref.ScalarBaseMult([]byte{3})
		minus := new(big.Int).Sub(params.P, py)
		// The point is a known multiple of the generator, so that sums of two
		// multiples meet infinity and doublings.
		few := []*big.Int{none, big.NewInt(1), big.NewInt(5), new(big.Int).Sub(n, big.NewInt(1)), drawNumber(source, n)}
		var multiples [][2]*big.Int
		for _, j := range few {
			x, y := c.ref.ScalarMult(px, py, j.Bytes())
			multiples = append(multiples, [2]*big.Int{x, y})
		}
		for _, k := range scalars {
			kb := k.FillBytes(make([]byte, params.BitSize/8))
			wx, wy := c.ref.ScalarMult(px, py, kb)
			x, y := c.c.ScalarMult(px, py, kb)
			same("k·P", x, y, wx, wy)
			bx, by := c.ref.ScalarBaseMult(kb)
			x, y = c.c.ScalarBaseMult(kb)
			same("k·G", x, y, bx, by)
			// Sums, opposites and infinity in one formula.
			for _, q := range [][2]*big.Int{{bx, by}, {px, minus}, {none, none}} {
				wx, wy := c.ref.Add(px, py, q[0], q[1])
				x, y := c.c.Add(px, py, q[0], q[1])
				same("P + Q", x, y, wx, wy)
			}
			x, y = c.c.Add(px, py, px, py)
			wx, wy = c.ref.ScalarMult(px, py, []byte{2})
			same("P + P", x, y, wx, wy)
			// Two multiples at once.
			for i, j := range few {
				jb := j.FillBytes(make([]byte, len(kb)))
				jx, jy := multiples[i][0], multiples[i][1]
				x, y := c.c.twoMults(params.Gx, params.Gy, kb, px, py, jb)
				if jx.Cmp(bx) == 0 && jy.Cmp(by) == 0 {
					wx, wy = c.ref.ScalarMult(jx, jy, []byte{2})
				} else {
					wx, wy = c.ref.Add(bx, by, jx, jy)
				}
				same("k·G + j·P", x, y, wx, wy)
			}
		}
	}
}

func TestShortOnCurve(t *testing.T) {
	for _, c := range pairs(t) {
		p := c.c.params
		if !c.c.IsOnCurve(p.Gx, p.Gy) {
			t.Errorf("%s: its base point is not on it", p.Name)
		}
		for name, xy := range map[string][2]*big.Int{
			"infinity":  {new(big.Int), new(big.Int)},
			"beside":    {p.Gx, new(big.Int).Add(p.Gy, big.NewInt(1))},
			"x too big": {new(big.Int).Add(p.Gx, p.P), p.Gy},
			"y too big": {p.Gx, new(big.Int).Add(p.Gy, p.P)},
			"negative":  {p.Gx, new(big.Int).Sub(p.Gy, p.P)},
			"swapped":   {p.Gy, p.Gx},
		} {
			if c.c.IsOnCurve(xy[0], xy[1]) {
				t.Errorf("%s: %s is on the curve", p.Name, name)
			}
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(uint8(3), bytes.Repeat([]byte{0xFF}, 32), bytes.Repeat([]byte{0xFF}, 32))
	f.Add(uint8(6), bytes.Repeat([]byte{0xAA}, 64), []byte{1})
	for i, c := range pairs(f) {
		f.Add(uint8(i), new(big.Int).Sub(c.c.params.P, big.NewInt(1)).Bytes(), new(big.Int).Sub(c.c.params.P, big.NewInt(2)).Bytes())
	}
	cs := pairs(f)
	f.Fuzz(func(t *testing.T, which uint8, a, b []byte) {
		c := cs[int(which)%len(cs)].c
		p := c.params.P
		x, y := new(big.Int).SetBytes(a), new(big.Int).SetBytes(b)
		x.Mod(x, p)
		y.Mod(y, p)
		fx, fy := c.f.set(x), c.f.set(y)
		var product, diff, sum num
		c.f.mul(&product, &fx, &fy)
		c.f.sub(&diff, &fx, &fy)
		c.f.add(&sum, &fx, &fy)
		for got, want := range map[*num]*big.Int{&product: new(big.Int).Mul(x, y), &diff: new(big.Int).Sub(x, y), &sum: new(big.Int).Add(x, y)} {
			if c.f.value(got).Cmp(want.Mod(want, p)) != 0 {
				t.Fatalf("%s: %X and %X", c.params.Name, x, y)
			}
		}
	})
}
