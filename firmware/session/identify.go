package session

import (
	"slices"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// digitsOfNumber is the length of the CAN, which is the end of the personal
// number on every card known.
const digitsOfNumber = 6

func (t *turn) identify() {
	t.goTo(Identify)
	t.want(ArmScanner{On: true})
	t.tryRead()
}

// tryRead begins a reading once there is a card and a key to it.
func (t *turn) tryRead() {
	s := &t.s
	typed := len(s.Digits) == digitsOfNumber
	if s.Phase != Identify || s.Stage != NotReading || !s.CardThere || s.NeedLift || (s.QR == nil && !typed) {
		return
	}
	s.Problem = ""
	s.Expire = time.Time{}
	s.Stage = Opening
	s.SoFar = SoFar{}
	s.Read = t.newID()
	e := ReadCard{ID: s.Read, QR: s.QR}
	if s.QR == nil {
		e.Number = s.Digits
	}
	t.want(e)
}

func (t *turn) stopReading() {
	if t.s.Stage != NotReading {
		t.want(StopReading{ID: t.s.Read})
		t.s.NeedLift = t.s.CardThere
	}
	t.readingOver()
}

// readingOver forgets the reading, and what it had brought so far.
func (t *turn) readingOver() {
	t.s.Stage = NotReading
	t.s.SoFar = SoFar{}
	t.s.Read = ID{}
}

// cardProgress follows a reading. News may overtake one another; nothing on the
// screen goes back.
func (t *turn) cardProgress(ev CardProgress) {
	s := &t.s
	if ev.ID != s.Read || s.Stage == NotReading || ev.Stage < s.Stage {
		return
	}
	if ev.Stage > s.Stage {
		s.Stage = ev.Stage
		s.SoFar.Done, s.SoFar.Total = 0, 0
	}
	if ev.SoFar.Name != "" {
		s.SoFar.Name = ev.SoFar.Name
	}
	if n := ev.SoFar; n.Total > 0 && n.Done >= s.SoFar.Done {
		s.SoFar.Done, s.SoFar.Total = min(n.Done, n.Total), n.Total
	}
}

func (t *turn) placed() {
	s := &t.s
	s.CardThere = true
	s.NeedLift = false
	if s.Sheet == IdleSheet || s.Sheet == LiftedSheet {
		t.closeSheet()
	}
	if s.Phase == Identify {
		t.stir()
		switch s.Problem {
		case health.CardLifted, health.ChipError, health.NotIDCard, health.SeveralCards:
			s.Problem = ""
		}
		s.Expire = time.Time{}
	}
	t.tryRead()
}

func (t *turn) lifted() {
	s := &t.s
	s.CardThere = false
	s.NeedLift = false
	switch s.Phase {
	case Confirm, Services, Form, Review:
		if s.Person.Assurance >= person.ChipRead && s.Sheet != LiftedSheet {
			s.Sheet = LiftedSheet
			s.Idle = time.Time{}
			s.Expire = t.in(t.m.cfg.Timeouts.CardTaken)
		}
	case Goodbye:
		s.Expire = t.in(t.m.cfg.Timeouts.Goodbye)
	}
}

func (t *turn) scanned(ev Scanned) {
	s := &t.s
	if s.Phase != Identify || s.Stage != NotReading || s.Sheet == CancelSheet {
		return
	}
	if s.Sheet == IdleSheet {
		t.closeSheet()
	}
	t.stir()
	qr := ev.QR
	s.QR = &qr
	s.Digits = ""
	if s.Problem != health.CardLifted {
		s.Problem = ""
	}
	t.tryRead()
}

func (t *turn) scanRejected(ev ScanRejected) {
	if t.s.Phase == Identify && t.s.Stage == NotReading && t.s.Sheet == NoSheet {
		t.stir()
		t.s.Problem = ev.Code
	}
}

func (t *turn) cardRead(ev CardRead) {
	s := &t.s
	if ev.ID != s.Read || s.Stage == NotReading {
		return
	}
	// A reading that ended well has said who it is and found no proof wrong.
	// Whatever hands in something else, nobody goes on with it.
	switch p := ev.Person; {
	case p.Assurance < person.ChipRead:
		t.cardFailed(CardFailed{ID: ev.ID, Code: codeOf(p.Proofs)})
		return
	case p.Number == "" || p.Name == "":
		t.cardFailed(CardFailed{ID: ev.ID, Code: health.ChipError})
		return
	}
	t.readingOver()
	s.Person = ev.Person
	s.Reads++
	s.Digits = ""
	t.want(ArmScanner{On: false})
	sheet := s.Sheet
	t.goTo(Confirm)
	if sheet == CancelSheet || sheet == HelpSheet {
		s.Sheet = sheet
	}
	if !s.CardThere {
		t.lifted()
	}
}

func (t *turn) cardFailed(ev CardFailed) {
	s := &t.s
	if ev.ID != s.Read || s.Stage == NotReading {
		return
	}
	t.readingOver()
	s.Attempts++
	s.Problem = ev.Code
	if s.Devices[Reader].Code == health.SeveralCards && readOther(ev.Code) {
		// The reader took one of them, which was most probably the wrong one.
		s.Problem = health.SeveralCards
	}
	s.NeedLift = s.CardThere
	t.stir()
	if ev.Code == health.CardDiffers || ProofFailed(ev.Code) {
		t.distrust()
	}
	switch ev.Code {
	case health.AccessRefused, health.CardDiffers:
		// The key was wrong: it must come anew, from this very card.
		s.QR, s.Digits = nil, ""
	case health.CardLifted:
		s.CardThere, s.NeedLift = false, false
		s.Idle = time.Time{}
		s.Expire = t.in(t.m.cfg.Timeouts.CardTaken)
	case health.ReaderGone:
		s.CardThere, s.NeedLift = false, false
	}
}

// readOther tells whether a reading that ended so may have met another card than
// the one that is meant.
func readOther(c health.Code) bool {
	switch c {
	case health.NotIDCard, health.ChipError, health.AccessRefused, health.CardDiffers:
		return true
	}
	return false
}

// codeOf gives the condition of a person whose proofs do not allow a session.
func codeOf(p person.Proofs) health.Code {
	switch person.Failed {
	case p.Hashes:
		return health.DataChanged
	case p.Chain:
		return health.IssuerWrong
	case p.Chip:
		return health.ChipCloned
	}
	return health.SignatureBad
}

// ProofFailed tells whether a code says that a proof of the chip failed: the
// card is not used, and there is no way on but to the counter.
func ProofFailed(c health.Code) bool {
	switch c {
	case health.DataChanged, health.SignatureBad, health.IssuerWrong, health.SignerExpired, health.SignerRevoked, health.ChipCloned:
		return true
	}
	return false
}

// distrust remembers the card whose reading has just failed, by the key that
// opened it: going elsewhere and coming back must not make it good again.
func (t *turn) distrust() {
	s := &t.s
	can := s.Digits
	if s.QR != nil {
		can = s.QR.CAN()
	}
	if !slices.Contains(s.distrusted, can) {
		s.distrusted = append(slices.Clip(s.distrusted), can)
	}
}

// device follows a device's health. A problem of a device that healed leaves
// the screen; what is said of a dossier stays until there is news of it.
func (t *turn) device(ev DeviceChanged) {
	if ev.Device >= deviceCount {
		return
	}
	s := &t.s
	old := s.Devices[ev.Device]
	s.Devices[ev.Device] = Status{Ready: ev.Ready, Code: ev.Code}
	if ev.Ready && old.Code != "" && s.Problem == old.Code && s.Phase != Submitting && s.Phase != Done {
		s.Problem = ""
	}
	switch {
	case ev.Device == Reader && !ev.Ready:
		s.CardThere, s.NeedLift = false, false
		if s.Phase == Identify && s.Stage == NotReading {
			s.Problem = ev.Code
		}
	case ev.Device == Scanner && ev.Ready && s.Phase == Identify:
		t.want(ArmScanner{On: true})
	}
}

func (t *turn) onIdentify(ev Event) {
	s := &t.s
	switch ev := ev.(type) {
	case Back:
		switch s.Phase {
		case Identify:
			t.stopReading()
			t.want(ArmScanner{On: false})
			t.goTo(Consent)
		case OtherWays:
			t.identify()
		case TypeDigits:
			s.Digits = ""
			t.goTo(OtherWays)
		case Confirm:
			t.startOver()
		}
	case OtherWay:
		if s.Phase == Identify {
			t.stopReading()
			t.want(ArmScanner{On: false})
			t.goTo(OtherWays)
		}
	case TypeNumber:
		if s.Phase == OtherWays || s.Phase == Identify {
			t.stopReading()
			t.want(ArmScanner{On: false})
			s.Digits, s.QR = "", nil
			t.goTo(TypeDigits)
		}
	case UseQR:
		if (s.Phase == OtherWays || s.Phase == Identify) && s.MayUseQR() {
			t.stopReading()
			s.Person = fromQR(*s.QR)
			t.want(ArmScanner{On: false})
			t.goTo(Confirm)
		}
	case Retry:
		if s.Phase == Identify {
			s.Problem = ""
			t.tryRead()
		}
	case Digit:
		if s.Phase == TypeDigits && len(s.Digits) < digitsOfNumber && ev.D <= 9 {
			s.Digits += string('0' + ev.D)
			s.Hint = NoHint
		}
	case EraseDigit:
		if s.Phase == TypeDigits && s.Digits != "" {
			s.Digits = s.Digits[:len(s.Digits)-1]
			s.Hint = NoHint
		}
	case Next:
		if s.Phase == TypeDigits {
			if len(s.Digits) < digitsOfNumber {
				s.Hint = HintDigits
				return
			}
			t.identify()
		}
	case NotMe:
		if s.Phase == Confirm {
			t.startOver()
		}
	case ItsMe:
		if s.Phase == Confirm {
			t.goTo(Services)
		}
	}
}

// startOver forgets who was read and waits for another card.
func (t *turn) startOver() {
	s := &t.s
	s.Person = person.Person{}
	s.QR, s.Digits, s.Attempts = nil, "", 0
	s.NeedLift = s.CardThere
	t.want(Wipe{Session: s.Session})
	t.identify()
}

// MayUseQR tells whether going on without the chip is offered: there is a QR
// with a name in it, and the chip could not be read or there is nothing to read
// it with. A chip that was read and found wrong is never passed by in the same
// session, whatever was touched in between.
func (s *State) MayUseQR() bool {
	if s.QR == nil || s.QR.Name == "" || s.QR.Damaged() || slices.Contains(s.distrusted, s.QR.CAN()) {
		return false
	}
	return s.Attempts > 0 || !s.Devices[Reader].Ready
}

func fromQR(q cccd.QR) person.Person {
	return person.Person{
		Number: q.Number, OldNumber: q.OldNumber, Name: q.Name, Birth: q.Birth, Sex: q.Sex,
		Residence: q.Residence, Issued: q.Issued, Assurance: person.QROnly,
	}
}
