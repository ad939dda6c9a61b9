package sysfs_test

import (
	"testing"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sysfs"
	"tram06/hal/sysfs/sim"
)

// plug is whatever can be pulled out.
type plug interface {
	Unplug()
	Plug()
}

func rig[D hal.Device](t *testing.T, tree *sim.Tree, p plug, uri string) haltest.Rig[D] {
	return haltest.Rig[D]{
		Open:   func() (D, error) { return hal.Open[D](t.Context(), sysfs.Registry(tree, nil), uri) },
		Unplug: p.Unplug, Plug: p.Plug, Virtual: true,
	}
}

func TestBacklightsConform(t *testing.T) {
	tree := sim.New()
	p := tree.AddPanel("10-0045", 255)
	haltest.Backlight(t, rig[hal.Backlight](t, tree, p, "backlight:///10-0045"))
	coarse := sim.New()
	p = coarse.AddPanel("panel", 7)
	haltest.Backlight(t, rig[hal.Backlight](t, coarse, p, "backlight:///"))
}

func TestThermometerConforms(t *testing.T) {
	tree := sim.New()
	s := tree.AddSensor("cpu_thermal", "", 48.5)
	haltest.Thermometer(t, rig[hal.Thermometer](t, tree, s, "hwmon+thermometer:///"))
}

func TestFansConform(t *testing.T) {
	tree := sim.New()
	haltest.Fan(t, rig[hal.Fan](t, tree, tree.AddFan("pwmfan"), "hwmon+fan:///pwmfan"))
	haltest.Fan(t, rig[hal.Fan](t, tree, tree.AddPulser("fe20c000.pwm", 2), "pwm+fan:///fe20c000.pwm/1"))
}

func TestBuzzerConforms(t *testing.T) {
	tree := sim.New()
	haltest.Buzzer(t, rig[hal.Buzzer](t, tree, tree.AddPulser("fe20c000.pwm", 2), "pwm+buzzer:///fe20c000.pwm/0"))
}
