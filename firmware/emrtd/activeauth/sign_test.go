package activeauth

import (
	"crypto"
	"crypto/rsa"
	"encoding/asn1"
	"io"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// The chip's half, as the standards have it, for tests.

// layout is how a signer fills the representative of ISO/IEC 9796-2.
type layout struct {
	hash     crypto.Hash
	explicit bool // names the hash in the trailer
	m1       int  // length of M1 in bytes, 0 for the most that fits
	bits     int  // of the representative, 0 for those of the modulus
	smaller  bool // sends the smaller of s and n − s
}

var named = map[crypto.Hash]byte{crypto.SHA1: 0x33, crypto.SHA256: 0x34, crypto.SHA512: 0x35, crypto.SHA384: 0x36, crypto.SHA224: 0x38,
	crypto.SHA512_224: 0x39, crypto.SHA512_256: 0x3A}

// represent builds header, padding, M1, hash and trailer as a number.
func represent(t testing.TB, bits int, l layout, challenge []byte, random io.Reader) *big.Int {
	t.Helper()
	trailer := []byte{0xBC}
	if l.explicit {
		trailer = []byte{named[l.hash], 0xCC}
	}
	tail := 8 * (l.hash.Size() + len(trailer))
	if l.m1 == 0 {
		l.m1 = (bits - 8 - tail) / 8
	}
	m1 := make([]byte, l.m1)
	if _, err := io.ReadFull(random, m1); err != nil {
		t.Fatal(err)
	}
	// What header and padding take: 011, zeros, 1 as bits, which by nibbles is
	// 6, B …, A. They are whole nibbles here, the last of them beside M1 or, if
	// bits are left over, those go before M1.
	lead := bits - tail - 8*l.m1
	spare := lead % 4
	f := big.NewInt(6)
	for range lead/4 - 2 {
		f.Lsh(f, 4).Or(f, big.NewInt(0xB))
	}
	f.Lsh(f, 4).Or(f, big.NewInt(0xA))
	f.Lsh(f, uint(spare))
	for _, part := range [][]byte{m1, digest(l.hash, m1, challenge), trailer} {
		f.Lsh(f, uint(8*len(part))).Or(f, new(big.Int).SetBytes(part))
	}
	if f.BitLen() != bits-1 {
		t.Fatalf("a representative of %d bits for %d", f.BitLen(), bits)
	}
	return f
}

func signRSA(t testing.TB, k *rsa.PrivateKey, l layout, challenge []byte, random io.Reader) []byte {
	t.Helper()
	bits := l.bits
	if bits == 0 {
		bits = k.N.BitLen()
	}
	f := represent(t, bits, l, challenge, random)
	if f.Cmp(k.N) >= 0 {
		// The header's two bits do not promise that the number is below every
		// modulus of this length; signers take another one then.
		t.Fatal("modulus too small for its length")
	}
	s := f.Exp(f, k.D, k.N)
	if other := new(big.Int).Sub(k.N, s); l.smaller && other.Cmp(s) < 0 {
		s = other
	}
	return s.FillBytes(make([]byte, (k.N.BitLen()+7)/8))
}

// newRSA makes a key whose modulus has exactly so many bits and begins with
// ones, so that every representative is below it.
func newRSA(t testing.TB, bits int, random io.Reader) *rsa.PrivateKey {
	t.Helper()
	e := big.NewInt(65537)
	one := big.NewInt(1)
	for {
		p := prime(t, (bits+1)/2, random)
		q := prime(t, bits/2, random)
		n := new(big.Int).Mul(p, q)
		phi := new(big.Int).Mul(p.Sub(p, one), q.Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || n.BitLen() != bits {
			continue
		}
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d}
	}
}

// prime draws one with its two topmost bits set.
func prime(t testing.TB, bits int, random io.Reader) *big.Int {
	t.Helper()
	b := make([]byte, (bits+7)/8)
	for {
		if _, err := io.ReadFull(random, b); err != nil {
			t.Fatal(err)
		}
		p := new(big.Int).SetBytes(b)
		p.Mod(p, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
		p.SetBit(p, bits-1, 1).SetBit(p, bits-2, 1).SetBit(p, 0, 1)
		if p.ProbablyPrime(10) {
			return p
		}
	}
}

// signECDSA gives r and s: FIPS 186-5 section 6.4.1.
func signECDSA(t testing.TB, c *curve.Curve, private []byte, h crypto.Hash, challenge []byte, random io.Reader) (r, s *big.Int) {
	t.Helper()
	n := c.Order()
	e := new(big.Int).SetBytes(digest(h, challenge))
	if excess := h.Size()*8 - n.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	for {
		k, err := c.Scalar(random)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.MulBase(k)
		if err != nil {
			t.Fatal(err)
		}
		r = new(big.Int).Mod(p.X, n)
		s = new(big.Int).Mul(r, new(big.Int).SetBytes(private))
		s.Add(s, e).Mul(s, new(big.Int).ModInverse(new(big.Int).SetBytes(k), n)).Mod(s, n)
		if r.Sign() > 0 && s.Sign() > 0 {
			return r, s
		}
	}
}

func plain(c *curve.Curve, r, s *big.Int) []byte {
	n := c.ScalarLen()
	return append(r.FillBytes(make([]byte, n)), s.FillBytes(make([]byte, n))...)
}

func encoded(r, s *big.Int) []byte {
	return tlv.Append(nil, 0x30, integer(r), integer(s))
}

func integer(v *big.Int) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func oid(s ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(s))
	if err != nil {
		panic(err)
	}
	return b
}

// dg15 puts a public key into a file.
func dg15(algorithm, key []byte) []byte {
	return tlv.Append(nil, tagDG15, tlv.Append(nil, 0x30, algorithm, tlv.Append(nil, 0x03, []byte{0}, key)))
}

func rsaFile(n, e *big.Int) []byte {
	return dg15(tlv.Append(nil, 0x30, oid(1, 2, 840, 113549, 1, 1, 1), []byte{5, 0}), tlv.Append(nil, 0x30, integer(n), integer(e)))
}

func curveFile(point []byte, curveOID ...int) []byte {
	return dg15(tlv.Append(nil, 0x30, oid(1, 2, 840, 10045, 2, 1), oid(curveOID...)), point)
}

func mustParse(t testing.TB, file []byte) PublicKey {
	t.Helper()
	k, err := ParseDG15(file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// curves by the object identifiers that DG15 names them with.
var curves = map[int][]int{
	8: {1, 2, 840, 10045, 3, 1, 1}, 9: {1, 3, 36, 3, 3, 2, 8, 1, 1, 3},
	10: {1, 3, 132, 0, 33}, 11: {1, 3, 36, 3, 3, 2, 8, 1, 1, 5}, 12: {1, 2, 840, 10045, 3, 1, 7},
	13: {1, 3, 36, 3, 3, 2, 8, 1, 1, 7}, 14: {1, 3, 36, 3, 3, 2, 8, 1, 1, 9}, 15: {1, 3, 132, 0, 34},
	16: {1, 3, 36, 3, 3, 2, 8, 1, 1, 11}, 17: {1, 3, 36, 3, 3, 2, 8, 1, 1, 13}, 18: {1, 3, 132, 0, 35},
}

// newCurveKey draws a private key and gives its public half as a file.
func newCurveKey(t testing.TB, id int, random io.Reader) (c *curve.Curve, private, file []byte) {
	t.Helper()
	c, err := curve.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	if private, err = c.Scalar(random); err != nil {
		t.Fatal(err)
	}
	p, err := c.MulBase(private)
	if err != nil {
		t.Fatal(err)
	}
	return c, private, curveFile(c.Encode(p), curves[id]...)
}
