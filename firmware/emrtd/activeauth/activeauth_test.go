package activeauth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/secinfo"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// chip answers one INTERNAL AUTHENTICATE under secure messaging.
type chip struct {
	t        testing.TB
	sign     func(challenge []byte) []byte
	sw       uint16 // instead of an answer
	short    bool   // takes no extended lengths; long answers go in pieces
	strict   bool   // refuses what is extended, under protection
	reader   error  // for what is extended, which does not get as far as the chip
	spoil    func([]byte) []byte
	err      error
	session  *sm.Session
	rest     []byte // of an answer in pieces
	command  apdu.Command
	commands int
}

func (c *chip) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	c.commands++
	if c.err != nil {
		return nil, c.err
	}
	cmd, err := apdu.ParseCommand(bytes.Clone(raw))
	if err != nil || cmd.Extended && c.short {
		return []byte{0x67, 0x00}, nil
	}
	if cmd.Extended && c.reader != nil {
		return nil, c.reader
	}
	if cmd.INS == apdu.InsGetResponse {
		return c.pieces(cmd.Ne), nil
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		c.t.Errorf("unwrap: %v", err)
		return []byte{0x69, 0x88}, nil
	}
	c.command = plain
	r := apdu.Response{SW: apdu.SWOK}
	if c.strict && cmd.Extended {
		r.SW = apdu.SWWrongLength
	} else if c.sw != 0 {
		r.SW = c.sw
	} else {
		r.Data = c.sign(plain.Data)
	}
	if r, err = c.session.WrapResponse(r); err != nil {
		c.t.Error(err)
	}
	out := r.Encode()
	if c.spoil != nil {
		out = c.spoil(out)
	}
	if !cmd.Extended && len(out) > 258 {
		c.rest = out
		return c.pieces(256), nil
	}
	return out, nil
}

// pieces gives the next part of a long answer: ISO/IEC 7816-4 section 5.3.4.
func (c *chip) pieces(n int) []byte {
	data := len(c.rest) - 2
	if n = min(n, data); n == data {
		return c.rest
	}
	out := append(bytes.Clone(c.rest[:n]), 0x61, byte(min(data-n, 255)))
	c.rest = c.rest[n:]
	return out
}

func connect(t testing.TB, suite keys.Suite, sign func([]byte) []byte) (*chip, *sm.Channel) {
	t.Helper()
	k := make([]byte, 2*suite.KeyLen())
	if _, err := rand.Read(k); err != nil {
		t.Fatal(err)
	}
	ends := [2]*sm.Session{}
	for i := range ends {
		var err error
		if ends[i], err = sm.New(suite, k[:suite.KeyLen()], k[suite.KeyLen():], nil); err != nil {
			t.Fatal(err)
		}
	}
	c := &chip{t: t, sign: sign, session: ends[0]}
	return c, &sm.Channel{Transmitter: c, Session: ends[1]}
}

// signers by name, with the public half of their keys.
func signers(t testing.TB) map[string]struct {
	key  PublicKey
	sign func([]byte) []byte
} {
	t.Helper()
	type signer = struct {
		key  PublicKey
		sign func([]byte) []byte
	}
	out := map[string]signer{}
	for name, bits := range map[string]int{"RSA 1024": 1024, "RSA 1792": 1792, "RSA 2048": 2048} {
		k := newRSA(t, bits, rand.Reader)
		out[name] = signer{mustParse(t, rsaFile(k.N, big.NewInt(65537))), func(challenge []byte) []byte {
			return signRSA(t, k, layout{hash: crypto.SHA256, explicit: true}, challenge, rand.Reader)
		}}
	}
	c, private, file := newCurveKey(t, 13, rand.Reader)
	out["brainpoolP256r1"] = signer{mustParse(t, file), func(challenge []byte) []byte {
		r, s := signECDSA(t, c, private, crypto.SHA256, challenge, rand.Reader)
		return plain(c, r, s)
	}}
	return out
}

func TestAuthenticate(t *testing.T) {
	for name, s := range signers(t) {
		for _, suite := range []keys.Suite{keys.TDES, keys.AES256} {
			for _, short := range []bool{false, true} {
				c, ch := connect(t, suite, s.sign)
				c.short = short
				key := s.key
				key.Short = short
				if err := Authenticate(context.Background(), ch, key, nil, rand.Reader); err != nil {
					t.Errorf("%s, %v, short %v: %v", name, suite, short, err)
				}
				if c.command.P1 != 0 || c.command.P2 != 0 || len(c.command.Data) != ChallengeLen || c.command.Ne == 0 {
					t.Errorf("%s: asked with %+v", name, c.command)
				}
				long := key.signatureLen() > longestShort
				if c.command.Extended != (long && !short) {
					t.Errorf("%s, short %v: an extended question: %v", name, short, c.command.Extended)
				}
				if !long && c.commands != 1 {
					t.Errorf("%s: %d commands for a short answer", name, c.commands)
				}
			}
		}
	}
}

