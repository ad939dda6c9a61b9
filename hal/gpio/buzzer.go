package gpio

import (
	"fmt"
	"net/url"
	"time"

	"tram06/hal/beeper"
)

// maxHertz is the highest tone that a program can swing on a wire.
const maxHertz = 5000

// OpenBuzzer opens the buzzer, or the bare speaker, of a gpio+buzzer URI, silent.
// A line of its own for PWM sounds cleaner: see package sysfs.
func OpenBuzzer(k Kernel, u *url.URL, now func() time.Time) (*beeper.Beeper, error) {
	p, line := parse("buzzer", u)
	passive := p.OneOf("kind", "active", "passive") == "passive"
	if err := p.End(); err != nil {
		return nil, err
	}
	w, err := output(k, line, false)
	if err != nil {
		return nil, fmt.Errorf("buzzer: %w", err)
	}
	return beeper.New(u.String(), buzzer{w, passive}, maxHertz, now), nil
}

// buzzer is what hangs on the wire. One that sounds by itself has one pitch.
type buzzer struct {
	wire    wire
	passive bool
}

// Sound writes levels until the time is up. Each is due at a time counted from
// the beginning, and what is due already is skipped: a machine that is slow or
// busy makes a lower tone, never a longer one.
func (b buzzer) Sound(wait func(<-chan time.Time) error, hertz int, d time.Duration) error {
	half := look / 2 // how often an active buzzer is told again
	if b.passive {
		half = time.Second / time.Duration(2*hertz)
	}
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := time.Duration(0); n*half < d; n = max(n+1, time.Since(begin)/half) {
		timer.Reset(time.Until(begin.Add(n * half)))
		if err := wait(timer.C); err != nil {
			return err
		}
		if err := b.set(!b.passive || n%2 == 0); err != nil {
			return err
		}
	}
	timer.Reset(time.Until(begin.Add(d)))
	return wait(timer.C)
}

func (b buzzer) set(on bool) error {
	if err := b.wire.set(on); err != nil {
		return beeper.Lost(err)
	}
	return nil
}

func (b buzzer) Silence() error { return b.set(false) }

// Look also puts right a level that something else changed.
func (b buzzer) Look() error { return b.Silence() }

func (b buzzer) Close() error { return notGone(b.wire.Close()) }
