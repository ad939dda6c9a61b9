package session

import "time"

// counting tells whether a countdown stands on the screen.
func (s *State) counting() bool {
	return !s.Expire.IsZero() && (s.Sheet == IdleSheet || s.Sheet == LiftedSheet || s.Phase == Done || s.Phase == Identify)
}

// Wake is when the session wants its next Tick; zero means never. While a
// countdown shows, that is its next whole second.
func (s *State) Wake() time.Time {
	next := s.Expire
	if next.IsZero() || (!s.Idle.IsZero() && s.Idle.Before(next)) {
		if !s.Idle.IsZero() {
			next = s.Idle
		}
	}
	if s.counting() {
		step := s.Expire.Sub(s.Now) % time.Second
		if step <= 0 {
			step = time.Second
		}
		if second := s.Now.Add(step); second.Before(next) {
			next = second
		}
	}
	return next
}

func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

func (t *turn) tick() {
	s := &t.s
	if due(s.Expire, s.Now) {
		s.Expire = time.Time{}
		t.expired()
		return
	}
	if due(s.Idle, s.Now) {
		s.Idle = time.Time{}
		if s.Phase == Attract {
			t.rest()
			return
		}
		if s.running() {
			t.warn()
		}
	}
}

func (t *turn) warn() {
	t.s.Sheet = IdleSheet
	t.s.Idle = time.Time{}
	t.s.Expire = t.in(t.m.cfg.Timeouts.Warn)
}

func (t *turn) expired() {
	s := &t.s
	switch {
	case s.Sheet == IdleSheet || s.Sheet == LiftedSheet:
		t.end(TimedOut)
	case s.Sheet == HelpSheet || s.Sheet == CancelSheet:
		// The page's countdown was hidden below: nothing is wiped unwarned.
		t.warn()
	case s.Phase == Declined:
		t.end(Refusal)
	case s.Phase == Identify: // the card was lifted early and did not come back
		t.end(TimedOut)
	case s.Phase == Submitting && s.Print == Printing:
		problem := s.Problem
		t.goTo(Done) // the printer is slow; its answer will still count
		s.Problem = problem
		s.Expire = t.in(t.m.cfg.Timeouts.Done)
	case s.Phase == Submitting:
		t.keptForNow()
	case s.Phase == Done:
		t.end(s.Outcome)
	case s.Phase == Goodbye:
		t.rest()
	}
}
