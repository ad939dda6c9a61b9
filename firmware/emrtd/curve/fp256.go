package curve

import "math/bits"

// fe is an element of the field of brainpoolP256r1 (RFC 5639 section 3.4) in
// Montgomery form, least significant word first.
type fe [4]uint64

// Numbers of that field. negInverse is −p⁻¹ modulo 2⁶⁴; the others but the
// prime are in Montgomery form.
var (
	prime256  = fe{0x2013481D1F6E5377, 0x6E3BF623D5262028, 0x3E660A909D838D72, 0xA9FB57DBA1EEA9BC}
	one256    = fe{0xDFECB7E2E091AC89, 0x91C409DC2AD9DFD7, 0xC199F56F627C728D, 0x5604A8245E115643}
	square256 = fe{0x8CFEDF7BA6465B6C, 0x5CCE4C26614D4F4D, 0xA1ECDACD6B1AC807, 0x4717AA21E5957FA8} // 2⁵¹² mod p, to get into Montgomery form
	a256      = fe{0xD5D18EDF69696261, 0xA68123F1C1D20C64, 0x95EC1E5E6398556E, 0x1E4676ABD666BC17}
	b256x3    = fe{0x1176E8584242DA4D, 0x2049DEDD64F53E0B, 0x2E5FC9BA07D8BD8B, 0x429EE062D3EB5BBB}
)

const negInverse uint64 = 0xC6A75590CEFD89B9

// mac gives x·y + a + b in two words; it cannot overflow.
func mac(x, y, a, b uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(x, y)
	var c uint64
	lo, c = bits.Add64(lo, a, 0)
	hi += c
	lo, c = bits.Add64(lo, b, 0)
	return hi + c, lo
}

// mul sets z to the Montgomery product of x and y. The inner loops are written
// out: this is where the time of PACE goes.
func (z *fe) mul(x, y *fe) {
	var t0, t1, t2, t3, top uint64
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	p0, p1, p2, p3 := prime256[0], prime256[1], prime256[2], prime256[3]
	for _, w := range y {
		var c, over uint64
		c, t0 = mac(x0, w, t0, 0)
		c, t1 = mac(x1, w, t1, c)
		c, t2 = mac(x2, w, t2, c)
		c, t3 = mac(x3, w, t3, c)
		top, over = bits.Add64(top, c, 0)

		m := t0 * negInverse
		c, _ = mac(m, p0, t0, 0)
		c, t0 = mac(m, p1, t1, c)
		c, t1 = mac(m, p2, t2, c)
		c, t2 = mac(m, p3, t3, c)
		t3, c = bits.Add64(top, c, 0)
		top = over + c
	}
	z.reduce(&[4]uint64{t0, t1, t2, t3}, top)
}

// reduce sets z to t, a number below 2p with its carry, less p if that goes.
func (z *fe) reduce(t *[4]uint64, carry uint64) {
	s0, b := bits.Sub64(t[0], prime256[0], 0)
	s1, b := bits.Sub64(t[1], prime256[1], b)
	s2, b := bits.Sub64(t[2], prime256[2], b)
	s3, b := bits.Sub64(t[3], prime256[3], b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b // all ones: t was below p
	z[0] = t[0]&keep | s0&^keep
	z[1] = t[1]&keep | s1&^keep
	z[2] = t[2]&keep | s2&^keep
	z[3] = t[3]&keep | s3&^keep
}

func (z *fe) add(x, y *fe) {
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3, c := bits.Add64(x[3], y[3], c)
	z.reduce(&[4]uint64{t0, t1, t2, t3}, c)
}

func (z *fe) sub(x, y *fe) {
	t0, b := bits.Sub64(x[0], y[0], 0)
	t1, b := bits.Sub64(x[1], y[1], b)
	t2, b := bits.Sub64(x[2], y[2], b)
	t3, b := bits.Sub64(x[3], y[3], b)
	back := -b
	var c uint64
	z[0], c = bits.Add64(t0, prime256[0]&back, 0)
	z[1], c = bits.Add64(t1, prime256[1]&back, c)
	z[2], c = bits.Add64(t2, prime256[2]&back, c)
	z[3], _ = bits.Add64(t3, prime256[3]&back, c)
}

// invert sets z to x to the power p−2, which is zero for zero.
func (z *fe) invert(x *fe) {
	e := prime256
	e[0] -= 2 // the prime is odd and its last word is above 2
	out := one256
	for i := 255; i >= 0; i-- {
		out.mul(&out, &out)
		if e[i/64]>>(i%64)&1 == 1 { // the exponent is no secret
			out.mul(&out, x)
		}
	}
	*z = out
}

// setBytes reads 32 bytes, most significant first, below the prime.
func (z *fe) setBytes(b *[32]byte) {
	for i := range 4 {
		for j := range 8 {
			z[i] = z[i]<<8 | uint64(b[32-8*(i+1)+j])
		}
	}
	z.mul(z, &square256)
}

func (z *fe) bytes() (out [32]byte) {
	var t fe
	t.mul(z, &fe{1})
	for i := range 4 {
		for j := range 8 {
			out[31-8*i-j] = byte(t[i] >> (8 * j))
		}
	}
	return out
}
