package setup

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
)

var update = flag.Bool("update", false, "write the goldens of the pages anew")

// dump writes a scene as text, one line an item: what a person would notice.
// Tiles and dots are only counted.
func dump(sc *scene.Scene) string {
	var b strings.Builder
	hex := func(c scene.Color) string {
		if c.A == 0 {
			return "none"
		}
		return fmt.Sprintf("#%02X%02X%02X/%d", c.R, c.G, c.B, c.A)
	}
	fmt.Fprintf(&b, "scene %s %dx%d %s\n", sc.Name, sc.W, sc.H, hex(sc.Background))
	var before string
	n := 0
	flush := func() {
		if n > 0 {
			fmt.Fprintf(&b, "%s x%d\n", before, n)
		}
		before, n = "", 0
	}
	for _, it := range sc.Items {
		r := it.Rect
		at := fmt.Sprintf("%d,%d %dx%d", r.X, r.Y, r.W, r.H)
		if it.Kind == scene.Box && it.BorderWidth == 0 && it.Radius <= 6 && r.W > 4 && r.H > 4 {
			what := "tiles " + hex(it.Fill)
			if it.Radius > 0 {
				what = "dots " + hex(it.Fill)
			}
			if what != before {
				flush()
				before = what
			}
			n++
			continue
		}
		flush()
		switch it.Kind {
		case scene.Box:
			fmt.Fprintf(&b, "box %s fill %s border %s %d r%d\n", at, hex(it.Fill), hex(it.Border), it.BorderWidth, it.Radius)
		case scene.Text:
			fmt.Fprintf(&b, "text %s size %d/%d %s %q\n", at, it.Size, it.Weight, hex(it.Ink), it.Text)
		case scene.Icon:
			fmt.Fprintf(&b, "icon %s %s %s\n", at, it.Name, hex(it.Ink))
		case scene.Arc:
			fmt.Fprintf(&b, "arc %s %s %d %d+%d\n", at, hex(it.Border), it.BorderWidth, it.Start, it.Sweep)
		default:
			fmt.Fprintf(&b, "kind %d %s\n", it.Kind, at)
		}
	}
	flush()
	for _, x := range sc.Targets {
		fmt.Fprintf(&b, "target %s %d,%d %dx%d %q\n", x.ID, x.Rect.X, x.Rect.Y, x.Rect.W, x.Rect.H, x.Label)
	}
	fmt.Fprintf(&b, "spoken %q\n", sc.Spoken)
	return b.String()
}

// TestGoldens compares every page on the reference panel with its text in
// testdata. After a change that is meant, look at the pictures (-shots), then
// write the texts anew (-update) and look at the difference.
func TestGoldens(t *testing.T) {
	f := fonts(t)
	for _, x := range samples(panels["upright"]) {
		sc := x.draw(f)
		got := dump(sc)
		if !scene.Equal(sc, x.draw(f)) {
			t.Errorf("%s: two scenes from one state", x.name)
		}
		if err := scenetest.Golden(filepath.Join("testdata", x.name+".txt"), got, *update); err != nil {
			t.Error(err)
		}
	}
}
