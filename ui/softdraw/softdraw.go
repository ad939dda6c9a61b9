// Package softdraw draws a scene into an image in pure Go, without any display
// library. Tests and screenshots use it; it draws from the same masks and the
// same glyphs as the real screen, so that what it shows is what people see.
package softdraw

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"

	"tram06/ui/icon"
	"tram06/ui/raylib/mask"
	"tram06/ui/scene"
	"tram06/ui/text"
)

// Painter draws scenes. It keeps no state but its fonts.
type Painter struct{ fonts *text.Fonts }

// New makes a painter that sets text with f.
func New(f *text.Fonts) *Painter { return &Painter{f} }

// Draw makes the picture of s. What cannot be drawn is left out and reported.
func (p *Painter) Draw(s *scene.Scene) (*image.RGBA, error) {
	img := image.NewRGBA(image.Rect(0, 0, s.W, s.H))
	bg := s.Background
	bg.A = 255
	draw.Draw(img, img.Rect, ink(bg), image.Point{}, draw.Src)
	var errs []error
	for i := range s.Items {
		if err := p.item(img, &s.Items[i]); err != nil {
			errs = append(errs, fmt.Errorf("item %d: %w", i, err))
		}
	}
	return img, errors.Join(errs...)
}

func ink(c scene.Color) image.Image {
	return image.NewUniform(color.NRGBA{R: c.R, G: c.G, B: c.B, A: c.A})
}

// blit tints a mask onto img with its top left at (x, y).
func blit(img *image.RGBA, m *image.Alpha, x, y int, c scene.Color) {
	if m == nil || c.A == 0 {
		return
	}
	r := image.Rect(x, y, x+m.Rect.Dx(), y+m.Rect.Dy())
	draw.DrawMask(img, r, ink(c), image.Point{}, m, m.Rect.Min, draw.Over)
}

func (p *Painter) item(img *image.RGBA, it *scene.Item) error {
	switch it.Kind {
	case scene.Box:
		box(img, it)
	case scene.Text:
		x := it.Rect.X
		for _, r := range it.Text {
			m, off, adv := p.fonts.Glyph(r, it.Size, it.Weight)
			blit(img, m, x+off.X, it.Base+off.Y, it.Ink)
			x += adv
		}
	case scene.Icon:
		side := min(it.Rect.W, it.Rect.H)
		m, err := icon.Mask(it.Name, side)
		if err != nil {
			return err
		}
		blit(img, m, it.Rect.X+(it.Rect.W-side)/2, it.Rect.Y+(it.Rect.H-side)/2, it.Ink)
	case scene.Picture:
		return picture(img, it)
	case scene.Polygon:
		m, at := mask.Polygon(it.Points)
		blit(img, m, at.X, at.Y, it.Fill)
	case scene.Line:
		m, at := mask.Stroke(it.Points, it.BorderWidth)
		blit(img, m, at.X, at.Y, it.Border)
	case scene.Arc:
		if it.Sweep == 0 {
			return nil
		}
		blit(img, mask.Arc(it.Rect.W, it.Rect.H, it.BorderWidth, it.Start, it.Sweep), it.Rect.X, it.Rect.Y, it.Border)
	default:
		return fmt.Errorf("unknown kind %d", it.Kind)
	}
	return nil
}

// box draws the filling, then the border over its edge.
func box(img *image.RGBA, it *scene.Item) {
	r := it.Rect
	if r.W <= 0 || r.H <= 0 {
		return
	}
	radius := min(max(it.Radius, 0), min(r.W, r.H)/2)
	if it.Fill.A > 0 {
		blit(img, rounded(r.W, r.H, radius), r.X, r.Y, it.Fill)
	}
	if bw := it.BorderWidth; bw > 0 && it.Border.A > 0 {
		m := rounded(r.W, r.H, radius)
		if 2*bw < r.W && 2*bw < r.H {
			hole := rounded(r.W-2*bw, r.H-2*bw, max(radius-bw, 0))
			for y := range hole.Rect.Dy() {
				for x := range hole.Rect.Dx() {
					i := (y+bw)*m.Stride + x + bw
					m.Pix[i] -= min(hole.Pix[y*hole.Stride+x], m.Pix[i])
				}
			}
		}
		blit(img, m, r.X, r.Y, it.Border)
	}
}

// rounded is the mask of a box with rounded corners.
func rounded(w, h, radius int) *image.Alpha {
	m := image.NewAlpha(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	if radius > 0 {
		c := mask.Corner(radius)
		put := func(x, y int, fx, fy bool) {
			draw.Draw(m, image.Rect(x, y, x+radius, y+radius), mask.Mirror(c, fx, fy), image.Point{}, draw.Src)
		}
		put(0, 0, false, false)
		put(w-radius, 0, true, false)
		put(0, h-radius, false, true)
		put(w-radius, h-radius, true, true)
	}
	return m
}

// picture scales an image to cover its rectangle and cuts what juts out, so
// that a face is never stretched.
func picture(img *image.RGBA, it *scene.Item) error {
	if it.Image == nil {
		return errors.New("picture without an image")
	}
	r, b := it.Rect, it.Image.Bounds()
	if r.W <= 0 || r.H <= 0 || b.Empty() {
		return nil
	}
	scaled := image.NewRGBA(image.Rect(0, 0, r.W, r.H))
	xdraw.CatmullRom.Scale(scaled, scaled.Rect, it.Image, scene.Cover(b, r.W, r.H), draw.Src, nil)
	m := rounded(r.W, r.H, min(max(it.Radius, 0), min(r.W, r.H)/2))
	draw.DrawMask(img, image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H), scaled, image.Point{}, m, image.Point{}, draw.Over)
	return nil
}
