package chipauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

// Every group with every cipher, with and without a number of the key.
func TestRestart(t *testing.T) {
	for id := 0; id <= group.LastID; id++ {
		if _, err := group.ByID(id); err != nil {
			continue
		}
		for suite := keys.TDES; suite <= keys.AES256; suite++ {
			t.Run(fmt.Sprintf("%d %v", id, suite), func(t *testing.T) {
				c, ch := newChip(t, id, suite, rand.Reader)
				if suite%2 == 0 {
					c.keyID = []byte{0x01, byte(id)}
				}
				before := ch.Session
				if err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader); err != nil {
					t.Fatal(err)
				}
				if ch.Session == before || !before.Closed() {
					t.Error("the old session lives on")
				}
				if ch.Session.Suite() != suite {
					t.Errorf("session with %v", ch.Session.Suite())
				}
				if err := chipauth.Verdict(proof(ch)); err != nil {
					t.Fatal(err)
				}
				if err := proof(ch); err != nil {
					t.Fatalf("second command: %v", err)
				}
			})
		}
	}
}

// A key of 2048 bits fits in no short command: it goes in a chain, or, if the
// card is known to take them, in an extended one.
func TestLongKeys(t *testing.T) {
	for _, suite := range []keys.Suite{keys.TDES, keys.AES256} {
		for _, extended := range []bool{false, true} {
			c, ch := newChip(t, 2, suite, rand.Reader)
			c.noExtended, c.noChaining = !extended, extended
			choice := c.choice()
			choice.Extended = extended
			if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
				t.Errorf("%v, extended %v: %v", suite, extended, err)
				continue
			}
			if err := chipauth.Verdict(proof(ch)); err != nil {
				t.Errorf("%v, extended %v: %v", suite, extended, err)
			}
			chain := 0
			for _, cmd := range c.commands {
				if cmd.CLA == 0x10 {
					chain++
				}
			}
			if (chain > 0) == extended {
				t.Errorf("%v, extended %v: %d commands in a chain", suite, extended, chain)
			}
		}
	}
}

// A reader that carries no long commands is found out without harm.
func TestReaderWithoutExtended(t *testing.T) {
	c, ch := newChip(t, 2, keys.AES128, rand.Reader)
	ch.Transmitter = narrow{c}
	choice := c.choice()
	choice.Extended = true
	if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := chipauth.Verdict(proof(ch)); err != nil {
		t.Fatal(err)
	}
}

// narrow is a reader for short commands only.
type narrow struct{ *chip }

type tooLong struct{}

func (tooLong) Error() string     { return "too long for this reader" }
func (tooLong) APDUTooLong() bool { return true }

func (n narrow) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if len(cmd) > 261 {
		return nil, tooLong{}
	}
	return n.chip.Transmit(ctx, cmd)
}

// 3DES by the command that every cipher has, where its own is refused.
func TestGeneral3DES(t *testing.T) {
	c, ch := newChip(t, 12, keys.TDES, rand.Reader)
	c.noKAT = true
	if err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := chipauth.Verdict(proof(ch)); err != nil {
		t.Fatal(err)
	}
	if len(c.commands) != 4 || c.commands[0].P2 != 0xA6 {
		t.Errorf("%d commands", len(c.commands))
	}
}

// The chip's data with another private key: what a copy is.
func TestClone(t *testing.T) {
	for _, suite := range []keys.Suite{keys.TDES, keys.AES128} {
		c, ch := newChip(t, 13, suite, rand.Reader)
		choice := c.choice()
		c.private[5] ^= 1
		if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
			t.Fatal(err)
		}
		if err := chipauth.Verdict(proof(ch)); !errors.Is(err, chipauth.ErrClone) {
			t.Errorf("%v: %v, want ErrClone", suite, err)
		}
		if !ch.Session.Closed() {
			t.Error("the session with a clone goes on")
		}
	}
}

// A copy that says yes to everything and then answers what it once heard.
func TestReplayedProof(t *testing.T) {
	c, ch := newChip(t, 13, keys.AES128, rand.Reader)
	if err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	var heard []byte
	c.spoil = func(_ int, r []byte) []byte { heard = bytes.Clone(r); return r }
	if err := proof(ch); err != nil {
		t.Fatal(err)
	}
	old := c.choice()
	copied, ch := newChip(t, 13, keys.AES128, rand.Reader)
	if err := chipauth.Restart(context.Background(), ch, old, rand.Reader); err != nil {
		t.Fatal(err)
	}
	copied.spoil = func(int, []byte) []byte { return heard }
	if err := chipauth.Verdict(proof(ch)); !errors.Is(err, chipauth.ErrClone) {
		t.Errorf("%v, want ErrClone", err)
	}
}

