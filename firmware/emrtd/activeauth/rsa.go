package activeauth

import (
	"bytes"
	"crypto"
	"math/big"
)

// trailers of ISO/IEC 9796-2 with the hash named by ISO/IEC 10118-3.
var trailers = map[byte]crypto.Hash{
	0x33: crypto.SHA1,
	0x34: crypto.SHA256,
	0x35: crypto.SHA512,
	0x36: crypto.SHA384,
	0x38: crypto.SHA224,
	0x39: crypto.SHA512_224,
	0x3A: crypto.SHA512_256,
}

const (
	implicitTrailer = 0xBC // the hash is agreed: SHA-1 in Doc 9303
	explicitTrailer = 0xCC // the byte before it names the hash
)

// implicit lists the hashes to try under the short trailer. Only the first is
// right; chips that meant another one have been seen.
var implicit = [...]crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA224, crypto.SHA384, crypto.SHA512}

// verifyRSA is ISO/IEC 9796-2 scheme 1 with partial recovery: the signature
// holds M1, which the chip drew, and the hash of M1 and the challenge.
func verifyRSA(n, e *big.Int, challenge, signature []byte) bool {
	f, ok := open(n, e, signature)
	if !ok {
		return false
	}
	for _, r := range recover9796(f, n.BitLen()) {
		for _, h := range r.hashes {
			size := h.Size()
			if len(r.body) < size {
				continue
			}
			m1, sum := r.body[:len(r.body)-size], r.body[len(r.body)-size:]
			if bytes.Equal(digest(h, m1, challenge), sum) {
				return true
			}
		}
	}
	return false
}

// open raises the signature to the public exponent. A signer may send the
// smaller of s and n − s; either way the result, or what it lacks to n, ends
// in the nibble C.
func open(n, e *big.Int, signature []byte) (*big.Int, bool) {
	s := new(big.Int).SetBytes(signature)
	if len(signature) == 0 || s.Sign() == 0 || s.Cmp(n) >= 0 {
		return nil, false
	}
	f := s.Exp(s, e, n)
	if nibble(f) != 0xC {
		f.Sub(n, f)
	}
	return f, nibble(f) == 0xC
}

func nibble(v *big.Int) uint {
	return v.Bit(3)<<3 | v.Bit(2)<<2 | v.Bit(1)<<1 | v.Bit(0)
}

// recovered is a reading of the message representative: M1 with the hash
// behind it, and which hash that may be.
type recovered struct {
	body   []byte
	hashes []crypto.Hash
}

// recover9796 takes header, padding and trailer off a representative for a
// modulus of so many bits. The header starts at the modulus's topmost bit;
// where that is not the top of a byte, signers that reckon in whole bytes
// start it one byte lower. All readings are returned: which one is right, the
// hash tells.
func recover9796(f *big.Int, bits int) []recovered {
	lengths := []int{bits}
	if bits%8 != 0 {
		lengths = append(lengths, bits&^7)
	}
	var out []recovered
	for _, n := range lengths {
		rest, ok := unpad(f, n)
		if !ok {
			continue
		}
		// What follows is counted from the right, where hash and trailer are
		// whole bytes. Bits left over before them are M1's, or nobody's.
		mask := new(big.Int).Lsh(big.NewInt(1), uint(rest))
		body := mask.And(f, mask.Sub(mask, big.NewInt(1))).FillBytes(make([]byte, (rest+7)/8))
		hashes, trailer := whichHash(body)
		if trailer == 0 {
			continue
		}
		body = body[:len(body)-trailer]
		out = append(out, recovered{body, hashes})
		if rest%8 != 0 && len(body) > 0 {
			out = append(out, recovered{body[1:], hashes})
		}
	}
	return out
}

// unpad reads, from the left: two bits 01, one bit that says that a part of the
// message is missing, and padding up to a nibble A; all nibbles of the padding
// are B but the first. It tells how many bits are left.
func unpad(f *big.Int, bits int) (rest int, ok bool) {
	if f.Sign() == 0 || f.BitLen() != bits-1 { // 01
		return 0, false
	}
	b := new(big.Int).Lsh(f, uint(7-(bits-1)%8)).Bytes()
	if b[0]&0xE0 != 0x60 {
		return 0, false
	}
	for at := 1; at < 2*len(b); at++ {
		switch b[at/2] >> (4 * (1 - at%2)) & 0xF {
		case 0xA:
			rest = bits - 4*(at+1)
			return rest, rest > 0
		case 0xB:
		default:
			return 0, false
		}
	}
	return 0, false
}

// whichHash reads the trailer and tells its length, 0 for none that is known.
func whichHash(b []byte) ([]crypto.Hash, int) {
	switch n := len(b); {
	case n >= 1 && b[n-1] == implicitTrailer:
		return implicit[:], 1
	case n >= 2 && b[n-1] == explicitTrailer:
		if h, ok := trailers[b[n-2]]; ok {
			return []crypto.Hash{h}, 2
		}
	}
	return nil, 0
}
