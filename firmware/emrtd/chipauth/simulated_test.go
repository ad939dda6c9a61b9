package chipauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
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

// card issues a simulated card with these keys and opens it. Its arithmetic is
// of another hand than ours.
func card(t *testing.T, a *chipsim.Authority, data, inside []chipsim.CAKey) (*sm.Channel, []byte) {
	t.Helper()
	f, err := chipsim.Build(chipsim.Content{MRZ: mrz, Portrait: bytes.Repeat([]byte{0xFF, 0xD8}, 40), Width: 1, Height: 1},
		chipsim.PrivateKeys{CA: data}, a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := chipsim.New(chipsim.Personality{MRZ: mrz, Keys: chipsim.PrivateKeys{CA: inside}}, f, rand.Reader)
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
	return &sm.Channel{Transmitter: wire{c}, Session: session}, f[chipsim.DG(14)]
}

func drawKey(t *testing.T, id, number int, form chipsim.Form, suites ...keys.Suite) chipsim.CAKey {
	t.Helper()
	g, err := group.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	x, err := g.Draw(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return chipsim.CAKey{Number: number, GroupID: id, Ciphers: suites, Form: form, X: x}
}

// readCOM is the first command under the new keys.
func readCOM(ch *sm.Channel) error {
	_, err := ch.Send(context.Background(), apdu.Command{INS: apdu.InsReadBinary, P1: 0x9E, Ne: 8})
	return err
}

func TestSimulatedChips(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for id := range 19 {
		if _, err := group.ByID(id); err != nil {
			continue
		}
		for form, suite := range map[chipsim.Form]keys.Suite{chipsim.Explicit: keys.AES128, chipsim.Named: keys.AES256, chipsim.Standard: keys.TDES} {
			t.Run(fmt.Sprintf("%d %v %v", id, form, suite), func(t *testing.T) {
				key := []chipsim.CAKey{drawKey(t, id, 0, form, suite)}
				ch, file := card(t, a, key, key)
				choice := choose(t, file)
				choice.Extended = true
				if choice.Suite != suite {
					t.Fatalf("chose %v", choice)
				}
				if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
					t.Fatal(err)
				}
				if err := chipauth.Verdict(readCOM(ch)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func choose(t *testing.T, file []byte) chipauth.Choice {
	t.Helper()
	infos, err := chipauth.ParseDG14(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := infos.Choose()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Several keys, each with a number: the strongest is named to the chip.
func TestSimulatedKeysByNumber(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	all := []chipsim.CAKey{
		drawKey(t, 12, 1, chipsim.Named, keys.TDES, keys.AES128),
		drawKey(t, 13, 2, chipsim.Explicit, keys.AES128, keys.AES256),
		drawKey(t, 0, 3, chipsim.Standard, keys.AES256),
	}
	ch, file := card(t, a, all, all)
	choice := choose(t, file)
	if choice.KeyID != 2 || choice.Suite != keys.AES256 {
		t.Fatalf("chose %v, key %d", choice, choice.KeyID)
	}
	if err := chipauth.Restart(context.Background(), ch, choice, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := chipauth.Verdict(readCOM(ch)); err != nil {
		t.Error(err)
	}
}

func TestSimulatedClone(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range []keys.Suite{keys.TDES, keys.AES128} {
		genuine := drawKey(t, 13, 0, chipsim.Explicit, suite)
		copied := genuine
		copied.X = new(big.Int).Add(genuine.X, big.NewInt(1))
		ch, file := card(t, a, []chipsim.CAKey{genuine}, []chipsim.CAKey{copied})
		if err := chipauth.Restart(context.Background(), ch, choose(t, file), rand.Reader); err != nil {
			t.Fatal(err)
		}
		if err := chipauth.Verdict(readCOM(ch)); !errors.Is(err, chipauth.ErrClone) {
			t.Errorf("%v: %v, want ErrClone", suite, err)
		}
		// A copy without any key does not run the protocol.
		ch, file = card(t, a, []chipsim.CAKey{genuine}, nil)
		err := chipauth.Restart(context.Background(), ch, choose(t, file), rand.Reader)
		if !errors.Is(err, chipauth.ErrRefused) || sm.Broken(err) {
			t.Errorf("%v, no key: %v, want ErrRefused", suite, err)
		}
		if err := readCOM(ch); err != nil {
			t.Errorf("%v: reading goes on: %v", suite, err)
		}
	}
}

// The data of some chips speak of more than the chip can do.
func TestSimulatedRefusalOfTheStrongest(t *testing.T) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	said := drawKey(t, 13, 0, chipsim.Explicit, keys.TDES, keys.AES128, keys.AES192, keys.AES256)
	for _, suite := range said.Ciphers {
		can := said
		can.Ciphers = []keys.Suite{suite}
		ch, file := card(t, a, []chipsim.CAKey{said}, []chipsim.CAKey{can})
		if err := chipauth.Restart(context.Background(), ch, choose(t, file), rand.Reader); err != nil {
			t.Errorf("%v: %v", suite, err)
			continue
		}
		if err := chipauth.Verdict(readCOM(ch)); err != nil || ch.Session.Suite() != suite {
			t.Errorf("%v: %v under %v", suite, err, ch.Session.Suite())
		}
	}
	ch, file := card(t, a, []chipsim.CAKey{said}, nil)
	err = chipauth.Restart(context.Background(), ch, choose(t, file), rand.Reader)
	if !errors.Is(err, chipauth.ErrRefused) || sm.Broken(err) {
		t.Errorf("refuses all: %v, want ErrRefused", err)
	}
}