// A refusal is no proof of anything, and what went before goes on.
func TestRefused(t *testing.T) {
	for _, sw := range []uint16{apdu.SWInsNotSupported, apdu.SWWrongData, apdu.SWSecurityStatus, apdu.SWReferenceNotFound, 0x6F00} {
		for _, ins := range []byte{apdu.InsManageEnvironment, apdu.InsGeneralAuthenticate} {
			c, ch := newChip(t, 13, keys.AES128, rand.Reader)
			c.refuse[ins] = sw
			before := ch.Session
			err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader)
			if !errors.Is(err, chipauth.ErrRefused) || errors.Is(err, chipauth.ErrClone) || !apdu.IsStatus(err, sw) {
				t.Errorf("%04X to INS %02X: %v, want ErrRefused", sw, ins, err)
			}
			if sm.Broken(err) || ch.Session != before || before.Closed() {
				t.Errorf("%04X to INS %02X: the session is over", sw, ins)
			}
			if err := proof(ch); err != nil {
				t.Errorf("%04X to INS %02X: reading goes on: %v", sw, ins, err)
			}
		}
	}
}

// A chip that refuses in plain has ended the session with it; sm.Broken says so.
func TestRefusedInPlain(t *testing.T) {
	c, ch := newChip(t, 13, keys.AES128, rand.Reader)
	c.spoil = func(int, []byte) []byte { return []byte{0x69, 0x88} }
	err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader)
	if !errors.Is(err, chipauth.ErrRefused) || !sm.Broken(err) {
		t.Errorf("%v, want a refusal that ends the session", err)
	}
}

func TestTornOff(t *testing.T) {
	gone := errors.New("card gone")
	for at := range 3 {
		c, ch := newChip(t, 13, keys.AES128, rand.Reader)
		ch.Transmitter = torn{c, at, gone}
		err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader)
		if at == 2 {
			if err != nil {
				t.Fatal(err)
			}
			err = chipauth.Verdict(proof(ch))
		}
		if !errors.Is(err, gone) || errors.Is(err, chipauth.ErrClone) || errors.Is(err, chipauth.ErrRefused) {
			t.Errorf("torn off at %d: %v", at, err)
		}
	}
}

type torn struct {
	*chip
	at  int
	err error
}

func (t torn) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if t.sent == t.at {
		return nil, t.err
	}
	return t.chip.Transmit(ctx, cmd)
}

// What chips answer to GENERAL AUTHENTICATE besides an empty template.
func TestAnswers(t *testing.T) {
	for _, a := range []struct {
		name string
		data []byte
		err  error
	}{
		{"a template with a nonce", []byte{0x7C, 0x03, 0x81, 0x01, 0xAA}, nil},
		{"another object", []byte{0x80, 0x01, 0xAA}, chipauth.ErrChip},
		{"an object cut short", []byte{0x7C, 0x05, 0x81}, chipauth.ErrChip},
		{"two objects", []byte{0x7C, 0x00, 0x7C, 0x00}, chipauth.ErrChip},
	} {
		c, ch := newChip(t, 13, keys.AES128, rand.Reader)
		c.answer = a.data
		err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader)
		if !errors.Is(err, a.err) {
			t.Errorf("%s: %v, want %v", a.name, err, a.err)
		}
	}
}

