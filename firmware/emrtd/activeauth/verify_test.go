package activeauth

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tram06/firmware/emrtd/tlv"

	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ICAO Doc 9303-11 appendix F: the message representative of 1024 bits with
// SHA-1. The document gives no key, so that what is under the key is compared.
func TestICAOAppendixF(t *testing.T) {
	f := unhex(t, "6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C"+
		"98599F40B79F377B5F3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD"+
		"4E7292E2DCDA3024B47DA8C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC")
	m1 := unhex(t, "9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C98"+
		"599F40B79F377B5F3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E"+
		"7292E2DCDA3024B47DA8")
	sum := unhex(t, "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127")
	challenge := unhex(t, "F173589974BF40C6")
	got := recover9796(new(big.Int).SetBytes(f), 1024)
	if len(got) != 1 || !bytes.Equal(got[0].body, append(bytes.Clone(m1), sum...)) {
		t.Fatalf("recovered %X", got)
	}
	if !bytes.Equal(digest(crypto.SHA1, m1, challenge), sum) {
		t.Error("another hash")
	}
	// Under a key of our own, the whole of it.
	k := newRSA(t, 1024, rand.Reader)
	s := new(big.Int).Exp(new(big.Int).SetBytes(f), k.D, k.N).FillBytes(make([]byte, 128))
	key := mustParse(t, rsaFile(k.N, big.NewInt(int64(k.E))))
	if err := Verify(key, nil, challenge, s); err != nil {
		t.Error(err)
	}
}

// A chip's answer to a challenge of zeros, published with its key in the tests
// of Bouncy Castle (ISO9796Test, case 13).
func TestBouncyCastle(t *testing.T) {
	n := new(big.Int).SetBytes(unhex(t, "CDCBDABBF93BE8E8294E32B055256BBD0397735189BF75816341BB0D488D05D627991221DF7D59835C76A4BB4808ADEE"+
		"B779E7794504E956ADC2A661B46904CDC71337DD29DDDD454124EF79CFDD7BC2C21952573CEFBA485CC38C6BD2428809"+
		"B5A31A898A6B5648CAA4ED678D9743B589134B7187478996300EDBA16271A861"))
	s := unhex(t, "482E20D1EDDED34359C38F5E7C01203F9D6B2641CDCA5C404D49ADAEDE034C7481D781D043722587761C90468DE69C65"+
		"85A1E8B9C322F90E1B580EEDAB3F6007D0C366CF92B4DB8B41C8314929DCE2BE889C0129123484D2FD3D12763D2EBFD1"+
		"2AC8E51D7061AFCA1A53DEDEC7B9A617472A78C952CCC72467AE008E5F132994")
	key := mustParse(t, rsaFile(n, big.NewInt(65537)))
	if err := Verify(key, nil, make([]byte, 8), s); err != nil {
		t.Error(err)
	}
	if err := Verify(key, nil, []byte{0, 0, 0, 0, 0, 0, 0, 1}, s); !errors.Is(err, ErrClone) {
		t.Errorf("another challenge: %v", err)
	}
	other := new(big.Int).Sub(n, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 128))
	if err := Verify(key, nil, make([]byte, 8), other); err != nil {
		t.Errorf("n - s: %v", err)
	}
}

var hashes = []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}

func TestRSALayouts(t *testing.T) {
	challenge := unhex(t, "0102030405060708")
	// Bits beside whole bytes and whole nibbles, and the lengths that are in use.
	for _, bits := range []int{1024, 1025, 1027, 1028, 1031, 1280, 2048} {
		k := newRSA(t, bits, rand.Reader)
		key := mustParse(t, rsaFile(k.N, big.NewInt(int64(k.E))))
		for _, h := range hashes {
			for _, l := range []layout{
				{hash: h, explicit: true},
				{hash: h, explicit: true, smaller: true},
				{hash: h},
				{hash: h, explicit: true, m1: 20}, // padded with B
				{hash: h, explicit: true, m1: 1},
				{hash: h, explicit: true, bits: bits &^ 7},
			} {
				s := signRSA(t, k, l, challenge, rand.Reader)
				if err := Verify(key, nil, challenge, s); err != nil {
					t.Errorf("%d bits, %+v: %v", bits, l, err)
				}
				if err := Verify(key, nil, challenge[:7], s); !errors.Is(err, ErrClone) {
					t.Errorf("%d bits, %+v: another challenge: %v", bits, l, err)
				}
			}
		}
	}
}

