package curve

import (
	"crypto/elliptic"
	"crypto/subtle"
	"math/big"
)

// short is a curve y² = x³ + ax + b with arithmetic in fixed words. Inside,
// points are those of its twin y² = x³ − 3x + b', to which every curve here is
// isomorphic: (x, y) goes to (u²x, u³y) with u⁴ = −3/a. RFC 5639 calls the
// twins "twisted"; a third of the work on a point is saved there.
type short struct {
	params *elliptic.CurveParams
	a      *big.Int // the coefficient of x
	f      *field
	b      num // of the twin
	in     [2]num
	out    [2]num // u², u³ and their inverses
}

var _ arithmetic = (*short)(nil)

func newShort(params *elliptic.CurveParams, a *big.Int) *short {
	p := params.P
	c := &short{params: params, a: a, f: newField(p)}
	// u² is the root of −3/a that is a square itself; one of the two is, as −1
	// is no square modulo these primes.
	ratio := new(big.Int).ModInverse(a, p)
	ratio.Mul(ratio, big.NewInt(-3)).Mod(ratio, p)
	square := new(big.Int).ModSqrt(ratio, p)
	if square == nil {
		panic("curve: " + params.Name + " has no twin") // all are constants of this program
	}
	if big.Jacobi(square, p) != 1 {
		square.Sub(p, square)
	}
	u := new(big.Int).ModSqrt(square, p)
	cube := new(big.Int).Mul(square, u)
	cube.Mod(cube, p)
	b := new(big.Int).Mul(cube, cube)
	b.Mul(b, params.B).Mod(b, p)
	c.b = c.f.set(b)
	c.in = [2]num{c.f.set(square), c.f.set(cube)}
	for i := range c.in {
		c.f.invert(&c.out[i], &c.in[i])
	}
	return c
}

// Params gives prime, order, base point and b.
func (c *short) Params() *elliptic.CurveParams { return c.params }

// IsOnCurve takes coordinates below the prime.
func (c *short) IsOnCurve(x, y *big.Int) bool {
	if p := c.params.P; x.Sign() < 0 || y.Sign() < 0 || x.Cmp(p) >= 0 || y.Cmp(p) >= 0 {
		return false
	}
	q := c.enter(x, y)
	var left, right, three num
	c.f.mul(&left, &q.y, &q.y)
	c.f.mul(&right, &q.x, &q.x)
	c.f.add(&three, &c.f.one, &c.f.one)
	c.f.add(&three, &three, &c.f.one)
	c.f.sub(&right, &right, &three)
	c.f.mul(&right, &right, &q.x)
	c.f.add(&right, &right, &c.b)
	return left == right
}

// projective is a point of the twin; z is zero at infinity.
type projective struct{ x, y, z num }

func (c *short) infinity() projective { return projective{y: c.f.one} }

// enter takes (0, 0) for infinity, as crypto/elliptic does; no curve here has
// that point.
func (c *short) enter(x, y *big.Int) projective {
	if x.Sign() == 0 && y.Sign() == 0 {
		return c.infinity()
	}
	q := projective{c.f.set(x), c.f.set(y), c.f.one}
	c.f.mul(&q.x, &q.x, &c.in[0])
	c.f.mul(&q.y, &q.y, &c.in[1])
	return q
}

// leave gives (0, 0) for infinity.
func (c *short) leave(q *projective) (x, y *big.Int) {
	var inv, ax, ay num
	c.f.invert(&inv, &q.z)
	c.f.mul(&ax, &q.x, &inv)
	c.f.mul(&ay, &q.y, &inv)
	c.f.mul(&ax, &ax, &c.out[0])
	c.f.mul(&ay, &ay, &c.out[1])
	return c.f.value(&ax), c.f.value(&ay)
}

// add sets r to p+q for any two points. Renes, Costello and Batina, "Complete
// addition formulas for prime order elliptic curves" (2016), algorithm 4:
// complete means that doubling and infinity are no special cases. With
//
//	xy = x₁y₂+x₂y₁, yz = y₁z₂+y₂z₁, xz = x₁z₂+x₂z₁
//	w = 3(b·xz − 3z₁z₂ − x₁x₂), v = 3(xz − b·z₁z₂), k = 3(x₁x₂ − z₁z₂)
//
// the sum is (xy(y₁y₂+v) − yz·w, k·w + (y₁y₂+v)(y₁y₂−v), yz(y₁y₂−v) + xy·k).
func (c *short) add(r, p, q *projective) {
	f := c.f
	var xx, yy, zz, xy, yz, xz, v, w, k, s, t num
	f.mul(&xx, &p.x, &q.x)
	f.mul(&yy, &p.y, &q.y)
	f.mul(&zz, &p.z, &q.z)
	c.cross(&xy, &p.x, &p.y, &q.x, &q.y, &xx, &yy)
	c.cross(&yz, &p.y, &p.z, &q.y, &q.z, &yy, &zz)
	c.cross(&xz, &p.x, &p.z, &q.x, &q.z, &xx, &zz)
	c.finish(r, &xx, &yy, &zz, &xy, &yz, &xz, &v, &w, &k, &s, &t)
}

