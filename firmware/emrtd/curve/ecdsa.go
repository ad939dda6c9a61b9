package curve

import "math/big"

// VerifyECDSA checks an ECDSA signature (r, s) by the public key q over a
// digest: ISO/IEC 14888-3, FIPS 186-5 section 6.4.2. It serves all curves here
// in one way; crypto/ecdsa does not take Brainpool keys any more than crypto/x509.
func (c *Curve) VerifyECDSA(q Point, digest []byte, r, s *big.Int) bool {
	n := c.Order()
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return false
	}
	// The leftmost bits of the digest, as many as the order has.
	e := new(big.Int).SetBytes(digest)
	if excess := len(digest)*8 - n.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	w := new(big.Int).ModInverse(s, n)
	if w == nil {
		return false
	}
	u1 := e.Mul(e, w).Mod(e, n)
	u2 := w.Mul(w, r).Mod(w, n)
	size := c.ScalarLen()
	k1, k2 := u1.FillBytes(make([]byte, size)), u2.FillBytes(make([]byte, size))
	x, ok := c.sumX(k1, q, k2)
	return ok && x.Mod(x, n).Cmp(r) == 0
}

// sumX is the X coordinate of k1·G + k2·q, if the sum is not infinity.
func (c *Curve) sumX(k1 []byte, q Point, k2 []byte) (*big.Int, bool) {
	base := c.Base()
	if own, ok := c.math.(*short); ok {
		x, y := own.twoMults(base.X, base.Y, k1, q.X, q.Y, k2)
		return x, x.Sign() != 0 || y.Sign() != 0
	}
	x1, y1 := c.math.ScalarBaseMult(k1)
	x2, y2 := c.math.ScalarMult(q.X, q.Y, k2)
	if x1.Cmp(x2) == 0 && y1.Cmp(y2) == 0 && (x1.Sign() != 0 || y1.Sign() != 0) {
		x, y := c.math.ScalarMult(x1, y1, []byte{2})
		return x, x.Sign() != 0 || y.Sign() != 0
	}
	x, y := c.math.Add(x1, y1, x2, y2)
	return x, x.Sign() != 0 || y.Sign() != 0
}
