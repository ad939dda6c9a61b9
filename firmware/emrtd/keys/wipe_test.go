package keys_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"testing"

	"tram06/firmware/emrtd/keys"
)

// A cipher whose round keys are gone computes something else. When a release of
// Go makes its ciphers of another kind, this says so.
func TestWipeCipher(t *testing.T) {
	for _, s := range []keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256} {
		key := bytes.Repeat([]byte{0x4C, 0x31}, s.KeyLen()/2)
		b, err := keys.NewCipher(s, key)
		if err != nil {
			t.Fatal(err)
		}
		before, after := make([]byte, b.BlockSize()), make([]byte, b.BlockSize())
		b.Encrypt(before, before)
		if !keys.WipeCipher(b) {
			t.Fatalf("%v: %T cannot be wiped", s, b)
		}
		func() {
			defer func() { _ = recover() }() // without rounds, AES may not even run
			b.Encrypt(after, after)
		}()
		if bytes.Equal(before, after) {
			t.Errorf("%v: the key still works", s)
		}
		// Another cipher with the same key is not touched.
		again, err := keys.NewCipher(s, key)
		if err != nil {
			t.Fatal(err)
		}
		clear(after)
		if again.Encrypt(after, after); !bytes.Equal(before, after) {
			t.Errorf("%v: wiping one cipher spoilt the next", s)
		}
	}
}

type pointing struct {
	cipher.Block
}

func TestWipeLeavesPointersAlone(t *testing.T) {
	b, err := des.NewCipher(make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []cipher.Block{&pointing{b}, pointing{b}, (*pointing)(nil), nil} {
		if keys.WipeCipher(c) {
			t.Errorf("%T was overwritten", c)
		}
	}
}

func TestWipeMAC(t *testing.T) {
	for _, s := range []keys.Suite{keys.TDES, keys.AES128, keys.AES256} {
		m, err := keys.NewMAC(s, bytes.Repeat([]byte{0x4C, 0x31}, s.KeyLen()/2))
		if err != nil {
			t.Fatal(err)
		}
		code := m.Sum([]byte("message"))
		m.Wipe()
		func() {
			defer func() { _ = recover() }()
			if m.Verify(code[:], []byte("message")) {
				t.Errorf("%v: the key still works", s)
			}
		}()
	}
}

// RFC 4493 section 4, the first eight bytes of each code, in one part and cut
// at every place.
func TestCMACVectors(t *testing.T) {
	m, err := keys.NewMAC(keys.AES128, unhex(t, "2b7e151628aed2a6abf7158809cf4f3c"))
	if err != nil {
		t.Fatal(err)
	}
	text := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for n, want := range map[int]string{0: "bb1d6929e9593728", 16: "070a16b46b4d4144", 40: "dfa66747de9ae630", 64: "51f0bebf7e3b9d92"} {
		for cut := range n + 1 {
			if got := m.Sum(text[:cut], nil, text[cut:n]); !bytes.Equal(got[:], unhex(t, want)) {
				t.Errorf("%d bytes cut at %d: %X", n, cut, got)
			}
		}
	}
	// NIST SP 800-38B appendix D.3: AES-256, 40 bytes.
	m, err = keys.NewMAC(keys.AES256, unhex(t, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Sum(text[:40]); !bytes.Equal(got[:], unhex(t, "aaf3d8f1de5640c2")) {
		t.Errorf("AES-256: %X", got)
	}
}