// A reader or a chip that turns out to take no long commands is asked again.
func TestFallsBackOnShort(t *testing.T) {
	s := signers(t)["RSA 2048"]
	for name, change := range map[string]func(*chip){
		"the reader": func(c *chip) { c.reader = tooLong{} },
		"the chip":   func(c *chip) { c.strict = true },
	} {
		c, ch := connect(t, keys.AES128, s.sign)
		change(c)
		if err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader); err != nil {
			t.Errorf("%s takes no long commands: %v", name, err)
		}
	}
}

type tooLong struct{}

func (tooLong) Error() string     { return "too long for this reader" }
func (tooLong) APDUTooLong() bool { return true }

// Every challenge is a new one, all of it, and comes from where it should.
func TestChallenge(t *testing.T) {
	s := signers(t)["brainpoolP256r1"]
	random := bytes.NewReader([]byte("challenge number two"))
	for _, want := range []string{"challeng", "e number"} {
		c, ch := connect(t, keys.AES128, s.sign)
		if err := Authenticate(context.Background(), ch, s.key, nil, random); err != nil {
			t.Fatal(err)
		}
		if string(c.command.Data) != want {
			t.Errorf("challenge %q, want %q", c.command.Data, want)
		}
	}
	c, ch := connect(t, keys.AES128, s.sign)
	if err := Authenticate(context.Background(), ch, s.key, nil, random); !errors.Is(err, io.ErrUnexpectedEOF) || c.commands > 0 {
		t.Errorf("four bytes of randomness: %v after %d commands", err, c.commands)
	}
}

// A copy signs with another key, or plays back what the chip once answered.
func TestClone(t *testing.T) {
	others := signers(t)
	for name, s := range signers(t) {
		heard := s.sign(make([]byte, 8))
		for what, answer := range map[string][]byte{
			"replayed": heard, "nothing": {}, "a byte": {1}, "noise": bytes.Repeat([]byte{0x5A}, len(heard)),
			"zeros": make([]byte, len(heard)), "cut short": heard[:len(heard)-1], "too long": append(bytes.Clone(heard), heard...),
		} {
			_, ch := connect(t, keys.AES128, func([]byte) []byte { return answer })
			if err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader); !errors.Is(err, ErrClone) {
				t.Errorf("%s, %s: %v, want ErrClone", name, what, err)
			}
		}
		for other, o := range others {
			_, ch := connect(t, keys.AES128, o.sign)
			if err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader); !errors.Is(err, ErrClone) {
				t.Errorf("%s signed by another %s: %v, want ErrClone", name, other, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	s := signers(t)["RSA 1024"]
	for _, sw := range []uint16{apdu.SWInsNotSupported, apdu.SWWrongData, apdu.SWSecurityStatus, apdu.SWConditions, 0x6F00} {
		c, ch := connect(t, keys.TDES, s.sign)
		c.sw = sw
		err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader)
		if !errors.Is(err, ErrRefused) || errors.Is(err, ErrClone) || !apdu.IsStatus(err, sw) || sm.Broken(err) {
			t.Errorf("%04X: %v, want ErrRefused", sw, err)
		}
	}
	gone := errors.New("card gone")
	c, ch := connect(t, keys.TDES, s.sign)
	c.err = gone
	if err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader); !errors.Is(err, gone) || errors.Is(err, ErrClone) || errors.Is(err, ErrRefused) {
		t.Errorf("torn off: %v", err)
	}
	// An answer that secure messaging finds false is not the chip's.
	c, ch = connect(t, keys.TDES, s.sign)
	c.spoil = func(b []byte) []byte { b[9] ^= 1; return b }
	if err := Authenticate(context.Background(), ch, s.key, nil, rand.Reader); !errors.Is(err, sm.ErrMAC) || errors.Is(err, ErrClone) {
		t.Errorf("changed on the way: %v", err)
	}
	if err := Authenticate(context.Background(), ch, PublicKey{}, nil, rand.Reader); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no key: %v", err)
	}
	if err := Verify(PublicKey{}, nil, nil, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no key: %v", err)
	}
}

