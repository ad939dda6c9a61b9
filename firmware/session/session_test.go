package session

import (
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/person"
)

func TestWholeSession(t *testing.T) {
	p := newPlayer(t).toSaved()
	if p.s.Number != "SM06-2311-0042" || p.s.Outcome != NoOutcome {
		t.Fatalf("after saving: number %q, outcome %v", p.s.Number, p.s.Outcome)
	}
	p.do(Delivered{Dossier: "d-1", At: p.at, Number: "G-1"})
	pr := effect[Print](p)
	if pr.Slip.Outcome != Accepted || pr.Slip.MaskedNumber != "001 ••• ••• 638" || pr.Slip.GatewayNumber != "G-1" || pr.Slip.Due.IsZero() {
		t.Fatalf("slip %+v", pr.Slip)
	}
	p.phase(Submitting).do(Printed{ID: pr.ID}).phase(Done)
	if p.s.Outcome != Accepted || p.s.Print != PrintDone {
		t.Fatalf("outcome %v, print %v", p.s.Outcome, p.s.Print)
	}
	old := p.s.Session
	p.do(Finish{}).phase(Goodbye)
	if e := effect[Ended](p); e.Outcome != Accepted || e.Session != old || !e.Ended.After(e.Began) {
		t.Fatalf("ended %+v", e)
	}
	if w := effect[Wipe](p); w.Session != old {
		t.Fatalf("wiped session %d, want %d", w.Session, old)
	}
	assertWiped(t, p.s)
	p.do(CardLifted{}).wait(time.Minute).phase(Attract)
	if p.s.Session != old+1 {
		t.Fatalf("session %d after session %d", p.s.Session, old)
	}
}

// assertWiped fails if anything of a citizen is left in s.
func assertWiped(t *testing.T, s State) {
	t.Helper()
	if s.Person.Number != "" || s.Person.Name != "" || s.Person.Portrait.Data != nil || s.SoFar != (SoFar{}) || s.QR != nil || s.Digits != "" ||
		s.Answers != nil || s.distrusted != nil || s.early != nil || s.Dossier != "" || s.Number != "" || s.Gateway != "" {
		t.Fatalf("something stayed after the session: phase %v", s.Phase)
	}
}

func TestDraftHasNoPortraitAndTheAnswers(t *testing.T) {
	p := newPlayer(t).toReview().do(Submit{})
	d := effect[Save](p).Draft
	if d.Person.Portrait.Data != nil || d.Person.Portrait.Image != nil {
		t.Fatal("the portrait would be kept")
	}
	if d.Person.Name != madeUp.Name || d.Answers["what"] != "a" || d.Service != "residence_confirmation" ||
		d.Procedure != "1.010041" || d.ConsentAt.IsZero() {
		t.Fatalf("draft of service %q with %d answers", d.Service, len(d.Answers))
	}
	p.do(Submit{}, Submit{})
	if wanted[Save](p) {
		t.Fatal("a second tap on submit saved a second dossier")
	}
}

func TestGatewayOffThenBackWhileTheCitizenStands(t *testing.T) {
	p := newPlayer(t).toSaved().do(Delayed{Dossier: "d-1", Code: health.NetDown}).phase(Submitting)
	p.wait(5 * time.Second)
	pr := effect[Print](p)
	if pr.Slip.Outcome != Kept {
		t.Fatalf("the receipt says %v", pr.Slip.Outcome)
	}
	p.do(Printed{ID: pr.ID}).phase(Done)
	if p.s.Outcome != Kept || p.s.Problem != health.NetDown {
		t.Fatalf("outcome %v, problem %q", p.s.Outcome, p.s.Problem)
	}
	p.do(Delivered{Dossier: "d-1", At: p.at, Number: "G-1"}).phase(Done)
	if p.s.Outcome != Accepted || wanted[Print](p) {
		t.Fatalf("outcome %v; a second receipt by itself: %v", p.s.Outcome, wanted[Print](p))
	}
}

func TestNoAnswerAtAllEndsAsKept(t *testing.T) {
	p := newPlayer(t).toSaved().wait(25 * time.Second)
	if pr := effect[Print](p); pr.Slip.Outcome != Kept {
		t.Fatalf("the receipt says %v", pr.Slip.Outcome)
	}
	if p.s.Problem != health.NetSlow {
		t.Fatalf("problem %q", p.s.Problem)
	}
}

