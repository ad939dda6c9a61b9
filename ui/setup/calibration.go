package setup

import (
	"errors"
	"image"
	"math"
	"slices"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/calibrate"
	"tram06/ui/pointer"
	"tram06/ui/scene"
)

// Calibration shows crosses, takes a steady touch on each, and then shows what
// came of it under the finger: the technician keeps it or begins again. Touches
// come as the panel tells them without any calibration.
type Calibration struct {
	panel   Panel
	glass   evdev.Panel
	targets []scene.Point
	told    []*scene.Point // what was told of each target
	ask     []int          // targets that are still to be touched
	rounds  int            // how often touches were asked for again
	steady  steady
	said    words // about the last touch
	wrong   bool  // said is bad news

	checking bool
	found    Found
	ptr      pointer.Pointer
	finger   *scene.Point // last seen, corrected

	device
	quiet
	end End
}

// Found is a calibration and how well it fits.
type Found struct {
	Matrix  calibrate.Matrix
	MeanMM  float64 // root of the mean square
	MostMM  float64
	Wanting bool // worse than a good panel is; it may be the best there is
}

const (
	// good is the largest error, in millimetres, that nobody notices.
	good = 2.0
	// doubtful is one that has a touch asked for again, once.
	doubtful = 3.5
)

// choice is what the check asks.
type choice bool

const (
	keep  choice = true
	again choice = false
)

// NewCalibration begins one that ends by itself after limit without a touch.
// glass is the panel as its driver knows it.
func NewCalibration(p Panel, glass evdev.Panel, limit time.Duration, now time.Time) *Calibration {
	c := &Calibration{panel: p, glass: glass, quiet: quiet{limit, now, now}}
	for _, t := range calibrate.Targets() {
		c.targets = append(c.targets, scene.Point{X: int(math.Round(t.X * float64(p.W-1))), Y: int(math.Round(t.Y * float64(p.H-1)))})
	}
	c.begin()
	return c
}

func (c *Calibration) begin() {
	c.told = make([]*scene.Point, len(c.targets))
	c.ask = nil
	for i := range c.targets {
		c.ask = append(c.ask, i)
	}
	c.checking, c.rounds, c.finger = false, 0, nil
	c.steady = steady{radius: wander / c.panel.Pitch}
}

// Touch takes one touch.
func (c *Calibration) Touch(e hal.Touch) {
	c.since, c.now = later(c.since, e.At), later(c.now, e.At)
	if c.checking {
		c.check(e)
		return
	}
	c.step(c.steady.touch(e))
}

// Tick tells the time.
func (c *Calibration) Tick(now time.Time) {
	c.now = later(c.now, now)
	if !c.checking {
		c.step(c.steady.tick(c.now))
	}
	if c.end == Running && c.over() {
		c.end = TimedOut
	}
}

func (c *Calibration) step(s step) {
	switch s {
	case early:
		c.said, c.wrong = sayEarly, true
	case slid:
		c.said, c.wrong = saySlid, true
	case took:
		c.said, c.wrong = sayTaken, false
		x, y := c.steady.place()
		c.told[c.ask[0]] = &scene.Point{X: x, Y: y}
	case lifted:
		c.said = words{}
		if c.ask = c.ask[1:]; len(c.ask) == 0 {
			c.fit()
		}
	}
}

// fit finds the calibration, or asks for what does not fit again.
func (c *Calibration) fit() {
	taps := make([]evdev.Tap, len(c.targets))
	for i, at := range c.targets {
		taps[i] = evdev.Tap{ShownX: at.X, ShownY: at.Y, ToldX: c.told[i].X, ToldY: c.told[i].Y}
	}
	r, err := c.glass.Recalibrate(calibrate.Identity, taps)
	switch {
	case errors.Is(err, calibrate.ErrLine):
		c.begin()
		c.said, c.wrong = sayOnePlace, true
		return
	case err != nil && !errors.Is(err, calibrate.ErrScatter):
		c.begin()
		c.said, c.wrong = sayNoFit, true
		return
	}
	f := c.judge(r, taps)
	if err != nil || f.MostMM > doubtful && c.rounds == 0 {
		c.rounds++
		if c.repeat(taps, f) {
			return
		}
		if err != nil {
			c.begin()
			c.said, c.wrong = sayNoFit, true
			return
		}
	}
	c.found, c.checking, c.finger = f, true, nil
	c.ptr = pointer.Pointer{}
	yes, no := c.answers()
	c.ptr.Show(&scene.Scene{Name: checkName, Targets: []scene.Target{
		{ID: "keep", Rect: yes, Action: keep}, {ID: "again", Rect: no, Action: again},
	}}, c.now)
}

// judge measures a calibration in millimetres.
func (c *Calibration) judge(r calibrate.Result, taps []evdev.Tap) Found {
	f := Found{Matrix: r.Matrix}
	sum := 0.0
	for _, t := range taps {
		x, y := c.glass.Correct(r.Matrix, t.ToldX, t.ToldY)
		off := c.panel.mm(math.Hypot(float64(x-t.ShownX), float64(y-t.ShownY)))
		f.MostMM = max(f.MostMM, off)
		sum += off * off
	}
	f.MeanMM = math.Sqrt(sum / float64(len(taps)))
	f.Wanting = f.MostMM > good
	return f
}

// repeat asks for those touches again of which one alone may be wrong: without
// it all others fit together. With five targets there are mostly two, since a
// corner that was missed looks the same as the opposite one. There are none if
// more than one was missed.
func (c *Calibration) repeat(taps []evdev.Tap, f Found) bool {
	var suspects []int
	for i := range taps {
		others := slices.Concat(taps[:i], taps[i+1:])
		if r, err := c.glass.Recalibrate(calibrate.Identity, others); err == nil && c.judge(r, others).MostMM <= doubtful {
			suspects = append(suspects, i)
		}
	}
	if len(suspects) == 0 || c.rounds > 3 {
		return false
	}
	for _, i := range suspects {
		c.told[i] = nil
	}
	c.ask = suspects
	c.said, c.wrong = sayOff.f(f.MostMM), true
	return true
}

// check moves the cross under the finger, and takes the answer.
func (c *Calibration) check(e hal.Touch) {
	e.X, e.Y = c.glass.Correct(c.found.Matrix, e.X, e.Y)
	c.finger = &scene.Point{X: e.X, Y: e.Y}
	r := c.ptr.Touch(e)
	switch r.Action {
	case keep:
		c.end = Finished
	case again:
		c.begin()
	}
}

// Device tells how the panel is. Nobody lifts the finger from one that went.
func (c *Calibration) Device(h hal.Health) {
	c.h = h
	if h.State != hal.Absent {
		return
	}
	gone := hal.Touch{Kind: hal.TouchCancel, At: c.now}
	if c.checking {
		c.ptr.Touch(gone)
		return
	}
	c.step(c.steady.touch(gone))
}

// Count is told what the driver counts, which is no matter here.
func (c *Calibration) Count(evdev.Counts, []image.Point, time.Time) {}

// Ended tells whether it is over, and why.
func (c *Calibration) Ended() End { return c.end }

// Kept gives the calibration that the technician kept.
func (c *Calibration) Kept() (Found, bool) { return c.found, c.end == Finished }
