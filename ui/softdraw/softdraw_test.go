package softdraw

import (
	"image"
	"image/color"
	"testing"

	"tram06/ui/scene"
	"tram06/ui/text"
)

var (
	red   = scene.RGB(0xFF0000)
	blue  = scene.RGB(0x0000FF)
	white = scene.RGB(0xFFFFFF)
)

func paint(t *testing.T, items ...scene.Item) *image.RGBA {
	t.Helper()
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	img, err := New(f).Draw(&scene.Scene{W: 200, H: 200, Background: white, Items: items})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func want(t *testing.T, img *image.RGBA, x, y int, c scene.Color) {
	t.Helper()
	if got := img.RGBAAt(x, y); got != (color.RGBA{c.R, c.G, c.B, c.A}) {
		t.Errorf("pixel %d,%d is %v, want %v", x, y, got, c)
	}
}

func TestBoxHasFillBorderAndRoundCorners(t *testing.T) {
	img := paint(t, scene.Item{Kind: scene.Box, Rect: scene.Rect{X: 20, Y: 20, W: 160, H: 160}, Fill: red, Border: blue, BorderWidth: 10, Radius: 40})
	want(t, img, 100, 100, red)
	want(t, img, 100, 24, blue)
	want(t, img, 24, 100, blue)
	want(t, img, 100, 29, blue)
	want(t, img, 100, 31, red)
	want(t, img, 22, 22, white) // cut off by the radius
	want(t, img, 10, 100, white)
	// Inside the corner, where a border without a round inner edge would be.
	want(t, img, 36, 36, blue)
}

func TestTextEndsWhereItWasMeasured(t *testing.T) {
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	const s, size = "Ễặg|", 44
	w := f.Measure(s, size, scene.Bold)
	img := paint(t, scene.Item{Kind: scene.Text, Text: s, Size: size, Weight: scene.Bold, Ink: blue, Base: 100,
		Rect: scene.Rect{X: 30, Y: 50, W: w, H: 60}})
	ink := image.Rectangle{}
	for y := range 200 {
		for x := range 200 {
			if img.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if ink.Empty() || ink.Min.X < 30 || ink.Max.X > 30+w || ink.Min.Y < 100-text.Ascent(size) || ink.Max.Y > 100+text.Descent(size) {
		t.Errorf("ink covers %v of a line %d wide", ink, w)
	}
}

func TestShapesAndPictures(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 10, 40)) // too high: cut above and below, never stretched
	for y := range 40 {
		for x := range 10 {
			c := color.RGBA{0, 0, 255, 255}
			if y < 10 || y >= 30 {
				c = color.RGBA{255, 0, 0, 255}
			}
			src.Set(x, y, c)
		}
	}
	img := paint(t,
		scene.Item{Kind: scene.Picture, Rect: scene.Rect{X: 0, Y: 0, W: 40, H: 40}, Image: src},
		scene.Item{Kind: scene.Polygon, Fill: red, Points: []scene.Point{{X: 60, Y: 0}, {X: 100, Y: 0}, {X: 100, Y: 40}, {X: 60, Y: 40}}},
		scene.Item{Kind: scene.Line, Border: blue, BorderWidth: 10, Points: []scene.Point{{X: 20, Y: 100}, {X: 180, Y: 100}}},
		scene.Item{Kind: scene.Arc, Border: red, BorderWidth: 20, Rect: scene.Rect{X: 100, Y: 110, W: 80, H: 80}, Start: 0, Sweep: 90})
	want(t, img, 20, 20, blue)
	want(t, img, 80, 20, red)
	want(t, img, 100, 100, blue)
	want(t, img, 140+21, 150-21, red)   // first quarter
	want(t, img, 140-21, 150+21, white) // third
}

func TestWhatCannotBeDrawnIsReported(t *testing.T) {
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []scene.Item{{Kind: scene.Icon, Name: "none", Rect: scene.Rect{W: 9, H: 9}}, {Kind: scene.Picture}, {Kind: 99}} {
		if _, err := New(f).Draw(&scene.Scene{W: 10, H: 10, Items: []scene.Item{it}}); err == nil {
			t.Errorf("%+v was drawn", it)
		}
	}
}