func TestNothingIsSaidBeforeTheDossierIsDurable(t *testing.T) {
	p := newPlayer(t).toReview().do(Submit{})
	id := effect[Save](p).ID
	p.wait(3 * time.Minute).phase(Submitting)
	if p.s.Outcome != NoOutcome || wanted[Print](p) {
		t.Fatalf("outcome %v before the dossier was saved", p.s.Outcome)
	}
	p.do(SaveFailed{ID: id, Code: health.NotKept}).phase(Review)
	if p.s.Problem != health.NotKept {
		t.Fatalf("problem %q", p.s.Problem)
	}
	p.do(Submit{}).phase(Submitting)
	if effect[Save](p).ID == id {
		t.Fatal("the second try has the id of the first")
	}
}

func TestAnswerThatOvertakesSaved(t *testing.T) {
	p := newPlayer(t).toReview().do(Submit{})
	id := effect[Save](p).ID
	p.do(Delivered{Dossier: "d-1", At: p.at, Number: "G-1"}, Delivered{Dossier: "other", At: p.at}).phase(Submitting)
	p.do(Saved{ID: id, Dossier: "d-1", Number: "N", At: p.at})
	if p.s.Outcome != Accepted || p.s.Gateway != "G-1" || !wanted[Print](p) {
		t.Fatalf("outcome %v, gateway %q", p.s.Outcome, p.s.Gateway)
	}
}

func TestRefusedIsSaidAndPrinted(t *testing.T) {
	p := newPlayer(t).toSaved().do(Refused{Dossier: "d-1", Code: health.Refused})
	if pr := effect[Print](p); pr.Slip.Outcome != Rejected {
		t.Fatalf("the receipt says %v", pr.Slip.Outcome)
	}
}

func TestPrinterTroubleLosesNothing(t *testing.T) {
	cases := []struct {
		name  string
		ev    PrintFailed
		state PrintState
	}{
		{"out of paper in the middle", PrintFailed{Code: health.PaperOut}, PrintBroken},
		{"contact lost", PrintFailed{Code: health.PrintUnclear, Maybe: true}, PrintUnclear},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPlayer(t).toSaved().do(Delivered{Dossier: "d-1", At: t0})
			c.ev.ID = effect[Print](p).ID
			p.do(c.ev).phase(Done)
			if p.s.Print != c.state || p.s.PrintCode != c.ev.Code || p.s.Outcome != Accepted || p.s.Number == "" {
				t.Fatalf("print %v %q, outcome %v", p.s.Print, p.s.PrintCode, p.s.Outcome)
			}
			if wanted[Print](p) {
				t.Fatal("printed again by itself")
			}
			p.do(Reprint{})
			p.do(Printed{ID: effect[Print](p).ID})
			if p.s.Print != PrintDone {
				t.Fatalf("after the reprint: %v", p.s.Print)
			}
		})
	}
}

func TestPrinterKnownToBeOutIsNotAsked(t *testing.T) {
	p := newPlayer(t)
	p.do(DeviceChanged{Device: Printer, Code: health.PaperOut})
	p.toSaved().do(Delivered{Dossier: "d-1", At: t0}).phase(Done)
	if wanted[Print](p) || p.s.Print != PrintBroken || p.s.PrintCode != health.PaperOut {
		t.Fatalf("print %v %q", p.s.Print, p.s.PrintCode)
	}
}

func TestReprintIsBounded(t *testing.T) {
	p := newPlayer(t).toSaved().do(Delivered{Dossier: "d-1", At: t0})
	p.do(Printed{ID: effect[Print](p).ID})
	n := 0
	for range 10 {
		if p.do(Reprint{}); wanted[Print](p) {
			n++
			p.do(Printed{ID: effect[Print](p).ID})
		}
	}
	if n != maxPrints-1 {
		t.Fatalf("%d reprints, want %d", n, maxPrints-1)
	}
}

