package view

import (
	"math"
	"testing"
)

func TestShrink(t *testing.T) {
	for _, c := range []struct{ w, h, mw, mh, wantW, wantH int }{
		{1080, 1920, 1920, 1080, 607, 1080},
		{1080, 1920, 4000, 4000, 1080, 1920}, // never larger
		{1920, 1080, 960, 2000, 960, 540},
		{1080, 1920, 1, 1, 1, 1},
	} {
		if w, h := Shrink(c.w, c.h, c.mw, c.mh); w != c.wantW || h != c.wantH {
			t.Errorf("%dx%d into %dx%d: %dx%d, want %dx%d", c.w, c.h, c.mw, c.mh, w, h, c.wantW, c.wantH)
		}
	}
}

func TestValid(t *testing.T) {
	good := View{1080, 1920, 1920, 1080, 90}
	if !good.Valid() {
		t.Error("a quarter turn is refused")
	}
	for _, bad := range []View{{}, {1080, 1920, 0, 1080, 0}, {1080, 1920, 10, 10, 45}, {1080, 1920, 10, 10, 360}, {1080, 1920, 10, 10, -90}} {
		if bad.Valid() {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// A panel turned by a quarter fills its sideways display pixel by pixel.
func TestQuarterTurnIsExact(t *testing.T) {
	for _, rot := range []int{90, 270} {
		v := View{1080, 1920, 1920, 1080, rot}
		if !v.Exact() {
			t.Errorf("turned by %d the scale is %v", rot, v.Scale())
		}
		if p := v.Place(); p != (Placement{960, 540, 1080, 1920}) {
			t.Errorf("turned by %d it lies at %+v", rot, p)
		}
	}
}

// The panel's corners, clockwise from the top left, are where a person turning
// the panel by hand would find them.
func TestToPanelTurns(t *testing.T) {
	type pt struct{ x, y float64 }
	for _, c := range []struct {
		rot    int
		dw, dh int
		where  [4]pt // on the display: panel's top left, top right, bottom right, bottom left
	}{
		{0, 1080, 1920, [4]pt{{0, 0}, {1079, 0}, {1079, 1919}, {0, 1919}}},
		{90, 1920, 1080, [4]pt{{1919, 0}, {1919, 1079}, {0, 1079}, {0, 0}}},
		{180, 1080, 1920, [4]pt{{1079, 1919}, {0, 1919}, {0, 0}, {1079, 0}}},
		{270, 1920, 1080, [4]pt{{0, 1079}, {0, 0}, {1919, 0}, {1919, 1079}}},
	} {
		v := View{1080, 1920, c.dw, c.dh, c.rot}
		want := [4][2]int{{0, 0}, {1079, 0}, {1079, 1919}, {0, 1919}}
		for i, p := range c.where {
			x, y, on := v.ToPanel(p.x+0.5, p.y+0.5)
			if !on || x != want[i][0] || y != want[i][1] {
				t.Errorf("turned by %d: display (%v,%v) is panel (%d,%d) %v, want %v", c.rot, p.x, p.y, x, y, on, want[i])
			}
		}
	}
}

// In a window of another shape the panel is centred, and a point beside it is
// not on it.
func TestLetterbox(t *testing.T) {
	v := View{1080, 1920, 1080, 960, 0} // half size, 270 free on either side
	p := v.Place()
	if p != (Placement{540, 480, 540, 960}) {
		t.Fatalf("placed %+v", p)
	}
	for _, c := range []struct {
		x, y   float64
		px, py int
		on     bool
	}{{270, 0, 0, 0, true}, {809.5, 959.5, 1079, 1919, true}, {269.5, 10, -1, 20, false}, {810, 10, 1080, 20, false}} {
		if x, y, on := v.ToPanel(c.x, c.y); x != c.px || y != c.py || on != c.on {
			t.Errorf("(%v,%v): (%d,%d) %v, want (%d,%d) %v", c.x, c.y, x, y, on, c.px, c.py, c.on)
		}
	}
}

// Odd sizes never put the panel between two pixels.
func TestPlacementIsOnWholePixels(t *testing.T) {
	for dw := 1080; dw < 1090; dw++ {
		for dh := 1920; dh < 1926; dh++ {
			v := View{1080, 1920, dw, dh, 0}
			p := v.Place()
			if v.Exact() && (math.Mod(p.CX-p.W/2, 1) != 0 || math.Mod(p.CY-p.H/2, 1) != 0) {
				t.Errorf("%dx%d: placed %+v", dw, dh, p)
			}
		}
	}
}
