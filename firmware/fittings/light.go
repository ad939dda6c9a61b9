package fittings

import (
	"context"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
)

// How bright the panel is, and when it grows dim: nobody stands there, and
// nobody has touched it for a while. It stays bright enough to be found.
const (
	brightLevel = 100
	dimLevel    = 35
	dimAfter    = 3 * time.Minute
)

// light is what the panel's light depends on.
type light struct {
	changed chan struct{} // one reader

	mu                sync.Mutex
	inVisit, somebody bool
	stirred           bool // somebody was there since it was last asked
}

func newLight() *light { return &light{changed: make(chan struct{}, 1), stirred: true} }

// busy tells whether a visit is under way.
func (l *light) busy(on bool) {
	l.set(func() bool {
		if l.inVisit == on {
			return false
		}
		l.inVisit, l.stirred = on, true
		return true
	})
}

// near tells whether somebody stands there.
func (l *light) near(on bool) {
	l.set(func() bool {
		if l.somebody == on {
			return false
		}
		l.somebody, l.stirred = on, true
		return true
	})
}

// touched tells of a touch.
func (l *light) touched() { l.set(func() bool { l.stirred = true; return true }) }

func (l *light) set(change func() bool) {
	l.mu.Lock()
	news := change()
	l.mu.Unlock()
	if !news {
		return
	}
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// look tells whether somebody needs the light now, and whether somebody was
// there since the last look.
func (l *light) look() (needed, stirred bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	stirred, l.stirred = l.stirred, false
	return l.inVisit || l.somebody, stirred
}

func (l *light) use(ctx context.Context, d hal.Backlight) error {
	t := time.NewTimer(dimAfter)
	defer t.Stop()
	there := beat.New(look)
	defer there.Stop()
	level := -1
	set := func(to int) error {
		if level == to {
			return nil
		}
		level = to
		return d.SetLevel(to)
	}
	l.look() // what was before is over
	if err := set(brightLevel); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.changed:
			if needed, stirred := l.look(); !needed && !stirred {
				continue
			}
			t.Reset(dimAfter)
			if err := set(brightLevel); err != nil {
				return err
			}
		case <-there.C:
			if _, err := d.Level(); err != nil {
				return err
			}
		case <-t.C:
			// Somebody may have come at this instant.
			if needed, stirred := l.look(); needed || stirred {
				t.Reset(dimAfter)
			} else if err := set(dimLevel); err != nil {
				return err
			}
		}
	}
}