func TestCardTroubles(t *testing.T) {
	cases := []struct {
		code     health.Code
		keepsQR  bool
		needLift bool
		mayUseQR bool
	}{
		{health.CardLifted, true, false, true},
		{health.ChipError, true, true, true},
		{health.NotIDCard, true, true, true},
		{health.AccessRefused, false, true, false},
		{health.CardDiffers, false, true, false},
		{health.DataChanged, true, true, false},
		{health.SignatureBad, true, true, false},
		{health.IssuerWrong, true, true, false},
		{health.SignerExpired, true, true, false},
		{health.SignerRevoked, true, true, false},
		{health.ChipCloned, true, true, false},
		{health.ReaderGone, true, false, true},
	}
	for _, c := range cases {
		t.Run(string(c.code), func(t *testing.T) {
			p := newPlayer(t)
			r := p.toReading()
			p.do(CardFailed{ID: r.ID, Code: c.code}).phase(Identify)
			if p.s.Problem != c.code || (p.s.QR != nil) != c.keepsQR || p.s.NeedLift != c.needLift || p.s.MayUseQR() != c.mayUseQR {
				t.Fatalf("problem %q, qr kept %v, lift first %v, may use QR %v", p.s.Problem, p.s.QR != nil, p.s.NeedLift, p.s.MayUseQR())
			}
			if p.do(Retry{}, Scanned{QR: madeUpQR}); c.needLift && wanted[ReadCard](p) {
				t.Fatal("a second attempt without lifting the card")
			}
			// The way on: lift, scan if asked to, lay again.
			p.do(CardLifted{}, Scanned{QR: madeUpQR}, CardPlaced{})
			again := effect[ReadCard](p)
			p.do(CardRead{ID: r.ID, Person: madeUp}).phase(Identify) // a late result of the first reading
			p.do(CardRead{ID: again.ID, Person: madeUp}).phase(Confirm)
		})
	}
}

// With several cards on the reader it is they who are told of, unless the card
// that was read is known to be a bad one.
func TestSeveralCards(t *testing.T) {
	for code, want := range map[health.Code]health.Code{
		health.NotIDCard: health.SeveralCards, health.ChipError: health.SeveralCards, health.AccessRefused: health.SeveralCards,
		health.ChipCloned: health.ChipCloned, health.CardLifted: health.CardLifted,
	} {
		p := newPlayer(t)
		p.do(DeviceChanged{Device: Reader, Ready: true, Code: health.SeveralCards})
		r := p.toReading()
		p.do(CardFailed{ID: r.ID, Code: code}).phase(Identify)
		if p.s.Problem != want {
			t.Errorf("%s is told as %q, want %q", code, p.s.Problem, want)
		}
		if want != health.SeveralCards {
			continue
		}
		p.do(CardLifted{}, DeviceChanged{Device: Reader, Ready: true}, Scanned{QR: madeUpQR}, CardPlaced{})
		p.do(CardRead{ID: effect[ReadCard](p).ID, Person: madeUp}).phase(Confirm)
	}
}

// The name that the chip tells is shown while the rest is being read, and goes
// with the reading, however that ends.
func TestNameStandsWhileTheRestIsRead(t *testing.T) {
	ends := map[string]func(p *player, r ReadCard){
		"read":      func(p *player, r ReadCard) { p.do(CardRead{ID: r.ID, Person: madeUp}) },
		"failed":    func(p *player, r ReadCard) { p.do(CardFailed{ID: r.ID, Code: health.ChipCloned}) },
		"torn off":  func(p *player, r ReadCard) { p.do(CardFailed{ID: r.ID, Code: health.CardLifted}) },
		"other way": func(p *player, _ ReadCard) { p.do(OtherWay{}) },
		"back":      func(p *player, _ ReadCard) { p.do(Back{}) },
		"cancelled": func(p *player, _ ReadCard) { p.do(AskCancel{}, Cancel{}) },
		"closed":    func(p *player, _ ReadCard) { p.do(Close{}) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			r := p.toReading()
			news := func(st Stage, so SoFar) { p.do(CardProgress{ID: r.ID, Stage: st, SoFar: so}) }
			news(Names, SoFar{})
			news(Checking, SoFar{Name: madeUp.Name})
			news(Photo, SoFar{Name: madeUp.Name, Done: 400, Total: 1000})
			if got, want := p.s.SoFar, (SoFar{Name: madeUp.Name, Done: 400, Total: 1000}); p.s.Stage != Photo || got != want {
				t.Fatalf("stage %d, so far %v", p.s.Stage, got)
			}
			if p.s.Person.Name != "" || p.s.Person.Assurance != person.Nobody {
				t.Fatal("a name that is not proven yet became a person")
			}
			news(Names, SoFar{Done: 1, Total: 2})
			news(Photo, SoFar{Done: 300, Total: 1000})
			p.do(CardProgress{ID: ID{Session: r.ID.Session, Seq: r.ID.Seq + 7}, Stage: Photo, SoFar: SoFar{Name: "X", Done: 999, Total: 1000}})
			if p.s.Stage != Photo || p.s.SoFar.Done != 400 || p.s.SoFar.Name != madeUp.Name {
				t.Fatalf("old news went back to stage %d, %v", p.s.Stage, p.s.SoFar)
			}
			news(Photo, SoFar{Done: 2000, Total: 1000})
			if p.s.SoFar.Done != 1000 {
				t.Fatalf("%d bytes of 1000", p.s.SoFar.Done)
			}
			end(p, r)
			if p.s.SoFar != (SoFar{}) {
				t.Fatal("what the reading had brought outlived it")
			}
			if news(Photo, SoFar{Name: madeUp.Name, Done: 500, Total: 1000}); p.s.SoFar != (SoFar{}) || p.s.Stage != NotReading {
				t.Fatal("late news brought it back")
			}
		})
	}
}

