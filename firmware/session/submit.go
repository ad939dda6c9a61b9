package session

import (
	"slices"
	"time"

	"tram06/firmware/health"
)

// maxEarly bounds the answers that wait for their dossier to be known.
const maxEarly = 8

func (t *turn) saved(ev Saved) {
	s := &t.s
	if ev.ID != s.Saving || s.Phase != Submitting || s.Dossier != "" {
		return
	}
	s.Dossier, s.Number, s.SavedAt = ev.Dossier, ev.Number, ev.At
	early := s.early
	s.early = nil
	for _, e := range early {
		t.delivery(e)
	}
}

func (t *turn) saveFailed(ev SaveFailed) {
	if ev.ID != t.s.Saving || t.s.Phase != Submitting {
		return
	}
	t.s.Saving = ID{}
	t.goTo(Review)
	t.s.Problem = ev.Code
}

// delivery follows the dossier on its way. An answer may overtake the news
// that the dossier was saved, since they come from different sides.
func (t *turn) delivery(ev Event) {
	s := &t.s
	if s.Phase == Submitting && s.Dossier == "" {
		// Behind a queue that is just flowing off, the last ones count.
		s.early = append(slices.Clone(s.early[max(0, len(s.early)-maxEarly+1):]), ev)
		return
	}
	if s.Dossier == "" || (s.Phase != Submitting && s.Phase != Done) {
		return
	}
	switch ev := ev.(type) {
	case Delivered:
		if ev.Dossier != s.Dossier || s.Outcome == Accepted {
			return
		}
		s.Problem = ""
		s.Gateway = ev.Number
		if svc, ok := t.m.Service(s.Service); ok && t.m.cfg.Due != nil {
			s.Due = t.m.cfg.Due(ev.At, svc.WorkingDays)
		}
		t.outcome(Accepted, ev.At)
	case Refused:
		if ev.Dossier != s.Dossier || s.Outcome == Accepted {
			return
		}
		s.Problem = ev.Code
		t.outcome(Rejected, s.Now)
	case Delayed:
		if ev.Dossier != s.Dossier || s.Phase != Submitting || s.Outcome != NoOutcome {
			return
		}
		// One more try is under way; a short hiccup heals while we wait.
		s.Problem = ev.Code
		if soon := t.in(secondTry); soon.Before(s.Expire) {
			s.Expire = soon
		}
	}
}

// keptForNow ends the waiting without an answer: the dossier is durable here
// and goes on by itself. As long as it is not even durable, nothing is said.
func (t *turn) keptForNow() {
	s := &t.s
	if s.Dossier == "" {
		s.Expire = t.in(t.m.cfg.Timeouts.SendWait)
		return
	}
	if s.Problem == "" {
		s.Problem = health.NetSlow
	}
	t.outcome(Kept, s.SavedAt)
}

// outcome settles how it ended, and prints the receipt the first time. If the
// authority answers while the citizen still stands there, the screen says so;
// the paper that came out stays true for the time printed on it.
func (t *turn) outcome(o Outcome, at time.Time) {
	s := &t.s
	first := s.Outcome == NoOutcome
	s.Outcome, s.At = o, at
	if first {
		t.print()
	}
}

func (t *turn) print() {
	s := &t.s
	s.Prints++
	if s.Phase == Submitting {
		s.Expire = t.in(printWait)
	} else {
		s.Expire = t.in(t.m.cfg.Timeouts.Done)
	}
	s.PrintID = t.newID()
	if st := s.Devices[Printer]; !st.Ready {
		code := st.Code
		if code == "" {
			code = health.PrinterGone
		}
		t.printed(PrintBroken, code)
		return
	}
	s.Print = Printing
	t.want(Print{ID: s.PrintID, Slip: Slip{
		Lang: s.Lang, Dossier: s.Dossier, Number: s.Number, Outcome: s.Outcome, At: s.At,
		Service: s.Service, Name: s.Person.Name, MaskedNumber: s.Person.Masked(),
		GatewayNumber: s.Gateway, Due: s.Due, Answers: s.Answers,
	}})
}

func (t *turn) printFailed(ev PrintFailed) {
	if ev.Maybe {
		t.printed(PrintUnclear, ev.Code)
		return
	}
	t.printed(PrintBroken, ev.Code)
}

// printed settles the receipt and shows the outcome.
func (t *turn) printed(p PrintState, code health.Code) {
	s := &t.s
	s.Print = p
	s.PrintCode = code
	s.PrintID = ID{}
	if s.Phase != Submitting {
		return
	}
	problem := s.Problem
	t.goTo(Done)
	s.Problem = problem
	s.Expire = t.in(t.m.cfg.Timeouts.Done)
}
