package curve

import (
	"math/big"
	"math/bits"
)

// maxWords is enough for 512 bits.
const maxWords = 8

// num is an element of a field in Montgomery form, least significant word
// first. Words that the field does not use are zero.
type num [maxWords]uint64

// field is the integers modulo a prime of up to 512 bits. Its arithmetic is
// done with fixed words, in constant time: several times as fast as big
// integers.
type field struct {
	n          int // words
	prime      num
	negInverse uint64 // −prime⁻¹ modulo 2⁶⁴
	one        num    // in Montgomery form
	square     num    // R² modulo the prime: gets numbers into Montgomery form
	p          *big.Int
}

func newField(p *big.Int) *field {
	f := &field{n: (p.BitLen() + 63) / 64, p: p}
	f.prime = toWords(p)
	inv := f.prime[0] // right modulo 8; each step doubles the bits that are
	for range 5 {
		inv *= 2 - f.prime[0]*inv
	}
	f.negInverse = -inv
	r := new(big.Int).Lsh(big.NewInt(1), uint(64*f.n))
	f.one = toWords(new(big.Int).Mod(r, p))
	f.square = toWords(new(big.Int).Mod(r.Mul(r, r), p))
	return f
}

// toWords takes a number that is not negative and fits.
func toWords(v *big.Int) (z num) {
	var b [8 * maxWords]byte
	v.FillBytes(b[:])
	for i := range z {
		for j := range 8 {
			z[i] = z[i]<<8 | uint64(b[len(b)-8*(i+1)+j])
		}
	}
	return z
}

// set takes a number below the prime.
func (f *field) set(v *big.Int) num {
	z := toWords(v)
	f.mul(&z, &z, &f.square)
	return z
}

// value gives the number back.
func (f *field) value(x *num) *big.Int {
	var t num
	f.mul(&t, x, &num{1})
	var b [8 * maxWords]byte
	for i, w := range t {
		for j := range 8 {
			b[len(b)-1-8*i-j] = byte(w >> (8 * j))
		}
	}
	v := new(big.Int).SetBytes(b[:])
	clear(b[:])
	return v
}

// mac gives x·y + a + b in two words; it cannot overflow.
func mac(x, y, a, b uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(x, y)
	var c uint64
	lo, c = bits.Add64(lo, a, 0)
	hi += c
	lo, c = bits.Add64(lo, b, 0)
	return hi + c, lo
}

// mul sets z to the Montgomery product of x and y. The lengths that cards use
// are written out in products.go.
func (f *field) mul(z, x, y *num) {
	switch f.n {
	case 4:
		f.mul4(z, x, y)
		return
	case 6:
		f.mul6(z, x, y)
		return
	case 8:
		f.mul8(z, x, y)
		return
	}
	var t num
	var top uint64
	n := f.n
	a, p, u := x[:n], f.prime[:n], t[:n]
	for _, w := range y[:n] {
		var c, over uint64
		for j, v := range a {
			c, u[j] = mac(v, w, u[j], c)
		}
		top, over = bits.Add64(top, c, 0)

		m := u[0] * f.negInverse
		c, _ = mac(m, p[0], u[0], 0)
		for j := 1; j < len(p) && j < len(u); j++ {
			c, u[j-1] = mac(m, p[j], u[j], c)
		}
		u[n-1], c = bits.Add64(top, c, 0)
		top = over + c
	}
	f.reduce(z, &t, top)
}

// reduce sets z to t, a number below twice the prime with its carry, less the
// prime if that goes.
func (f *field) reduce(z, t *num, carry uint64) {
	var s num
	var b uint64
	for i, w := range f.prime[:f.n] {
		s[i], b = bits.Sub64(t[i], w, b)
	}
	_, b = bits.Sub64(carry, 0, b)
	keep := -b // all ones: t was below the prime
	for i := range f.n {
		z[i] = t[i]&keep | s[i]&^keep
	}
}

func (f *field) add(z, x, y *num) {
	if f.n == 4 {
		t0, c := bits.Add64(x[0], y[0], 0)
		t1, c := bits.Add64(x[1], y[1], c)
		t2, c := bits.Add64(x[2], y[2], c)
		t3, c := bits.Add64(x[3], y[3], c)
		f.reduce4(z, t0, t1, t2, t3, c)
		return
	}
	var t num
	var c uint64
	for i, w := range x[:f.n] {
		t[i], c = bits.Add64(w, y[i], c)
	}
	f.reduce(z, &t, c)
}

func (f *field) sub(z, x, y *num) {
	if f.n == 4 {
		t0, b := bits.Sub64(x[0], y[0], 0)
		t1, b := bits.Sub64(x[1], y[1], b)
		t2, b := bits.Sub64(x[2], y[2], b)
		t3, b := bits.Sub64(x[3], y[3], b)
		back := -b
		var c uint64
		z[0], c = bits.Add64(t0, f.prime[0]&back, 0)
		z[1], c = bits.Add64(t1, f.prime[1]&back, c)
		z[2], c = bits.Add64(t2, f.prime[2]&back, c)
		z[3], _ = bits.Add64(t3, f.prime[3]&back, c)
		return
	}
	var t num
	var b, c uint64
	for i, w := range x[:f.n] {
		t[i], b = bits.Sub64(w, y[i], b)
	}
	back := -b
	for i, w := range f.prime[:f.n] {
		z[i], c = bits.Add64(t[i], w&back, c)
	}
}

// invert sets z to x to the power p−2, which is zero for zero: four bits of
// the exponent, which is no secret, at a time.
func (f *field) invert(z, x *num) {
	e := f.prime
	e[0] -= 2 // the primes are odd and their last words are above 2
	var powers [16]num
	powers[0] = f.one
	for i := 1; i < len(powers); i++ {
		f.mul(&powers[i], &powers[i-1], x)
	}
	out := f.one
	for i := 16*f.n - 1; i >= 0; i-- {
		for range 4 {
			f.mul(&out, &out, &out)
		}
		if digit := e[i/16] >> (i % 16 * 4) & 15; digit != 0 {
			f.mul(&out, &out, &powers[digit])
		}
	}
	*z = out
}
