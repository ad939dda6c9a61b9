package sim_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
	"tram06/hal/gpio/sim"
)

// What the kernel answers to a request that cannot be; it may come from any
// program at the other end of a socket.
func TestRequestsThatCannotBe(t *testing.T) {
	m := sim.New()
	m.Add("pinctrl-sim", 4)
	chip, err := m.Open("/dev/gpiochip0")
	if err != nil {
		t.Fatal(err)
	}
	good := unix.GPIOV2LineRequest{Num_lines: 1}
	good.Config.Flags = gpio.FlagOutput
	for name, spoil := range map[string]func(r *unix.GPIOV2LineRequest){
		"no line":                  func(r *unix.GPIOV2LineRequest) { r.Num_lines = 0 },
		"more lines than it has":   func(r *unix.GPIOV2LineRequest) { r.Num_lines = 65 },
		"a line beyond the chip":   func(r *unix.GPIOV2LineRequest) { r.Offsets[0] = 4 },
		"more attributes than fit": func(r *unix.GPIOV2LineRequest) { r.Config.Num_attrs = 11 },
		"neither in nor out":       func(r *unix.GPIOV2LineRequest) { r.Config.Flags = 0 },
		"edges of an output":       func(r *unix.GPIOV2LineRequest) { r.Config.Flags |= gpio.FlagEdgeRising },
		"pulled up and down":       func(r *unix.GPIOV2LineRequest) { r.Config.Flags |= gpio.FlagPullUp | gpio.FlagPullDown },
		"an unknown flag":          func(r *unix.GPIOV2LineRequest) { r.Config.Flags |= 1 << 63 },
	} {
		r := good
		spoil(&r)
		if _, err := chip.Request(&r); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s gives %v, want EINVAL", name, err)
		}
	}
	if _, err := chip.Request(&good); err != nil {
		t.Errorf("the good one gives %v", err)
	}
}
