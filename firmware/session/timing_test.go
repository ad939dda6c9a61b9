package session

import (
	"testing"
	"time"
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
