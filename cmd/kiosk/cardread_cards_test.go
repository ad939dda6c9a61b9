package main

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/emrtd/chipsim"
)

// world is all simulated cards, signed by one authority, and a folder that
// trusts it and knows whom it has revoked.
type world struct {
	trust string
	cards map[string]*seat
}

// longRSA is where drawing a key takes seconds; such keys are tried beside
// their protocol.
const longRSA = 2048

func newWorld(t *testing.T) world {
	t.Helper()
	a, err := people.NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := world{t.TempDir(), map[string]*seat{}}
	make := func(name string) {
		card, ok := people.CardByKey("mau-" + name)
		if !ok {
			t.Fatalf("no card %s", name)
		}
		chip, err := card.Chip(a, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		w.cards[name] = &seat{chip: chip, after: -1}
	}
	for _, p := range chipsim.Personalities() {
		if aa := p.ActiveAuthentication; aa == nil || aa.Key.RSA <= longRSA {
			make(p.Name)
		}
	}
	for _, at := range chipsim.Attacks() {
		make(at.Name)
	}
	if err := people.Publish(a, w.trust, time.Now()); err != nil { // after all signers were made
		t.Fatal(err)
	}
	return w
}

// read reads one of the cards with all that the folder knows.
func (w world) read(t *testing.T, name string, args ...string) (ended, cardJSON) {
	t.Helper()
	end := read(t.Context(), on(w.cards[name]), "", append([]string{"--qr", mau(t).QR(), "--trust", w.trust, "--json"}, args...)...)
	for _, secret := range []string{"001090000638", "090000638", "000638", "NGUYEN", "NGUYỄN", "MẪU", "Suối", "15/03/1990", "900315"} {
		if strings.Contains(end.out+end.errs, secret) {
			t.Errorf("tells %q: %s%s", secret, end.out, end.errs)
		}
	}
	return end, decode(t, end.out)
}

// marked tells whether the text for people marks anything as failed.
func (w world) marked(t *testing.T, name string) bool {
	t.Helper()
	s := w.cards[name]
	s.chip.Reset()
	end := read(t.Context(), on(s), "", "--qr", mau(t).QR(), "--trust", w.trust)
	return strings.Contains(end.out, "✗")
}

func TestEveryPersonalityAndAttack(t *testing.T) {
	w := newWorld(t)
	for _, p := range chipsim.Personalities() {
		if w.cards[p.Name] == nil {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			end, got := w.read(t, p.Name)
			chip := "absent"
			if len(p.ChipAuthentication) > 0 || p.ActiveAuthentication != nil {
				chip = "genuine"
			}
			if word(got.Access) == "pace-cam" {
				chip = "genuine"
			}
			if end.code != 0 || word(got.Proofs.Hashes) != "ok" || word(got.Proofs.Signature) != "ok" ||
				word(got.Proofs.Chain) != "trusted" || word(got.Proofs.Chip) != chip || got.Downgraded {
				t.Errorf("exit %d, chip to be %s: %s", end.code, chip, end.out)
			}
		})
	}
	for _, a := range chipsim.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			end, got := w.read(t, a.Name)
			exit := 0
			switch {
			case a.Expect.Broken:
				exit = 1
			case a.Expect.Refused, a.Expect.Downgraded:
				exit = 3
			}
			if end.code != exit || (got.Error == nil) != (exit == 0) || got.Downgraded != a.Expect.Downgraded {
				t.Errorf("exit %d, want %d: %s", end.code, exit, end.out)
			}
			for _, proof := range []struct {
				got  *string
				want string
			}{
				{got.Proofs.Hashes, a.Expect.Hashes}, {got.Proofs.Signature, a.Expect.Signature},
				{got.Proofs.Chain, a.Expect.Chain}, {got.Proofs.Chip, a.Expect.Chip},
			} {
				if proof.want != "" && word(proof.got) != proof.want {
					t.Errorf("%q, want %q: %s", word(proof.got), proof.want, end.out)
				}
			}
			if exit != 0 && got.Assurance != nil && !got.Downgraded {
				t.Error("somebody was identified")
			}
			if w.marked(t, a.Name) != (exit == 3) {
				t.Errorf("the text does not mark what failed, exit %d", exit)
			}
		})
	}
}
