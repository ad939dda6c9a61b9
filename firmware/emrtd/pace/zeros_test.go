package pace_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/pace"
)

// A shared secret that begins with zeros, in every group and mapping. All
// draws come from a seed but the chip's last one, which counts up until the
// secret is such a one.
func TestSecretsWithLeadingZeros(t *testing.T) {
	seed := [32]byte{6, 3}
	source := rand.NewChaCha8(seed)
	for _, info := range variants() {
		if cipher := info.Protocol[len(info.Protocol)-1]; cipher != 2 && cipher != 4 {
			continue
		}
		c := newChip(t, info, nil)
		g := c.g
		draw := func(n int) []byte {
			b := make([]byte, n)
			_, _ = source.Read(b) // never fails
			return b
		}
		// The terminal draws a key again that would be shorter on the wire.
		scalar := func(generator group.Element) []byte {
			for {
				k, err := g.Scalar(source)
				if err != nil {
					t.Fatal(err)
				}
				if e := must(t)(g.Mul(generator, k)); e[0] != 0 {
					return k
				}
			}
		}
		s := draw(pace.NonceLen(c.suite))
		var ours, theirs []byte
		var generator group.Element
		if c.mapping == pace.Integrated {
			ours = draw(c.suite.KeyLen())
			n, err := pace.Pseudorandom(c.suite, s, ours, g.Prime())
			if err != nil {
				t.Fatal(err)
			}
			generator = must(t)(g.Map(n))
		} else {
			ours, theirs = scalar(g.Generator()), scalar(g.Generator())
			generator = must(t)(pace.Mapped(g, s, theirs, must(t)(g.Mul(g.Generator(), ours))))
		}
		agree := scalar(generator)
		own := must(t)(g.Mul(generator, agree))
		k, secret := 2, must(t)(g.Add(own, own))
		for !leadingZeros(g, secret) {
			k, secret = k+1, must(t)(g.Add(secret, own))
		}
		last := make([]byte, len(agree))
		last[len(last)-1], last[len(last)-2] = byte(k), byte(k>>8)

		c.rand = bytes.NewReader(slices.Concat(s, theirs, last))
		c.static = []byte{1}
		got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), bytes.NewReader(slices.Concat(ours, agree)))
		if err != nil {
			t.Errorf("%v: %v", info, err)
			continue
		}
		if !bytes.Equal(c.shared, secret) || !leadingZeros(g, c.shared) {
			t.Errorf("%v: not the secret that was meant", info)
		}
		both(t, got.Session, c.session)
	}
}

// leadingZeros tells whether the first whole byte of a secret is zero.
func leadingZeros(g group.Group, e group.Element) bool {
	b := g.Secret(e)
	if g.Prime().BitLen()%8 != 0 {
		return b[0] == 0 && b[1] == 0
	}
	return b[0] == 0
}

func must(t *testing.T) func(group.Element, error) group.Element {
	return func(e group.Element, err error) group.Element {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}
