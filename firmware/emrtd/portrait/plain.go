package portrait

import (
	"image"
	"image/draw"

	xdraw "golang.org/x/image/draw"
)

// plain turns kinds of image that screens draw slowly, and that nobody knows
// how to wipe, into RGBA. What it copied from is overwritten.
func plain(img image.Image) image.Image {
	switch m := img.(type) {
	case *image.YCbCr, *image.Gray, *image.RGBA:
		return img
	case *image.CMYK:
		defer clear(m.Pix)
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return out
}

// Fit shrinks a picture that is larger than w by h so that it fits, and keeps
// its shape. What is small enough comes back as it is. The larger picture is
// not wiped: the caller holds it.
func Fit(img image.Image, w, h int) image.Image {
	b := img.Bounds()
	if w <= 0 || h <= 0 || b.Dx() <= w && b.Dy() <= h {
		return img
	}
	nw, nh := w, max(1, b.Dy()*w/b.Dx())
	if nh > h {
		nw, nh = max(1, b.Dx()*h/b.Dy()), h
	}
	if _, gray := img.(*image.Gray); gray {
		out := image.NewGray(image.Rect(0, 0, nw, nh))
		xdraw.ApproxBiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, nw, nh))
	xdraw.ApproxBiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out
}

// Wipe overwrites the pixels of a picture that Decode or Fit made.
func Wipe(img image.Image) {
	switch m := img.(type) {
	case *image.YCbCr:
		clear(m.Y)
		clear(m.Cb)
		clear(m.Cr)
	case *image.Gray:
		clear(m.Pix)
	case *image.RGBA:
		clear(m.Pix)
	}
}