// ISO/IEC 10118-3 numbers two hashes that Doc 9303 has not.
func TestRSAOtherHashes(t *testing.T) {
	challenge := unhex(t, "0102030405060708")
	k := newRSA(t, 1024, rand.Reader)
	key := mustParse(t, rsaFile(k.N, big.NewInt(int64(k.E))))
	for _, h := range []crypto.Hash{crypto.SHA512_224, crypto.SHA512_256} {
		if err := Verify(key, nil, challenge, signRSA(t, k, layout{hash: h, explicit: true}, challenge, rand.Reader)); err != nil {
			t.Errorf("%v: %v", h, err)
		}
	}
}

// What a forger may send: every change of the representative is noticed.
func TestRSARefuses(t *testing.T) {
	challenge := unhex(t, "0102030405060708")
	k := newRSA(t, 1024, rand.Reader)
	key := mustParse(t, rsaFile(k.N, big.NewInt(int64(k.E))))
	good := represent(t, 1024, layout{hash: crypto.SHA256, explicit: true}, challenge, rand.Reader)
	for name, change := range map[string]func(b []byte){
		"nothing missing of the message": func(b []byte) { b[0] = 0x4A },
		"another header":                 func(b []byte) { b[0] = 0x2A },
		"no end of the padding":          func(b []byte) { b[0] = 0x6B },
		"padding of zeros":               func(b []byte) { b[0] = 0x60; b[1] = 0x0A },
		"a byte of M1":                   func(b []byte) { b[9] ^= 1 },
		"a byte of the hash":             func(b []byte) { b[len(b)-9] ^= 1 },
		"another hash named":             func(b []byte) { b[len(b)-2] = 0x36 },
		"an unknown hash named":          func(b []byte) { b[len(b)-2] = 0x31 },
		"another trailer":                func(b []byte) { b[len(b)-1] = 0xBC },
		"a trailer of no kind":           func(b []byte) { b[len(b)-1] = 0xFC },
		"nothing but padding":            func(b []byte) { copy(b[1:], bytes.Repeat([]byte{0xBB}, len(b))); b[0] = 0x6B; b[len(b)-1] = 0xBC },
		"padding up to the trailer": func(b []byte) {
			copy(b[1:], bytes.Repeat([]byte{0xBB}, len(b)))
			b[0] = 0x6B
			copy(b[len(b)-3:], []byte{0xBA, 0x34, 0xCC})
		},
	} {
		b := good.FillBytes(make([]byte, 128))
		change(b)
		s := new(big.Int).Exp(new(big.Int).SetBytes(b), k.D, k.N).FillBytes(make([]byte, 128))
		if err := Verify(key, nil, challenge, s); !errors.Is(err, ErrClone) {
			t.Errorf("%s: %v, want ErrClone", name, err)
		}
	}
	s := signRSA(t, k, layout{hash: crypto.SHA1}, challenge, rand.Reader)
	over := new(big.Int).Add(k.N, new(big.Int).SetBytes(s)).Bytes()
	for name, b := range map[string][]byte{
		"empty": {}, "zeros": make([]byte, 128), "one": {1}, "the modulus": k.N.Bytes(), "s + n": over,
		"cut short": s[:127], "with a byte behind": append(bytes.Clone(s), 0),
	} {
		if err := Verify(key, nil, challenge, b); !errors.Is(err, ErrClone) {
			t.Errorf("%s: %v, want ErrClone", name, err)
		}
	}
	another := newRSA(t, 1024, rand.Reader)
	if err := Verify(mustParse(t, rsaFile(another.N, big.NewInt(65537))), nil, challenge, s); !errors.Is(err, ErrClone) {
		t.Errorf("another key: %v", err)
	}
}

