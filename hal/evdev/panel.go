package evdev

import (
	"fmt"
	"net/url"
	"strconv"
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

// Range of an axis as the kernel tells it.
type Range struct{ Min, Max int32 }

// fraction places v in the range, times a large number to stay exact.
const whole = 1 << 20

func (r Range) fraction(v int32) int64 {
	lo, hi := int64(r.Min), int64(r.Max)
	if hi <= lo {
		return 0
	}
	return (min(max(int64(v), lo), hi) - lo) * whole / (hi - lo)
}

// place turns raw coordinates into a pixel of the upright picture.
func (p Panel) place(x, y int32, rx, ry Range) (px, py int) {
	u, v := rx.fraction(x), ry.fraction(y)
	switch p.Rotate {
	case 90:
		u, v = v, whole-u
	case 180:
		u, v = whole-u, whole-v
	case 270:
		u, v = whole-v, u
	}
	scale := func(f int64, n int) int { return int((f*int64(n-1) + whole/2) / whole) }
	return scale(u, p.Width), scale(v, p.Height)
}

// params are the query of a URI.
type params struct {
	name  string
	grab  bool
	panel Panel
}

func parseURI(u *url.URL, panel Panel) (params, error) {
	p := params{panel: panel}
	for key, values := range u.Query() {
		v := values[len(values)-1]
		var err error
		switch key {
		case "name":
			p.name = v
		case "grab":
			p.grab, err = strconv.ParseBool(v)
		case "w":
			p.panel.Width, err = strconv.Atoi(v)
		case "h":
			p.panel.Height, err = strconv.Atoi(v)
		case "rotate":
			p.panel.Rotate, err = strconv.Atoi(v)
		default:
			return p, fmt.Errorf("touch URI: unknown parameter %q (known: name, grab, w, h, rotate)", key)
		}
		if err != nil {
			return p, fmt.Errorf("touch URI: %s=%s: want a number", key, v)
		}
	}
	if p.panel.Width <= 0 || p.panel.Height <= 0 {
		return p, fmt.Errorf("touch URI: screen of %d x %d pixels: give w and h", p.panel.Width, p.panel.Height)
	}
	switch p.panel.Rotate {
	case 0, 90, 180, 270:
	default:
		return p, fmt.Errorf("touch URI: rotate=%d: want 0, 90, 180 or 270", p.panel.Rotate)
	}
	if (u.Path == "" || u.Path == "/") && p.name == "" {
		return p, fmt.Errorf("touch URI: give a device (evdev:///dev/input/event0) or ?name=")
	}
	return p, nil
}
