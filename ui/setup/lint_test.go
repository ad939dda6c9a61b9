package setup

import (
	"testing"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
)

// everyPage calls f with every sample on every panel.
func everyPage(t *testing.T, f func(name string, p Panel, sc *scene.Scene)) {
	t.Helper()
	fonts := fonts(t)
	for name, p := range panels {
		for _, x := range samples(p) {
			f(x.name+" on "+name, p, x.draw(fonts))
		}
	}
}

func TestNothingLeavesTheScreenOrOverlaps(t *testing.T) {
	f := fonts(t)
	everyPage(t, func(name string, p Panel, sc *scene.Scene) {
		frame := scene.Rect{W: p.W, H: p.H}
		if sc.W != p.W || sc.H != p.H || sc.Name == "" || sc.Spoken == "" {
			t.Errorf("%s: %q of %dx%d says %q", name, sc.Name, sc.W, sc.H, sc.Spoken)
		}
		var texts []scene.Item
		for i, it := range sc.Items {
			if !it.Rect.Within(frame) {
				t.Errorf("%s: item %d leaves the screen: %+v %q", name, i, it.Rect, it.Text)
			}
			if it.Kind != scene.Text {
				continue
			}
			if it.Size < 28 {
				t.Errorf("%s: %q is only %d high", name, it.Text, it.Size)
			}
			for _, r := range it.Text {
				if !f.Has(r) {
					t.Errorf("%s: no glyph for %q in %q", name, r, it.Text)
				}
			}
			for _, o := range texts {
				if it.Rect.Overlaps(o.Rect) {
					t.Errorf("%s: %q over %q", name, it.Text, o.Text)
				}
			}
			texts = append(texts, it)
		}
		for i, a := range sc.Targets {
			if a.Rect.W < p.pixels(15) || a.Rect.H < p.pixels(15) || !a.Rect.Within(frame) {
				t.Errorf("%s: target %s of %+v", name, a.ID, a.Rect)
			}
			for _, b := range sc.Targets[:i] {
				if a.Rect.Overlaps(b.Rect) {
					t.Errorf("%s: targets %s and %s overlap", name, a.ID, b.ID)
				}
			}
			for _, it := range texts {
				if it.Rect.Overlaps(a.Rect) && !it.Rect.Within(a.Rect) {
					t.Errorf("%s: %q runs across the edge of %s", name, it.Text, a.ID)
				}
			}
		}
	})
}

// Words and crosses stay clear of each other: nobody aims at a word.
func TestCrossesAreFree(t *testing.T) {
	f := fonts(t)
	for name, p := range panels {
		for i := range 5 {
			c := newCalibration(p, 0)
			for n := range i {
				rest(c, n, 0, 0, 1000*n)
			}
			at, r := c.targets[i], c.ring()+around
			cross := scene.Rect{X: at.X - r, Y: at.Y - r, W: 2 * r, H: 2 * r}
			c.Touch(touch(hal.TouchDown, at.X, at.Y, 9000))
			c.Touch(touch(hal.TouchUp, at.X, at.Y, 9200)) // too early: the page says so
			c.Tick(noon.Add(time.Minute))                 // and that it ends soon
			for _, it := range c.Scene(f).Items {
				if it.Kind == scene.Text && it.Rect.Overlaps(cross) {
					t.Errorf("%s: %q over cross %d", name, it.Text, i+1)
				}
			}
		}
	}
}

func TestPagesFit(t *testing.T) {
	f := fonts(t)
	for name, p := range panels {
		for _, x := range samples(p) {
			if x.over(f) {
				t.Errorf("%s on %s does not fit", x.name, name)
			}
		}
	}
}

// One button is filled at most.
func TestOneFilledButton(t *testing.T) {
	act := newBrush(fonts(t), panels["upright"]).T.Act
	everyPage(t, func(name string, _ Panel, sc *scene.Scene) {
		n := 0
		for _, x := range sc.Targets {
			for _, it := range sc.Items {
				if it.Kind == scene.Box && it.Fill == act && it.Rect.Inset(-6) == x.Rect {
					n++
				}
			}
		}
		if n > 1 {
			t.Errorf("%s: %d filled buttons", name, n)
		}
	})
}

// Text is readable on what lies under it, dots and touched tiles included.
func TestContrast(t *testing.T) {
	everyPage(t, func(name string, _ Panel, sc *scene.Scene) {
		for i, it := range sc.Items {
			if it.Kind != scene.Text {
				continue
			}
			x, y := it.Rect.X+it.Rect.W/2, it.Rect.Y+it.Rect.H/2
			under := sc.Background
			for _, b := range sc.Items[:i] {
				if b.Kind == scene.Box && b.Rect.Contains(x, y) && b.Fill.A > 0 {
					under = over(under, b.Fill)
				}
			}
			if c := scenetest.Contrast(it.Ink, under); c < 4.5 {
				t.Errorf("%s: %q has a contrast of %.1f", name, it.Text, c)
			}
		}
	})
}

func over(under, c scene.Color) scene.Color {
	mix := func(u, v uint8) uint8 { return uint8((int(u)*(255-int(c.A)) + int(v)*int(c.A)) / 255) }
	return scene.Color{R: mix(under.R, c.R), G: mix(under.G, c.G), B: mix(under.B, c.B), A: 255}
}
