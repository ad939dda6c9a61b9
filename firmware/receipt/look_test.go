package receipt

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"tram06/hal"
)

// picture shows a raster as paper.
func picture(r hal.Raster) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, r.Width, r.Height))
	for y := range r.Height {
		for x := range r.Width {
			if r.Bits[y*r.Stride+x>>3]&(0x80>>(x&7)) == 0 {
				img.SetGray(x, y, color.Gray{255})
			}
		}
	}
	return img
}

func savePNG(t testing.TB, name string, r hal.Raster) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture(r)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
