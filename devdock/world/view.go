package world

import (
	"fmt"
	"slices"

	"tram06/devdock/faultproxy"
	"tram06/devdock/people"
	"tram06/devdock/portal"
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
	printerCable = "printer"
	boardCable   = "board"
	touchCable   = "touch"
	keypadCable  = "keypad"
	soundCable   = "sound"
	sensorCable  = "thermometer"
	lightCable   = "backlight"
	clockCable   = "clock"
	dogCable     = "watchdog"
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
		Codes:  []web.Choice{{ID: paymentCode, Text: "A payment code"}, {ID: garbageCode, Text: "Garbage (wrong baud rate)"}},
		Papers: []web.Paper{},
		Cables: w.cables(),
		Power:  []web.Choice{},
		Issuer: []web.Choice{},
	}
	if w.o.Trust != "" {
		v.Issuer = []web.Choice{
			{ID: issuerKnown, Text: "Yes", On: w.issuer == issuerKnown},
			{ID: issuerUnknown, Text: "No", On: w.issuer == issuerUnknown},
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
	v.Lamps, v.Contacts = w.board.lamps(), w.board.contacts()
	v.Buzzer, v.Fan = w.board.high(lineBuzzer), w.board.fanTurns()
	v.Celsius, v.Light, v.Said = w.celsius, w.light, append([]web.Said{}, w.said...)
	t := w.timers.look()
	v.Clock, v.Watchdog = t.choices(), t.dog
	w.viewPrinter(&v)
	w.viewPortal(&v)
	if w.o.Proxy != nil {
		now := w.o.Proxy.Mode()
		for _, m := range faultproxy.Modes() {
			v.Network = append(v.Network, web.Choice{ID: string(m), Text: networkWords[m], On: m == now})
		}
	}
	return v
}

// cables are the plugs that can be pulled, in the order of the page.
func (w *World) cables() (out []web.Choice) {
	if w.o.Plug != nil {
		out = append(out, web.Choice{ID: readerCable, Text: "Reader", On: w.pulled})
	}
	return append(out,
		web.Choice{ID: scannerCable, Text: "Scanner", On: w.line == nil},
		web.Choice{ID: printerCable, Text: "Printer", On: w.out.cable == nil},
		web.Choice{ID: touchCable, Text: "Touch panel", On: w.hands.pulled(touchCable)},
		web.Choice{ID: keypadCable, Text: "Keypad", On: w.hands.pulled(keypadCable)},
		web.Choice{ID: soundCable, Text: "Sound", On: w.hands.pulled(soundCable)},
		web.Choice{ID: boardCable, Text: "Lamps, contacts, fan", On: w.board.unplugged()},
		web.Choice{ID: lightCable, Text: "Backlight", On: w.files.pulled(lightDir)},
		web.Choice{ID: sensorCable, Text: "Thermometer", On: w.files.pulled(sensorDir)},
		web.Choice{ID: clockCable, Text: "Battery clock", On: w.timers.pulled(clockCable)},
		web.Choice{ID: dogCable, Text: "Watchdog", On: w.timers.pulled(dogCable)})
}

func (w *World) viewPrinter(v *web.View) {
	s := w.out.printer.State()
	v.Printer = []web.Choice{
		{ID: "roll", Text: "Full roll", On: !s.PaperOut && !s.NearEnd},
		{ID: "near-end", Text: "Near its end", On: s.NearEnd && !s.PaperOut},
		{ID: "empty", Text: "Empty", On: s.PaperOut},
		{ID: "cover", Text: "Cover open", On: s.CoverOpen},
		{ID: "jam", Text: "Cutter jammed", On: s.Jammed},
		{ID: "heat", Text: "Head too hot", On: s.Hot},
		{ID: "power", Text: "Switched off", On: !s.On},
	}
	v.Roll = web.Roll{Rows: s.RowsLeft, Of: fullRoll, Hanging: s.Hanging}
	for i, p := range w.out.papers {
		at := p.At.Format("15:04:05")
		note := "Torn off at " + at
		switch {
		case p.Page.PaperOut:
			note = "The roll ended at " + at
		case p.Page.Cut:
			note = "Cut at " + at
		}
		v.Papers = append(v.Papers, web.Paper{N: w.out.gone + i + 1, Note: note, Taken: p.Taken})
	}
}

func (w *World) viewPortal(v *web.View) {
	v.Portal = web.Portal{Modes: []web.Choice{}, Dossiers: []web.Dossier{}}
	if w.o.Portal == nil {
		return
	}
	s := w.o.Portal.State()
	for _, m := range portal.Modes() {
		v.Portal.Modes = append(v.Portal.Modes, web.Choice{ID: string(m), Text: portalWords[m], On: m == s.Mode})
	}
	v.Portal.Received, v.Portal.Duplicates, v.Portal.Held, v.Portal.Turned = s.Received, s.Duplicates, s.Held, s.Turned
	for _, d := range s.Dossiers {
		v.Portal.Dossiers = append(v.Portal.Dossiers, web.Dossier{
			Number: d.Number, KioskNumber: d.KioskNumber, At: d.At.Local().Format("15:04:05"), Deliveries: d.Deliveries,
		})
	}
}

var portalWords = map[portal.Mode]string{
	portal.OK: "Good", portal.Slow: "Slow", portal.Error: "Fails (500)", portal.Lost: "Answer lost",
	portal.Maintenance: "Maintenance", portal.Refuse: "Refuses (422)",
}

var networkWords = map[faultproxy.Mode]string{
	faultproxy.OK: "Good", faultproxy.Down: "Cut", faultproxy.Slow: "No answer", faultproxy.AnswerLost: "Half an answer",
	faultproxy.Error500: "Fails (500)", faultproxy.Refuse: "Refuses (422)",
}

// Portrait gives a citizen's face.
func (w *World) Portrait(id string) ([]byte, error) {
	c, ok := people.ByKey(id)
	if !ok {
		return nil, fmt.Errorf("portrait %q: %w", id, web.ErrNone)
	}
	return c.Portrait()
}
