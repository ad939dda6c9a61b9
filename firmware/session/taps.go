package session

import "time"

// tap handles what a citizen touched.
func (t *turn) tap(ev Event) {
	if t.preference(ev) {
		t.stir()
		t.stillThere()
		return
	}
	if t.s.Sheet != NoSheet {
		t.sheet(ev)
		return
	}
	t.stir()
	t.stillThere()
	switch ev.(type) {
	case OpenHelp:
		if t.s.Phase != Submitting && t.s.Phase != Goodbye {
			t.s.Sheet = HelpSheet
			t.stir()
		}
		return
	case AskCancel:
		if t.s.running() {
			t.s.Sheet = CancelSheet
		}
		return
	}
	switch t.s.Phase {
	case Attract:
		t.onAttract(ev)
	case Consent, Declined:
		t.onConsent(ev)
	case Identify, OtherWays, TypeDigits, Confirm:
		t.onIdentify(ev)
	case Services, Form, Review:
		t.onForm(ev)
	case Done:
		t.onDone(ev)
	case Goodbye:
		switch ev.(type) {
		case Start, Finish, Touched:
			t.rest()
		}
	}
}

// stillThere starts a countdown anew: whoever touches is there. What waits for
// an answer of the authority or the printer is no countdown.
func (t *turn) stillThere() {
	s := &t.s
	if s.Expire.IsZero() {
		return
	}
	d := t.m.cfg.Timeouts
	switch {
	case s.Sheet == IdleSheet:
		s.Expire = t.in(d.Warn)
	case s.Sheet == LiftedSheet, s.Phase == Identify:
		s.Expire = t.in(d.CardTaken)
	case s.Phase == Declined:
		s.Expire = t.in(d.Warn)
	case s.Phase == Done:
		s.Expire = t.in(d.Done)
	}
}

// preference changes how the screen looks; allowed on every screen.
func (t *turn) preference(ev Event) bool {
	switch ev := ev.(type) {
	case SetLanguage:
		for _, l := range t.m.cfg.Languages {
			if l == ev.Lang {
				t.s.Lang = l
			}
		}
	case StepTheme:
		t.s.Theme = (t.s.Theme + 1) % 3
	case StepTextSize:
		sizes := t.m.cfg.TextSizes
		next := sizes[0]
		for i, z := range sizes {
			if z == t.s.TextSize {
				next = sizes[(i+1)%len(sizes)]
			}
		}
		t.s.TextSize = next
	default:
		return false
	}
	return true
}

// sheet answers what lies over the page. On the two "still there?" sheets any
// touch means yes, except the one that says no.
func (t *turn) sheet(ev Event) {
	switch ev.(type) {
	case Cancel, Finish:
		if t.s.Sheet == HelpSheet {
			return
		}
		t.end(Cancelled)
		return
	case CloseSheet, Touched:
	case AskCancel: // from the help sheet
		if t.s.Sheet == HelpSheet && t.s.running() {
			t.s.Sheet = CancelSheet
			t.stir()
		}
		return
	default:
		return
	}
	if _, touched := ev.(Touched); touched && (t.s.Sheet == HelpSheet || t.s.Sheet == CancelSheet) {
		t.stir()
		return
	}
	t.closeSheet()
}

func (t *turn) closeSheet() {
	if t.s.Sheet == IdleSheet || t.s.Sheet == LiftedSheet {
		t.s.Expire = time.Time{}
	}
	t.s.Sheet = NoSheet
	switch t.s.Phase { // pages that end by themselves
	case Declined:
		t.s.Expire = t.in(t.m.cfg.Timeouts.Warn)
	case Done:
		t.s.Expire = t.in(t.m.cfg.Timeouts.Done)
	}
	t.stir()
}

func (t *turn) onAttract(ev Event) {
	if _, ok := ev.(Start); !ok {
		return
	}
	t.s.Began = t.s.Now
	t.goTo(Consent)
}

func (t *turn) onConsent(ev Event) {
	switch ev.(type) {
	case Agree:
		if t.s.Phase == Consent {
			t.s.ConsentAt = t.s.Now
			t.identify()
		}
	case Decline:
		// Who went back here from scanning takes the consent back with it.
		t.s.QR, t.s.Digits, t.s.ConsentAt = nil, "", time.Time{}
		t.goTo(Declined)
		t.s.Expire = t.in(t.m.cfg.Timeouts.Warn)
	case Back:
		if t.s.Phase == Declined {
			t.goTo(Consent)
			return
		}
		t.end(Cancelled)
		t.rest() // nothing was read and nothing is to be taken along
	case Finish, Cancel:
		t.end(Refusal)
	}
}

func (t *turn) onDone(ev Event) {
	switch ev.(type) {
	case Finish:
		t.end(t.s.Outcome)
	case Reprint:
		if t.s.Print != Printing && t.s.Prints < maxPrints {
			t.print()
		}
	case Another:
		s := &t.s
		s.Service, s.Step, s.Answers, s.Digits, s.Editing = "", 0, nil, "", false
		s.Dossier, s.Number, s.Gateway, s.Outcome, s.Print, s.Prints = "", "", "", NoOutcome, PrintNone, 0
		s.SavedAt, s.At, s.Due, s.Saving, s.PrintID, s.early = time.Time{}, time.Time{}, time.Time{}, ID{}, ID{}, nil
		t.goTo(Services)
	}
}
