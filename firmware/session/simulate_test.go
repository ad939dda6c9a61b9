package session

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// TestRandomSessionsKeepTheRules throws random events, results of earlier
// sessions among them, at the machine and checks what must hold whatever comes.
func TestRandomSessionsKeepTheRules(t *testing.T) {
	for seed := range uint64(300) {
		simulate(t, seed, 400)
	}
}

type world struct {
	reads  []ReadCard
	saves  []Save
	prints []Print
	kept   map[string]bool // dossiers that the store made durable
}

func simulate(t *testing.T, seed uint64, steps int) {
	r := rand.New(rand.NewPCG(seed, 6))
	p := newPlayer(t)
	w := world{kept: map[string]bool{}}
	savesIn := map[uint64]int{}
	wrong := map[uint64]map[string]bool{} // cards whose chip was found wrong, by session
	for range steps {
		ev := randomEvent(r, &w)
		before := p.s
		at := p.at.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
		if wake := p.s.Wake(); !wake.IsZero() && wake.Before(at) {
			at, ev = wake, Tick{}
		}
		p.at = at
		var fx []Effect
		p.s, fx = p.m.Update(before, at, ev)
		again, fx2 := p.m.Update(before, at, ev)
		if again.Phase != p.s.Phase || again.Sheet != p.s.Sheet || len(fx) != len(fx2) {
			t.Fatalf("seed %d: the same event gave two results", seed)
		}
		for _, e := range fx {
			switch e := e.(type) {
			case ReadCard:
				w.reads = append(w.reads, e)
			case Save:
				w.saves = append(w.saves, e)
				savesIn[e.ID.Session]++
			case Print:
				w.prints = append(w.prints, e)
				if !w.kept[e.Slip.Dossier] {
					t.Fatalf("seed %d: a receipt for a dossier that is not durable", seed)
				}
			}
		}
		s := p.s
		if f, ok := ev.(CardFailed); ok && f.ID == before.Read && before.QR != nil {
			if f.Code == health.CardDiffers || slices.Contains(failedProofs, f.Code) {
				if wrong[s.Session] == nil {
					wrong[s.Session] = map[string]bool{}
				}
				wrong[s.Session][before.QR.Number] = true
			}
		}
		if s.Person.Assurance == person.QROnly && (wrong[s.Session][s.Person.Number] || s.Person.Number == damagedScan.QR.Number) {
			t.Fatalf("seed %d: went on with the QR alone of a card that is not to be trusted", seed)
		}
		if s.Outcome == Accepted && s.Phase == Done && s.Gateway == "" {
			t.Fatalf("seed %d: accepted without the gateway's number", seed)
		}
		if s.Phase == Attract || s.Phase == Goodbye {
			assertWiped(t, s)
		}
		if s.Stage == NotReading && s.SoFar != (SoFar{}) || s.SoFar.Done < 0 || s.SoFar.Done > s.SoFar.Total {
			t.Fatalf("seed %d: stage %d, %d of %d bytes", seed, s.Stage, s.SoFar.Done, s.SoFar.Total)
		}
		if s.Session < before.Session {
			t.Fatalf("seed %d: the session number went back", seed)
		}
		if s.Phase != Attract && s.Wake().IsZero() {
			t.Fatalf("seed %d: page %v sheet %v would stand for ever", seed, s.Phase, s.Sheet)
		}
	}
}

// damagedScan is a card's code whose name the scanner spoilt.
var damagedScan = Scanned{cccd.QR{Number: "079090000111", Name: "NGUY\uFFFDN", Birth: "15/03/1990", Issued: "01/07/2021"}}

func randomEvent(r *rand.Rand, w *world) Event {
	taps := []Event{Touched{}, Start{}, Start{}, SetLanguage{"en"}, StepTheme{}, StepTextSize{}, OpenHelp{}, CloseSheet{},
		Agree{}, Agree{}, Decline{}, Back{}, Next{}, Next{}, AskCancel{}, Cancel{}, Retry{}, OtherWay{}, TypeNumber{}, UseQR{},
		ItsMe{}, ItsMe{}, NotMe{}, ChooseService{"residence_confirmation"}, ChooseService{"none"}, Answer{"what", "a"},
		Answer{"what", "zzz"}, Answer{"nope", "a"}, Digit{7}, Digit{200}, EraseDigit{}, Skip{}, Edit{"what"}, Edit{"zzz"},
		Submit{}, Submit{}, Reprint{}, Another{}, Finish{}, damagedScan, Scanned{madeUpQR}, Scanned{madeUpQR},
		ScanRejected{health.ScanNotCard}, CardPlaced{}, CardPlaced{}, CardLifted{}, Tick{},
		DeviceChanged{Device: Printer, Ready: r.IntN(4) > 0, Code: ""}, DeviceChanged{Device: Reader, Ready: true},
		DeviceChanged{Device: 99}}
	if r.IntN(3) > 0 {
		return taps[r.IntN(len(taps))]
	}
	switch r.IntN(3) {
	case 0:
		if n := len(w.reads); n > 0 {
			e := w.reads[max(0, n-1-r.IntN(2))]
			if r.IntN(4) == 0 {
				bad := append([]health.Code{health.ChipError, health.CardLifted, health.CardDiffers}, failedProofs...)
				return CardFailed{ID: e.ID, Code: bad[r.IntN(len(bad))]}
			}
			if r.IntN(2) == 0 {
				return CardProgress{ID: e.ID, Stage: Stage(r.IntN(6)), SoFar: SoFar{Name: madeUp.Name, Done: r.IntN(9) - 2, Total: r.IntN(7) - 1}}
			}
			return CardRead{ID: e.ID, Person: madeUp}
		}
	case 1:
		if n := len(w.saves); n > 0 {
			e := w.saves[max(0, n-1-r.IntN(2))]
			id := "d-" + string(rune('a'+e.ID.Session%26)) + string(rune('a'+e.ID.Seq%26))
			switch r.IntN(5) {
			case 0:
				return Delayed{Dossier: id, Code: health.NetDown}
			case 1:
				return Delivered{Dossier: id, At: t0, Number: "G"}
			case 2:
				return Refused{Dossier: id, Code: health.Refused}
			}
			w.kept[id] = true
			return Saved{ID: e.ID, Dossier: id, Number: "N", At: t0}
		}
	case 2:
		if n := len(w.prints); n > 0 {
			e := w.prints[max(0, n-1-r.IntN(2))]
			if r.IntN(3) == 0 {
				return PrintFailed{ID: e.ID, Code: health.PaperOut, Maybe: r.IntN(2) == 0}
			}
			return Printed{ID: e.ID}
		}
	}
	return Tick{}
}
