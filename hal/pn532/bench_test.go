package pn532_test

import (
	"testing"

	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

// BenchmarkTransmit is what the driver and the pauses of its polling add to a
// command: the simulated chip and card take no time.
func BenchmarkTransmit(b *testing.B) {
	for way, d := range transports {
		b.Run(way, func(b *testing.B) {
			c := sim.New()
			c.Lay(sim.NewCard(echo))
			r, err := d(b.Context(), c, pn532.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			k, err := r.Wait(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			apdu := make([]byte, 230)
			b.SetBytes(int64(2 * len(apdu)))
			for b.Loop() {
				if _, err := k.Transmit(b.Context(), apdu); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
