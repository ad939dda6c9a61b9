//go:build memory || xwindow

package raylib

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tram06/ui/icon"
	"tram06/ui/scene"
	"tram06/ui/text"
)

// What package text and package icon offer is what Options asks for.
var (
	_ GlyphFunc = (*text.Fonts)(nil).Glyph
	_ IconFunc  = icon.Mask
)

var update = flag.Bool("update", false, "write testdata anew")

// typeset gives the product's own fonts.
func typeset(t testing.TB) *text.Fonts {
	t.Helper()
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	sampleW, sampleH = 540, 960
)

// sample is a screen with one of everything.
func sample() *scene.Scene {
	ink, edge := scene.RGB(0x141C2B), scene.RGB(0x6F7886)
	txt := func(x, base, size int, w scene.Weight, c scene.Color, s string) scene.Item {
		return scene.Item{Kind: scene.Text, Rect: scene.Rect{X: x}, Base: base, Size: size, Weight: w, Ink: c, Text: s}
	}
	rounded := func(x, y, w, h, radius, border int, fill, edge scene.Color) scene.Item {
		return scene.Item{Kind: scene.Box, Rect: scene.Rect{X: x, Y: y, W: w, H: h}, Radius: radius, BorderWidth: border, Fill: fill, Border: edge}
	}
	return &scene.Scene{Name: "sample", W: sampleW, H: sampleH, Background: paper, Items: []scene.Item{
		box(0, 0, sampleW, 76, white),
		rounded(24, 16, 44, 44, 12, 0, act, act),
		txt(30, 48, 28, scene.Bold, white, "06"),
		box(36, 52, 20, 3, mark),
		txt(80, 34, 18, scene.Bold, ink, "UBND xã Suối Mây"),
		txt(80, 58, 18, scene.Regular, ink, "Trạm 06"),
		rounded(24, 90, 90, 8, 4, 0, act, act),
		rounded(122, 90, 90, 8, 4, 2, mark, ink),
		txt(24, 180, 36, scene.Bold, ink, "Hiện nay quý vị ở đâu?"),
		txt(24, 230, 36, scene.Bold, ink, "Ễ Ặ Ộ Ữ ĭ ŏ ŭ ĕ Đặng"),
		rounded(24, 260, 492, 88, 12, 3, white, edge),
		txt(96, 312, 22, scene.Bold, ink, "Tôi ở đúng nơi thường trú"),
		rounded(40, 284, 36, 36, 18, 3, white, edge),
		rounded(24, 364, 492, 88, 12, 8, scene.RGB(0xE5EBF8), act),
		txt(96, 416, 22, scene.Bold, ink, "Tôi đang ở nơi khác"),
		rounded(40, 388, 36, 36, 18, 12, white, act),
		{Kind: scene.Picture, Rect: scene.Rect{X: 24, Y: 480, W: 120, H: 160}, Radius: 16, Image: halves(act, mark), ImageKey: "sample"},
		{Kind: scene.Arc, Rect: scene.Rect{X: 180, Y: 480, W: 160, H: 160}, Border: scene.RGB(0xD5D2C8), BorderWidth: 14, Sweep: 360},
		{Kind: scene.Arc, Rect: scene.Rect{X: 180, Y: 480, W: 160, H: 160}, Border: mark, BorderWidth: 14, Start: 0, Sweep: 250},
		txt(222, 580, 52, scene.Bold, ink, "28"),
		{Kind: scene.Polygon, Fill: mark, Points: []scene.Point{{X: 430, Y: 620}, {X: 380, Y: 560}, {X: 412, Y: 560}, {X: 412, Y: 490}, {X: 448, Y: 490}, {X: 448, Y: 560}, {X: 480, Y: 560}}},
		{Kind: scene.Line, Border: ink, BorderWidth: 5, Points: []scene.Point{{X: 430, Y: 620}, {X: 380, Y: 560}, {X: 412, Y: 560}, {X: 412, Y: 490}, {X: 448, Y: 490}, {X: 448, Y: 560}, {X: 480, Y: 560}, {X: 430, Y: 620}}},
		{Kind: scene.Icon, Name: "diamond", Rect: scene.Rect{X: 24, Y: 680, W: 48, H: 48}, Ink: act},
		{Kind: scene.Line, Border: act, BorderWidth: 6, Points: []scene.Point{{X: 100, Y: 704}, {X: 116, Y: 720}, {X: 148, Y: 686}}},
		rounded(24, 760, 156, 68, 12, 4, white, act),
		rounded(192, 760, 324, 68, 12, 0, act, act),
		txt(300, 802, 22, scene.Bold, white, "Tiếp tục"),
		{Kind: scene.Box, Rect: scene.Rect{X: 0, Y: 860, W: sampleW, H: 100}, Fill: scene.Color{R: 20, G: 28, B: 43, A: 160}},
		txt(24, 920, 28, scene.Regular, white, "NGUYỄN VĂN MẪU · 001 ••• ••• 638"),
	}}
}

