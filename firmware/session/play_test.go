package session

import (
	"slices"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/person"
	"tram06/firmware/service"
)

// t0 is when every played session begins.
var t0 = time.Date(2026, 11, 23, 9, 40, 0, 0, time.UTC)

func text(s string) service.Text { return service.Text{"vi": s, "en": s} }

func testService() service.Service {
	return service.Service{
		ID: "residence_confirmation", Code: "1.010041", Version: "1", Name: text("x"), WorkingDays: 3,
		Steps: []service.Step{
			{ID: "data", Kind: service.Show, Title: text("x")},
			{ID: "what", Kind: service.Choice, Title: text("x"), Options: []service.Option{{Value: "a"}, {Value: "b"}}},
			{ID: "phone", Kind: service.Phone, Title: text("x"), Optional: true},
		},
	}
}

// player plays a session and remembers what was wanted last.
type player struct {
	t  *testing.T
	m  *Machine
	s  State
	at time.Time
	fx []Effect
}

func newPlayer(t *testing.T) *player {
	m := New(Config{
		Services: []service.Service{testService()},
		Due:      func(from time.Time, days int) time.Time { return from.AddDate(0, 0, days) },
	})
	p := &player{t: t, m: m, s: m.Initial(t0), at: t0}
	for d := Reader; d < deviceCount; d++ {
		p.do(DeviceChanged{Device: d, Ready: true})
	}
	return p
}

// do plays events, a second apart from what came before.
func (p *player) do(evs ...Event) *player {
	p.t.Helper()
	p.fx = nil
	for _, ev := range evs {
		p.at = p.at.Add(100 * time.Millisecond)
		var fx []Effect
		p.s, fx = p.m.Update(p.s, p.at, ev)
		p.fx = append(p.fx, fx...)
	}
	return p
}

// wait lets time pass, ticking whenever the session asked for it.
func (p *player) wait(d time.Duration) *player {
	p.t.Helper()
	p.fx = nil
	for until := p.at.Add(d); ; {
		at := p.s.Wake()
		if at.IsZero() || at.After(until) {
			p.at = until
			return p
		}
		if !at.After(p.s.Now) {
			p.t.Fatalf("the session wants to be woken at %v, which is not after %v", at, p.s.Now)
		}
		p.at = at
		var fx []Effect
		p.s, fx = p.m.Update(p.s, at, Tick{})
		p.fx = append(p.fx, fx...)
	}
}

func (p *player) phase(want Phase) *player {
	p.t.Helper()
	if p.s.Phase != want {
		p.t.Fatalf("on page %v, want %v (sheet %d, problem %q)", p.s.Phase, want, p.s.Sheet, p.s.Problem)
	}
	return p
}

func (p *player) sheet(want Sheet) *player {
	p.t.Helper()
	if p.s.Sheet != want {
		p.t.Fatalf("sheet %d, want %d", p.s.Sheet, want)
	}
	return p
}

// effect gives the one effect of type E that was wanted last.
func effect[E Effect](p *player) E {
	p.t.Helper()
	var found []E
	for _, e := range p.fx {
		if x, ok := e.(E); ok {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		var zero E
		p.t.Fatalf("%d effects %T in %v, want one", len(found), zero, p.fx)
	}
	return found[0]
}

func wanted[E Effect](p *player) bool {
	return slices.ContainsFunc(p.fx, func(e Effect) bool { _, ok := e.(E); return ok })
}

var (
	madeUpQR = cccd.QR{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
		Residence: "xã Suối Mây", Issued: "01/07/2021"}
	madeUp = person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
		Residence: "xã Suối Mây", Assurance: person.ChipSigned,
		Portrait: person.Portrait{MediaType: "image/jpeg", Data: []byte{1}}}
)

// The pages one after the other, as far as a test needs them.
func (p *player) toIdentify() *player { return p.do(Start{}, Agree{}).phase(Identify) }

func (p *player) toReading() ReadCard {
	p.toIdentify().do(Scanned{QR: madeUpQR}, CardPlaced{})
	return effect[ReadCard](p)
}

func (p *player) toConfirm() *player {
	r := p.toReading()
	return p.do(CardRead{ID: r.ID, Person: madeUp}).phase(Confirm)
}

func (p *player) toReview() *player {
	return p.toConfirm().do(ItsMe{}, ChooseService{ID: "residence_confirmation"}, Next{},
		Answer{Step: "what", Value: "a"}, Next{}, Skip{}).phase(Review)
}

func (p *player) toSaved() *player {
	p.toReview().do(Submit{}).phase(Submitting)
	return p.do(Saved{ID: effect[Save](p).ID, Dossier: "d-1", Number: "SM06-2311-0042", At: p.at})
}
