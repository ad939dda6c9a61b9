package session

import (
	"strings"
	"testing"
	"time"

	"tram06/firmware/health"
)

func TestIdleWarnsThenWipesOnEveryPage(t *testing.T) {
	pages := map[string]func(p *player){
		"consent":  func(p *player) { p.do(Start{}) },
		"identify": func(p *player) { p.toIdentify() },
		"confirm":  func(p *player) { p.toConfirm() },
		"services": func(p *player) { p.toConfirm().do(ItsMe{}) },
		"form":     func(p *player) { p.toConfirm().do(ItsMe{}, ChooseService{ID: "residence_confirmation"}) },
		"review":   func(p *player) { p.toReview() },
		"digits":   func(p *player) { p.toIdentify().do(OtherWay{}, TypeNumber{}) },
		"help":     func(p *player) { p.toConfirm().do(OpenHelp{}) },
		"cancel":   func(p *player) { p.toReview().do(AskCancel{}) },
	}
	for name, open := range pages {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			open(p)
			page := p.s.Phase
			p.wait(59 * time.Second).phase(page)
			p.wait(2 * time.Second).phase(page).sheet(IdleSheet)
			if got := p.s.Left(); got < 28*time.Second || got > 30*time.Second {
				t.Fatalf("%v left on the warning", got)
			}
			p.do(Touched{}).sheet(NoSheet).phase(page)
			p.wait(61 * time.Second).sheet(IdleSheet).wait(31 * time.Second).phase(Goodbye)
			assertWiped(t, p.s)
			if p.s.Outcome != TimedOut {
				t.Fatalf("outcome %v", p.s.Outcome)
			}
		})
	}
}

func TestCardTakenBackAsksThenWipes(t *testing.T) {
	p := newPlayer(t).toReview().do(CardLifted{}).sheet(LiftedSheet)
	p.wait(39 * time.Second).sheet(LiftedSheet)
	p.do(CloseSheet{}).sheet(NoSheet).phase(Review)
	p.do(CardPlaced{}, CardLifted{}).sheet(LiftedSheet).wait(41 * time.Second).phase(Goodbye)
	assertWiped(t, p.s)
}

func TestLayingTheCardAnswersTheWarning(t *testing.T) {
	p := newPlayer(t).toReview().do(CardLifted{}).sheet(LiftedSheet)
	p.do(CardPlaced{}).sheet(NoSheet).phase(Review)
}

func TestCountdownTicksOnceASecond(t *testing.T) {
	p := newPlayer(t).toReview().do(CardLifted{})
	n := 0
	for p.s.Sheet == LiftedSheet {
		at := p.s.Wake()
		if d := at.Sub(p.s.Now); d <= 0 || d > time.Second {
			t.Fatalf("woken after %v", d)
		}
		p.at = at
		p.s, _ = p.m.Update(p.s, at, Tick{})
		n++
	}
	if n < 40 || n > 41 {
		t.Fatalf("%d ticks in 40 s", n)
	}
}

func TestAttractNeverWakesByItself(t *testing.T) {
	p := newPlayer(t)
	if at := p.s.Wake(); !at.IsZero() {
		t.Fatalf("attract wants to be woken at %v", at)
	}
	p.do(StepTheme{}, SetLanguage{Lang: "en"}, OpenHelp{}).wait(2 * time.Minute)
	if p.s.Theme != Light || p.s.Lang != "vi" || p.s.Sheet != NoSheet || !p.s.Wake().IsZero() {
		t.Fatalf("after somebody only looked: theme %v, language %q, sheet %v", p.s.Theme, p.s.Lang, p.s.Sheet)
	}
}

func TestForgottenCardIsCalledOut(t *testing.T) {
	p := newPlayer(t).toConfirm().do(AskCancel{}, Cancel{}).phase(Goodbye)
	p.wait(20 * time.Second).phase(Goodbye)
	if !p.s.CardThere {
		t.Fatal("the card is not known to lie there")
	}
	p.do(CardLifted{}).wait(9 * time.Second).phase(Attract)
}

func TestDoneWipesByItself(t *testing.T) {
	p := newPlayer(t).toSaved().do(Delivered{Dossier: "d-1", At: t0})
	p.do(Printed{ID: effect[Print](p).ID}).wait(61 * time.Second).phase(Goodbye)
	assertWiped(t, p.s)
}

func TestSlowPrinterDoesNotHoldTheCitizen(t *testing.T) {
	p := newPlayer(t).toSaved().do(Delivered{Dossier: "d-1", At: t0})
	id := effect[Print](p).ID
	p.wait(21 * time.Second).phase(Done)
	if p.s.Print != Printing {
		t.Fatalf("print %v", p.s.Print)
	}
	if p.do(Printed{ID: id}); p.s.Print != PrintDone {
		t.Fatalf("the late confirmation was dropped: %v", p.s.Print)
	}
}

func TestBackGoesWhereItCameFrom(t *testing.T) {
	p := newPlayer(t).toReview()
	for _, want := range []Phase{Form, Form, Form, Services, Confirm, Identify, Consent, Attract} {
		p.do(Back{}).phase(want)
	}
	assertWiped(t, p.s)
}

