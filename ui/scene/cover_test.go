package scene

import (
	"image"
	"testing"
)

func TestCover(t *testing.T) {
	for name, c := range map[string]struct {
		bounds image.Rectangle
		w, h   int
		want   image.Rectangle
	}{
		"same shape":     {image.Rect(0, 0, 480, 640), 240, 320, image.Rect(0, 0, 480, 640)},
		"wider picture":  {image.Rect(0, 0, 640, 640), 240, 320, image.Rect(80, 0, 560, 640)},
		"taller picture": {image.Rect(0, 0, 480, 740), 240, 320, image.Rect(0, 50, 480, 690)},
		"not at zero":    {image.Rect(10, 20, 110, 120), 50, 100, image.Rect(35, 20, 85, 120)},
		"a hair":         {image.Rect(0, 0, 1, 1000), 100, 1, image.Rect(0, 499, 1, 500)},
		"no room":        {image.Rect(0, 0, 3, 4), 0, 5, image.Rect(0, 0, 3, 4)},
	} {
		if got := Cover(c.bounds, c.w, c.h); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
