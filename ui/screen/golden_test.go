package screen

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
)

var update = flag.Bool("update", false, "write the goldens of the scenes anew")

// dump writes a scene as text, one line an item: what a person would notice.
func dump(sc *scene.Scene) string {
	var b strings.Builder
	fmt.Fprintf(&b, "scene %s %dx%d %s\n", sc.Name, sc.W, sc.H, hex(sc.Background))
	for _, it := range sc.Items {
		r := it.Rect
		at := fmt.Sprintf("%d,%d %dx%d", r.X, r.Y, r.W, r.H)
		switch it.Kind {
		case scene.Box:
			fmt.Fprintf(&b, "box %s fill %s border %s/%d r%d\n", at, hex(it.Fill), hex(it.Border), it.BorderWidth, it.Radius)
		case scene.Text:
			fmt.Fprintf(&b, "text %s size %d/%d base %d %s %q\n", at, it.Size, it.Weight, it.Base, hex(it.Ink), it.Text)
		case scene.Icon:
			fmt.Fprintf(&b, "icon %s %s %s\n", at, it.Name, hex(it.Ink))
		case scene.Picture:
			fmt.Fprintf(&b, "picture %s r%d %s\n", at, it.Radius, it.ImageKey)
		case scene.Polygon:
			fmt.Fprintf(&b, "polygon %s %v\n", hex(it.Fill), it.Points)
		case scene.Line:
			fmt.Fprintf(&b, "line %s/%d %v\n", hex(it.Border), it.BorderWidth, it.Points)
		case scene.Arc:
			fmt.Fprintf(&b, "arc %s %s/%d %d+%d\n", at, hex(it.Border), it.BorderWidth, it.Start, it.Sweep)
		}
	}
	for _, x := range sc.Targets {
		fmt.Fprintf(&b, "target %s %d,%d %dx%d %q %T%v off=%v\n", x.ID, x.Rect.X, x.Rect.Y, x.Rect.W, x.Rect.H, x.Label, x.Action, x.Action, x.Disabled)
	}
	fmt.Fprintf(&b, "spoken %q\n", sc.Spoken)
	return b.String()
}

func hex(c scene.Color) string {
	if c.A == 0 {
		return "none"
	}
	return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B)
}

// TestGoldens compares every screen with its text in testdata. After a change
// that is meant, look at the pictures (-shots), then write the texts anew
// (-update) and look at the difference.
func TestGoldens(t *testing.T) {
	fonts, svc := load(t)
	for _, x := range samples(svc) {
		for _, lang := range []string{"vi", "en"} {
			s := x.s
			s.Lang = lang
			env := environment(fonts, svc)
			x.env(&env)
			got := dump(View(s, env))
			if err := scenetest.Golden(filepath.Join("testdata", x.name+"."+lang+".txt"), got, *update); err != nil {
				t.Error(err)
			}
		}
	}
}

// Equal states give equal scenes; a finger on a target changes the picture.
func TestViewIsPureAndShowsThePress(t *testing.T) {
	fonts, svc := load(t)
	for _, x := range samples(svc) {
		for _, th := range []session.Theme{session.Light, session.HighContrast} {
			env := environment(fonts, svc)
			x.env(&env)
			x.s.Theme = th
			a := View(x.s, env)
			if !scene.Equal(a, View(x.s, env)) {
				t.Errorf("%s: two scenes from one state", x.name)
			}
			for _, target := range a.Targets {
				if target.Disabled {
					continue
				}
				env.Pressed = target.ID
				if scene.Equal(a, View(x.s, env)) {
					t.Errorf("%s theme %d: pressing %s shows nothing", x.name, th, target.ID)
				}
			}
		}
	}
}

func BenchmarkView(b *testing.B) {
	fonts, svc := load(b)
	for _, x := range samples(svc) {
		switch x.name {
		case "attract", "consent", "confirm-long", "review-genuine", "form-request", "done-kept-broken", "identify-reading-2":
			env := environment(fonts, svc)
			b.Run(x.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					View(x.s, env)
				}
			})
		}
	}
}
