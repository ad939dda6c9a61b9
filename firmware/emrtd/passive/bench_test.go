package passive_test

import (
	"testing"

	"tram06/firmware/emrtd/passive"
)

// Every sample's curve and padding: what a signature costs the kiosk.
func BenchmarkVerifySignature(b *testing.B) {
	for name, sod := range samples(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := passive.ParseSOD(sod)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.VerifySignature(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
