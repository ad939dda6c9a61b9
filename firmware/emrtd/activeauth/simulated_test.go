package activeauth_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"testing"
	"time"

	"tram06/firmware/emrtd/activeauth"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/sm"
)

const (
	mrz         = "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	information = "090000638690031523003150"
)

// wire makes the simulated chip a transmitter.
type wire struct{ *chipsim.Chip }

func (w wire) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	return w.Chip.Transmit(cmd), nil
}

// card issues a simulated card whose data speak of one key and whose inside
// has another, or the same, and opens it.
func card(t *testing.T, a *chipsim.Authority, data, inside *chipsim.AAKey, change func(*chipsim.Personality)) (*sm.Channel, chipsim.Files) {
	t.Helper()
	f, err := chipsim.Build(chipsim.Content{MRZ: mrz, Portrait: bytes.Repeat([]byte{0xFF, 0xD8}, 40), Width: 1, Height: 1},
		chipsim.PrivateKeys{AA: data}, a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := chipsim.Personality{MRZ: mrz, Keys: chipsim.PrivateKeys{AA: inside}}
	if change != nil {
		change(&p)
	}
	c, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s := apdu.Plain{Transmitter: wire{c}}
	aid := []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}
	if _, err := s.Send(ctx, apdu.Command{INS: apdu.InsSelect, P1: 4, P2: 0x0C, Data: aid}); err != nil {
		t.Fatal(err)
	}
	session, err := bac.Authenticate(ctx, s, bac.NewKeys(information), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &sm.Channel{Transmitter: wire{c}, Session: session}, f
}

// authenticate reads key and hint from the files and has the chip sign.
func authenticate(t *testing.T, ch *sm.Channel, f chipsim.Files, short bool) error {
	t.Helper()
	key, err := activeauth.ParseDG15(f[chipsim.DG(15)])
	if err != nil {
		t.Fatal(err)
	}
	key.Short = short
	var hint *activeauth.Hint
	if dg14 := f[chipsim.DG(14)]; dg14 != nil {
		infos, err := chipauth.ParseDG14(dg14)
		if err != nil {
			t.Fatal(err)
		}
		hint = activeauth.FindHint(infos.All)
	}
	return activeauth.Authenticate(context.Background(), ch, key, hint, rand.Reader)
}

func TestSimulatedChips(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	hashes := []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}
	try := func(name string, key *chipsim.AAKey) {
		t.Run(name, func(t *testing.T) {
			ch, f := card(t, a, key, key, nil)
			if err := authenticate(t, ch, f, false); err != nil {
				t.Error(err)
			}
			ch, f = card(t, a, key, key, func(p *chipsim.Personality) { p.WithoutExtended = true })
			if err := authenticate(t, ch, f, true); err != nil {
				t.Errorf("in short commands: %v", err)
			}
		})
	}
	for i, bits := range []int{1024, 1280, 2048, 1536, 1792} {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, smaller := range []bool{false, true} {
			try(fmt.Sprintf("RSA %d %v %v", bits, hashes[i], smaller), &chipsim.AAKey{RSA: k, Hash: hashes[i], Smaller: smaller})
		}
	}
	for id := 8; id <= 18; id++ {
		k, err := chipsim.NewECKey(rand.Reader, id)
		if err != nil {
			t.Fatal(err)
		}
		k.Form = chipsim.Form(id % 2)
		try(fmt.Sprintf("curve %d %v", id, hashes[id%5]), &chipsim.AAKey{EC: k, Hash: hashes[id%5]})
	}
}

func TestSimulatedClone(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var ks [4]*chipsim.AAKey
	for i := range ks {
		ks[i] = &chipsim.AAKey{Hash: crypto.SHA256}
		if i < 2 {
			ks[i].EC, err = chipsim.NewECKey(rand.Reader, 13)
		} else {
			ks[i].RSA, err = rsa.GenerateKey(rand.Reader, 1024)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range [][2]*chipsim.AAKey{{ks[0], ks[1]}, {ks[2], ks[3]}, {ks[0], ks[2]}, {ks[2], ks[0]}} {
		ch, f := card(t, a, pair[0], pair[1], nil)
		if err := authenticate(t, ch, f, false); !errors.Is(err, activeauth.ErrClone) {
			t.Errorf("%v, want ErrClone", err)
		}
	}
	ch, f := card(t, a, ks[0], nil, nil)
	if err := authenticate(t, ch, f, false); !errors.Is(err, activeauth.ErrRefused) || sm.Broken(err) {
		t.Errorf("a copy without a key: %v, want ErrRefused", err)
	}
}