// What package text measures is where the pen stands after drawing: a bar
// drawn behind a line looks the same as one placed by measuring.
func TestMeasuredIsDrawn(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := typeset(t)
	s, err := Open(Options{Width: sampleW, Height: sampleH, Title: "measure", Glyph: f.Glyph, Icon: diamond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, size := range []int{13, 28, 36, 44} {
		for _, words := range []string{"Xác nhận cư trú", "Y Krĭ Ksor", "NGUYỄN", "001 ••• ••• 638"} {
			for _, w := range []scene.Weight{scene.Regular, scene.Bold} {
				line := func(x int, s string) scene.Item {
					return scene.Item{Kind: scene.Text, Rect: scene.Rect{X: x}, Base: 100, Size: size, Weight: w, Ink: act, Text: s}
				}
				end := 11 + f.Measure(words, size, w)
				whole := shoot(t, s, &scene.Scene{W: sampleW, H: sampleH, Background: paper, Items: []scene.Item{line(11, words+"|")}})
				alone := shoot(t, s, &scene.Scene{W: sampleW, H: sampleH, Background: paper, Items: []scene.Item{line(end, "|")}})
				inked := false
				for y := range 200 {
					for x := end + 1; x < min(end+size, sampleW); x++ {
						inked = inked || alone.RGBAAt(x, y) != rgba(paper)
						if whole.RGBAAt(x, y) != alone.RGBAAt(x, y) {
							t.Fatalf("%q at %d: drawn and measured part at (%d,%d)", words, size, x, y)
						}
					}
				}
				if !inked {
					t.Fatalf("%q at %d: the bar is not there", words, size)
				}
			}
		}
	}
}

// TestSample compares a whole screen with the picture in testdata. The memory
// backend must match it but for the last bit of a blend; a GPU may place an
// edge's shade on the pixel beside it.
func TestSample(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s, err := Open(Options{Width: sampleW, Height: sampleH, Title: "sample", Glyph: typeset(t).Glyph, Icon: diamond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := shoot(t, s, sample())
	golden := filepath.Join("testdata", "sample.png")
	if *update && Variant == "memory" {
		var b bytes.Buffer
		if err := png.Encode(&b, got); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(golden, b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want := load(t, golden)
	reach, tolerance := 0, 2
	if Variant != "memory" {
		reach, tolerance = 1, 8
	}
	if n, at := differ(got, want, reach, tolerance); n > 0 {
		save(t, got)
		t.Errorf("%d pixels differ, the first at %v: %v, want %v", n, at, got.At(at.X, at.Y), want.At(at.X, at.Y))
	}
}

func load(t *testing.T, name string) *image.RGBA {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}

// save keeps a failed picture for a look.
func save(t *testing.T, img image.Image) {
	t.Helper()
	f, err := os.CreateTemp("", "raylib-*.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	t.Logf("picture in %s", f.Name())
}

// differ counts pixels of either picture that have no like within reach in the
// other.
func differ(a, b *image.RGBA, reach, tolerance int) (n int, first image.Point) {
	if a.Rect != b.Rect {
		return max(len(a.Pix), len(b.Pix)) / 4, image.Point{}
	}
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if !alike(a.RGBAAt(x, y), b, x, y, reach, tolerance) || !alike(b.RGBAAt(x, y), a, x, y, reach, tolerance) {
				if n == 0 {
					first = image.Pt(x, y)
				}
				n++
			}
		}
	}
	return n, first
}

func alike(c color.RGBA, in *image.RGBA, x, y, reach, tolerance int) bool {
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			if image.Pt(x+dx, y+dy).In(in.Rect) && near(c, in.RGBAAt(x+dx, y+dy), tolerance) {
				return true
			}
		}
	}
	return false
}

// The comparison itself must notice what people would.
func TestDiffer(t *testing.T) {
	a := image.NewRGBA(image.Rect(0, 0, 20, 20))
	b := image.NewRGBA(a.Rect)
	if n, _ := differ(a, b, 0, 0); n != 0 {
		t.Errorf("%d pixels differ in the same picture", n)
	}
	for i := range 5 {
		a.SetRGBA(8, 4+i, color.RGBA{200, 0, 0, 255})
		b.SetRGBA(9, 4+i, color.RGBA{200, 0, 0, 255})
	}
	if n, _ := differ(a, b, 1, 8); n != 0 {
		t.Errorf("%d pixels differ in a line moved by one", n)
	}
	if n, _ := differ(a, b, 0, 8); n != 10 {
		t.Errorf("%d pixels differ without reach, want 10", n)
	}
	b.SetRGBA(15, 15, color.RGBA{0, 9, 0, 255})
	if n, at := differ(a, b, 1, 8); n != 1 || at != image.Pt(15, 15) {
		t.Errorf("%d pixels differ, first %v, want the one dot", n, at)
	}
}
