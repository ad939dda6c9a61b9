// Package view maps the upright panel onto the pixels of a display: scaled to
// fit, centred, and turned if the display is mounted sideways. Pure geometry.
package view

import "math"

// View shows a panel of W by H pixels on a display of DW by DH.
type View struct {
	W, H   int
	DW, DH int
	// Rotate turns the panel clockwise by 0, 90, 180 or 270 degrees.
	Rotate int
}

// Shrink is the largest size with the shape of w by h inside maxW by maxH,
// never larger than w by h itself.
func Shrink(w, h, maxW, maxH int) (int, int) {
	s := min(1, float64(maxW)/float64(w), float64(maxH)/float64(h))
	return max(int(float64(w)*s), 1), max(int(float64(h)*s), 1)
}

// Valid tells whether Rotate is a quarter turn and all sides are positive.
func (v View) Valid() bool {
	return v.W > 0 && v.H > 0 && v.DW > 0 && v.DH > 0 &&
		v.Rotate >= 0 && v.Rotate < 360 && v.Rotate%90 == 0
}

// Scale is how many display pixels one panel pixel takes.
func (v View) Scale() float64 {
	w, h := v.W, v.H
	if v.Rotate%180 != 0 {
		w, h = h, w
	}
	return min(float64(v.DW)/float64(w), float64(v.DH)/float64(h))
}

// Exact tells whether panel pixels fall on display pixels one to one, so that
// no filter is needed.
func (v View) Exact() bool { return v.Scale() == 1 }

// Placement is the panel on the display before it is turned around its centre.
type Placement struct{ CX, CY, W, H float64 }

// Place the panel. Its centre lies on whole pixels' edges when Exact.
func (v View) Place() Placement {
	s := v.Scale()
	p := Placement{W: float64(v.W) * s, H: float64(v.H) * s}
	w, h := p.W, p.H
	if v.Rotate%180 != 0 {
		w, h = h, w
	}
	p.CX = math.Floor((float64(v.DW)-w)/2) + w/2
	p.CY = math.Floor((float64(v.DH)-h)/2) + h/2
	return p
}

// ToPanel maps a point of the display to the panel's pixel, and tells whether
// it lies on the panel at all.
func (v View) ToPanel(x, y float64) (int, int, bool) {
	p, s := v.Place(), v.Scale()
	x, y = x-p.CX, y-p.CY
	switch v.Rotate {
	case 90:
		x, y = y, -x
	case 180:
		x, y = -x, -y
	case 270:
		x, y = -y, x
	}
	px := int(math.Floor(x/s + float64(v.W)/2))
	py := int(math.Floor(y/s + float64(v.H)/2))
	return px, py, px >= 0 && py >= 0 && px < v.W && py < v.H
}
