package pki

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

// The arithmetic here is that of a public key on public data, so it needs no
// constant time. crypto/rsa would not do: it has no mask of another hash, and
// no exponent above 31 bits, and documents have both. What a chip signs for
// Active Authentication is of another form, ISO/IEC 9796-2, which package
// activeauth opens with the same keys.

// minRSA and maxRSA, in bits. Shorter ones are broken; longer ones would let a
// hostile key cost minutes.
const (
	minRSA      = 1024
	maxRSA      = 8192
	maxExponent = 64
)

type rsaKey struct{ n, e *big.Int }

func parseRSA(b []byte) (*rsaKey, error) {
	r := der.Inside(b, der.Sequence)
	k := &rsaKey{n: r.Unsigned(), e: r.Unsigned()}
	if r.Err() != nil {
		return nil, fmt.Errorf("%w: RSA key: %w", ErrFormat, r.Err())
	}
	bits := k.n.BitLen()
	if bits < minRSA || bits > maxRSA || k.e.BitLen() > maxExponent {
		return nil, fmt.Errorf("%w: RSA key of %d bits, exponent of %d", ErrUnsupported, bits, k.e.BitLen())
	}
	if k.n.Bit(0) == 0 || k.e.Bit(0) == 0 || k.e.BitLen() < 2 {
		return nil, fmt.Errorf("%w: RSA key with an even number", ErrFormat)
	}
	return k, nil
}

// open gives the message that the signature encloses, as long as the modulus.
func (k *rsaKey) open(signature []byte) ([]byte, bool) {
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(k.n) >= 0 {
		return nil, false
	}
	return s.Exp(s, k.e, k.n).FillBytes(make([]byte, (k.n.BitLen()+7)/8)), true
}

// hashOIDs are what names a hash in the DigestInfo of RFC 8017 section 9.2: the
// values of object identifiers.
var hashOIDs = map[crypto.Hash][]byte{
	crypto.SHA1:   {0x2B, 0x0E, 0x03, 0x02, 0x1A},
	crypto.SHA224: {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04},
	crypto.SHA256: {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01},
	crypto.SHA384: {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02},
	crypto.SHA512: {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03},
}

// verifyPKCS1 builds what the signature must enclose and compares the whole,
// so that nothing can hide in the padding. The parameters of the hash may be
// NULL or left out: RFC 8017 section 9.2 note 1 wants both taken.
func (k *rsaKey) verifyPKCS1(h crypto.Hash, digest, signature []byte) bool {
	em, ok := k.open(signature)
	if !ok {
		return false
	}
	for _, null := range [][]byte{{0x05, 0x00}, nil} {
		algorithm := tlv.Append(nil, der.Sequence, tlv.Append(nil, der.OID, hashOIDs[h]), null)
		info := tlv.Append(nil, der.Sequence, algorithm, tlv.Append(nil, der.Octets, digest))
		if len(em) < len(info)+11 {
			return false
		}
		want := append([]byte{0x00, 0x01}, bytes.Repeat([]byte{0xFF}, len(em)-len(info)-3)...)
		want = append(append(want, 0x00), info...)
		if bytes.Equal(em, want) {
			return true
		}
	}
	return false
}

// verifyPSS is EMSA-PSS-VERIFY: RFC 8017 section 9.1.2.
func (k *rsaKey) verifyPSS(a Algorithm, digest, signature []byte) bool {
	em, ok := k.open(signature)
	if !ok {
		return false
	}
	bits := k.n.BitLen() - 1
	if bits%8 == 0 { // then the message is a byte shorter than the modulus
		if em[0] != 0 {
			return false
		}
		em = em[1:]
	}
	hLen := a.hash.Size()
	if len(em) < hLen+a.salt+2 || em[len(em)-1] != 0xBC {
		return false
	}
	db, h := em[:len(em)-hLen-1], em[len(em)-hLen-1:len(em)-1]
	unused := 8*len(em) - bits
	if unused > 0 && db[0]>>(8-unused) != 0 {
		return false
	}
	mask(a.mask, h, db)
	db[0] &= 0xFF >> unused
	zeros := len(db) - a.salt - 1
	for _, b := range db[:zeros] {
		if b != 0 {
			return false
		}
	}
	if db[zeros] != 1 {
		return false
	}
	sum := a.hash.New()
	sum.Write(make([]byte, 8))
	sum.Write(digest)
	sum.Write(db[zeros+1:])
	return bytes.Equal(sum.Sum(nil), h)
}

// mask adds MGF1 of seed to b: RFC 8017 appendix B.2.1.
func mask(hash crypto.Hash, seed, b []byte) {
	for counter := uint32(0); len(b) > 0; counter++ {
		h := hash.New()
		h.Write(seed)
		h.Write(binary.BigEndian.AppendUint32(nil, counter))
		for i, m := range h.Sum(nil) {
			if i == len(b) {
				return
			}
			b[i] ^= m
		}
		b = b[min(len(b), hash.Size()):]
	}
}
