// Package beat has tickers that tick together. A terminal looks at a dozen
// devices several times a second; looks that fall on one instant wake its
// processor once, and looks that each keep their own time wake it a dozen times,
// which costs more than the looks.
package beat

import (
	"sync"
	"time"
)

// Ticker ticks at whole multiples of its period since the year 1, as
// time.Truncate counts them: all tickers of a period tick at one instant, and
// those whose periods divide each other where they can. Its first tick
// therefore comes early. As with time.Ticker, a tick that nobody took in time
// is dropped.
type Ticker struct {
	C <-chan time.Time

	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

// New starts a ticker. The period must be greater than zero.
func New(period time.Duration) *Ticker {
	if period <= 0 {
		panic("beat: a period that is not greater than zero")
	}
	c := make(chan time.Time, 1)
	t := &Ticker{C: c}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = time.AfterFunc(until(period), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.stopped {
			return
		}
		select {
		case c <- time.Now():
		default:
		}
		t.timer.Reset(until(period))
	})
	return t
}

// until is how long it takes to the next multiple, by the wall clock: one that is
// set shifts one tick, by less than a period.
func until(period time.Duration) time.Duration {
	now := time.Now()
	return period - now.Sub(now.Truncate(period))
}

// Stop ends the ticking. It does not close C.
func (t *Ticker) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.timer.Stop()
}
