// Command pictures draws the pictures of the documentation, small, from what a
// demo and the browser's sessions left in out/: see docs/pictures/README.md.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"
)

// pictures are the sources of each, and how wide it becomes.
var pictures = []struct {
	name, from string
	width      int
}{
	{"attract", "out/demo/screens/*-attract.png", 360},
	{"confirm", "out/demo/screens/*-confirm.png", 360},
	{"review", "out/demo/screens/*-review.png", 360},
	{"receipt", "out/demo/receipt.png", 288},
	{"dock", "out/browser/visit-3-paper.png", 1080},
	{"dock-plugs", "out/browser/hot.png", 1080},
	{"dock-keypad", "out/browser/keypad.png", 900},
}

func main() {
	for _, p := range pictures {
		if err := shrink(p.from, filepath.Join("docs", "pictures", p.name+".png"), p.width); err != nil {
			fmt.Fprintf(os.Stderr, "pictures: %s: %v\n", p.name, err)
			os.Exit(1)
		}
	}
}

var errNone = errors.New("nothing was drawn yet: run make demo and make test-browser first")

func shrink(pattern, to string, width int) error {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%s: %w", pattern, errNone)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	large, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	size := large.Bounds().Size()
	small := image.NewRGBA(image.Rect(0, 0, width, (size.Y*width+size.X/2)/size.X))
	draw.CatmullRom.Scale(small, small.Rect, large, large.Bounds(), draw.Src, nil)
	flat := image.NewPaletted(small.Rect, palette(small))
	draw.Draw(flat, flat.Rect, small, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// palette gives the 256 colours that the picture has most of, which is enough
// for flat surfaces and text.
func palette(img *image.RGBA) color.Palette {
	const step = 8
	type sum struct{ n, r, g, b int }
	boxes := map[[3]uint8]*sum{}
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3]
		k := [3]uint8{p[0] / step, p[1] / step, p[2] / step}
		s := boxes[k]
		if s == nil {
			s = &sum{}
			boxes[k] = s
		}
		s.n, s.r, s.g, s.b = s.n+1, s.r+int(p[0]), s.g+int(p[1]), s.b+int(p[2])
	}
	all := make([]*sum, 0, len(boxes))
	for _, s := range boxes {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *sum) int {
		return cmp.Or(b.n-a.n, a.r*b.n-b.r*a.n, a.g*b.n-b.g*a.n, a.b*b.n-b.b*a.n)
	})
	var out color.Palette
	for _, s := range all[:min(256, len(all))] {
		out = append(out, color.RGBA{uint8(s.r / s.n), uint8(s.g / s.n), uint8(s.b / s.n), 255})
	}
	return out
}
