package main

import (
	"context"
	"log/slog"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/session"
	"tram06/hal"
)

// blank is a display that shows nothing.
type blank struct{}

func (blank) Show(session.State) error               { return nil }
func (blank) Touch(hal.Touch) (session.Event, bool)  { return nil, false }
func (blank) Key(hal.KeyPress) (session.Event, bool) { return nil, false }
func (blank) Poll() []hal.Touch                      { return nil }
func (blank) PollEvery() time.Duration               { return 0 }
func (blank) Forget(uint64)                          {}

// part is a device that is there.
type part struct{ closing func() }

func (part) URI() string        { return "part:" }
func (part) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (p part) Close() error     { p.closing(); return nil }

// glass is a touch panel that nobody touches.
type glass struct{ part }

func (glass) Next(ctx context.Context) (hal.Touch, error) {
	<-ctx.Done()
	return hal.Touch{}, ctx.Err()
}

// hound is a watchdog.
type hound struct {
	part
	kicks   chan struct{}
	stopped chan struct{}
	ended   atomic.Bool
}

func (*hound) Timeout() time.Duration { return 30 * time.Millisecond }
func (h *hound) Kick() error {
	select {
	case h.kicks <- struct{}{}:
	default:
	}
	return nil
}
func (h *hound) Disarm() error {
	if !h.ended.Swap(true) {
		close(h.stopped)
	}
	return nil
}

// A kiosk that was told to end and hangs in it must not hang for ever: the
// watchdog is stopped once all else has ended, and not kicked until then.
func TestTheWatchdogOutlivesTheKiosk(t *testing.T) {
	h := &hound{part: part{func() {}}, kicks: make(chan struct{}), stopped: make(chan struct{})}
	open := func(d hal.Device) hal.Opener {
		return func(context.Context, *url.URL) (hal.Device, error) { return d, nil }
	}
	hung := false
	panel := glass{part{func() {
		select {
		case <-h.stopped:
			t.Error("the watchdog is stopped, and the kiosk still ends")
		case <-time.After(300 * time.Millisecond):
			hung = true
		}
	}}}
	term := &terminal{board: config.Board{Devices: config.Devices{Watchdog: "dog:"}}}
	ctx, end := context.WithCancel(t.Context())
	go func() {
		<-h.kicks
		end()
	}()
	err := term.play(ctx, kiosk.Options{
		Machine: session.New(session.Config{}), Display: blank{}, Touch: "panel:", OutOfService: health.ConfigFile,
		Registry: hal.Registry{"dog": open(h), "panel": open(panel)}, Log: slog.New(slog.DiscardHandler),
	}, func(string, hal.Health) {})
	if err != nil || !hung {
		t.Errorf("play gives %v; the panel hung: %v", err, hung)
	}
	select {
	case <-h.stopped:
	default:
		t.Error("the watchdog counts on after a kiosk that ended in good order")
	}
}
