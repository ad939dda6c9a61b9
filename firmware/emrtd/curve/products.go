package curve

import "math/bits"

// The Montgomery products of the lengths that cards use, with their loops
// written out: here is where the time of key agreement goes.

func (f *field) mul4(z, x, y *num) {
	var t0, t1, t2, t3, top uint64
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	p0, p1, p2, p3 := f.prime[0], f.prime[1], f.prime[2], f.prime[3]
	inverse := f.negInverse
	for _, w := range y[:4] {
		var c, over uint64
		c, t0 = mac(x0, w, t0, 0)
		c, t1 = mac(x1, w, t1, c)
		c, t2 = mac(x2, w, t2, c)
		c, t3 = mac(x3, w, t3, c)
		top, over = bits.Add64(top, c, 0)

		m := t0 * inverse
		c, _ = mac(m, p0, t0, 0)
		c, t0 = mac(m, p1, t1, c)
		c, t1 = mac(m, p2, t2, c)
		c, t2 = mac(m, p3, t3, c)
		t3, c = bits.Add64(top, c, 0)
		top = over + c
	}
	f.reduce4(z, t0, t1, t2, t3, top)
}

// reduce4 is reduce for four words.
func (f *field) reduce4(z *num, t0, t1, t2, t3, carry uint64) {
	s0, b := bits.Sub64(t0, f.prime[0], 0)
	s1, b := bits.Sub64(t1, f.prime[1], b)
	s2, b := bits.Sub64(t2, f.prime[2], b)
	s3, b := bits.Sub64(t3, f.prime[3], b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b // all ones: t was below the prime
	z[0] = t0&keep | s0&^keep
	z[1] = t1&keep | s1&^keep
	z[2] = t2&keep | s2&^keep
	z[3] = t3&keep | s3&^keep
}

func (f *field) mul6(z, x, y *num) {
	var t0, t1, t2, t3, t4, t5, top uint64
	x0, x1, x2, x3, x4, x5 := x[0], x[1], x[2], x[3], x[4], x[5]
	p0, p1, p2, p3, p4, p5 := f.prime[0], f.prime[1], f.prime[2], f.prime[3], f.prime[4], f.prime[5]
	inverse := f.negInverse
	for _, w := range y[:6] {
		var c, over uint64
		c, t0 = mac(x0, w, t0, 0)
		c, t1 = mac(x1, w, t1, c)
		c, t2 = mac(x2, w, t2, c)
		c, t3 = mac(x3, w, t3, c)
		c, t4 = mac(x4, w, t4, c)
		c, t5 = mac(x5, w, t5, c)
		top, over = bits.Add64(top, c, 0)

		m := t0 * inverse
		c, _ = mac(m, p0, t0, 0)
		c, t0 = mac(m, p1, t1, c)
		c, t1 = mac(m, p2, t2, c)
		c, t2 = mac(m, p3, t3, c)
		c, t3 = mac(m, p4, t4, c)
		c, t4 = mac(m, p5, t5, c)
		t5, c = bits.Add64(top, c, 0)
		top = over + c
	}
	f.reduce(z, &num{t0, t1, t2, t3, t4, t5}, top)
}

func (f *field) mul8(z, x, y *num) {
	var t0, t1, t2, t3, t4, t5, t6, t7, top uint64
	inverse := f.negInverse
	for _, w := range y[:8] {
		var c, over uint64
		c, t0 = mac(x[0], w, t0, 0)
		c, t1 = mac(x[1], w, t1, c)
		c, t2 = mac(x[2], w, t2, c)
		c, t3 = mac(x[3], w, t3, c)
		c, t4 = mac(x[4], w, t4, c)
		c, t5 = mac(x[5], w, t5, c)
		c, t6 = mac(x[6], w, t6, c)
		c, t7 = mac(x[7], w, t7, c)
		top, over = bits.Add64(top, c, 0)

		m := t0 * inverse
		c, _ = mac(m, f.prime[0], t0, 0)
		c, t0 = mac(m, f.prime[1], t1, c)
		c, t1 = mac(m, f.prime[2], t2, c)
		c, t2 = mac(m, f.prime[3], t3, c)
		c, t3 = mac(m, f.prime[4], t4, c)
		c, t4 = mac(m, f.prime[5], t5, c)
		c, t5 = mac(m, f.prime[6], t6, c)
		c, t6 = mac(m, f.prime[7], t7, c)
		t7, c = bits.Add64(top, c, 0)
		top = over + c
	}
	f.reduce(z, &num{t0, t1, t2, t3, t4, t5, t6, t7}, top)
}
