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
	sum, err := c.Mul(q, u2.FillBytes(make([]byte, size)))
	if err != nil {
		return false // u2 is not zero, so q is no point of this group
	}
	if u1.Sign() != 0 {
		base, err := c.MulBase(u1.FillBytes(make([]byte, size)))
		if err != nil {
			return false
		}
		if base.Equal(sum) {
			sum, err = c.Mul(base, []byte{2})
		} else {
			sum, err = c.Add(base, sum)
		}
		if err != nil {
			return false
		}
	}
	return sum.X.Mod(sum.X, n).Cmp(r) == 0
}
