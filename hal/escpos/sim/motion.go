package sim

import "time"

// Clock is the time of the paper's motion.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f later, in a goroutine of its own, unless stop is called
	// before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

const (
	rowsPerInch = 203
	// lead is how far the printer reads ahead of the paper's motion.
	lead = 10 * time.Millisecond
)

// move takes the time that one row of paper takes.
func (p *Printer) move() {
	if p.opts.Speed <= 0 {
		return
	}
	if now := p.opts.Clock.Now(); p.rest.Before(now) {
		p.rest = now
	}
	p.rest = p.rest.Add(time.Duration(25.4 * float64(time.Second) / rowsPerInch / float64(p.opts.Speed)))
}

// moving tells whether the paper will move for longer than d from now, and
// wakes the printer up when it no longer does.
func (p *Printer) moving(d time.Duration) bool {
	if p.opts.Speed <= 0 {
		return false
	}
	due := p.opts.Clock.Now().Add(d)
	if !p.rest.After(due) {
		return false
	}
	if p.timer == nil {
		epoch := p.epoch
		p.timer = p.opts.Clock.AfterFunc(p.rest.Sub(due), func() {
			p.control(func() {
				if p.epoch == epoch {
					p.timer = nil
				}
			})
		})
	}
	return true
}
