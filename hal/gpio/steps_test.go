package gpio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/gpio"
	"tram06/hal/gpio/sim"
	"tram06/hal/haltest"
)

// tear visits a device over cables that break. Virtual time lets the driver's
// own looks be steps too.
func tear[D hal.Device](t *testing.T, m *sim.Machine, c *sim.Chip, uri string, use func(ctx context.Context, d D) error) {
	t.Helper()
	haltest.EveryStep(t, haltest.Visit[D]{
		Open: func(t *testing.T, cable *haltest.Fuse) (D, error) {
			c.Plug()
			return hal.Open[D](t.Context(), gpio.Registry(m.Cable(c, cable.Broken), nil), uri)
		},
		Use: func(ctx context.Context, d D) error {
			if err := use(ctx, d); err != nil {
				return err
			}
			<-time.After(2 * time.Second)
			if h := d.Health(); h.State == hal.Absent {
				return h.Err // seen by the driver's own look
			}
			return nil
		},
		Virtual: true,
	})
}

func TestLampsUnpluggedAtEveryStep(t *testing.T) {
	m, c := bench()
	tear(t, m, c, "gpio+lamps:///?reader=pinctrl-test/17&printer=pinctrl-test/27,low", func(_ context.Context, d hal.Lamps) error {
		for _, p := range []hal.Pattern{hal.Steady, hal.Invite, hal.Dark} {
			for _, name := range d.Names() {
				if err := d.Set(name, p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func TestSwitchesUnpluggedAtEveryStep(t *testing.T) {
	for name, edges := range map[string]bool{"with interrupts": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			m, c := bench()
			if !edges {
				c.NoEdges()
			}
			tear(t, m, c, "gpio+switch:///pinctrl-test/22?debounce=10ms", func(ctx context.Context, d hal.Switch) error {
				for range 3 {
					c.Drive(22, !d.On())
					if _, err := d.Next(ctx); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

func TestBuzzersUnpluggedAtEveryStep(t *testing.T) {
	for _, kind := range []string{"active", "passive"} {
		t.Run(kind, func(t *testing.T) {
			m, c := bench()
			tear(t, m, c, "gpio+buzzer:///pinctrl-test/18?kind="+kind, func(ctx context.Context, d hal.Buzzer) error {
				return errors.Join(d.Beep(ctx, 1000, 5*time.Millisecond), d.Beep(ctx, 500, 5*time.Millisecond))
			})
		})
	}
}

func TestFansUnpluggedAtEveryStep(t *testing.T) {
	for _, query := range []string{"", "?tach=pinctrl-test/24"} {
		t.Run(query, func(t *testing.T) {
			m, c := bench()
			tear(t, m, c, "gpio+fan:///pinctrl-test/23"+query, func(_ context.Context, d hal.Fan) error {
				for _, speed := range []int{100, 0, 100} {
					if err := d.SetSpeed(speed); err != nil {
						return err
					}
					if _, err := d.RPM(); err != nil && !errors.Is(err, hal.ErrUnsupported) {
						return err
					}
				}
				return nil
			})
		})
	}
}
