package world

import (
	"fmt"
	"slices"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/web"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/health"
	"tram06/hal/vpcd"
)

// chip makes what lies on the reader under this name.
func (w *World) chip(id string) (vpcd.Chip, error) {
	switch id {
	case bankCard:
		return people.BankCard(w.o.Rand)
	case transitCard:
		return people.TransitCard(w.o.Rand)
	}
	card, ok := people.CardByKey(id)
	if !ok {
		return nil, fmt.Errorf("card %q: %w", id, web.ErrNone)
	}
	chip, err := w.Sign(func(a *chipsim.Authority) (*chipsim.Chip, error) { return card.Chip(a, w.o.Rand) })
	if err != nil {
		return nil, err
	}
	if w.o.Air == 0 {
		return chip, nil
	}
	return card.Profile.Radio(w.o.Air).Live(chip, time.Sleep), nil
}

// cards are those in the tray beside everybody's ordinary one: first the honest
// ones, then the others.
func cards() []web.Card {
	var out []web.Card
	for _, c := range people.Cards() {
		if c.Key == c.Citizen.Key {
			continue
		}
		out = append(out, web.Card{ID: c.Key, Of: c.Citizen.Key, Text: c.EN, Wrong: c.Attack != nil, Note: outcome(c.Attack)})
	}
	slices.SortStableFunc(out, func(a, b web.Card) int {
		switch {
		case a.Wrong == b.Wrong:
			return 0
		case b.Wrong:
			return -1
		}
		return 1
	})
	return out
}

// outcome says what the kiosk should make of an attack, when it knows the
// authority.
func outcome(a *chipsim.Attack) string {
	if a == nil {
		return "The kiosk should read it."
	}
	e := a.Expect
	for _, x := range []struct {
		is   bool
		code health.Code
	}{
		{e.Hashes == "failed", health.DataChanged},
		{e.Signature == "failed", health.SignatureBad},
		{e.Chip == "clone", health.ChipCloned},
		{e.Chain == "failed", health.IssuerWrong},
		{e.Chain == "revoked", health.SignerRevoked},
		{e.Chain == "expired", health.SignerExpired},
		{e.Broken, health.ChipError},
	} {
		if x.is {
			return fmt.Sprintf("The kiosk should refuse it: %s.", x.code)
		}
	}
	switch {
	case e.Downgraded:
		return fmt.Sprintf("The kiosk should read it, and note %s in its log.", health.Downgraded)
	case e.Chain == "unknown":
		return "The kiosk should read it, and not know who issued it."
	case e.Chip == "absent":
		return "The kiosk should read it, and never call it genuine."
	}
	return "The kiosk should read it all the same."
}
