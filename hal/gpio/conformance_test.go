package gpio_test

import (
	"testing"

	"tram06/hal"
	"tram06/hal/gpio"
	"tram06/hal/gpio/sim"
	"tram06/hal/haltest"
)

// bench is a machine with one chip, as on a Raspberry Pi.
func bench() (*sim.Machine, *sim.Chip) {
	m := sim.New()
	m.Add("another-chip", 4)
	return m, m.Add("pinctrl-test", 54)
}

func rig[D hal.Device](t *testing.T, m *sim.Machine, c *sim.Chip, uri string) haltest.Rig[D] {
	return haltest.Rig[D]{
		Open:   func() (D, error) { return hal.Open[D](t.Context(), gpio.Registry(m, nil), uri) },
		Unplug: c.Unplug, Plug: c.Plug, Virtual: true,
	}
}

func TestLampsConform(t *testing.T) {
	m, c := bench()
	haltest.Lamps(t, rig[hal.Lamps](t, m, c, "gpio+lamps:///?reader=pinctrl-test/17&printer=pinctrl-test/27,low"))
}

func TestSwitchConforms(t *testing.T) {
	m, c := bench()
	r := rig[hal.Switch](t, m, c, "gpio+switch:///pinctrl-test/22?active=low&pull=up&debounce=1ms")
	haltest.Switch(t, r, func(on bool) { c.Drive(22, !on) })
}

func TestSwitchOfAChipWithoutInterruptsConforms(t *testing.T) {
	m, c := bench()
	c.NoEdges()
	r := rig[hal.Switch](t, m, c, "gpio+switch:///pinctrl-test/22?debounce=1ms")
	haltest.Switch(t, r, func(on bool) { c.Drive(22, on) })
}

func TestBuzzersConform(t *testing.T) {
	for _, kind := range []string{"active", "passive"} {
		t.Run(kind, func(t *testing.T) {
			m, c := bench()
			haltest.Buzzer(t, rig[hal.Buzzer](t, m, c, "gpio+buzzer:///pinctrl-test/18?kind="+kind))
		})
	}
}

func TestFansConform(t *testing.T) {
	for name, uri := range map[string]string{
		"silent":         "gpio+fan:///pinctrl-test/23",
		"with its speed": "gpio+fan:///pinctrl-test/23?tach=pinctrl-test/24",
	} {
		t.Run(name, func(t *testing.T) {
			m, c := bench()
			haltest.Fan(t, rig[hal.Fan](t, m, c, uri))
		})
	}
}
