package world

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"tram06/devdock/web"
	"tram06/firmware/config"
	"tram06/hal/rtc"
	rtcsim "tram06/hal/rtc/sim"
	dogsim "tram06/hal/watchdog/sim"
)

// States of the clock with a battery. What the kiosk sets is right again.
const (
	clockRight = "right"
	clockSlow  = "slow"
	clockLow   = "low"
	clockLost  = "lost"
)

// slow is how far a clock that is slow is behind, and nearly is how far one that
// is right may be.
const (
	slow   = time.Hour
	nearly = time.Minute
)

// timers are the clock with a battery and the watchdog of the terminal's board.
// The watchdog restarts nothing: it tells what it would have done.
type timers struct {
	clock          *rtcsim.Chip
	dog            *dogsim.Dog
	clockAt, dogAt string // their addresses

	mu     sync.Mutex
	bitten time.Time // last
}

// newTimers serves both until ctx ends. changed is told when the watchdog bites.
func newTimers(ctx context.Context, changed func(), log func(string, ...any)) (*timers, error) {
	x := &timers{clock: rtcsim.New(nil)}
	x.dog = dogsim.New(dogsim.Options{Bite: func() {
		x.mu.Lock()
		x.bitten = time.Now()
		x.mu.Unlock()
		log("the watchdog bites: a board would restart now")
		changed()
	}})
	for _, s := range []struct {
		at    *string
		serve func(net.Listener) error
	}{{&x.clockAt, x.clock.Serve}, {&x.dogAt, x.dog.Serve}} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("simulated clock and watchdog: %w", err)
		}
		*s.at = ln.Addr().String()
		context.AfterFunc(ctx, func() { _ = ln.Close() })
		go func() {
			if err := s.serve(ln); err != nil {
				log("%v", err)
			}
		}()
	}
	return x, nil
}

func (x *timers) fittings() []config.Fitted {
	return []config.Fitted{
		{Name: "clock", URI: config.Device("sim+rtc://" + x.clockAt)},
		{Name: "watchdog", URI: config.Device("sim+watchdog://" + x.dogAt + "?timeout=30s")},
	}
}

// timed is what the page shows of them.
type timed struct {
	clock string
	dog   string
}

func (x *timers) look() timed {
	x.mu.Lock()
	bitten := x.bitten
	x.mu.Unlock()
	dog := "Watchdog at rest"
	if x.dog.Running() {
		dog = "Watchdog runs"
	}
	if n := x.dog.Bites(); n == 1 {
		dog += ". Nobody kicked it: the board would have been restarted at " + bitten.Format("15:04:05")
	} else if n > 1 {
		dog += fmt.Sprintf(". Nobody kicked it: the board would have been restarted %d times, at last at %s", n, bitten.Format("15:04:05"))
	}
	clock := clockRight
	switch s := x.clock.State(); {
	case s.Lost:
		clock = clockLost
	case s.Ahead.Abs() > nearly:
		clock = clockSlow
	case s.Low != 0:
		clock = clockLow
	}
	return timed{clock, dog}
}

// choices are the states of the clock as the page has them.
func (t timed) choices() (out []web.Choice) {
	for _, c := range []struct{ id, text string }{
		{clockRight, "Right"}, {clockSlow, "An hour slow"}, {clockLow, "Battery low"}, {clockLost, "Time lost"},
	} {
		out = append(out, web.Choice{ID: c.id, Text: c.text, On: t.clock == c.id})
	}
	return out
}

// Clock sets how the clock with a battery is.
func (w *World) Clock(mode string) error {
	do, ok := map[string]func(*rtcsim.Chip){
		clockRight: func(*rtcsim.Chip) {},
		clockSlow:  func(c *rtcsim.Chip) { c.Drift(-slow) },
		clockLow:   func(c *rtcsim.Chip) { c.Battery(rtc.LowBackup) },
		clockLost:  (*rtcsim.Chip).FailPower,
	}[mode]
	if !ok {
		return fmt.Errorf("clock %q: %w", mode, web.ErrNone)
	}
	w.hand.Lock()
	defer w.hand.Unlock()
	w.timers.clock.Mend()
	do(w.timers.clock)
	w.changed()
	return nil
}

// pull pulls a plug, or puts it back; ok is false if there is none of that name.
func (x *timers) pull(cable string) (ok bool) {
	p, ok := map[string]plug{clockCable: x.clock, dogCable: x.dog}[cable]
	if !ok {
		return false
	}
	if x.pulled(cable) {
		p.Plug()
	} else {
		p.Unplug()
	}
	return true
}

func (x *timers) pulled(cable string) bool {
	if cable == clockCable {
		return x.clock.State().Gone
	}
	return x.dog.Gone()
}
