package sysfs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sysfs"
	"tram06/hal/sysfs/sim"
)

// tear visits a device over cables that break.
func tear[D hal.Device](t *testing.T, tree *sim.Tree, p plug, uri string, use func(ctx context.Context, d D) error) {
	t.Helper()
	haltest.EveryStep(t, haltest.Visit[D]{
		Open: func(t *testing.T, cable *haltest.Fuse) (D, error) {
			p.Plug()
			return hal.Open[D](t.Context(), sysfs.Registry(tree.Cable(p.Unplug, cable.Broken), nil), uri)
		},
		Use: use, Virtual: true,
	})
}

func TestBacklightUnpluggedAtEveryStep(t *testing.T) {
	for _, uri := range []string{"backlight:///", "backlight:///10-0045?least=4"} {
		tree := sim.New()
		tear(t, tree, tree.AddPanel("10-0045", 255), uri, func(_ context.Context, d hal.Backlight) error {
			for _, level := range []int{50, 0, 100} {
				if err := d.SetLevel(level); err != nil {
					return err
				}
				if _, err := d.Level(); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func TestThermometerUnpluggedAtEveryStep(t *testing.T) {
	tree := sim.New()
	tear(t, tree, tree.AddSensor("cpu_thermal", "", 48.5), "hwmon+thermometer:///", func(_ context.Context, d hal.Thermometer) error {
		for range 3 {
			if _, err := d.Read(); err != nil {
				return err
			}
		}
		return nil
	})
}

func turn(_ context.Context, d hal.Fan) error {
	for _, speed := range []int{100, 0, 40} {
		if err := d.SetSpeed(speed); err != nil {
			return err
		}
		if _, err := d.RPM(); err != nil && !errors.Is(err, hal.ErrUnsupported) {
			return err
		}
	}
	return nil
}

func TestFansUnpluggedAtEveryStep(t *testing.T) {
	tree := sim.New()
	tear(t, tree, tree.AddFan("pwmfan"), "hwmon+fan:///pwmfan", turn)
	tear(t, tree, tree.AddPulser("fe20c000.pwm", 2), "pwm+fan:///fe20c000.pwm/1", turn)
}

func TestBuzzerUnpluggedAtEveryStep(t *testing.T) {
	tree := sim.New()
	tear(t, tree, tree.AddPulser("fe20c000.pwm", 2), "pwm+buzzer:///fe20c000.pwm/0", func(ctx context.Context, d hal.Buzzer) error {
		return errors.Join(d.Beep(ctx, 1000, time.Second), d.Beep(ctx, 500, 10*time.Millisecond))
	})
}
