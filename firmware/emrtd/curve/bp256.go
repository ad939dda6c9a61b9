package curve

import (
	"crypto/elliptic"
	"crypto/subtle"
	"math/big"

	"tram06/firmware/emrtd/brainpool"
)

// bp256 is brainpoolP256r1, the curve of nearly every reading here, done with
// fixed words: ten times as fast as big integers, and in constant time.
type bp256 struct{}

var _ arithmetic = bp256{}

// point256 is a point in projective coordinates; Z is zero at infinity.
type point256 struct{ x, y, z fe }

// add sets r to p+q for any two points: algorithm 1 of Renes, Costello and
// Batina, "Complete addition formulas for prime order elliptic curves" (2016).
// Complete means that doubling and infinity are no special cases.
func (r *point256) add(p, q *point256) {
	var t0, t1, t2, t3, t4, t5, x3, y3, z3 fe
	t0.mul(&p.x, &q.x)
	t1.mul(&p.y, &q.y)
	t2.mul(&p.z, &q.z)
	cross(&t3, &p.x, &p.y, &q.x, &q.y, &t0, &t1)
	cross(&t4, &p.x, &p.z, &q.x, &q.z, &t0, &t2)
	cross(&t5, &p.y, &p.z, &q.y, &q.z, &t1, &t2)
	z3.mul(&a256, &t4)
	x3.mul(&b256x3, &t2)
	z3.add(&x3, &z3)
	x3.sub(&t1, &z3)
	z3.add(&t1, &z3)
	y3.mul(&x3, &z3)
	t1.add(&t0, &t0)
	t1.add(&t1, &t0)
	t2.mul(&a256, &t2)
	t4.mul(&b256x3, &t4)
	t1.add(&t1, &t2)
	t2.sub(&t0, &t2)
	t2.mul(&a256, &t2)
	t4.add(&t4, &t2)
	t0.mul(&t1, &t4)
	y3.add(&y3, &t0)
	t0.mul(&t5, &t4)
	x3.mul(&t3, &x3)
	x3.sub(&x3, &t0)
	t0.mul(&t3, &t1)
	z3.mul(&t5, &z3)
	z3.add(&z3, &t0)
	r.x, r.y, r.z = x3, y3, z3
}

// cross sets z to (a+b)(c+d) − ac − bd, that is ad + bc.
func cross(z, a, b, c, d, ac, bd *fe) {
	var s, t fe
	s.add(a, b)
	t.add(c, d)
	s.mul(&s, &t)
	t.add(ac, bd)
	z.sub(&s, &t)
}

func toPoint256(x, y *big.Int) point256 {
	if x.Sign() == 0 && y.Sign() == 0 {
		return point256{y: one256}
	}
	var b [32]byte
	p := point256{z: one256}
	x.FillBytes(b[:])
	p.x.setBytes(&b)
	y.FillBytes(b[:])
	p.y.setBytes(&b)
	return p
}

// affine gives (0, 0) for infinity, as crypto/elliptic does.
func (r *point256) affine() (x, y *big.Int) {
	var inv, ax, ay fe
	inv.invert(&r.z)
	ax.mul(&r.x, &inv)
	ay.mul(&r.y, &inv)
	bx, by := ax.bytes(), ay.bytes()
	return new(big.Int).SetBytes(bx[:]), new(big.Int).SetBytes(by[:])
}

// library256 is the same curve with big integers.
func library256() arithmetic { return brainpool.P256r1() }

// Params gives prime, order, base point and b.
func (bp256) Params() *elliptic.CurveParams { return library256().Params() }

// A is the coefficient of x.
func (bp256) A() *big.Int { return brainpool.P256r1().A() }

func (bp256) IsOnCurve(x, y *big.Int) bool { return library256().IsOnCurve(x, y) }

func (bp256) Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	p, q := toPoint256(x1, y1), toPoint256(x2, y2)
	p.add(&p, &q)
	return p.affine()
}

// ScalarMult takes four bits at a time from a table of the first multiples,
// which is read whole each time.
func (bp256) ScalarMult(bx, by *big.Int, k []byte) (*big.Int, *big.Int) {
	var table [16]point256
	table[0] = point256{y: one256}
	table[1] = toPoint256(bx, by)
	for i := 2; i < len(table); i++ {
		table[i].add(&table[i-1], &table[1])
	}
	sum := table[0]
	for _, b := range k {
		for _, digit := range [2]byte{b >> 4, b & 15} {
			for range 4 {
				sum.add(&sum, &sum)
			}
			var pick point256
			for i := range table {
				pick.or(&table[i], -uint64(subtle.ConstantTimeByteEq(byte(i), digit)))
			}
			sum.add(&sum, &pick)
		}
	}
	return sum.affine()
}

// or takes in the bits of q that mask has: all or none.
func (r *point256) or(q *point256, mask uint64) {
	for i := range 4 {
		r.x[i] |= q.x[i] & mask
		r.y[i] |= q.y[i] & mask
		r.z[i] |= q.z[i] & mask
	}
}

func (c bp256) ScalarBaseMult(k []byte) (x, y *big.Int) {
	p := c.Params()
	return c.ScalarMult(p.Gx, p.Gy, k)
}
