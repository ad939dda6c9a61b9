// Package jp2 decodes JPEG 2000 pictures as chips of ICAO Doc 9303 hold them:
// ISO/IEC 15444-1 (ITU-T T.800), in its box or as a bare codestream. It knows
// all of Part 1 that a portrait can use: both wavelets, all progressions,
// layers, tiles, precincts, every code-block style, subsampled components. It
// does not know regions of interest, palettes, packed packet headers, nor the
// block coder of Part 15; a picture with those is ErrUnsupported.
//
// The bytes come from a stranger's card. Size and work are bounded before
// memory is asked for, and a codestream that ends early gives the picture that
// can be made of what is there.
package jp2

import (
	"errors"
	"fmt"
	"image"
)

var (
	// ErrFormat: the bytes are no JPEG 2000 picture.
	ErrFormat = errors.New("jp2: malformed picture")
	// ErrUnsupported: a feature that no portrait needs.
	ErrUnsupported = errors.New("jp2: unsupported feature")
	// ErrTooLarge: the picture wants more pixels or more work than allowed.
	ErrTooLarge = errors.New("jp2: picture too large")
)

// Options bound a decoding. The zero value allows what the constants say.
type Options struct {
	MaxPixels int
	// MaxWork is how many times a sample may be looked at on average. An
	// honest portrait of 8 bits needs some 30; the default is enough for 16.
	MaxWork int
}

// What is allowed when Options say nothing.
const (
	MaxPixels = 4 << 20
	MaxWork   = 72
)

// Info is what the head of a picture says.
type Info struct {
	Width, Height int
	Components    int
	Bits          int // of the first component
	Boxed         bool
}

// ReadInfo reads the head of a picture only.
func ReadInfo(data []byte) (Info, error) {
	box, err := unbox(data)
	if err != nil {
		return Info{}, err
	}
	d := decoder{data: box.codestream}
	if err := d.mainHeader(Options{MaxPixels: 1 << 40}); err != nil {
		return Info{}, err
	}
	w, h := d.size.pixels()
	return Info{Width: w, Height: h, Components: len(d.size.components), Bits: d.size.components[0].bits, Boxed: box.boxed}, nil
}

// Decode makes the picture: *image.Gray of one component (or two: the second
// is transparency, which a portrait has no use for), *image.RGBA of more.
func Decode(data []byte, opt Options) (image.Image, error) {
	if opt.MaxPixels <= 0 {
		opt.MaxPixels = MaxPixels
	}
	if opt.MaxWork <= 0 {
		opt.MaxWork = MaxWork
	}
	box, err := unbox(data)
	if err != nil {
		return nil, err
	}
	if box.palette {
		return nil, fmt.Errorf("%w: palette", ErrUnsupported)
	}
	d := decoder{data: box.codestream}
	if err := d.mainHeader(opt); err != nil {
		return nil, err
	}
	if err := d.tileParts(); err != nil {
		return nil, err
	}
	defer d.wipe()
	if err := d.decodeTiles(); err != nil {
		return nil, err
	}
	return d.picture(box.space), nil
}

// meter counts work down. One unit is one look at one sample.
type meter struct{ left int }

func (m *meter) spend(n int) error {
	if m.left -= n; m.left < 0 {
		return fmt.Errorf("%w: too much work", ErrTooLarge)
	}
	return nil
}