func TestECDSA(t *testing.T) {
	challenge := unhex(t, "0102030405060708")
	for id := range curves {
		c, private, file := newCurveKey(t, id, rand.Reader)
		key := mustParse(t, file)
		for _, h := range hashes {
			r, s := signECDSA(t, c, private, h, challenge, rand.Reader)
			for _, hint := range []*Hint{nil, {}, {Hash: h}, {Hash: crypto.SHA224}} {
				if err := Verify(key, hint, challenge, plain(c, r, s)); err != nil {
					t.Errorf("%v, %v, hint %+v: %v", c, h, hint, err)
				}
			}
			if err := Verify(key, nil, challenge, encoded(r, s)); err != nil {
				t.Errorf("%v, %v, as a sequence: %v", c, h, err)
			}
		}
		if id != 12 && id != 13 && id != 18 {
			continue // to refuse takes five times as long
		}
		r, s := signECDSA(t, c, private, crypto.SHA256, challenge, rand.Reader)
		good := plain(c, r, s)
		flipped := bytes.Clone(good)
		flipped[len(flipped)/2] ^= 1
		for name, b := range map[string][]byte{
			"empty": {}, "cut short": good[:len(good)-1], "cut by two": good[2:], "flipped": flipped,
			"zeros": make([]byte, len(good)), "r alone": good[:len(good)/2],
			"order for s": plain(c, r, c.Order()), "a sequence of one": tlv.Append(nil, 0x30, integer(r)),
			"negative": tlv.Append(nil, 0x30, integer(r), integer(new(big.Int).Neg(s))),
			"swapped":  plain(c, s, r),
		} {
			if err := Verify(key, nil, challenge, b); !errors.Is(err, ErrClone) {
				t.Errorf("%v, %s: %v, want ErrClone", c, name, err)
			}
		}
		if err := Verify(key, nil, []byte("another!"), good); !errors.Is(err, ErrClone) {
			t.Errorf("%v, another challenge: %v", c, err)
		}
	}
}

// Without a word of the chip's, the hash is the largest that fits the key.
func TestCandidates(t *testing.T) {
	for id, want := range map[int]crypto.Hash{10: crypto.SHA224, 13: crypto.SHA256, 14: crypto.SHA256, 15: crypto.SHA384, 17: crypto.SHA512, 18: crypto.SHA512} {
		c, _, _ := newCurveKey(t, id, rand.Reader)
		if got := candidates(c, nil); got[0] != want || len(got) != len(hashes) {
			t.Errorf("%v: %v first of %d, want %v", c, got[0], len(got), want)
		}
		if got := candidates(c, &Hint{Hash: crypto.SHA1}); got[0] != crypto.SHA1 || got[1] != want {
			t.Errorf("%v: the chip's word does not come first", c)
		}
	}
}

