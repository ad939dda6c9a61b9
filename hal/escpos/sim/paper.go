package sim

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"tram06/hal"
)

// maxPage bounds one page: 8 m of paper without a cut is a program gone wild.
const maxPage = 65535

// Page is one piece of paper.
type Page struct {
	Raster hal.Raster
	Cut    bool // false: torn off by a person, or cut short
	// PaperOut: the roll ended within this page.
	PaperOut bool
}

// Image gives the page as a black and white picture.
func (p Page) Image() *image.Paletted {
	r := p.Raster
	img := image.NewPaletted(image.Rect(0, 0, r.Width, r.Height), color.Palette{color.White, color.Black})
	for y := range r.Height {
		row := r.Bits[y*r.Stride : (y+1)*r.Stride]
		out := img.Pix[y*img.Stride : y*img.Stride+r.Width]
		for x := range out {
			out[x] = row[x/8] >> (7 - x%8) & 1
		}
	}
	return img
}

// PNG gives the page as a picture file.
func (p Page) PNG() ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, p.Image()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// strip is the paper between two cuts.
type strip struct {
	width, stride, height int
	bits                  []byte
}

func (s *strip) add(row []byte) {
	begin := len(s.bits)
	s.bits = append(s.bits, make([]byte, s.stride)...)
	n := copy(s.bits[begin:], row)
	if n == s.stride && s.width%8 != 0 {
		s.bits[len(s.bits)-1] &= 0xFF << (8 - s.width%8)
	}
	s.height++
}

func (s *strip) take() hal.Raster {
	r := hal.Raster{Width: s.width, Height: s.height, Stride: s.stride, Bits: s.bits}
	s.height, s.bits = 0, nil
	return r
}
