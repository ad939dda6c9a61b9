package wedge

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/input"
	"tram06/hal/haltest"
	"tram06/hal/wedge/sim"
)

func TestConformance(t *testing.T) {
	haltest.Scanner(t, func(t *testing.T) hal.Scanner { return open(t, sim.New(still).Device, "") })
}

func next(ctx context.Context, s hal.Scanner) error { _, err := s.Next(ctx); return err }

func TestPlugCycles(t *testing.T) {
	gun := sim.New(still)
	haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.Scanner, func()) {
		gun.Plug()
		return open(t, gun.Device, ""), gun.Unplug
	}, next)
}

func TestSupervised(t *testing.T) {
	gun := sim.New(still)
	haltest.Supervised(t, haltest.Rig[hal.Scanner]{
		Open:   func() (hal.Scanner, error) { return reach(t, gun.Open, "?suffix=none") },
		Unplug: gun.Unplug, Plug: gun.Plug, Virtual: true,
	}, func(ctx context.Context, d hal.Scanner, works func()) error {
		d.Arm(true)
		works()
		return next(ctx, d)
	})
}

func reach(t *testing.T, how func(string) (input.Device, error), query string) (hal.Scanner, error) {
	reg := hal.Registry{"wedge": OpenerOn(input.System{Open: how}, nil)}
	return hal.Open[hal.Scanner](t.Context(), reg, "wedge:///sim"+query)
}

// The plug is pulled at each exchange of two scans, one of which the driver is
// too slow for.
func TestUnpluggedAtEveryStep(t *testing.T) {
	for _, query := range []string{"", "?grab=0", "?suffix=none"} {
		t.Run(query, func(t *testing.T) {
			gun := sim.New(still)
			if query == "?suffix=none" {
				gun.Suffix = "-"
			}
			haltest.EveryStep(t, haltest.Visit[hal.Scanner]{
				Open: func(t *testing.T, cable *haltest.Fuse) (hal.Scanner, error) {
					gun.Unplug()
					gun.Plug()
					return reach(t, gun.Cable(cable.Broken), query)
				},
				Use: func(ctx context.Context, d hal.Scanner) error {
					d.Arm(true)
					defer d.Arm(false)
					for _, code := range []string{"0010-90", "AZ"} {
						gun.Step = 2 * time.Millisecond
						typed := make(chan struct{})
						go func() {
							defer close(typed)
							gun.Scan([]byte(code))
						}()
						scan, err := d.Next(ctx)
						<-typed
						if err != nil {
							return err
						}
						if string(scan.Data) != code {
							return fmt.Errorf("scanned %q, want %q", scan.Data, code)
						}
					}
					// All at once: events are lost, and the state is asked for.
					for range 30 {
						gun.Send(input.Event{Type: input.Key, Code: 30, Value: input.Pressed}, input.Event{},
							input.Event{Type: input.Key, Code: 30, Value: input.Released}, input.Event{})
					}
					synctest.Wait()
					return nil
				},
				Virtual: true,
			})
		})
	}
}
