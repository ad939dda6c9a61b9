package evdev

import (
	"fmt"
	"math"

	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/input"
)

// Panel is the screen behind the glass.
type Panel struct {
	// Width and Height are those of the upright picture, in pixels.
	Width, Height int
	// Rotate tells by how many degrees the picture is turned clockwise on its
	// way to the panel: 0, 90, 180 or 270. The glass is glued to the panel, so
	// touches are turned back by as much.
	Rotate int
}

// Upright turns a place on the glass, from 0 to 1 along each of its own axes,
// into one of the upright picture.
func (p Panel) upright(g calibrate.Point) calibrate.Point {
	switch p.Rotate {
	case 90:
		return calibrate.Point{X: g.Y, Y: 1 - g.X}
	case 180:
		return calibrate.Point{X: 1 - g.X, Y: 1 - g.Y}
	case 270:
		return calibrate.Point{X: 1 - g.Y, Y: g.X}
	}
	return g
}

// glass undoes upright.
func (p Panel) glass(u calibrate.Point) calibrate.Point {
	back := p
	back.Rotate = (360 - p.Rotate) % 360
	return back.upright(u)
}

// pixel rounds a place of the upright picture; what is beside the screen, as
// the edge of a worn panel may be, is at its edge.
func (p Panel) pixel(u calibrate.Point) (x, y int) {
	scale := func(f float64, n int) int {
		f = math.Floor(f*float64(n-1) + 0.5)
		if !(f > 0) { // NaN too
			return 0
		}
		return int(min(f, float64(n-1)))
	}
	return scale(u.X, p.Width), scale(u.Y, p.Height)
}

// Correct gives the place that a touch would have under the calibration m, if
// it was told without any.
func (p Panel) Correct(m calibrate.Matrix, x, y int) (int, int) {
	return p.pixel(p.upright(m.Apply(p.part(x, y))))
}

// part is where a pixel of the upright picture is on the glass.
func (p Panel) part(x, y int) calibrate.Point {
	return p.glass(calibrate.Point{X: float64(x) / float64(max(p.Width-1, 1)), Y: float64(y) / float64(max(p.Height-1, 1))})
}

// Tap is what a calibration screen has: a target that it showed and the touch
// that the panel told, both in pixels of the upright picture.
type Tap struct{ ShownX, ShownY, ToldX, ToldY int }

// Recalibrate finds the calibration from taps that were told under the present
// one. The targets are calibrate.Targets, or others away from the edges.
func (p Panel) Recalibrate(present calibrate.Matrix, taps []Tap) (calibrate.Result, error) {
	undo, err := present.Inverse()
	if err != nil {
		return calibrate.Result{}, fmt.Errorf("present calibration: %w", err)
	}
	pairs := make([]calibrate.Pair, len(taps))
	for i, t := range taps {
		pairs[i] = calibrate.Pair{Told: undo.Apply(p.part(t.ToldX, t.ToldY)), Shown: p.part(t.ShownX, t.ShownY)}
	}
	return calibrate.Fit(pairs)
}

// Config is how a panel's events become touches.
type Config struct {
	Panel       Panel
	Calibration calibrate.Matrix
	// Uncalibrated says why the calibration that is wanted is not there; nil if
	// nothing is wanted, or it is.
	Uncalibrated error
	// Multi: fingers have slots (type B), rather than being one.
	Multi bool
	X, Y  input.Axis
	// Jitter is how many pixels a finger may tremble without moving.
	Jitter int
}

// configure finds out about a device. The calibration is the identity.
func configure(i input.Info, p Panel) (Config, error) {
	c := Config{Panel: p, Calibration: calibrate.Identity}
	switch {
	case i.HasAxes(input.AbsSlot, input.AbsTrackingID, input.AbsMultiX, input.AbsMultiY):
		c.Multi = true
		c.X, c.Y = i.Axes[input.AbsMultiX], i.Axes[input.AbsMultiY]
	case i.HasAxes(input.AbsX, input.AbsY) && (i.HasKeys(input.BtnTouch) || i.HasKeys(input.BtnLeft)):
		c.X, c.Y = i.Axes[input.AbsX], i.Axes[input.AbsY]
	default:
		return c, fmt.Errorf("a device without absolute axes and contact is no touch panel: %w", hal.ErrUnsupported)
	}
	if c.X.Min == c.X.Max || c.Y.Min == c.Y.Max {
		return c, fmt.Errorf("the panel's axes have no range: %w", hal.ErrUnsupported)
	}
	return c, nil
}

// part is where v is between the ends of the axis. Drivers of panels that are
// mounted the other way round give the greater value as the least.
func part(a input.Axis, v int32) float64 {
	return (float64(v) - float64(a.Min)) / (float64(a.Max) - float64(a.Min))
}

// place turns raw coordinates into a pixel of the upright picture.
func (c Config) place(x, y int32) (px, py int) {
	raw := calibrate.Point{X: part(c.X, x), Y: part(c.Y, y)}
	return c.Panel.pixel(c.Panel.upright(c.Calibration.Apply(raw)))
}

// pixels gives how many pixels are within mm of each other, along the axis
// where they are fewer. It needs an axis that tells its resolution.
func (c Config) pixels(mm float64) (int, error) {
	if c.X.Resolution <= 0 || c.Y.Resolution <= 0 {
		return 0, fmt.Errorf("the panel does not tell its size: give pixels: %w", hal.ErrUnsupported)
	}
	// The axes are the glass's; the picture may lie across.
	w, h := c.Panel.Width, c.Panel.Height
	if c.Panel.Rotate == 90 || c.Panel.Rotate == 270 {
		w, h = h, w
	}
	density := func(n int, a input.Axis) float64 {
		return float64(n) * float64(a.Resolution) / math.Abs(float64(a.Max)-float64(a.Min))
	}
	return int(math.Round(mm * min(density(w, c.X), density(h, c.Y)))), nil
}
