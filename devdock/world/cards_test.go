package world

import (
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/health"
)

// Every attack that there is has words for what the kiosk should make of it,
// and no honest card has those of an attack.
func TestOutcomes(t *testing.T) {
	for _, a := range chipsim.Attacks() {
		says := outcome(&a)
		if refuses := strings.Contains(says, "refuse"); refuses != a.Expect.Refused {
			t.Errorf("%s: %s", a.Name, says)
		}
	}
}

func TestTrayOfCards(t *testing.T) {
	w := newWorld(t, Options{})
	wrong := false
	v := w.View()
	if len(v.Cards) != len(people.Cards())-len(people.All()) {
		t.Fatalf("%d cards beside everybody's own", len(v.Cards))
	}
	for _, c := range v.Cards {
		card, ok := people.CardByKey(c.ID)
		if !ok || c.Of != card.Citizen.Key || c.Wrong != (card.Attack != nil) || c.Text == "" || c.Note == "" || c.Laid {
			t.Errorf("%+v", c)
		}
		if wrong && !c.Wrong {
			t.Errorf("%s is honest and stands among the others", c.ID)
		}
		wrong = c.Wrong
	}
	if !wrong {
		t.Error("no attack in the tray")
	}
}

// What the page calls an issue of the chain must be a code of its own.
func TestCodesOfOutcomes(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range chipsim.Attacks() {
		for _, c := range health.All() {
			if strings.Contains(outcome(&a), string(c.Code)) {
				seen[string(c.Code)] = true
			}
		}
	}
	for _, c := range []health.Code{health.ChipError, health.DataChanged, health.SignatureBad, health.IssuerWrong, health.SignerExpired,
		health.SignerRevoked, health.ChipCloned, health.Downgraded} {
		if !seen[string(c)] {
			t.Errorf("no attack leads to %s", c)
		}
	}
}
