package world

import (
	"fmt"
	"slices"

	"tram06/devdock/faultproxy"
	"tram06/devdock/people"
	"tram06/devdock/web"
)

// Names of what is no citizen.
const (
	bankCard    = "bank-card"
	transitCard = "transit-card"
	paymentCode = "payment"
	garbageCode = "garbage"

	readerCable  = "reader"
	scannerCable = "scanner"
)

var _ web.World = (*World)(nil)

// View gives the world as the page draws it.
func (w *World) View() web.View {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := web.View{
		Screen: w.screen.view(),
		Reader: w.reader,
		Links:  append([]web.Link{}, w.o.Links...),
		Health: w.health,
		Codes:  []web.Choice{{ID: paymentCode, Text: "Scan a payment code"}, {ID: garbageCode, Text: "Scan garbage (wrong baud rate)"}},
		Papers: []web.Paper{},
		Cables: []web.Choice{{ID: scannerCable, Text: "Scanner unplugged", On: w.line == nil}},
		Power:  []web.Choice{},
		Issuer: []web.Choice{},
	}
	if w.o.Plug != nil {
		v.Cables = append([]web.Choice{{ID: readerCable, Text: "Reader unplugged", On: w.pulled}}, v.Cables...)
	}
	if w.o.Trust != "" {
		v.Issuer = []web.Choice{
			{ID: issuerKnown, Text: "Known to the kiosk", On: w.issuer == issuerKnown},
			{ID: issuerUnknown, Text: "Unknown", On: w.issuer == issuerUnknown},
		}
	}
	for _, p := range w.powered {
		v.Power = append(v.Power, web.Choice{ID: p.ID, Text: p.Text})
	}
	if v.Health.Devices == nil {
		v.Health.Devices = []web.Device{}
	}
	for _, c := range people.All() {
		v.People = append(v.People, web.Person{ID: c.Key, Name: c.Card.Name, Note: c.Note, Portrait: true, Card: true, QR: true, Laid: w.laid == c.Key})
	}
	v.People = append(v.People,
		web.Person{ID: bankCard, Name: "A bank card", Note: "a chip, but no ID card", Card: true, Laid: w.laid == bankCard},
		web.Person{ID: transitCard, Name: "A bus card", Note: "knows no command", Card: true, Laid: w.laid == transitCard})
	v.Cards = slices.Clone(w.cards)
	for i := range v.Cards {
		v.Cards[i].Laid = v.Cards[i].ID == w.laid
	}
	if w.laid != "" && w.reader == "" {
		v.Reader = "A card lies on the reader."
	}
	s := w.printer.State()
	v.Printer = []web.Choice{
		{ID: "roll", Text: "Full roll", On: !s.PaperOut && !s.NearEnd},
		{ID: "near-end", Text: "Roll near its end", On: s.NearEnd && !s.PaperOut},
		{ID: "empty", Text: "Paper out", On: s.PaperOut},
		{ID: "cover", Text: "Cover open", On: s.CoverOpen},
		{ID: "jam", Text: "Cutter jammed", On: s.Jammed},
		{ID: "power", Text: "Switched off", On: !s.On},
	}
	for i, p := range w.papers {
		note := "Cut at " + p.At.Format("15:04:05")
		if p.Page.PaperOut {
			note = "The roll ended at " + p.At.Format("15:04:05")
		}
		v.Papers = append(v.Papers, web.Paper{N: i + 1, Note: note})
	}
	if w.o.Proxy != nil {
		now := w.o.Proxy.Mode()
		for _, m := range faultproxy.Modes() {
			v.Network = append(v.Network, web.Choice{ID: string(m), Text: networkWords[m], On: m == now})
		}
	}
	return v
}

var networkWords = map[faultproxy.Mode]string{
	faultproxy.OK: "Good", faultproxy.Down: "Cut", faultproxy.Slow: "No answer in time", faultproxy.AnswerLost: "Half an answer",
	faultproxy.Error500: "Gateway fails (500)", faultproxy.Refuse: "Gateway refuses (422)",
}

// Portrait gives a citizen's face.
func (w *World) Portrait(id string) ([]byte, error) {
	c, ok := people.ByKey(id)
	if !ok {
		return nil, fmt.Errorf("portrait %q: %w", id, web.ErrNone)
	}
	return c.Portrait()
}

// Paper gives the n-th piece of paper, from 1.
func (w *World) Paper(n int) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < 1 || n > len(w.papers) {
		return nil, fmt.Errorf("paper %d: %w", n, web.ErrNone)
	}
	return w.papers[n-1].PNG, nil
}
