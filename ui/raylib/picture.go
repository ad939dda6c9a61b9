package raylib

import (
	"errors"
	"image"

	rl "github.com/gen2brain/raylib-go/raylib"
	"golang.org/x/image/draw"

	"tram06/ui/raylib/mask"
	"tram06/ui/scene"
)

// ErrNoPicture: a picture item has neither pixels nor a cached copy.
var ErrNoPicture = errors.New("picture without an image or a key")

// picture draws an image, scaled in Go once and then kept by its key, so that
// all backends show the same pixels.
func (p *painter) picture(it *scene.Item) error {
	r := it.Rect
	if r.W <= 0 || r.H <= 0 {
		return nil
	}
	radius := min(it.Radius, r.W/2, r.H/2)
	key := pictureKey{it.ImageKey, r.W, r.H, radius}
	l, ok := p.store.pictures[key]
	if !ok {
		if it.Image == nil || it.ImageKey == "" {
			return ErrNoPicture
		}
		pix := scaled(it.Image, r.W, r.H, radius)
		tex, err := texture(pix.Pix, r.W, r.H, rl.UncompressedR8g8b8a8)
		clear(pix.Pix)
		if err != nil {
			return err
		}
		l = &loose{tex: tex}
		p.store.pictures[key] = l
	}
	l.used = p.store.frame
	blit(l.sprite(), r.X, r.Y, scene.RGB(0xFFFFFF))
	return nil
}

// scaled is what fits of img at w by h, with rounded corners, straight alpha.
func scaled(img image.Image, w, h, radius int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), img, scene.Cover(img.Bounds(), w, h), draw.Src, nil)
	if radius <= 0 {
		return out
	}
	c := mask.Corner(radius)
	for y := range radius {
		for x := range radius {
			a := int(c.Pix[y*c.Stride+x])
			for _, at := range [4]image.Point{{X: x, Y: y}, {X: w - 1 - x, Y: y}, {X: x, Y: h - 1 - y}, {X: w - 1 - x, Y: h - 1 - y}} {
				i := out.PixOffset(at.X, at.Y) + 3
				out.Pix[i] = byte(int(out.Pix[i]) * a / 255)
			}
		}
	}
	return out
}
