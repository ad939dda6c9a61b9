package raylib

import (
	"errors"
	"image"
	"unsafe"

	rl "github.com/gen2brain/raylib-go/raylib"
)

// Snapshot returns a copy of the upright panel as it was drawn last. It shows
// whatever the citizen sees: never store it outside of development.
func (s *Screen) Snapshot() (*image.RGBA, error) { return s.SnapshotInto(nil) }

// SnapshotInto is Snapshot into a picture that is no longer needed; nil or one
// of another size makes a new one. A panel of two million pixels after each
// change is much garbage otherwise.
func (s *Screen) SnapshotInto(img *image.RGBA) (*image.RGBA, error) {
	if !s.open {
		return nil, ErrClosed
	}
	var shot *rl.Image
	if offscreen {
		shot = rl.LoadImageFromTexture(s.target.Texture)
	} else {
		shot = rl.LoadImageFromScreen()
	}
	if shot == nil || shot.Data == nil {
		return nil, errors.New("snapshot: display cannot be read: " + takeTrace())
	}
	defer rl.UnloadImage(shot)
	w, h := int(shot.Width), int(shot.Height)
	if w != s.o.Width || h != s.o.Height || shot.Format != rl.UncompressedR8g8b8a8 {
		return nil, errors.New("snapshot: display has another size or format")
	}
	src := unsafe.Slice((*byte)(shot.Data), w*h*4)
	if img == nil || img.Rect != image.Rect(0, 0, w, h) || img.Stride != w*4 {
		img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	upright(img.Pix, src, w*4, h)
	clear(src)
	return img, nil
}

// upright copies rows from bottom to top, mends the order of the colours if
// the backend swaps them, and makes every pixel opaque: the alpha left by
// blending means nothing on a display.
func upright(dst, src []byte, stride, h int) {
	red, blue := 0, 2
	if swapped {
		red, blue = 2, 0
	}
	for y := range h {
		s := src[(h-1-y)*stride : (h-y)*stride]
		d := dst[y*stride : (y+1)*stride]
		for i := 0; i+3 < len(s); i += 4 {
			d[i], d[i+1], d[i+2], d[i+3] = s[i+red], s[i+1], s[i+blue], 255
		}
	}
}
