//go:build memory || xwindow

package raylib

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"tram06/ui/scene"
)

// mix is ink over ground with coverage 0..1.
func mix(ground, ink scene.Color, c float64) color.RGBA {
	m := func(g, i uint8) uint8 { return uint8(float64(g)*(1-c) + float64(i)*c + 0.5) }
	return color.RGBA{m(ground.R, ink.R), m(ground.G, ink.G), m(ground.B, ink.B), 255}
}

// disc is how much of pixel (x, y) lies in a disc, by counting 16x16 samples.
func disc(x, y int, cx, cy, r float64) float64 {
	const n = 16
	in := 0
	for j := range n {
		for i := range n {
			px := float64(x) + (float64(i)+0.5)/n
			py := float64(y) + (float64(j)+0.5)/n
			if math.Hypot(px-cx, py-cy) <= r {
				in++
			}
		}
	}
	return float64(in) / (n * n)
}

// Corners are discs, smooth at the edge, the same at all four corners.
func TestRoundedCornersAreSmooth(t *testing.T) {
	s := open(t)
	for _, radius := range []int{2, 3, 8, 16, 24, 32, 61} {
		r := scene.Rect{X: 31, Y: 17, W: 203, H: 151}
		it := scene.Item{Kind: scene.Box, Rect: r, Fill: act, Radius: radius}
		img := shoot(t, s, blank(it))
		soft := 0
		for y := r.Y - 1; y <= r.Y+r.H; y++ {
			for x := r.X - 1; x <= r.X+r.W; x++ {
				// The nearest centre of a corner's disc, or the pixel itself.
				cx := min(max(float64(x)+0.5, float64(r.X+radius)), float64(r.X+r.W-radius))
				cy := min(max(float64(y)+0.5, float64(r.Y+radius)), float64(r.Y+r.H-radius))
				c := 0.0
				if r.Contains(x, y) {
					c = 1
					if cx != float64(x)+0.5 && cy != float64(y)+0.5 {
						c = disc(x, y, cx, cy, float64(radius))
					}
				}
				if c > 0.05 && c < 0.95 {
					soft++
				}
				if got := img.RGBAAt(x, y); !near(got, mix(paper, act, c), 5) {
					t.Fatalf("radius %d: pixel (%d,%d) is %v, want coverage %.2f", radius, x, y, got, c)
				}
			}
		}
		if soft < 4 {
			t.Errorf("radius %d: only %d smoothed pixels", radius, soft)
		}
	}
}

// A border keeps its width along the whole outline, and the fill does not
// shine through its smoothed outer edge.
func TestBorderRing(t *testing.T) {
	s := open(t)
	black := scene.RGB(0)
	for _, c := range []struct{ radius, width int }{{24, 3}, {24, 8}, {16, 2}, {5, 9}, {0, 4}, {12, 12}} {
		r := scene.Rect{X: 40, Y: 40, W: 160, H: 120}
		sc := blank(scene.Item{Kind: scene.Box, Rect: r, Fill: white, Border: black, BorderWidth: c.width, Radius: c.radius})
		sc.Background = black
		img := shoot(t, s, sc)
		for y := range testH {
			for x := range testW {
				// On a black ground a black border leaves only the fill, which
				// must stay inside the border's inner edge.
				inner := r.Inset(c.width)
				if g := img.RGBAAt(x, y).R; g > 2 && !inner.Contains(x, y) {
					t.Fatalf("%+v: fill shines through at (%d,%d): %d", c, x, y, g)
				}
			}
		}
		for i := r.X; i < r.X+r.W; i++ {
			mid := img.RGBAAt(i, r.Y+r.H/2).R
			want := uint8(255)
			if i < r.X+c.width || i >= r.X+r.W-c.width {
				want = 0
			}
			if mid != want {
				t.Fatalf("%+v: column %d is %d, want %d", c, i, mid, want)
			}
		}
	}
}

func TestTranslucentBoxBlends(t *testing.T) {
	s := open(t)
	veil := scene.Color{R: 0x14, G: 0x1C, B: 0x2B, A: 128}
	img := shoot(t, s, blank(box(0, 0, testW, testH, veil)))
	if got, want := img.RGBAAt(50, 50), mix(paper, veil, 128.0/255); !near(got, want, 1) {
		t.Errorf("veil is %v, want %v", got, want)
	}
}

