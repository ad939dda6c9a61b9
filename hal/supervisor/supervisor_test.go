package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
	"tram06/hal/supervisor"
)

// lamp is a device of the test: plugged in and out at will.
type lamp struct {
	*pulse.Pulse
	gone   chan struct{}
	closed int
}

func (l *lamp) URI() string { return "lamp:" }
func (l *lamp) Close() error {
	l.closed++
	if l.closed == 1 {
		close(l.gone)
	}
	return nil
}

func newLamp() *lamp {
	return &lamp{Pulse: pulse.New(time.Now, hal.Ready, hal.KeyOK), gone: make(chan struct{})}
}

// mute hides that the device tells its changes.
type mute struct{ l *lamp }

func (m mute) URI() string        { return m.l.URI() }
func (m mute) Health() hal.Health { return m.l.Health() }
func (m mute) Close() error       { return m.l.Close() }

type bench struct {
	open    func() (hal.Device, error)
	opened  []time.Duration
	health  []string
	errs    []error // of absence
	begin   time.Time
	wake    chan struct{}
	backoff func(int) time.Duration
}

func (b *bench) run(ctx context.Context, use func(context.Context, hal.Device) error) error {
	b.begin = time.Now()
	return supervisor.Run(ctx, supervisor.Options[hal.Device]{
		URI: "lamp:", Key: "lamp.gone", Use: use, Backoff: b.backoff, Wake: b.wake,
		OnHealth: func(h hal.Health) {
			b.health = append(b.health, fmt.Sprint(h.State, " ", h.Key))
			if h.State == hal.Absent {
				b.errs = append(b.errs, h.Err)
			}
		},
		Registry: hal.Registry{"lamp": func(context.Context, *url.URL) (hal.Device, error) {
			b.opened = append(b.opened, time.Since(b.begin))
			return b.open()
		}},
	})
}

func sleepOn(ctx context.Context, d hal.Device) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAbsentIsToldOnceAndTriedEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		b := &bench{open: func() (hal.Device, error) { return nil, hal.ErrGone },
			backoff: supervisor.Exponential(supervisor.MinPause, supervisor.MaxPause, func() float64 { return 0 })}
		if err := b.run(ctx, sleepOn); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		ms := time.Millisecond
		want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 2500 * ms, 3500 * ms, 4500 * ms}
		if !slices.Equal(b.opened, want) {
			t.Errorf("opened at %v, want %v", b.opened, want)
		}
		if !slices.Equal(b.health, []string{"absent lamp.gone"}) {
			t.Errorf("health %q", b.health)
		}
	})
}

func TestGoneComesBack(t *testing.T) {
	for _, how := range []string{"use says so", "device says so", "device is mute"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var lamps []*lamp
				b := &bench{open: func() (hal.Device, error) {
					l := newLamp()
					lamps = append(lamps, l)
					if how == "device is mute" {
						return mute{l}, nil
					}
					return l, nil
				}}
				failed := make(chan struct{})
				done := make(chan error, 1)
				go func() {
					done <- b.run(ctx, func(ctx context.Context, d hal.Device) error {
						select {
						case <-failed:
							return fmt.Errorf("exchange: %w", hal.ErrGone)
						case <-ctx.Done():
							return ctx.Err()
						}
					})
				}()
				<-time.After(time.Minute)
				synctest.Wait()
				lamps[0].Set(hal.Degraded, "lamp.dim", nil)
				<-time.After(time.Second)
				if how == "use says so" {
					failed <- struct{}{}
				} else {
					lamps[0].Set(hal.Absent, "lamp.gone", hal.ErrGone)
				}
				<-time.After(3 * time.Second)
				synctest.Wait()
				if len(lamps) != 2 || lamps[0].closed == 0 || lamps[1].closed != 0 {
					t.Fatalf("%d devices were opened", len(lamps))
				}
				want := []string{"ready ", "degraded lamp.dim", "absent lamp.gone", "ready "}
				if !slices.Equal(b.health, want) {
					t.Errorf("health %q, want %q", b.health, want)
				}
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if lamps[1].closed == 0 {
					t.Error("the device is still open")
				}
			})
		})
	}
}

func TestAUserThatDoesNotHeedItsContextIsEndedByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLamp()
		b := &bench{open: func() (hal.Device, error) { return l, nil }}
		done := make(chan error, 1)
		go func() {
			done <- b.run(ctx, func(context.Context, hal.Device) error { <-l.gone; return hal.ErrGone })
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestPausesStayWithinTheirBounds(t *testing.T) {
	for _, chance := range []float64{0, 0.5, 0.999} {
		f := supervisor.Exponential(supervisor.MinPause, supervisor.MaxPause, func() float64 { return chance })
		for _, n := range []int{-1, 0, 1, 2, 4, 5, 6, 30, 31, 64, 1 << 30} {
			if d := f(n); d < supervisor.MinPause || d > supervisor.MaxPause {
				t.Errorf("pause %d is %v", n, d)
			}
		}
	}
}
