package setup

import (
	"math"
	"time"

	"tram06/hal"
)

// Limits of a steady touch.
const (
	// Steady is how long a finger rests in one place.
	Steady = 500 * time.Millisecond
	// landing is left out: a finger is flattened first.
	landing = 80 * time.Millisecond
	// wander is how far a finger that rests may be told away, in millimetres.
	wander = 4.0
)

// steady waits for a finger that rests, and averages where: each place counts
// for as long as it was the newest, since a panel tells only what is new.
type steady struct {
	radius float64 // pixels

	down, taken    bool
	began          time.Time
	anchorX        int
	anchorY        int
	last           hal.Touch
	until          time.Time // what was summed
	sumX, sumY, of float64
}

// what a touch led to.
type step uint8

const (
	nothing step = iota
	slid         // the finger moved on: it rests from here
	early        // it was lifted too soon
	took         // it rested long enough
	lifted       // it went away after that
)

// touch takes one touch; the steps before it are those of tick.
func (s *steady) touch(e hal.Touch) step {
	switch e.Kind {
	case hal.TouchDown:
		s.taken = false
		s.begin(e)
	case hal.TouchMove:
		if !s.down || s.taken {
			return nothing
		}
		if math.Hypot(float64(e.X-s.anchorX), float64(e.Y-s.anchorY)) > s.radius {
			s.begin(e)
			return slid
		}
		s.sum(e.At)
		s.last = e
		return s.done(e.At)
	case hal.TouchUp, hal.TouchCancel:
		was := *s
		s.down, s.taken = false, false
		switch {
		case was.down && was.taken:
			return lifted
		case was.down:
			return early
		}
	}
	return nothing
}

func (s *steady) begin(e hal.Touch) {
	*s = steady{radius: s.radius, down: true, began: e.At, anchorX: e.X, anchorY: e.Y, last: e, until: e.At.Add(landing)}
}

// sum lets the newest place count until now.
func (s *steady) sum(now time.Time) {
	if w := now.Sub(s.until).Seconds(); w > 0 {
		s.sumX, s.sumY, s.of = s.sumX+w*float64(s.last.X), s.sumY+w*float64(s.last.Y), s.of+w
		s.until = now
	}
}

func (s *steady) done(now time.Time) step {
	if s.taken || !s.down || now.Sub(s.began) < Steady || s.of <= 0 {
		return nothing
	}
	s.taken = true
	return took
}

// tick tells the time to a finger that rests.
func (s *steady) tick(now time.Time) step {
	if !s.down || s.taken {
		return nothing
	}
	s.sum(now)
	return s.done(now)
}

// place is where the finger rested.
func (s *steady) place() (x, y int) {
	return int(math.Round(s.sumX / s.of)), int(math.Round(s.sumY / s.of))
}

// mille is how much of the time has passed, of a thousand.
func (s *steady) mille(now time.Time) int {
	switch {
	case !s.down:
		return 0
	case s.taken:
		return 1000
	}
	return int(min(max(now.Sub(s.began), 0), Steady) * 1000 / Steady)
}
