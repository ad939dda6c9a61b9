package people

import (
	"crypto/rand"
	"testing"

	"tram06/firmware/emrtd/chipsim"
)

func TestCards(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cards() {
		if seen[c.Key] || c.VI == "" || c.EN == "" {
			t.Errorf("%s: taken, or a line is missing", c.Key)
		}
		seen[c.Key] = true
	}
	if len(seen) != len(All())+len(shown) {
		t.Errorf("%d cards of %d: a personality or attack does not exist", len(seen), len(All())+len(shown))
	}
	for _, key := range []string{"mau", "hblong", "vidu", "mau-clone", "mau-revoked", "vidu-pace-im", "hblong-sod-by-key"} {
		if _, ok := CardByKey(key); !ok {
			t.Errorf("no card %s", key)
		}
	}
	for _, key := range []string{"", "nobody", "mau-nothing", "mau-"} {
		if _, ok := CardByKey(key); ok {
			t.Errorf("a card %q", key)
		}
	}
}

// Every personality and every attack can be had as a card of everybody.
func TestEveryCardCanBeMade(t *testing.T) {
	a, err := NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range chipsim.Personalities() {
		names = append(names, p.Name)
	}
	for _, at := range chipsim.Attacks() {
		names = append(names, at.Name)
	}
	for i, name := range names {
		who := All()[i%len(All())]
		card, ok := CardByKey(who.Key + "-" + name)
		if !ok {
			t.Errorf("%s cannot be found", name)
			continue
		}
		if _, err := card.Chip(a, rand.Reader); err != nil {
			t.Error(err)
		}
	}
}
