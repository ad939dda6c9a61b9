package escpos_test

import (
	"context"
	"testing"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/haltest"
)

var schemes = []string{"escpos+tcp", "escpos+serial", "escpos+usb"}

func TestConformance(t *testing.T) {
	for _, scheme := range schemes {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			haltest.Printer(t,
				func(t *testing.T) hal.Printer { return newPress(t, scheme, sim.Options{}, quick).dev },
				func(t *testing.T) hal.Printer {
					// Answers status, but never that it got to the end.
					return newPress(t, scheme, sim.Options{Answers: sim.NoOrder}, escpos.Options{Reply: 10 * quick.Confirm}).dev
				})
		})
	}
}

func TestPages(t *testing.T) {
	for _, scheme := range schemes {
		for name, answers := range map[string]sim.Answers{"named": sim.Full, "counted": sim.Simple} {
			if answers == sim.Simple && scheme != "escpos+tcp" {
				continue // it waits a lot, and counts alike on every line
			}
			t.Run(scheme+", "+name, func(t *testing.T) {
				t.Parallel()
				haltest.Printers(t, func(t *testing.T) haltest.Press {
					o := quick
					if answers == sim.Simple {
						o.Reply /= 8 // it leaves most questions unanswered
					}
					// The paper moves, so that there is a middle.
					return newPress(t, scheme, sim.Options{Answers: answers, Speed: 2500, Buffer: 16 << 10}, o)
				})
			})
		}
	}
}

func TestPlugCycles(t *testing.T) {
	for _, scheme := range schemes {
		t.Run(scheme, func(t *testing.T) {
			// Its paper creeps, so that no page is out before the plug is.
			s := newPress(t, scheme, sim.Options{Speed: 1}, quick)
			haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.Printer, func()) {
				return s.Plug(), s.Unplug
			}, func(ctx context.Context, p hal.Printer) error {
				return p.Print(ctx, "", receipt(64, 80, 1))
			})
		})
	}
}