func TestLiftedEarlyWaitsThenWipes(t *testing.T) {
	p := newPlayer(t)
	r := p.toReading()
	p.do(CardFailed{ID: r.ID, Code: health.CardLifted})
	if p.s.Left() != DefaultTimeouts().CardTaken {
		t.Fatalf("%v left", p.s.Left())
	}
	p.wait(39 * time.Second).phase(Identify)
	p.wait(2 * time.Second).phase(Goodbye)
	assertWiped(t, p.s)
}

func TestTypedDigitsOpenTheChip(t *testing.T) {
	p := newPlayer(t).toIdentify().do(OtherWay{}, TypeNumber{}, Next{}).phase(TypeDigits)
	if p.s.Hint != HintDigits {
		t.Fatalf("hint %v", p.s.Hint)
	}
	p.do(Digit{0}, Digit{0}, Digit{0}, Digit{6}, Digit{3}, Digit{9}, EraseDigit{}, Digit{8}, Digit{1}, Next{}).phase(Identify)
	p.do(CardPlaced{})
	if r := effect[ReadCard](p); r.Number != "000638" || r.QR != nil {
		t.Fatalf("reading with %q", r.Number)
	}
}

func TestQROnlyIsWeakAndKnown(t *testing.T) {
	p := newPlayer(t)
	p.do(DeviceChanged{Device: Reader, Code: health.ReaderGone})
	p.toIdentify().do(UseQR{}).phase(Identify) // nothing scanned yet
	p.do(Scanned{QR: madeUpQR}, OtherWay{}, UseQR{}).phase(Confirm)
	if p.s.Person.Assurance != person.QROnly || p.s.Person.Proofs != (person.Proofs{}) {
		t.Fatalf("assurance %v", p.s.Person.Assurance)
	}
}

func TestNotMeForgetsAtOnce(t *testing.T) {
	p := newPlayer(t).toConfirm().do(NotMe{}).phase(Identify)
	if p.s.Person.Name != "" || p.s.QR != nil || !wanted[Wipe](p) || wanted[ReadCard](p) {
		t.Fatal("the other person is still there")
	}
}

// What is said of a dossier is not taken back because a device is well again.
func TestNetworkBackDoesNotTakeTheReasonAway(t *testing.T) {
	p := newPlayer(t).do(DeviceChanged{Device: Network, Code: health.NetDown}).toSaved()
	p.do(Delayed{Dossier: "d-1", Code: health.NetDown}).wait(5 * time.Second)
	p.do(Printed{ID: effect[Print](p).ID}).phase(Done)
	p.do(DeviceChanged{Device: Network, Ready: true})
	if p.s.Outcome != Kept || p.s.Problem != health.NetDown {
		t.Fatalf("outcome %v, problem %q", p.s.Outcome, p.s.Problem)
	}
}

func TestAnswerBehindAQueueThatFlowsOff(t *testing.T) {
	p := newPlayer(t).toReview().do(Submit{})
	id := effect[Save](p).ID
	for range 3 * maxEarly {
		p.do(Delivered{Dossier: "old", At: p.at, Number: "G"})
	}
	p.do(Delivered{Dossier: "d-1", At: p.at, Number: "G-1"}, Saved{ID: id, Dossier: "d-1", Number: "N", At: p.at})
	if p.s.Outcome != Accepted {
		t.Fatalf("outcome %v", p.s.Outcome)
	}
}
