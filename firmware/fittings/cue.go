package fittings

import (
	"context"
	"sync"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

// Cue is a short sound with a meaning.
type Cue uint8

// The cues. None of them is needed to use the machine: whoever does not hear
// sees the same.
const (
	NoCue Cue = iota
	Well      // that went well
	Look      // the page wants something of you
	Wrong     // that did not work
)

// cueFor compares a state with the one after it. At most one sound comes of a
// step, and what went wrong is heard first.
func cueFor(before, after session.State) Cue {
	if after.Phase == session.Attract || after.Phase == session.Closed {
		return NoCue
	}
	switch {
	case after.Problem != "" && after.Problem != before.Problem:
		return badly(after.Problem)
	case after.Outcome != before.Outcome && after.Outcome == session.Rejected:
		return Wrong
	case after.Print != before.Print && (after.Print == session.PrintBroken || after.Print == session.PrintUnclear):
		return Look
	case after.Sheet != before.Sheet && (after.Sheet == session.IdleSheet || after.Sheet == session.LiftedSheet):
		return Look
	case after.Phase == session.Goodbye && before.Phase != session.Goodbye && after.CardThere:
		return Look
	case after.Reads > before.Reads:
		return Well
	case after.QR != nil && before.QR == nil && after.Phase == session.Identify:
		return Well
	case after.Outcome != before.Outcome && after.Outcome == session.Accepted:
		return Well
	case after.Outcome != before.Outcome && after.Outcome == session.Kept:
		return Look
	}
	return NoCue
}

// badly tells a hitch that the citizen mends from one that ends the way.
func badly(code health.Code) Cue {
	if c, ok := health.Lookup(code); ok && c.Severity == health.Error {
		return Wrong
	}
	return Look
}

// beep is one tone of a buzzer.
type beep struct {
	hertz int
	lasts time.Duration
	rest  time.Duration
}

// beeps are the cues on a buzzer, which has one voice: short and high is good,
// twice is a question, long and low is bad.
var beeps = map[Cue][]beep{
	Well:  {{1760, 90 * time.Millisecond, 0}},
	Look:  {{1320, 90 * time.Millisecond, 90 * time.Millisecond}, {1320, 90 * time.Millisecond, 0}},
	Wrong: {{440, 350 * time.Millisecond, 0}},
}

// player plays the cues on what there is: the sound card if it works, else the
// buzzer. A cue that comes late is none, so that only one waits.
type player struct {
	toBuz  chan Cue
	toSnd  chan Cue
	volume *wish[int] // 0 for the sound card's own

	mu    sync.Mutex
	sound bool // a sound card is in use
}

func newPlayer() *player {
	return &player{toBuz: make(chan Cue, 1), toSnd: make(chan Cue, 1), volume: newWish(0)}
}

func (p *player) want(c Cue) {
	if c == NoCue {
		return
	}
	p.mu.Lock()
	to := p.toBuz
	if p.sound {
		to = p.toSnd
	}
	p.mu.Unlock()
	select {
	case to <- c:
	default:
	}
}

func (p *player) buzz(ctx context.Context, d hal.Buzzer) error {
	drain(p.toBuz)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-p.toBuz:
			for _, b := range beeps[c] {
				if err := d.Beep(ctx, b.hertz, b.lasts); err != nil {
					return err
				}
				if !pause(ctx, b.rest) {
					return ctx.Err()
				}
			}
		}
	}
}

// drain drops what waited for a device that was not there.
func drain(c chan Cue) {
	select {
	case <-c:
	default:
	}
}

// pause tells whether the time went by before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
