//go:build memory || xwindow

package raylib

import (
	"errors"
	"image"
	"image/color"
	"runtime"
	"testing"

	"tram06/ui/scene"
)

const (
	testW, testH = 360, 640
)

var (
	paper = scene.RGB(0xF4F2EC)
	act   = scene.RGB(0x1C3F94)
	white = scene.RGB(0xFFFFFF)
	mark  = scene.RGB(0xF2A900)
)

// open gives a small screen whose glyphs are checkerboards, so that a shift of
// one pixel cannot hide.
func open(t testing.TB) *Screen {
	t.Helper()
	runtime.LockOSThread()
	s, err := Open(Options{Width: testW, Height: testH, Title: "test", Glyph: checkers, Icon: diamond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		runtime.UnlockOSThread()
	})
	return s
}

func checkers(r rune, size int, w scene.Weight) (*image.Alpha, image.Point, int) {
	if r == ' ' {
		return nil, image.Point{}, size / 2
	}
	m := image.NewAlpha(image.Rect(0, 0, size/2, size))
	for y := range size {
		for x := range size / 2 {
			// The rune is in the pattern, so that two glyphs never look alike.
			if (x*3+y*5+int(r)+int(w))%7 < 3 {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	return m, image.Pt(1, -size), size/2 + 3
}

var errNoIcon = errors.New("no such icon")

func diamond(name string, size int) (*image.Alpha, error) {
	if name != "diamond" {
		return nil, errNoIcon
	}
	m := image.NewAlpha(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			if abs(2*x+1-size)+abs(2*y+1-size) <= size {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	return m, nil
}

func abs(a int) int { return max(a, -a) }

func blank(items ...scene.Item) *scene.Scene {
	return &scene.Scene{Name: "test", W: testW, H: testH, Background: paper, Items: items}
}

func shoot(t testing.TB, s *Screen, sc *scene.Scene) *image.RGBA {
	t.Helper()
	if err := s.Draw(sc); err != nil {
		t.Fatal(err)
	}
	img, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func rgba(c scene.Color) color.RGBA { return color.RGBA{c.R, c.G, c.B, c.A} }

// near allows the rounding of eight-bit blending.
func near(a, b color.RGBA, tolerance int) bool {
	return abs(int(a.R)-int(b.R)) <= tolerance && abs(int(a.G)-int(b.G)) <= tolerance && abs(int(a.B)-int(b.B)) <= tolerance
}

func box(x, y, w, h int, c scene.Color) scene.Item {
	return scene.Item{Kind: scene.Box, Rect: scene.Rect{X: x, Y: y, W: w, H: h}, Fill: c}
}

// The memory backend gives its pixels upside down and with red and blue
// exchanged. Should a newer raylib mend that, this fails.
func TestOrientationAndColours(t *testing.T) {
	s := open(t)
	red, green, blue := scene.RGB(0xC81020), scene.RGB(0x10C830), scene.RGB(0x1020C8)
	img := shoot(t, s, blank(box(0, 0, 1, 1, red), box(testW-1, 0, 1, 1, green), box(0, testH-1, 1, 1, blue)))
	for _, c := range []struct {
		x, y int
		want scene.Color
	}{
		{0, 0, red}, {testW - 1, 0, green}, {0, testH - 1, blue}, {testW - 1, testH - 1, paper},
		{1, 0, paper}, {0, 1, paper}, {testW - 2, 0, paper}, {0, testH - 2, paper}, {testW / 2, testH / 2, paper},
	} {
		if got := img.RGBAAt(c.x, c.y); got != rgba(c.want) {
			t.Errorf("pixel (%d,%d) is %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

// A box covers its pixels and no others, wherever it lies.
func TestBoxIsExact(t *testing.T) {
	s := open(t)
	var items []scene.Item
	var rects []scene.Rect
	for i := range 24 {
		r := scene.Rect{X: 7 + (i%4)*83, Y: 5 + (i/4)*101, W: 1 + i*3, H: 1 + i*4}
		rects = append(rects, r)
		items = append(items, box(r.X, r.Y, r.W, r.H, act))
	}
	img := shoot(t, s, blank(items...))
	for y := range testH {
		for x := range testW {
			want := paper
			for _, r := range rects {
				if r.Contains(x, y) {
					want = act
				}
			}
			if got := img.RGBAAt(x, y); got != rgba(want) {
				t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, got, want)
			}
		}
	}
}

// Each pixel of a glyph's mask lands where measuring says.
func TestTextLandsWhereMeasured(t *testing.T) {
	s := open(t)
	const text = "Nguyễn Văn Mẫu"
	var items []scene.Item
	want := image.NewAlpha(image.Rect(0, 0, testW, testH))
	for i, size := range []int{12, 17, 28, 31} {
		x, base := 3+i, 60+i*97
		items = append(items, scene.Item{Kind: scene.Text, Rect: scene.Rect{X: x}, Base: base, Text: text, Size: size, Ink: act, Weight: scene.Bold})
		for _, r := range text {
			m, off, adv := checkers(r, size, scene.Bold)
			if m != nil {
				for my := range m.Rect.Dy() {
					for mx := range m.Rect.Dx() {
						px, py := x+off.X+mx, base+off.Y+my
						if m.AlphaAt(mx, my).A != 0 && px < testW {
							want.SetAlpha(px, py, color.Alpha{A: 255})
						}
					}
				}
			}
			x += adv
		}
	}
	img := shoot(t, s, blank(items...))
	for y := range testH {
		for x := range testW {
			c := paper
			if want.AlphaAt(x, y).A != 0 {
				c = act
			}
			if got := img.RGBAAt(x, y); !near(got, rgba(c), 1) {
				t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, got, c)
			}
		}
	}
}