func TestParseDG15(t *testing.T) {
	n := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(105))
	good := rsaFile(n, big.NewInt(3))
	if k := mustParse(t, append(bytes.Clone(good), 0, 0)); k.signatureLen() != 128 {
		t.Errorf("%v signs %d bytes", k, k.signatureLen())
	}
	_, _, ec := newCurveKey(t, 18, rand.Reader)
	if k := mustParse(t, ec); k.signatureLen() != 132 {
		t.Errorf("%v signs %d bytes", k, k.signatureLen())
	}
	off := bytes.Clone(ec)
	off[len(off)-1] ^= 1
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, ErrFormat},
		{"another file", tlv.Append(nil, 0x6E, good[3:]), ErrFormat},
		{"nothing inside", []byte{0x6F, 0x00}, ErrFormat},
		{"a set", tlv.Append(nil, 0x6F, tlv.Append(nil, 0x31)), ErrFormat},
		{"cut short", good[:len(good)-1], ErrFormat},
		{"a point beside the curve", off, ErrFormat},
		{"an even modulus", rsaFile(new(big.Int).Add(n, big.NewInt(1)), big.NewInt(3)), ErrFormat},
		{"an exponent of one", rsaFile(n, big.NewInt(1)), ErrFormat},
		{"a short modulus", rsaFile(big.NewInt(12345678901), big.NewInt(3)), ErrUnsupported},
		{"a hostile modulus", rsaFile(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 20000), big.NewInt(1)), big.NewInt(3)), ErrUnsupported},
		{"a hostile exponent", rsaFile(n, new(big.Int).Sub(n, big.NewInt(2))), ErrUnsupported},
		{"an unknown curve", curveFile(make([]byte, 65), 1, 3, 132, 0, 10), ErrUnsupported},
		{"another algorithm", dg15(tlv.Append(nil, 0x30, oid(1, 3, 101, 112)), make([]byte, 32)), ErrUnsupported},
	} {
		if k, err := ParseDG15(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, k, err, c.want)
		}
	}
}

func TestFindHint(t *testing.T) {
	entry := func(algorithm []byte) []byte {
		return tlv.Append(nil, 0x30, oid(2, 23, 136, 1, 1, 5), integer(big.NewInt(1)), algorithm)
	}
	other := tlv.Append(nil, 0x30, oid(1, 2, 3), integer(big.NewInt(1)))
	for _, c := range []struct {
		name    string
		entries [][]byte
		want    *Hint
	}{
		{"none", [][]byte{other}, nil},
		{"SHA-1", [][]byte{other, entry(oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 1))}, &Hint{Hash: crypto.SHA1}},
		{"SHA-224", [][]byte{entry(oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 2))}, &Hint{Hash: crypto.SHA224}},
		{"SHA-512", [][]byte{entry(oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 5))}, &Hint{Hash: crypto.SHA512}},
		{"RIPEMD", [][]byte{entry(oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 6))}, &Hint{}},
		{"by another name", [][]byte{entry(oid(1, 2, 840, 10045, 4, 3, 2))}, &Hint{Hash: crypto.SHA256}},
		{"without its algorithm", [][]byte{entry(nil)}, nil},
		{"no identifier", [][]byte{entry(integer(big.NewInt(7)))}, nil},
	} {
		infos, err := secinfo.Parse(tlv.Append(nil, 0x31, c.entries...))
		if err != nil {
			t.Fatal(err)
		}
		got := FindHint(infos)
		if (got == nil) != (c.want == nil) || got != nil && got.Hash != c.want.Hash {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func FuzzParseDG15(f *testing.F) {
	f.Add(rsaFile(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(105)), big.NewInt(3)))
	for _, id := range []int{8, 13, 18} {
		_, _, file := newCurveKey(f, id, rand.Reader)
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseDG15(b)
		if err != nil {
			return
		}
		if k.signatureLen() < 32 {
			t.Fatalf("%v signs %d bytes", k, k.signatureLen())
		}
		if err := Verify(k, nil, make([]byte, 8), []byte{1}); !errors.Is(err, ErrClone) {
			t.Fatalf("%v takes a byte for a signature: %v", k, err)
		}
	})
}

// What comes out of a signature is whatever the other end chose to put in.
func FuzzRecovered(f *testing.F) {
	challenge := []byte("12345678")
	f.Add(represent(f, 1024, layout{hash: crypto.SHA1}, challenge, rand.Reader).Bytes(), 1024)
	f.Add(represent(f, 1027, layout{hash: crypto.SHA512, explicit: true, m1: 3}, challenge, rand.Reader).Bytes(), 1027)
	f.Add([]byte{0x6B, 0xBA, 0xBC}, 24)
	f.Add([]byte{0x35, 0xDD, 0x66}, 23)
	f.Fuzz(func(t *testing.T, b []byte, bits int) {
		if bits < 1 || bits > 8192 {
			return
		}
		v := new(big.Int).SetBytes(b)
		for _, r := range recover9796(v, bits) {
			if len(r.hashes) == 0 || 8*len(r.body) > bits {
				t.Fatalf("%d bytes of %d bits, %d hashes", len(r.body), bits, len(r.hashes))
			}
		}
	})
}

func FuzzSignatures(f *testing.F) {
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, rs := range signatures(b) {
			if rs[0].Sign() < 0 || rs[1].Sign() < 0 || rs[0].BitLen() > 8*len(b) {
				t.Fatal("numbers that are not in the signature")
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	challenge := []byte("12345678")
	for name, s := range signers(b) {
		b.Run(name, func(b *testing.B) {
			signature := s.sign(challenge)
			b.ReportAllocs()
			for b.Loop() {
				if err := Verify(s.key, nil, challenge, signature); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
