package calibrate

import (
	"errors"
	"fmt"
	"math"
)

// Pair is one answer of a person: the place that was shown and the one that
// the panel told.
type Pair struct{ Told, Shown Point }

// Result is a calibration and how well it fits.
type Result struct {
	Matrix Matrix
	// RMS and Max are how far the touches are from their targets after the
	// calibration, as parts of the panel.
	RMS, Max float64
	// Worst is the pair with the largest error: the one to ask for again.
	Worst int
}

// Errors of Fit.
var (
	// ErrFew: fewer than four touches say nothing about how exact they are.
	ErrFew = errors.New("too few touches")
	// ErrLine: all touches lie on a line.
	ErrLine = errors.New("touches on a line")
	// ErrScatter: no affine map fits; somebody touched beside a target, or the
	// panel is broken.
	ErrScatter = errors.New("touches do not fit together")
)

// Scatter is the largest error that Fit accepts: 2.5 % of a panel that is
// 300 mm wide are 7 mm, half a finger.
const Scatter = 0.025

// Targets are places that suit a calibration: near the corners, where errors
// are largest, and the centre, which tells of a corner that was missed.
func Targets() []Point {
	return []Point{{0.1, 0.1}, {0.9, 0.1}, {0.9, 0.9}, {0.1, 0.9}, {0.5, 0.5}}
}

// Fit finds the affine map with the least squares of errors. With ErrScatter
// the result is filled too, so that Worst can be asked for again.
func Fit(pairs []Pair) (Result, error) {
	var r Result
	if len(pairs) < 4 {
		return r, fmt.Errorf("%w: %d, want four or more", ErrFew, len(pairs))
	}
	// About their mean the offsets fall out, and what is left of the normal
	// equations is two by two.
	var told, shown Point
	n := float64(len(pairs))
	for _, p := range pairs {
		for _, v := range []float64{p.Told.X, p.Told.Y, p.Shown.X, p.Shown.Y} {
			if math.IsNaN(v) || math.Abs(v) > reach {
				return r, fmt.Errorf("%w: a touch at %v", ErrScatter, v)
			}
		}
		told.X += p.Told.X / n
		told.Y += p.Told.Y / n
		shown.X += p.Shown.X / n
		shown.Y += p.Shown.Y / n
	}
	var xx, xy, yy, xu, yu, xv, yv float64
	for _, p := range pairs {
		x, y := p.Told.X-told.X, p.Told.Y-told.Y
		u, v := p.Shown.X-shown.X, p.Shown.Y-shown.Y
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
		xu, yu, xv, yv = xu+x*u, yu+y*u, xv+x*v, yv+y*v
	}
	det := xx*yy - xy*xy
	// det over the square of the spread is 1/4 for a square and 0 for a line.
	if spread := xx + yy; spread < flat || det < spread*spread*flat {
		return r, ErrLine
	}
	a, b := (xu*yy-yu*xy)/det, (yu*xx-xu*xy)/det
	d, e := (xv*yy-yv*xy)/det, (yv*xx-xv*xy)/det
	r.Matrix = Matrix{a, b, shown.X - a*told.X - b*told.Y, d, e, shown.Y - d*told.X - e*told.Y}

	var sum float64
	for i, p := range pairs {
		got := r.Matrix.Apply(p.Told)
		off := math.Hypot(got.X-p.Shown.X, got.Y-p.Shown.Y)
		sum += off * off
		if off > r.Max {
			r.Max, r.Worst = off, i
		}
	}
	r.RMS = math.Sqrt(sum / n)
	if r.Max > Scatter {
		return r, fmt.Errorf("%w: touch %d is off by %.1f %% of the panel", ErrScatter, r.Worst+1, 100*r.Max)
	}
	if err := r.Matrix.check(); err != nil {
		return r, fmt.Errorf("%w: %w", ErrScatter, err)
	}
	return r, nil
}