func TestPolygonLineArc(t *testing.T) {
	s := open(t)
	img := shoot(t, s, blank(
		scene.Item{Kind: scene.Polygon, Fill: act, Points: []scene.Point{{X: 100, Y: 50}, {X: 150, Y: 150}, {X: 50, Y: 150}}},
		scene.Item{Kind: scene.Line, Border: act, BorderWidth: 8, Points: []scene.Point{{X: 30, Y: 200}, {X: 80, Y: 200}, {X: 80, Y: 260}}},
		scene.Item{Kind: scene.Arc, Rect: scene.Rect{X: 200, Y: 200, W: 100, H: 100}, Border: act, BorderWidth: 12, Start: 0, Sweep: 90},
	))
	for _, c := range []struct {
		what string
		x, y int
		in   bool
	}{
		{"inside the triangle", 100, 120, true}, {"left of its apex", 80, 60, false}, {"below it", 100, 151, false},
		{"on the stroke", 50, 202, true}, {"above it", 50, 194, false}, {"round end", 27, 200, true},
		{"past the end's corner", 26, 196, false}, {"joint", 82, 198, true}, {"past the joint's corner", 84, 195, false},
		{"arc at one o'clock", 200 + 50 + 22, 200 + 12, true}, {"arc's hole", 250, 250, false},
		{"before twelve", 245, 203, false}, {"after three", 296, 256, false}, {"arc at three", 293, 247, true},
	} {
		want := rgba(paper)
		if c.in {
			want = rgba(act)
		}
		if got := img.RGBAAt(c.x, c.y); !near(got, want, 1) {
			t.Errorf("%s (%d,%d): %v, want %v", c.what, c.x, c.y, got, want)
		}
	}
}

func TestIcon(t *testing.T) {
	s := open(t)
	img := shoot(t, s, blank(scene.Item{Kind: scene.Icon, Name: "diamond", Rect: scene.Rect{X: 10, Y: 20, W: 64, H: 48}, Ink: act}))
	for y := range testH {
		for x := range testW {
			want := paper
			if ix, iy := x-18, y-20; ix >= 0 && iy >= 0 && ix < 48 && iy < 48 && abs(2*ix+1-48)+abs(2*iy+1-48) <= 48 {
				want = act
			}
			if got := img.RGBAAt(x, y); !near(got, rgba(want), 1) {
				t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, got, want)
			}
		}
	}
}

// A screen with one unknown icon still shows everything else, and says so.
func TestUnknownIconIsReported(t *testing.T) {
	s := open(t)
	err := s.Draw(blank(
		scene.Item{Kind: scene.Icon, Name: "nothing", Rect: scene.Rect{W: 48, H: 48}, Ink: act},
		box(100, 100, 10, 10, act)))
	if !errors.Is(err, errNoIcon) {
		t.Fatalf("error %v, want %v", err, errNoIcon)
	}
	img, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if got := img.RGBAAt(105, 105); got != rgba(act) {
		t.Errorf("the box after the unknown icon is %v", got)
	}
}

func halves(top, bottom scene.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 40, 60))
	for y := range 60 {
		for x := range 40 {
			c := top
			if y >= 30 {
				c = bottom
			}
			img.SetRGBA(x, y, rgba(c))
		}
	}
	return img
}

func portrait(key string, img image.Image) scene.Item {
	return scene.Item{Kind: scene.Picture, Rect: scene.Rect{X: 50, Y: 60, W: 80, H: 120}, Radius: 20, Image: img, ImageKey: key}
}

