package activeauth

import (
	"crypto"
	"math/big"
	"slices"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// verifyECDSA tries the hash that the chip announces first, then the one that
// fits the key, then the others: a chip that signs with another hash than it
// says has its private key all the same.
func verifyECDSA(c *curve.Curve, public curve.Point, hint *Hint, challenge, signature []byte) bool {
	for _, rs := range signatures(signature) {
		for _, h := range candidates(c, hint) {
			if c.VerifyECDSA(public, digest(h, challenge), rs[0], rs[1]) {
				return true
			}
		}
	}
	return false
}

// signatures reads r and s: side by side, as section 6.1.2.3 wants it, or as
// the SEQUENCE of X9.62, which some chips send. Few bytes can be both.
func signatures(b []byte) [][2]*big.Int {
	var out [][2]*big.Int
	if half := len(b) / 2; len(b) > 0 && len(b)%2 == 0 {
		out = append(out, [2]*big.Int{new(big.Int).SetBytes(b[:half]), new(big.Int).SetBytes(b[half:])})
	}
	if seq, err := tlv.ParseOne(b, 0x30); err == nil {
		if n, err := seq.Children(); err == nil && len(n) == 2 && n[0].Tag == 0x02 && n[1].Tag == 0x02 {
			out = append(out, [2]*big.Int{new(big.Int).SetBytes(n[0].Value), new(big.Int).SetBytes(n[1].Value)})
		}
	}
	return out
}

// candidates orders the hashes, likeliest first. Without a hint it is the
// largest that is no longer than the key: Doc 9303-11 section 6.1.2.3.
func candidates(c *curve.Curve, hint *Hint) []crypto.Hash {
	out := []crypto.Hash{crypto.SHA512, crypto.SHA384, crypto.SHA256, crypto.SHA224, crypto.SHA1}
	bits := c.Order().BitLen()
	rank := func(h crypto.Hash) int {
		switch {
		case hint != nil && hint.Hash == h:
			return -1
		case h.Size()*8 <= bits:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b crypto.Hash) int { return rank(a) - rank(b) })
	return out
}
