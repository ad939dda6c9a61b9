package sim_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
	"tram06/hal/gpio/remote"
)

// BenchmarkLookOverTheWire is what every device on wires costs a desk's kiosk
// twice a second.
func BenchmarkLookOverTheWire(b *testing.B) {
	_, addr := serve(b)
	m := remote.Dial(addr)
	chip, err := m.Open("/dev/gpiochip0")
	if err != nil {
		b.Fatal(err)
	}
	defer chip.Close()
	r := unix.GPIOV2LineRequest{Num_lines: 1}
	r.Offsets[0] = 4
	r.Config.Flags = gpio.FlagInput
	lines, err := chip.Request(&r)
	if err != nil {
		b.Fatal(err)
	}
	defer lines.Close()
	b.ReportAllocs()
	for b.Loop() {
		v := unix.GPIOV2LineValues{Mask: 1}
		if err := lines.Get(&v); err != nil {
			b.Fatal(err)
		}
	}
}
