package world

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/web"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/chipsim/radio"
	"tram06/firmware/emrtd/trust"
)

// What the kiosk would say of a document signer of this world.
func verdict(t *testing.T, w *World, standing chipsim.Standing) trust.Verdict {
	t.Helper()
	store, problems, err := trust.Open(w.o.Trust)
	if err != nil || len(problems) > 0 {
		t.Fatalf("the kiosk's folder of authorities: %v, %v", err, problems)
	}
	signer, err := w.authority.SignerDER(chipsim.Ordinary(), standing)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := store.Verify(signer, nil, people.Founded(), time.Now())
	return v
}

func TestIssuer(t *testing.T) {
	w := newWorld(t, Options{Trust: filepath.Join(t.TempDir(), "csca")})
	for mode, want := range map[string]map[chipsim.Standing]trust.Verdict{
		issuerKnown: {chipsim.Good: trust.Trusted, chipsim.Revoked: trust.Revoked, chipsim.Expired: trust.Expired,
			chipsim.Foreign: trust.Unknown, chipsim.Forged: trust.Failed},
		issuerUnknown: {chipsim.Good: trust.Unknown, chipsim.Revoked: trust.Unknown, chipsim.Forged: trust.Unknown},
	} {
		if err := w.Issuer(mode); err != nil {
			t.Fatal(err)
		}
		if v := w.View(); !on(v.Issuer, mode) {
			t.Errorf("%s is not shown: %v", mode, v.Issuer)
		}
		for standing, v := range want {
			if got := verdict(t, w, standing); got != v {
				t.Errorf("issuer %s, standing %d: %v, want %v", mode, standing, got, v)
			}
		}
	}
	if err := w.Issuer("perhaps"); !errors.Is(err, web.ErrNone) {
		t.Errorf("issuer perhaps: %v", err)
	}
	if err := newWorld(t, Options{}).Issuer(issuerKnown); !errors.Is(err, web.ErrNone) {
		t.Errorf("a kiosk without a folder: %v", err)
	}
}

// A signer that came to be revoked with the card that was just made is on the
// list by the time that the card can be laid.
func TestRevokedAtOnce(t *testing.T) {
	w := newWorld(t, Options{Trust: t.TempDir()})
	card, ok := people.CardByKey("mau-revoked")
	if !ok {
		t.Fatal("no such card")
	}
	lists, err := filepath.Glob(filepath.Join(w.o.Trust, "*.crl"))
	if err != nil || len(lists) != 1 {
		t.Fatalf("revocation lists %q, %v", lists, err)
	}
	before, err := os.ReadFile(lists[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.chip(card.Key); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(lists[0])
	if err != nil || string(after) == string(before) {
		t.Errorf("the revocation list was not written anew: %v", err)
	}
}

func TestCardsTakeTheirTime(t *testing.T) {
	for air, slow := range map[int]bool{0: false, 424: true} {
		chip, err := newWorld(t, Options{Air: air}).chip("mau")
		if err != nil {
			t.Fatal(err)
		}
		if _, is := chip.(*radio.Live); is != slow {
			t.Errorf("at %d kbit/s: %T", air, chip)
		}
	}
}
