package watchdog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/watchdog"
	"tram06/hal/watchdog/sim"
)

// cabled pulls the plug at the exchange that its cable does not carry.
type cabled struct {
	watchdog.Timer
	dog   *sim.Dog
	cable *haltest.Fuse
}

func (c cabled) step() watchdog.Timer {
	if c.cable.Broken() {
		c.dog.Unplug()
	}
	return c.Timer
}

func (c cabled) Support() (options uint32, identity string, err error) { return c.step().Support() }
func (c cabled) SetTimeout(seconds int) error                          { return c.step().SetTimeout(seconds) }
func (c cabled) GetTimeout() (seconds int, err error)                  { return c.step().GetTimeout() }
func (c cabled) KeepAlive() error                                      { return c.step().KeepAlive() }
func (c cabled) BootStatus() (uint32, error)                           { return c.step().BootStatus() }
func (c cabled) Magic() error                                          { return c.step().Magic() }
func (c cabled) NoWayOut() (on, known bool)                            { return c.step().NoWayOut() }

func TestUnpluggedAtEveryStep(t *testing.T) {
	kick := func(dog *sim.Dog, w *watchdog.Watchdog) error {
		for range 3 {
			if err := w.Kick(); err != nil {
				return err
			}
		}
		return counts(dog, true)
	}
	disarm := func(dog *sim.Dog, w *watchdog.Watchdog) error {
		if err := w.Disarm(); err != nil {
			return err
		}
		return counts(dog, false)
	}
	for name, o := range map[string]sim.Options{"plain": {}, "fixed": {Fixed: true}, "without magic": {NoMagic: true}} {
		for what, use := range map[string]func(*sim.Dog, *watchdog.Watchdog) error{"kicked": kick, "disarmed": disarm} {
			t.Run(name+", "+what, func(t *testing.T) {
				dog := sim.New(o)
				haltest.EveryStep(t, haltest.Visit[*watchdog.Watchdog]{
					Open: func(t *testing.T, cable *haltest.Fuse) (*watchdog.Watchdog, error) {
						dog.Plug()
						line, err := dog.Open()
						if err != nil {
							return nil, err
						}
						return watchdog.New(cabled{line, dog, cable}, uri, watchdog.Options{})
					},
					Use:     func(_ context.Context, w *watchdog.Watchdog) error { return use(dog, w) },
					Virtual: true,
				})
			})
		}
	}
}

func counts(dog *sim.Dog, want bool) error {
	if dog.Running() != want {
		return fmt.Errorf("it counts: %t: %w", !want, hal.ErrFault)
	}
	return nil
}

// On a clock that is exact: whoever kicks twice a second misses it within one.
func TestHealsInTime(t *testing.T) {
	var dog *sim.Dog // of the bubble, as its fuse is
	haltest.Supervised(t, haltest.Rig[*watchdog.Watchdog]{
		Open: func() (*watchdog.Watchdog, error) {
			if dog == nil {
				dog = sim.New(sim.Options{})
			}
			return open(t, dog)
		},
		Unplug: func() { dog.Unplug() }, Plug: func() { dog.Plug() }, Virtual: true,
	}, func(ctx context.Context, w *watchdog.Watchdog, works func()) error {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			if err := w.Kick(); err != nil {
				return err
			}
			works()
			select {
			case <-tick.C:
			case <-ctx.Done():
				return w.Disarm()
			}
		}
	})
}