// OpenSSL makes key and signature, with parameters named and spelled out. For
// RSA it raises our representative to the private exponent, and no more.
func TestAgreesWithOpenSSL(t *testing.T) {
	challenge := unhex(t, "8877665544332211")
	for name, options := range map[string][]string{
		"brainpoolP256r1":        {"-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"},
		"brainpoolP256r1, spelt": {"-pkeyopt", "ec_paramgen_curve:brainpoolP256r1", "-pkeyopt", "ec_param_enc:explicit"},
		"brainpoolP512r1, spelt": {"-pkeyopt", "ec_paramgen_curve:brainpoolP512r1", "-pkeyopt", "ec_param_enc:explicit"},
		"brainpoolP320r1":        {"-pkeyopt", "ec_paramgen_curve:brainpoolP320r1"},
		"P-224":                  {"-pkeyopt", "ec_paramgen_curve:P-224"},
		"P-384, spelt":           {"-pkeyopt", "ec_paramgen_curve:P-384", "-pkeyopt", "ec_param_enc:explicit"},
		"P-521":                  {"-pkeyopt", "ec_paramgen_curve:P-521"},
	} {
		key, file, message := withOpenSSL(t, challenge, append([]string{"-algorithm", "EC"}, options...)...)
		for _, h := range []string{"sha1", "sha224", "sha256", "sha384", "sha512"} {
			s := openssl(t, "dgst", "-"+h, "-sign", file, message)
			if err := Verify(key, nil, challenge, s); err != nil {
				t.Errorf("%s, %s: %v", name, h, err)
			}
		}
	}
	for _, bits := range []int{1024, 1536, 2048} {
		key, file, message := withOpenSSL(t, challenge, "-algorithm", "RSA", "-pkeyopt", fmt.Sprintf("rsa_keygen_bits:%d", bits))
		f := represent(t, bits, layout{hash: crypto.SHA256, explicit: true}, challenge, rand.Reader)
		if err := os.WriteFile(message, f.FillBytes(make([]byte, bits/8)), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openssl(t, "pkeyutl", "-decrypt", "-inkey", file, "-in", message, "-pkeyopt", "rsa_padding_mode:none")
		if err := Verify(key, nil, challenge, s); err != nil {
			t.Errorf("RSA %d: %v", bits, err)
		}
	}
}

// withOpenSSL makes a key, and a file that holds the challenge.
func withOpenSSL(t *testing.T, challenge []byte, options ...string) (key PublicKey, file, message string) {
	t.Helper()
	dir := t.TempDir()
	file, message = filepath.Join(dir, "key"), filepath.Join(dir, "message")
	openssl(t, append([]string{"genpkey", "-out", file}, options...)...)
	if err := os.WriteFile(message, challenge, 0o600); err != nil {
		t.Fatal(err)
	}
	return mustParse(t, tlv.Append(nil, tagDG15, openssl(t, "pkey", "-in", file, "-pubout", "-outform", "DER"))), file, message
}

func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, complaint.String())
	}
	return out
}

// Any key, hash, challenge and layout: what was signed is accepted, and with
// one bit changed it is not.
func TestRapidRoundTrip(t *testing.T) {
	made := map[int]*rsa.PrivateKey{}
	for _, bits := range []int{1024, 1029, 1279} {
		made[bits] = newRSA(t, bits, rand.Reader)
	}
	rapid.Check(t, func(rt *rapid.T) {
		challenge := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(rt, "challenge")
		h := rapid.SampledFrom(hashes).Draw(rt, "hash")
		random := stream{rt}
		var key PublicKey
		var signature []byte
		if rapid.Bool().Draw(rt, "rsa") {
			k := made[rapid.SampledFrom([]int{1024, 1029, 1279}).Draw(rt, "bits")]
			l := layout{hash: h, explicit: rapid.Bool().Draw(rt, "explicit"), smaller: rapid.Bool().Draw(rt, "smaller"), m1: rapid.IntRange(0, 50).Draw(rt, "M1")}
			key = mustParse(t, rsaFile(k.N, big.NewInt(int64(k.E))))
			signature = signRSA(t, k, l, challenge, random)
		} else {
			id := rapid.SampledFrom([]int{10, 12, 13, 14}).Draw(rt, "curve")
			c, private, file := newCurveKey(t, id, random)
			key = mustParse(t, file)
			r, s := signECDSA(t, c, private, h, challenge, random)
			if signature = plain(c, r, s); rapid.Bool().Draw(rt, "sequence") {
				signature = encoded(r, s)
			}
		}
		if err := Verify(key, nil, challenge, signature); err != nil {
			rt.Fatalf("refused: %v", err)
		}
		bit := rapid.IntRange(0, 63).Draw(rt, "bit")
		challenge[bit/8] ^= 1 << (bit % 8)
		if err := Verify(key, nil, challenge, signature); !errors.Is(err, ErrClone) {
			rt.Fatalf("another challenge: %v", err)
		}
		challenge[bit/8] ^= 1 << (bit % 8)
		bit = rapid.IntRange(0, 8*len(signature)-1).Draw(rt, "bit of the signature")
		signature[bit/8] ^= 1 << (bit % 8)
		if err := Verify(key, nil, challenge, signature); !errors.Is(err, ErrClone) {
			rt.Fatalf("a changed signature: %v", err)
		}
	})
}

// stream is randomness that rapid can replay.
type stream struct{ t *rapid.T }

func (s stream) Read(b []byte) (int, error) {
	copy(b, rapid.SliceOfN(rapid.Byte(), len(b), len(b)).Draw(s.t, "randomness"))
	return len(b), nil
}
