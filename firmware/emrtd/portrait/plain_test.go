package portrait

import (
	"image"
	"image/color"
	"testing"
)

// The standard decoder makes CMYK of four components, and RGBA of three that
// are no YCbCr; a screen gets RGBA.
func TestPlain(t *testing.T) {
	m := image.NewCMYK(image.Rect(0, 0, 4, 3))
	for i := range m.Pix {
		m.Pix[i] = 0x40
	}
	want := color.RGBAModel.Convert(m.At(1, 1))
	got := plain(m)
	if _, ok := got.(*image.RGBA); !ok || got.At(1, 1) != want {
		t.Errorf("%T with %v, want %v", got, got.At(1, 1), want)
	}
	for _, c := range m.Pix {
		if c != 0 {
			t.Fatal("the CMYK picture is still there")
		}
	}
}
