package pki_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
)

// spelled is a public key on P-256 whose curve is spelled out with this base
// point.
func spelled(key *ecdsa.PrivateKey, base []byte) []byte {
	p := elliptic.P256().Params()
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	curve := tlv.Append(nil, 0x30, pkitest.Number(1),
		tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 10045, 1, 1), number(p.P)),
		tlv.Append(nil, 0x30, tlv.Append(nil, 0x04, a.Bytes()), tlv.Append(nil, 0x04, p.B.Bytes())),
		tlv.Append(nil, 0x04, base), number(p.N), pkitest.Number(1))
	point := append([]byte{0, 4}, append(key.X.FillBytes(make([]byte, 32)), key.Y.FillBytes(make([]byte, 32))...)...)
	return append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 10045, 2, 1), curve), tlv.Append(nil, 0x03, point)...)
}

// A curve that is spelled out has to be a known one, by its base point as well:
// whoever brings a base point of his own knows the other half of anybody's key
// (CVE-2020-0601).
func TestCurveSpelledOut(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := elliptic.P256().Params()
	x, y := p.Gx.FillBytes(make([]byte, 32)), p.Gy.FillBytes(make([]byte, 32))
	parity := byte(2 + p.Gy.Bit(0))
	message := []byte("message")
	sum := sha256.Sum256(message)
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	ecdsaSHA256 := algorithm(t, pkitest.OID(1, 2, 840, 10045, 4, 3, 2))
	whole := append([]byte{4}, append(bytes.Clone(x), y...)...)
	for name, base := range map[string][]byte{"written out": whole, "compressed": append([]byte{parity}, x...)} {
		k, err := pki.ParsePublicKey(spelled(key, base))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := k.Verify(ecdsaSHA256, message, signature); err != nil || k.String() != "P-256" {
			t.Errorf("%s: %v, %v", name, k, err)
		}
		if c, q, ok := k.Point(); !ok || c.String() != "P-256" || q.X.Cmp(key.X) != 0 {
			t.Errorf("%s: %v", name, c)
		}
	}
	other := append([]byte{4}, append(key.X.FillBytes(make([]byte, 32)), key.Y.FillBytes(make([]byte, 32))...)...)
	for name, base := range map[string][]byte{
		"the key as base": other, "the other root": append([]byte{parity ^ 1}, x...),
		"compressed key": append([]byte{2 + other[64]&1}, other[1:33]...), "its other root": append([]byte{3 - other[64]&1}, other[1:33]...),
		"nothing": {}, "at infinity": {0}, "cut": whole[:64], "hybrid": append([]byte{6}, whole[1:]...),
	} {
		if k, err := pki.ParsePublicKey(spelled(key, base)); !errors.Is(err, pki.ErrUnsupported) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
}