func TestEditReturnsToTheReview(t *testing.T) {
	p := newPlayer(t).toReview().do(Edit{Step: "what"}).phase(Form)
	p.do(Answer{Step: "what", Value: "b"}, Next{}).phase(Review)
	if p.s.Answers["what"] != "b" {
		t.Fatalf("answers %v", p.s.Answers)
	}
	p.do(Edit{Step: "phone"}, Digit{0}, Next{}).phase(Form)
	if p.s.Hint != HintPhone {
		t.Fatalf("hint %v", p.s.Hint)
	}
	for range 9 {
		p.do(Digit{9})
	}
	p.do(Next{}).phase(Review)
	if p.s.Answers["phone"] != "0999999999" {
		t.Fatalf("answers %v", p.s.Answers)
	}
}

// A countdown that the help or the question about cancelling hides gives way
// to a warning: nobody is thrown out while reading the help.
func TestHiddenCountdownBecomesAWarning(t *testing.T) {
	pages := map[string]func(p *player){
		"done": func(p *player) {
			p.toSaved().do(Delivered{Dossier: "d-1", At: t0})
			p.do(Printed{ID: effect[Print](p).ID}, OpenHelp{})
		},
		"declined": func(p *player) { p.do(Start{}, Decline{}, OpenHelp{}) },
		"card lifted early, help": func(p *player) {
			r := p.toReading()
			p.do(CardFailed{ID: r.ID, Code: health.CardLifted}, OpenHelp{})
		},
		"card lifted early, cancel": func(p *player) {
			r := p.toReading()
			p.do(CardFailed{ID: r.ID, Code: health.CardLifted}, AskCancel{})
		},
	}
	for name, open := range pages {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			open(p)
			page := p.s.Phase
			p.wait(p.s.Left() + 100*time.Millisecond).sheet(IdleSheet).phase(page)
			if p.s.Left() < 29*time.Second {
				t.Fatalf("%v left on the warning", p.s.Left())
			}
			p.do(CloseSheet{}).sheet(NoSheet).phase(page)
			if p.s.Wake().IsZero() {
				t.Fatal("the page would stand for ever")
			}
		})
	}
}

func TestHelpOnDoneStillCountsAsSubmitted(t *testing.T) {
	p := newPlayer(t).toSaved().do(Delivered{Dossier: "d-1", At: t0})
	p.do(Printed{ID: effect[Print](p).ID}, OpenHelp{}).wait(2 * time.Minute)
	if e := effect[Ended](p); e.Outcome != Accepted {
		t.Fatalf("ended as %v", e.Outcome)
	}
}

// Whoever touches is there, whatever the touch means.
func TestEveryTouchStartsACountdownAnew(t *testing.T) {
	pages := map[string]func(p *player){
		"done": func(p *player) {
			p.toSaved().do(Delivered{Dossier: "d-1", At: t0})
			p.do(Printed{ID: effect[Print](p).ID})
		},
		"declined": func(p *player) { p.do(Start{}, Decline{}) },
		"idle":     func(p *player) { p.toReview().wait(61 * time.Second) },
		"lifted":   func(p *player) { p.toReview().do(CardLifted{}) },
		"lifted early": func(p *player) {
			r := p.toReading()
			p.do(CardFailed{ID: r.ID, Code: health.CardLifted})
		},
	}
	for name, open := range pages {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			open(p)
			whole, page, sheet := p.s.Left(), p.s.Phase, p.s.Sheet
			p.wait(20 * time.Second).do(StepTextSize{}).phase(page).sheet(sheet)
			if p.s.Left() < whole-time.Second {
				t.Fatalf("%v left of %v", p.s.Left(), whole)
			}
		})
	}
}

// The deadlines are on the monotonic clock: a board without a battery-backed
// clock jumps by years when the network tells it the time, and must neither
// throw a citizen out nor keep one for ever. A time that lost its monotonic
// reading is compared by the wall.
func TestDeadlinesAreMonotonic(t *testing.T) {
	p := newPlayer(t)
	p.s, p.at = p.m.Initial(time.Now()), time.Now()
	for d := Reader; d < deviceCount; d++ {
		p.do(DeviceChanged{Device: d, Ready: true})
	}
	check := func(what string, times ...time.Time) {
		t.Helper()
		for _, x := range times {
			if !x.IsZero() && !strings.Contains(x.String(), " m=") {
				t.Errorf("%s: %v is a time of the wall clock", what, x)
			}
		}
	}
	p.toReview()
	check("review", p.s.Now, p.s.Began, p.s.Idle, p.s.Wake())
	p.do(CardLifted{}).sheet(LiftedSheet)
	check("lifted", p.s.Expire, p.s.Wake())
	p.do(CloseSheet{}, Submit{})
	p.do(Saved{ID: effect[Save](p).ID, Dossier: "d-1", Number: "N", At: t0}) // the store's times are for people
	check("submitting", p.s.Now, p.s.Expire, p.s.Wake())
	p.do(Delivered{Dossier: "d-1", At: t0})
	p.do(Printed{ID: effect[Print](p).ID}).phase(Done)
	check("done", p.s.Now, p.s.Expire, p.s.Wake())
	p.do(Finish{}).phase(Goodbye)
	check("goodbye", p.s.Now, p.s.Expire, p.s.Wake())
}
