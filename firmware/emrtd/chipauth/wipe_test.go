package chipauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"

	"pgregory.net/rapid"
)

// spy is a group that remembers the secrets it gave out, and what was in them.
type spy struct {
	group.Group
	given  [][]byte
	copies [][]byte
}

func (s *spy) keep(b []byte) {
	s.given = append(s.given, b)
	s.copies = append(s.copies, bytes.Clone(b))
}

func (s *spy) Scalar(random io.Reader) ([]byte, error) {
	k, err := s.Group.Scalar(random)
	s.keep(k)
	return k, err
}

// Mul gives a secret where the base is the chip's key.
func (s *spy) Mul(e group.Element, scalar []byte) (group.Element, error) {
	out, err := s.Group.Mul(e, scalar)
	if !bytes.Equal(e, s.Generator()) {
		s.keep(out)
	}
	return out, err
}

// Private key and shared secret are gone when the protocol ends, however it
// ends, and are in no error.
func TestSecretsAreWiped(t *testing.T) {
	for name, sw := range map[string]uint16{"agreed": 0, "refused": apdu.SWWrongData} {
		for _, id := range []int{1, 12, 13, 18} {
			c, ch := newChip(t, id, keys.AES128, rand.Reader)
			c.refuse[apdu.InsGeneralAuthenticate] = sw
			choice := c.choice()
			choice.Extended = true
			watched := &spy{Group: choice.Key.Group}
			choice.Key.Group = watched
			err := chipauth.Restart(context.Background(), ch, choice, rand.Reader)
			if (err == nil) != (sw == 0) {
				t.Fatal(err)
			}
			if len(watched.given) != 2 {
				t.Fatalf("%s: %d secrets, want the private key and the shared one", name, len(watched.given))
			}
			for i, b := range watched.given {
				if !bytes.Equal(b, make([]byte, len(b))) {
					t.Errorf("%s, group %d: secret %d is still there", name, id, i)
				}
				if text := fmt.Sprintf("%X", watched.copies[i]); strings.Contains(strings.ToUpper(fmt.Sprint(err, choice)), text[:16]) {
					t.Errorf("%s, group %d: secret %d in the error", name, id, i)
				}
			}
		}
	}
}

// Any group, cipher, key and number of a key; a chip with one bit of its
// private key changed is a clone.
func TestRapid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.SampledFrom([]int{0, 8, 9, 10, 11, 12, 13, 14, 15}).Draw(rt, "group")
		suite := rapid.SampledFrom([]keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256}).Draw(rt, "cipher")
		random := stream{rt}
		c, ch := newChip(t, id, suite, random)
		if n := rapid.IntRange(-1, 1<<20).Draw(rt, "number"); n >= 0 {
			for c.keyID = []byte{byte(n)}; n > 255; {
				n >>= 8
				c.keyID = append([]byte{byte(n)}, c.keyID...)
			}
		}
		choice := c.choice()
		if bit := rapid.IntRange(-1, 150).Draw(rt, "changed bit"); bit >= 0 {
			c.private[len(c.private)-1-bit/8] ^= 1 << (bit % 8)
			if err := chipauth.Restart(context.Background(), ch, choice, random); err != nil {
				rt.Fatal(err)
			}
			if err := chipauth.Verdict(proof(ch)); err == nil {
				rt.Fatal("a clone was taken for the chip")
			}
			return
		}
		if err := chipauth.Restart(context.Background(), ch, choice, random); err != nil {
			rt.Fatal(err)
		}
		if err := chipauth.Verdict(proof(ch)); err != nil {
			rt.Fatal(err)
		}
	})
}

// stream is randomness that rapid can replay.
type stream struct{ t *rapid.T }

func (s stream) Read(b []byte) (int, error) {
	copy(b, rapid.SliceOfN(rapid.Byte(), len(b), len(b)).Draw(s.t, "randomness"))
	return len(b), nil
}
