package session

import (
	"slices"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// TestDistrustOutlastsEveryDetour: whatever a citizen touches after a chip was
// found wrong, the QR of that card alone leads nowhere in this session.
func TestDistrustOutlastsEveryDetour(t *testing.T) {
	detours := map[string][]Event{
		"other ways":       {OtherWay{}},
		"there and back":   {OtherWay{}, Back{}},
		"retry":            {Retry{}},
		"scanned again":    {Scanned{QR: madeUpQR}},
		"to the consent":   {Back{}, Agree{}},
		"typing":           {OtherWay{}, TypeNumber{}, Back{}, Back{}, Scanned{QR: madeUpQR}},
		"reader unplug":    {DeviceChanged{Device: Reader, Code: health.ReaderGone}},
		"card taken":       {CardLifted{}, Scanned{QR: madeUpQR}, OtherWay{}},
		"another, then it": {CardLifted{}, Scanned{QR: otherQR}, Scanned{QR: madeUpQR}},
	}
	for _, code := range append(failedProofs, health.CardDiffers) {
		for name, detour := range detours {
			t.Run(string(code)+" "+name, func(t *testing.T) {
				p := newPlayer(t)
				r := p.toReading()
				p.do(CardFailed{ID: r.ID, Code: code}).do(detour...)
				if p.s.MayUseQR() {
					t.Fatal("the QR of a card with a wrong chip is offered as a way on")
				}
				if p.do(UseQR{}); p.s.Person.Name != "" || p.s.Phase == Confirm {
					t.Fatal("the QR of a card with a wrong chip led on")
				}
			})
		}
	}
}

// failedProofs are the codes of a chip that is not what it says.
var failedProofs = []health.Code{health.DataChanged, health.SignatureBad, health.IssuerWrong, health.SignerExpired, health.SignerRevoked, health.ChipCloned}

func TestProofFailedNamesEveryFailedProofAndNothingElse(t *testing.T) {
	for _, c := range health.All() {
		if got := ProofFailed(c.Code); got != slices.Contains(failedProofs, c.Code) {
			t.Errorf("%s: %v", c.Code, got)
		}
	}
}

var otherQR = cccd.QR{Number: "079190000111", Name: "TRẦN THỊ MẪU", Birth: "02/09/1990", Sex: "Nữ", Issued: "01/07/2021"}

func TestDistrustIsOfOneCardAndOneSession(t *testing.T) {
	p := newPlayer(t)
	r := p.toReading()
	p.do(CardFailed{ID: r.ID, Code: health.DataChanged}, CardLifted{}, Scanned{QR: otherQR})
	if !p.s.MayUseQR() {
		t.Fatal("another card is not trusted either")
	}
	p.do(AskCancel{}, Cancel{}, Finish{}).phase(Attract).do(DeviceChanged{Device: Reader, Code: health.ReaderGone})
	if p.toIdentify().do(Scanned{QR: madeUpQR}); !p.s.MayUseQR() {
		t.Fatal("the distrust outlived its session")
	}
}

// The digits that opened the chip name the card as well as its QR does.
func TestDistrustOfACardOpenedByDigits(t *testing.T) {
	p := newPlayer(t).toIdentify().do(OtherWay{}, TypeNumber{})
	for _, d := range "000638" {
		p.do(Digit{byte(d - '0')})
	}
	p.do(Next{}, CardPlaced{})
	p.do(CardFailed{ID: effect[ReadCard](p).ID, Code: health.SignatureBad}, Scanned{QR: madeUpQR})
	if p.s.MayUseQR() {
		t.Fatal("the QR of the card whose chip was wrong is offered")
	}
}

func TestDamagedQRIsNoPerson(t *testing.T) {
	for _, name := range []string{"", "NGUY\uFFFDN V?N M?U"} {
		p := newPlayer(t).do(DeviceChanged{Device: Reader, Code: health.ReaderGone}).toIdentify()
		qr := madeUpQR
		qr.Name = name
		if p.do(Scanned{QR: qr}, UseQR{}); p.s.MayUseQR() || p.s.Phase == Confirm {
			t.Fatalf("a code with the name %q stands for a person", name)
		}
	}
}

func TestReadingWithoutProofOrPersonIsAFailure(t *testing.T) {
	noNumber, noName := madeUp, madeUp
	noNumber.Number, noName.Name = "", ""
	failing := func(change func(*person.Proofs)) []person.Person {
		p := madeUp
		change(&p.Proofs)
		p.Assurance = p.Proofs.Assess()
		return []person.Person{p}
	}
	for want, who := range map[health.Code][]person.Person{
		health.ChipError:    {noNumber, noName},
		health.DataChanged:  failing(func(p *person.Proofs) { p.Hashes = person.Failed }),
		health.SignatureBad: failing(func(p *person.Proofs) { p.Signature = person.Failed }),
		health.IssuerWrong:  failing(func(p *person.Proofs) { p.Chain = person.Failed }),
		health.ChipCloned:   failing(func(p *person.Proofs) { p.Chip = person.Failed }),
	} {
		for _, x := range who {
			p := newPlayer(t)
			r := p.toReading()
			if p.do(CardRead{ID: r.ID, Person: x}).phase(Identify); p.s.Problem != want || p.s.Person.Name != "" {
				t.Fatalf("problem %q, want %q", p.s.Problem, want)
			}
		}
	}
}

func TestDecliningForgetsWhatWasScanned(t *testing.T) {
	p := newPlayer(t).toIdentify().do(Scanned{QR: madeUpQR}, Back{}, Decline{}).phase(Declined)
	if p.s.QR != nil || !p.s.ConsentAt.IsZero() {
		t.Fatal("the code is kept against the citizen's will")
	}
}

func TestTypingTurnsTheScannerOff(t *testing.T) {
	p := newPlayer(t).toIdentify().do(TypeNumber{}).phase(TypeDigits)
	if a := effect[ArmScanner](p); a.On {
		t.Fatal("the scanner goes on reading")
	}
}

// TestCloseWipesEveryPage: the program ends in the middle of anything, and
// nothing of it stays.
func TestCloseWipesEveryPage(t *testing.T) {
	pages := map[string]func(p *player){
		"attract":    func(*player) {},
		"consent":    func(p *player) { p.do(Start{}) },
		"reading":    func(p *player) { p.toReading() },
		"distrusted": func(p *player) { r := p.toReading(); p.do(CardFailed{ID: r.ID, Code: health.DataChanged}) },
		"confirm":    func(p *player) { p.toConfirm() },
		"review":     func(p *player) { p.toReview() },
		"saving":     func(p *player) { p.toReview().do(Submit{}, Delivered{Dossier: "d-1", At: t0, Number: "G"}) },
		"saved":      func(p *player) { p.toSaved() },
		"done":       func(p *player) { p.toSaved().do(Delivered{Dossier: "d-1", At: t0, Number: "G"}).wait(21 * time.Second) },
		"goodbye":    func(p *player) { p.toConfirm().do(AskCancel{}, Cancel{}) },
	}
	outcomes := map[string]Outcome{"saved": Kept, "done": Accepted}
	for name, open := range pages {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			open(p)
			old := p.s
			p.do(Close{Code: health.Running}).phase(Closed).sheet(NoSheet)
			assertWiped(t, p.s)
			if !wanted[Wipe](p) || p.s.Problem != health.Running || !p.s.Wake().IsZero() {
				t.Fatalf("wiped %v, problem %q, wakes %v", wanted[Wipe](p), p.s.Problem, p.s.Wake())
			}
			if old.Stage != NotReading && !wanted[StopReading](p) {
				t.Fatal("the reading goes on")
			}
			want := Cancelled
			if o, ok := outcomes[name]; ok {
				want = o
			}
			if old.Phase != Attract && old.Phase != Goodbye && effect[Ended](p).Outcome != want {
				t.Fatalf("ended as %v, want %v", effect[Ended](p).Outcome, want)
			}
			p.do(Start{}, Finish{}, CardPlaced{}, Scanned{QR: madeUpQR}, Tick{}, Close{}).phase(Closed)
			assertWiped(t, p.s)
			// The reason can still be read in another language, for a while.
			if p.do(SetLanguage{Lang: "en"}); p.s.Lang != "en" {
				t.Fatal("the language stays")
			}
			if p.wait(2 * time.Minute).phase(Closed); p.s.Lang != "vi" || !p.s.Wake().IsZero() {
				t.Fatalf("two minutes later: language %q, wakes %v", p.s.Lang, p.s.Wake())
			}
		})
	}
}
