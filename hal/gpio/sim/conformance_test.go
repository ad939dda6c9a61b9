package sim_test

import (
	"context"
	"net"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/gpio/remote"
	"tram06/hal/gpio/sim"
	"tram06/hal/haltest"
)

// bench is a device of a simulated machine behind a socket.
func bench[D hal.Device](t *testing.T, uri func(addr string) string) (*sim.Chip, haltest.Rig[D]) {
	t.Helper()
	c, addr := serve(t)
	return c, haltest.Rig[D]{
		Open:   func() (D, error) { return hal.Open[D](t.Context(), remote.Registry(nil), uri(addr)) },
		Unplug: c.Unplug, Plug: c.Plug,
		Cycles: 10, // the drivers pass more without the wire, and the wire with lamps
	}
}

func TestSwitchConformsOverTheWire(t *testing.T) {
	c, r := bench[hal.Switch](t, func(addr string) string {
		return "sim+switch://" + addr + "/pinctrl-sim/22?debounce=1ms"
	})
	haltest.Switch(t, r, func(on bool) { c.Drive(22, on) })
}

func TestBuzzerConformsOverTheWire(t *testing.T) {
	_, r := bench[hal.Buzzer](t, func(addr string) string { return "sim+buzzer://" + addr + "/pinctrl-sim/18" })
	haltest.Buzzer(t, r)
}

func TestFanConformsOverTheWire(t *testing.T) {
	_, r := bench[hal.Fan](t, func(addr string) string { return "sim+fan://" + addr + "/pinctrl-sim/23" })
	haltest.Fan(t, r)
}

// What is at the address need not be a simulated machine.
func TestBadPeers(t *testing.T) {
	haltest.BadPeers(t, func(ctx context.Context, t *testing.T, peer func(net.Conn)) (hal.Lamps, error) {
		addr := haltest.Listen(t, "tcp", "127.0.0.1:0", peer)
		return hal.Open[hal.Lamps](ctx, remote.Registry(nil), "sim+lamps://"+addr+"/?reader=pinctrl-sim/17")
	}, func(_ context.Context, d hal.Lamps) error { return d.Set("reader", hal.Steady) })
}

// The connection is cut after each message: of the opening, of a lamp's change.
func TestCutAtEveryMessage(t *testing.T) {
	c, addr := serve(t)
	haltest.EveryStep(t, haltest.Visit[hal.Lamps]{
		Open: func(t *testing.T, cable *haltest.Fuse) (hal.Lamps, error) {
			look := time.NewTicker(time.Millisecond)
			defer look.Stop()
			for c.Owner(17) != "" { // the machine has not missed the last one yet
				<-look.C
			}
			near := haltest.Listen(t, "tcp", "127.0.0.1:0", haltest.Wire("tcp", addr, cable))
			return hal.Open[hal.Lamps](t.Context(), remote.Registry(nil), "sim+lamps://"+near+"/?reader=pinctrl-sim/17")
		},
		Use: func(_ context.Context, d hal.Lamps) error {
			for _, p := range []hal.Pattern{hal.Steady, hal.Dark} {
				if err := d.Set("reader", p); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
