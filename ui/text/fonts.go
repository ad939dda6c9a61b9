package text

import (
	"fmt"
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"tram06/fonts"
	"tram06/ui/scene"
)

// Ascent and descent of Noto Sans in thousandths of an em. The tallest stack
// of Vietnamese, "Ễ", ends inside the ascent.
const (
	ascentMille  = 1069
	descentMille = 293
)

// Fonts measures and rasterises both weights of Noto Sans at any size. It may
// be used by several goroutines at once.
type Fonts struct {
	mu    sync.Mutex
	fonts [2]*sfnt.Font
	faces map[faceKey]*face
	buf   sfnt.Buffer
}

type faceKey struct {
	size   int
	weight scene.Weight
}

// face is one size of one weight; advances below dense lie in an array, since
// Latin and Vietnamese all do.
type face struct {
	font.Face
	dense [dense]int16 // advance + 1, 0 = not known yet
	rest  map[rune]int
}

const dense = 0x1F00

// New parses the embedded fonts.
func New() (*Fonts, error) {
	f := &Fonts{faces: map[faceKey]*face{}}
	for i, ttf := range [][]byte{fonts.Regular, fonts.Bold} {
		p, err := opentype.Parse(ttf)
		if err != nil {
			return nil, fmt.Errorf("parse embedded font %d: %w", i, err)
		}
		f.fonts[i] = p
	}
	return f, nil
}

// face finds or makes a face; f.mu is held.
func (f *Fonts) face(size int, weight scene.Weight) *face {
	k := faceKey{max(size, 1), weight & 1}
	if a := f.faces[k]; a != nil {
		return a
	}
	o, err := opentype.NewFace(f.fonts[k.weight], &opentype.FaceOptions{Size: float64(k.size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		// NewFace fails on no options at all as of x/image; a face that draws
		// nothing keeps a screen alive if that ever changes.
		o = nil
	}
	a := &face{Face: o, rest: map[rune]int{}}
	f.faces[k] = a
	return a
}

func (a *face) advance(r rune) int {
	if r >= 0 && r < dense {
		if v := a.dense[r]; v > 0 {
			return int(v) - 1
		}
	} else if v, ok := a.rest[r]; ok {
		return v
	}
	adv := 0
	if a.Face != nil {
		if w, ok := a.GlyphAdvance(r); ok {
			adv = w.Round()
		}
	}
	if r >= 0 && r < dense {
		a.dense[r] = int16(adv + 1)
	} else {
		a.rest[r] = adv
	}
	return adv
}

// Measure gives the width of one line in pixels.
func (f *Fonts) Measure(s string, size int, weight scene.Weight) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.face(size, weight).measure(s)
}

func (a *face) measure(s string) int {
	w := 0
	for _, r := range s {
		w += a.advance(r)
	}
	return w
}

// Ascent and Descent give the room above and below the baseline that any
// character of the font may take.
func Ascent(size int) int { return (size*ascentMille + 999) / 1000 }

// Descent is the room below the baseline.
func Descent(size int) int { return (size*descentMille + 999) / 1000 }

// Baseline gives where the baseline lies in a line of the given height.
func Baseline(size, line int) int {
	return (line-Ascent(size)-Descent(size))/2 + Ascent(size)
}

// Has tells whether both weights can draw r.
func (f *Fonts) Has(r rune) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.fonts {
		if g, err := p.GlyphIndex(&f.buf, r); err != nil || g == 0 {
			return false
		}
	}
	return true
}

// Glyph rasterises one character: its coverage, where the mask's top left
// pixel lies from the pen on the baseline, and how far the pen moves on. The
// mask is nil where there is nothing to draw. It belongs to the caller.
func (f *Fonts) Glyph(r rune, size int, weight scene.Weight) (*image.Alpha, image.Point, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.face(size, weight)
	adv := a.advance(r)
	if a.Face == nil {
		return nil, image.Point{}, adv
	}
	dr, mask, at, _, ok := a.Face.Glyph(fixed.Point26_6{}, r)
	if !ok || dr.Empty() {
		return nil, image.Point{}, adv
	}
	src, ok := mask.(*image.Alpha)
	if !ok {
		return nil, image.Point{}, adv
	}
	// The face reuses its mask for the next glyph.
	out := image.NewAlpha(image.Rect(0, 0, dr.Dx(), dr.Dy()))
	for y := range dr.Dy() {
		i := src.PixOffset(at.X, at.Y+y)
		copy(out.Pix[y*out.Stride:(y+1)*out.Stride], src.Pix[i:i+dr.Dx()])
	}
	return out, dr.Min, adv
}