// cross sets z to (a+b)(c+d) − ac − bd, that is ad + bc.
func (c *short) cross(z, a, b, d, e, ad, be *num) {
	var s, t num
	c.f.add(&s, a, b)
	c.f.add(&t, d, e)
	c.f.mul(&s, &s, &t)
	c.f.add(&t, ad, be)
	c.f.sub(z, &s, &t)
}

// double is add with both points the same; its products are squares or the
// same twice.
func (c *short) double(r, p *projective) {
	f := c.f
	var xx, yy, zz, xy, yz, xz, v, w, k, s, t num
	f.mul(&xx, &p.x, &p.x)
	f.mul(&yy, &p.y, &p.y)
	f.mul(&zz, &p.z, &p.z)
	f.mul(&xy, &p.x, &p.y)
	f.add(&xy, &xy, &xy)
	f.mul(&yz, &p.y, &p.z)
	f.add(&yz, &yz, &yz)
	f.mul(&xz, &p.x, &p.z)
	f.add(&xz, &xz, &xz)
	c.finish(r, &xx, &yy, &zz, &xy, &yz, &xz, &v, &w, &k, &s, &t)
}

// finish is what add and double have in common.
func (c *short) finish(r *projective, xx, yy, zz, xy, yz, xz, v, w, k, s, t *num) {
	f := c.f
	f.mul(s, &c.b, zz)
	f.sub(s, xz, s)
	f.add(v, s, s)
	f.add(v, v, s)
	f.add(t, zz, zz)
	f.add(t, t, zz)
	f.mul(s, &c.b, xz)
	f.sub(s, s, t)
	f.sub(s, s, xx)
	f.add(w, s, s)
	f.add(w, w, s)
	f.add(k, xx, xx)
	f.add(k, k, xx)
	f.sub(k, k, t)
	f.add(s, yy, v)
	f.sub(t, yy, v)
	f.mul(&r.x, xy, s)
	f.mul(&r.z, yz, t)
	f.mul(&r.y, s, t)
	f.mul(s, yz, w)
	f.sub(&r.x, &r.x, s)
	f.mul(s, k, w)
	f.add(&r.y, &r.y, s)
	f.mul(s, xy, k)
	f.add(&r.z, &r.z, s)
}

// Add adds any two points; (0, 0) stands for infinity.
func (c *short) Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	p, q := c.enter(x1, y1), c.enter(x2, y2)
	c.add(&p, &p, &q)
	return c.leave(&p)
}

// multiples is a table of the first multiples of a point.
type multiples [16]projective

func (c *short) table(p projective) *multiples {
	t := &multiples{c.infinity(), p}
	for i := 2; i < len(t); i++ {
		c.add(&t[i], &t[i-1], &t[1])
	}
	return t
}

// pick reads the table whole, whatever the digit is.
func (c *short) pick(t *multiples, digit byte) (out projective) {
	for i := range t {
		mask := -uint64(subtle.ConstantTimeByteEq(byte(i), digit))
		q := &t[i]
		for j := range c.f.n {
			out.x[j] |= q.x[j] & mask
			out.y[j] |= q.y[j] & mask
			out.z[j] |= q.z[j] & mask
		}
	}
	return out
}

// ScalarMult multiplies a point by a big-endian number of any length, four
// bits at a time.
func (c *short) ScalarMult(bx, by *big.Int, k []byte) (x, y *big.Int) {
	t := c.table(c.enter(bx, by))
	sum := c.infinity()
	for _, b := range k {
		for _, digit := range [2]byte{b >> 4, b & 15} {
			for range 4 {
				c.double(&sum, &sum)
			}
			p := c.pick(t, digit)
			c.add(&sum, &sum, &p)
		}
	}
	clear(t[:])
	return c.leave(&sum)
}

// ScalarBaseMult multiplies the base point.
func (c *short) ScalarBaseMult(k []byte) (x, y *big.Int) {
	return c.ScalarMult(c.params.Gx, c.params.Gy, k)
}

// twoMults is j·(x₁, y₁) + k·(x₂, y₂), for numbers of the same length that are
// no secrets: the doublings are done once for both.
func (c *short) twoMults(x1, y1 *big.Int, j []byte, x2, y2 *big.Int, k []byte) (x, y *big.Int) {
	t, u := c.table(c.enter(x1, y1)), c.table(c.enter(x2, y2))
	sum := c.infinity()
	for i := range j {
		for shift := 4; shift >= 0; shift -= 4 {
			for range 4 {
				c.double(&sum, &sum)
			}
			c.add(&sum, &sum, &t[j[i]>>shift&15])
			c.add(&sum, &sum, &u[k[i]>>shift&15])
		}
	}
	return c.leave(&sum)
}