func TestPictureIsScaledRoundedAndUpright(t *testing.T) {
	s := open(t)
	img := shoot(t, s, blank(portrait("portrait/1", halves(act, mark))))
	for _, c := range []struct {
		x, y int
		want scene.Color
	}{
		{50, 60, paper}, {129, 60, paper}, {50, 179, paper}, {129, 179, paper}, // rounded away
		{90, 60, act}, {50, 100, act}, {129, 110, act}, {90, 179, mark}, {50, 140, mark},
		{49, 100, paper}, {130, 100, paper}, {90, 59, paper}, {90, 180, paper},
	} {
		if got := img.RGBAAt(c.x, c.y); !near(got, rgba(c.want), 1) {
			t.Errorf("pixel (%d,%d) is %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

// Pictures are kept by their key and wiped when told.
func TestForgetWipesPictures(t *testing.T) {
	s := open(t)
	shoot(t, s, blank(portrait("portrait/1", halves(act, mark))))
	shoot(t, s, blank())
	// The key is enough while the picture is kept.
	img := shoot(t, s, blank(portrait("portrait/1", nil)))
	if got := img.RGBAAt(90, 80); !near(got, rgba(act), 1) {
		t.Fatalf("kept picture shows %v", got)
	}
	s.Forget("logo/")
	shoot(t, s, blank())
	if err := s.Draw(blank(portrait("portrait/1", nil))); err != nil {
		t.Fatalf("after forgetting other pictures: %v", err)
	}
	s.Forget("portrait/")
	shoot(t, s, blank())
	if err := s.Draw(blank(portrait("portrait/1", nil))); !errors.Is(err, ErrNoPicture) {
		t.Fatalf("after forgetting: %v, want %v", err, ErrNoPicture)
	}
	if n := len(s.paint.store.pictures); n != 0 {
		t.Errorf("%d pictures kept", n)
	}
}

func TestUnchangedSceneIsNotDrawn(t *testing.T) {
	s := open(t)
	sc := func() *scene.Scene { return blank(box(1, 2, 3, 4, act), portrait("p", halves(act, mark))) }
	for range 3 {
		if err := s.Draw(sc()); err != nil {
			t.Fatal(err)
		}
	}
	if s.Frames() != 1 {
		t.Fatalf("%d frames for one scene", s.Frames())
	}
	changed := sc()
	changed.Items[0].Rect.X++
	if err := s.Draw(changed); err != nil {
		t.Fatal(err)
	}
	// A caller that builds into the same memory must not fool the comparison.
	changed.Items[0].Rect.X++
	if err := s.Draw(changed); err != nil {
		t.Fatal(err)
	}
	if s.Frames() != 3 {
		t.Fatalf("%d frames for three scenes", s.Frames())
	}
	for i := range s.last.Items {
		if s.last.Items[i].Image != nil {
			t.Error("the scene shown holds on to a picture")
		}
	}
}

func busy(n int) *scene.Scene {
	sc := blank(portrait("p", halves(act, mark)))
	for i := range n {
		sc.Items = append(sc.Items,
			scene.Item{Kind: scene.Box, Rect: scene.Rect{X: 10, Y: 10 + i*20, W: 300, H: 18}, Fill: white, Border: act, BorderWidth: 2, Radius: 6},
			scene.Item{Kind: scene.Text, Rect: scene.Rect{X: 20}, Base: 24 + i*20, Text: "Xã Suối Mây, tỉnh Quảng Ngãi", Size: 12, Ink: act})
	}
	return sc
}

func TestRedrawIsDeterministic(t *testing.T) {
	s := open(t)
	a := shoot(t, s, busy(20))
	shoot(t, s, blank())
	b := shoot(t, s, busy(20))
	s.Close()
	s = open(t)
	c := shoot(t, s, busy(20))
	if !bytes.Equal(a.Pix, b.Pix) || !bytes.Equal(a.Pix, c.Pix) {
		t.Error("the same scene gave other pixels")
	}
}

// More glyphs than the atlas may keep: every frame is right nevertheless.
func TestAtlasOverflow(t *testing.T) {
	s := open(t)
	want := shoot(t, s, busy(20))
	for round := range 4 {
		var items []scene.Item
		for i := range 40 {
			var text []rune
			for j := range 40 {
				text = append(text, rune(0x4E00+round*2000+i*40+j))
			}
			items = append(items, scene.Item{Kind: scene.Text, Base: 60, Text: string(text), Size: 60, Ink: act})
		}
		shoot(t, s, blank(items...))
		if got := shoot(t, s, busy(20)); !bytes.Equal(got.Pix, want.Pix) {
			t.Fatalf("round %d: other pixels after the atlas was emptied", round)
		}
		if n := len(s.paint.store.pages); n > maxPages {
			t.Fatalf("round %d: %d pages kept", round, n)
		}
	}
}

func TestLargeMasksAreTrimmed(t *testing.T) {
	s := open(t)
	for i := range 4 * maxLoose {
		shoot(t, s, blank(scene.Item{Kind: scene.Arc, Rect: scene.Rect{W: 300, H: 300}, Border: act, BorderWidth: 20, Sweep: i + 1}))
	}
	if n := len(s.paint.store.large); n == 0 || n > maxLoose {
		t.Errorf("%d large masks kept, want 1 to %d", n, maxLoose)
	}
}

func TestErrors(t *testing.T) {
	s := open(t)
	small := blank()
	small.W--
	if err := s.Draw(small); !errors.Is(err, ErrSize) {
		t.Errorf("scene of another size: %v", err)
	}
	s.Close()
	s.Close()
	s.Forget("x")
	if err := s.Draw(blank()); !errors.Is(err, ErrClosed) {
		t.Errorf("draw after close: %v", err)
	}
	if _, err := s.Snapshot(); !errors.Is(err, ErrClosed) {
		t.Errorf("snapshot after close: %v", err)
	}
	for _, o := range []Options{
		{}, {Width: 100, Height: 100},
		{Width: 100, Height: 100, Glyph: checkers, Icon: diamond, Rotate: 45},
		{Width: 100, Height: 100, Glyph: checkers, Icon: diamond, Rotate: -90},
	} {
		if s, err := Open(o); err == nil {
			s.Close()
			t.Errorf("opened %+v", o)
		}
	}
}
