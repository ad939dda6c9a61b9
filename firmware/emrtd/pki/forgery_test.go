package pki_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
)

func bitString(b []byte) []byte { return tlv.Append(nil, 0x03, append([]byte{0}, b...)) }

// With exponent 3, a verifier that looks only at the beginning of what a
// signature encloses takes a cube root for a signature (Bleichenbacher 2006).
func TestCubeRootIsNoSignature(t *testing.T) {
	n, one := new(big.Int), big.NewInt(1)
	for {
		p, err1 := rand.Prime(rand.Reader, 1536)
		q, err2 := rand.Prime(rand.Reader, 1536)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if n.Mul(p, q); n.BitLen() == 3072 {
			break
		}
	}
	key := rsa.PublicKey{N: n, E: 3}
	spki := append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 1, 1), []byte{5, 0}),
		bitString(tlv.Append(nil, 0x30, number(n), []byte{2, 1, 3}))...)
	k, err := pki.ParsePublicKey(spki)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("forged"))
	info := append([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, sum[:]...)
	start := append(append([]byte{0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0}, info...), bytes.Repeat([]byte{0xFF}, key.Size()-11-len(info))...)
	limit := new(big.Int).SetBytes(start)
	root, high := new(big.Int), new(big.Int).Lsh(one, 1025)
	for low := big.NewInt(0); new(big.Int).Sub(high, low).Cmp(one) > 0; {
		root.Add(low, high).Rsh(root, 1)
		if new(big.Int).Exp(root, big.NewInt(3), nil).Cmp(limit) <= 0 {
			low.Set(root)
		} else {
			high.Set(root)
		}
	}
	root.Sub(high, one)
	signature := root.FillBytes(make([]byte, key.Size()))
	opened := new(big.Int).Exp(root, big.NewInt(3), nil).FillBytes(make([]byte, key.Size()))
	if !bytes.HasPrefix(opened, start[:11+len(info)]) {
		t.Fatal("the forgery does not begin as it should")
	}
	pkcs1 := algorithm(t, pkitest.OID(1, 2, 840, 113549, 1, 1, 11))
	for name, s := range map[string][]byte{"cube root": signature, "nothing": nil, "zero": {0}, "one": {1}, "modulus": n.Bytes(),
		"above the modulus": new(big.Int).Add(n, root).Bytes()} {
		if err := k.Verify(pkcs1, []byte("forged"), s); !errors.Is(err, pki.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Numbers that make the equation of ECDSA hold for nobody's key.
func TestSignaturesOutOfRange(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	spki := append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 10045, 2, 1), pkitest.OID(1, 2, 840, 10045, 3, 1, 7)), bitString(public)...)
	k, err := pki.ParsePublicKey(spki)
	if err != nil {
		t.Fatal(err)
	}
	order := elliptic.P256().Params().N
	numbers := []*big.Int{new(big.Int), big.NewInt(1), order, new(big.Int).Add(order, big.NewInt(1)), new(big.Int).Sub(order, big.NewInt(1)), elliptic.P256().Params().Gx}
	for _, message := range [][]byte{nil, []byte("forged")} {
		for _, r := range numbers {
			for _, s := range numbers {
				signature := tlv.Append(nil, 0x30, number(r), number(s))
				if err := k.Verify(algorithm(t, pkitest.OID(1, 2, 840, 10045, 4, 3, 2)), message, signature); !errors.Is(err, pki.ErrSignature) {
					t.Errorf("r %x, s %x: %v", r, s, err)
				}
			}
		}
	}
}
