package setup

import (
	"image"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/ui/scene"
	"tram06/ui/text"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Panels that terminals have.
var panels = map[string]Panel{
	"upright":   {1080, 1920, 268.0 / 1080},
	"landscape": {1920, 1080, 476.0 / 1920},
	"ten-inch":  {1280, 800, 217.0 / 1280},
	"small":     {1024, 600, 154.0 / 1024},
	"huge":      {1080, 1920, 0.5},
}

func fonts(t testing.TB) *text.Fonts {
	t.Helper()
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

func touch(kind hal.TouchKind, x, y, ms int) hal.Touch {
	return hal.Touch{Kind: kind, X: x, Y: y, At: at(ms)}
}

// swipe is a finger from one place to another, told every 10 ms.
func swipe(touchIt func(hal.Touch), x0, y0, x1, y1, steps, ms int) (end int) {
	touchIt(touch(hal.TouchDown, x0, y0, ms))
	for i := range steps {
		ms += 10
		touchIt(touch(hal.TouchMove, x0+(x1-x0)*(i+1)/steps, y0+(y1-y0)*(i+1)/steps, ms))
	}
	touchIt(touch(hal.TouchUp, x1, y1, ms+10))
	return ms + 20
}

// sample is a page in a state that looks different.
type sample struct {
	name string
	draw func(*text.Fonts) *scene.Scene
	over func(*text.Fonts) bool // something did not fit
}

func samples(p Panel) []sample {
	var out []sample
	trial := func(name string, play func(*Trial)) {
		t := NewTrial(p, time.Minute, noon)
		play(t)
		out = append(out, sample{"trial-" + name, t.Scene, func(f *text.Fonts) bool { return t.draw(f).Overflow }})
	}
	trial("begin", func(*Trial) {})
	half := func(t *Trial) {
		ms := swipe(t.Touch, 0, p.H/20, p.W-1, p.H/20, 40, 1000)
		ms = swipe(t.Touch, p.W-1, p.H/10, p.W/3, p.H-1, 70, ms)
		t.Count(evdev.Counts{Events: 900, Reports: 118, Dropped: 2, Fingers: 2, Most: 2}, []image.Point{{X: p.W / 4, Y: p.H/3 + 3}, {X: p.W - 20, Y: p.H - 30}}, at(ms))
		t.Touch(touch(hal.TouchDown, p.W/5, p.H/3, ms+10))
		t.Touch(touch(hal.TouchMove, p.W/4, p.H/3+3, ms+20))
	}
	trial("half", half)
	trial("gone", func(t *Trial) {
		half(t)
		t.Device(hal.Health{State: hal.Absent, Key: hal.KeyTouchGone})
	})
	trial("uncalibrated", func(t *Trial) { t.Device(hal.Health{State: hal.Degraded, Key: hal.KeyTouchUncalibrated}) })
	trial("leaving", func(t *Trial) { t.Tick(at(48_000)) })
	trial("passed", func(t *Trial) {
		ms := 1000
		for row := range t.rows {
			y := (2*row + 1) * p.H / (2 * t.rows)
			ms = swipe(t.Touch, 0, y, p.W-1, y, 4*t.cols, ms)
		}
		d := t.doneAt()
		t.Touch(touch(hal.TouchDown, d.X+d.W/2, d.Y+d.H/2, ms+50))
		t.Tick(at(ms + 1600))
	})
	calib := func(name string, play func(*Calibration)) {
		c := newCalibration(p, 0)
		play(c)
		out = append(out, sample{"calibration-" + name, c.Scene, func(f *text.Fonts) bool { return c.draw(f).Overflow }})
	}
	calib("begin", func(*Calibration) {})
	calib("holding", func(c *Calibration) {
		rest(c, 0, 0, 0, 0)
		c.Touch(touch(hal.TouchDown, c.targets[1].X, c.targets[1].Y, 5000))
		c.Tick(at(5300))
	})
	calib("taken", func(c *Calibration) {
		c.Touch(touch(hal.TouchDown, c.targets[0].X, c.targets[0].Y, 5000))
		c.Tick(at(5600))
	})
	calib("early", func(c *Calibration) {
		for i := range 3 {
			rest(c, i, 0, 0, 1000*i)
		}
		c.Touch(touch(hal.TouchDown, c.targets[3].X, c.targets[3].Y, 5000))
		c.Touch(touch(hal.TouchUp, c.targets[3].X, c.targets[3].Y, 5200))
	})
	calib("centre", func(c *Calibration) {
		for i := range 4 {
			rest(c, i, 0, 0, 1000*i)
		}
		c.Tick(at(50_000))
	})
	calib("gone", func(c *Calibration) { c.Device(hal.Health{State: hal.Absent, Key: hal.KeyTouchGone}) })
	calib("off", func(c *Calibration) {
		for i := range 5 {
			dx := 0
			if i == 2 {
				dx = -p.W / 3
			}
			rest(c, i, dx, 0, 1000*i)
		}
	})
	calib("check", func(c *Calibration) { all(c) })
	calib("check-finger", func(c *Calibration) {
		all(c)
		c.Touch(touch(hal.TouchDown, p.W/3, p.H/4, 9000))
	})
	calib("check-pressed", func(c *Calibration) {
		all(c)
		yes, _ := c.answers()
		c.Touch(touch(hal.TouchDown, yes.X+40, yes.Y+40, 9000))
	})
	calib("check-wanting", func(c *Calibration) {
		for i := range 5 {
			rest(c, i, 0, c.panel.pixels(7)*(i/4), 1000*i)
		}
		rest(c, 4, 0, c.panel.pixels(7), 8000)
	})
	calib("check-leaving", func(c *Calibration) {
		all(c)
		c.Tick(at(55_000))
	})
	return out
}

func newCalibration(p Panel, rotate int) *Calibration {
	return NewCalibration(p, evdev.Panel{Width: p.W, Height: p.H, Rotate: rotate}, time.Minute, noon)
}

// rest is a finger that rests dx, dy beside target i.
func rest(c *Calibration, i, dx, dy, ms int) {
	x, y := c.targets[i].X+dx, c.targets[i].Y+dy
	c.Touch(touch(hal.TouchDown, x, y, ms))
	c.Tick(at(ms + 600))
	c.Touch(touch(hal.TouchUp, x, y, ms+700))
}

func all(c *Calibration) {
	for i := range c.targets {
		rest(c, i, 0, 0, 1000*i)
	}
}
