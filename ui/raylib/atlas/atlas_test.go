package atlas

import (
	"math/rand/v2"
	"testing"
)

// Whatever is packed lies inside its page, has its size and overlaps nothing.
func TestPlacesNeverOverlap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	p := New(256)
	var all []Place
	for range 900 {
		w, h := 1+rnd.IntN(60), 1+rnd.IntN(60)
		at, ok := p.Add(w, h)
		if !ok {
			t.Fatalf("no room for %dx%d", w, h)
		}
		if at.Rect.Dx() != w || at.Rect.Dy() != h || at.Rect.Min.X < 0 || at.Rect.Min.Y < 0 ||
			at.Rect.Max.X > p.Side() || at.Rect.Max.Y > p.Side() || at.Page >= p.Pages() {
			t.Fatalf("%dx%d placed at %+v", w, h, at)
		}
		for _, o := range all {
			if o.Page == at.Page && !o.Rect.Intersect(at.Rect).Empty() {
				t.Fatalf("%+v overlaps %+v", at, o)
			}
		}
		all = append(all, at)
	}
}

// Glyphs of one size fill pages well: memory on a board is scarce.
func TestGlyphsPackTightly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	p := New(512)
	area := 0
	for range 2000 {
		w, h := 10+rnd.IntN(18), 20+rnd.IntN(16)
		if _, ok := p.Add(w, h); !ok {
			t.Fatal("no room")
		}
		area += w * h
	}
	if used := float64(area) / float64(p.Pages()*512*512); used < 0.65 {
		t.Errorf("pages are %.0f %% full", used*100)
	}
}

func TestTooLargeAndEmpty(t *testing.T) {
	p := New(64)
	for _, c := range [][2]int{{64, 10}, {10, 64}, {0, 5}, {5, 0}, {-1, 5}} {
		if at, ok := p.Add(c[0], c[1]); ok {
			t.Errorf("%v placed at %+v", c, at)
		}
	}
	if p.Pages() != 0 {
		t.Errorf("%d pages for nothing", p.Pages())
	}
	if _, ok := p.Add(63, 63); !ok {
		t.Error("the largest entry has no room")
	}
	p.Reset()
	if at, ok := p.Add(5, 5); !ok || at.Page != 0 || at.Rect.Min.X != 0 || at.Rect.Min.Y != 0 {
		t.Errorf("after a reset: %+v %v", at, ok)
	}
}