// What the first answer under the new keys means, whatever comes on the wire.
func TestVerdict(t *testing.T) {
	cut := func(n int) func([]byte) []byte { return func(r []byte) []byte { return r[len(r)-n:] } }
	flip := func(n int) func([]byte) []byte { return func(r []byte) []byte { r[n] ^= 1; return r } }
	sw := func(a, b byte) func([]byte) []byte { return func([]byte) []byte { return []byte{a, b} } }
	for _, a := range []struct {
		name  string
		spoil func([]byte) []byte
		clone bool
	}{
		{"its own answer changed in the text", flip(5), true},
		{"its own answer changed in the code", func(r []byte) []byte { r[len(r)-3] ^= 1; return r }, true},
		{"no code", func(r []byte) []byte { return append(r[:len(r)-12:len(r)-12], 0x90, 0x00) }, true},
		{"cut short", cut(7), true},
		{"an empty code", func([]byte) []byte { return []byte{0x8E, 0x00, 0x90, 0x00} }, true},
		{"6988", sw(0x69, 0x88), true},
		{"6987", sw(0x69, 0x87), true},
		{"6982", sw(0x69, 0x82), true},
		{"6300", sw(0x63, 0x00), true},
		{"a length it does not take", sw(0x67, 0x00), false},
		{"a fault of its own", sw(0x6F, 0x00), false},
	} {
		c, ch := newChip(t, 13, keys.AES128, rand.Reader)
		if err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader); err != nil {
			t.Fatal(err)
		}
		c.spoil = func(_ int, r []byte) []byte { return a.spoil(r) }
		err := proof(ch)
		verdict := chipauth.Verdict(err)
		if errors.Is(verdict, chipauth.ErrClone) != a.clone {
			t.Errorf("%s: %v, clone %v", a.name, verdict, a.clone)
		}
		if verdict == nil || !errors.Is(verdict, err) && !a.clone {
			t.Errorf("%s: %v became %v", a.name, err, verdict)
		}
	}
	// A refusal under the new keys proves that the chip has them.
	c, ch := newChip(t, 13, keys.AES128, rand.Reader)
	if err := chipauth.Restart(context.Background(), ch, c.choice(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	c.refuse[apdu.InsReadBinary] = apdu.SWSecurityStatus
	if err := proof(ch); !apdu.IsStatus(err, apdu.SWSecurityStatus) || chipauth.Verdict(err) != nil {
		t.Errorf("refused under the new keys: %v, verdict %v", err, chipauth.Verdict(err))
	}
}

// One key agreement in 256 has a leading zero in its secret: all of these do.
func TestLeadingZeros(t *testing.T) {
	for _, id := range []int{0, 12, 13, 18} {
		random := mathrand.NewChaCha8([32]byte{byte(id), 6})
		c, _ := newChip(t, id, keys.AES128, random)
		choice := c.choice()
		private, err := c.group.Scalar(random)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := c.group.Mul(choice.Key.Element, private)
		if err != nil {
			t.Fatal(err)
		}
		// One more to the private key is the chip's key once more to the
		// secret, which is sooner found than by multiplying.
		for tries, seen := 0, 0; seen < 2; tries++ {
			if tries == 10000 {
				t.Fatal("no secret with a leading zero among 10000")
			}
			private = new(big.Int).Add(new(big.Int).SetBytes(private), big.NewInt(1)).FillBytes(private)
			if shared, err = c.group.Add(shared, choice.Key.Element); err != nil {
				t.Fatal(err)
			}
			// A coordinate of P-521 has seven bits more than it fills.
			if secret := c.group.Secret(shared); secret[0] != 0 || id == 18 && secret[1] != 0 {
				continue
			}
			seen++
			ch := open(t, c, keys.TDES)
			if err := chipauth.Restart(context.Background(), ch, choice, bytes.NewReader(private)); err != nil {
				t.Fatalf("%v: %v", c.group, err)
			}
			if err := chipauth.Verdict(proof(ch)); err != nil {
				t.Errorf("%v: %v", c.group, err)
			}
		}
	}
}

func TestNoRandomness(t *testing.T) {
	c, ch := newChip(t, 13, keys.AES128, rand.Reader)
	err := chipauth.Restart(context.Background(), ch, c.choice(), bytes.NewReader(nil))
	if err == nil || c.sent > 0 {
		t.Errorf("%v after %d commands", err, c.sent)
	}
	if _, err := chipauth.Authenticate(context.Background(), ch, chipauth.Choice{}, rand.Reader); !errors.Is(err, chipauth.ErrUnsupported) {
		t.Errorf("nothing chosen: %v", err)
	}
}

func BenchmarkRestart(b *testing.B) {
	for _, id := range []int{2, 12, 13, 17} {
		c, _ := newChip(b, id, keys.AES128, rand.Reader)
		choice := c.choice()
		b.Run(c.group.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				ch := open(b, c, keys.AES128)
				b.StartTimer()
				if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Whatever a chip without the keys sends, it has proven nothing.
func FuzzVerdict(f *testing.F) {
	f.Add([]byte{0x90, 0x00})
	f.Add([]byte{0x69, 0x88})
	f.Add([]byte{0x99, 2, 0x90, 0, 0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0})
	f.Add([]byte{0x87, 9, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x99, 2, 0x90, 0, 0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0})
	f.Add([]byte{0x61, 0x10})
	f.Add([]byte{0x6C, 0x10})
	f.Fuzz(func(t *testing.T, answer []byte) {
		session, err := sm.New(keys.TDES, make([]byte, 16), []byte("sixteen bytes of"), nil)
		if err != nil {
			t.Fatal(err)
		}
		ch := &sm.Channel{Transmitter: always(answer), Session: session}
		if err := chipauth.Verdict(proof(ch)); err == nil {
			t.Fatalf("% X taken for a proof", answer)
		}
	})
}

// always gives the same answer.
type always []byte

func (a always) Transmit(context.Context, []byte) ([]byte, error) { return bytes.Clone(a), nil }
