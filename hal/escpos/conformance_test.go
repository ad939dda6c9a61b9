package escpos_test

import (
	"testing"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/haltest"
)

func TestConformance(t *testing.T) {
	haltest.Printer(t,
		func(t *testing.T) hal.Printer { return newDesk(t, sim.Options{}).open(quick) },
		func(t *testing.T) hal.Printer {
			// Answers status, but never that it got to the end.
			p := newDesk(t, sim.Options{Answers: sim.NoOrder}).open(escpos.Options{Reply: 10 * quick.Confirm})
			return p
		})
}
