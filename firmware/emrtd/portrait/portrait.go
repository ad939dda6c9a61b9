// Package portrait makes a picture of the face that a chip holds. The bytes
// come from a stranger's card, so nothing in them decides how much memory or
// time they cost: size, scans and work are bounded before and while decoding,
// and a decoder that falls over is an error like any other.
package portrait

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"tram06/firmware/emrtd/jp2"
	"tram06/firmware/emrtd/lds"
)

var (
	// ErrFormat: the bytes are no picture that can be decoded.
	ErrFormat = errors.New("portrait: malformed picture")
	// ErrTooLarge: the picture wants more than it is allowed.
	ErrTooLarge = errors.New("portrait: picture too large")
	// ErrUnsupported: a kind of picture that is not known here.
	ErrUnsupported = errors.New("portrait: unknown kind of picture")
)

// MaxPixels is several times what chips hold, and decoded within some 100 MB.
const MaxPixels = 2 << 20

// maxScans is more than any encoder writes in a progressive JPEG. Each scan of
// a few bytes makes the decoder walk over the whole picture.
const maxScans = 100

// Decode makes a picture of at most limit pixels, and never of more than
// MaxPixels, which limit 0 stands for. The result is one of *image.YCbCr,
// *image.Gray and *image.RGBA, with the origin at 0,0. mediaType may be empty:
// the first bytes say more than any label.
func Decode(mediaType string, data []byte, limit int) (img image.Image, err error) {
	defer func() {
		// The message of a panic may hold bytes of the picture: it stays here.
		if recover() != nil {
			img, err = nil, fmt.Errorf("%w: the decoder fell over", ErrFormat)
		}
	}()
	if limit <= 0 || limit > MaxPixels {
		limit = MaxPixels
	}
	kind := lds.MediaType(data)
	if kind == "" {
		kind = mediaType
	}
	switch kind {
	case lds.JPEG:
		return decodeJPEG(data, limit)
	case lds.JPEG2000, lds.Codestream:
		return decodeJPEG2000(data, limit)
	}
	return nil, ErrUnsupported
}

func decodeJPEG(data []byte, limit int) (image.Image, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if c.Width > limit || c.Height > limit || c.Width*c.Height > limit {
		return nil, fmt.Errorf("%w: %d by %d", ErrTooLarge, c.Width, c.Height)
	}
	if n := bytes.Count(data, []byte{0xFF, 0xDA}); n > maxScans {
		return nil, fmt.Errorf("%w: %d scans", ErrTooLarge, n)
	}
	// Some encoders leave out the mark at the end, which the decoder wants.
	img, err := jpeg.Decode(io.MultiReader(bytes.NewReader(data), bytes.NewReader([]byte{0xFF, 0xD9})))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return plain(img), nil
}

func decodeJPEG2000(data []byte, limit int) (image.Image, error) {
	img, err := jp2.Decode(data, jp2.Options{MaxPixels: limit})
	switch {
	case err == nil:
		return img, nil
	case errors.Is(err, jp2.ErrTooLarge):
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, jp2.ErrUnsupported):
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrFormat, err)
}
