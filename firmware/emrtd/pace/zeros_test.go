package pace_test

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
)

// A shared secret that begins with zeros, in every group and mapping. All
// draws come from a seed but the chip's last one, which counts up until the
// secret is such a one.
func TestSecretsWithLeadingZeros(t *testing.T) {
	seed := [32]byte{6, 3}
	source := rand.NewChaCha8(seed)
	for _, info := range variants() {
		if cipher := info.Protocol[len(info.Protocol)-1]; cipher != 2 { // the cipher comes after the secret
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

		// The same once more with the chip from another hand.
		n := len(info.Protocol)
		sim := &simulated{Chip: mustChip(t)(chipsim.New(chipsim.Personality{CAN: simCAN, MRZ: simMRZ,
			CardAccess: set(paceInfo(byte(info.Protocol[n-2]), byte(info.Protocol[n-1]), byte(info.ParameterID))),
			Keys:       chipsim.PrivateKeys{CAM: []chipsim.CAKey{{Number: info.ParameterID, GroupID: info.ParameterID, X: big.NewInt(1)}}},
		}, chipsim.Files{}, bytes.NewReader(slices.Concat(s, spread(g, theirs), spread(g, last)))))}
		if got, err = pace.Run(t.Context(), apdu.Plain{Transmitter: sim}, info, can(t, simCAN), bytes.NewReader(slices.Concat(ours, agree))); err != nil {
			t.Errorf("%v with the simulated chip: %v", info, err)
			continue
		}
		channel := &sm.Channel{Transmitter: sim, Session: got.Session}
		if _, err := channel.Send(t.Context(), apdu.Command{INS: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: unhex(t, "A0000002471001")}); err != nil {
			t.Errorf("%v with the simulated chip: %v", info, err)
		}
	}
}

// spread moves a scalar's bits to where the simulated chip takes them from: it
// drops the spare bits of the first byte below, not above.
func spread(g group.Group, scalar []byte) []byte {
	out := bytes.Clone(scalar)
	if len(out) > 0 {
		out[0] <<= len(out)*8 - g.Order().BitLen()
	}
	return out
}

func mustChip(t *testing.T) func(*chipsim.Chip, error) *chipsim.Chip {
	return func(c *chipsim.Chip, err error) *chipsim.Chip {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
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
