// Package text measures and draws words: Noto Sans in two weights, on whole
// pixels, so that what is measured is exactly what is drawn, on every backend
// and without one.
package text

import (
	"fmt"
	"image"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"tram06/fonts"
	"tram06/ui/scene"
)

// Fonts holds the two weights and what was measured and drawn so far. It may
// be used from any goroutine.
type Fonts struct {
	mu     sync.Mutex
	fonts  [2]*opentype.Font
	faces  map[faceKey]font.Face
	glyphs map[glyphKey]glyph
	widths map[glyphKey]int
}

type faceKey struct {
	size   int
	weight scene.Weight
}

type glyphKey struct {
	r rune
	faceKey
}

type glyph struct {
	mask   *image.Alpha
	offset image.Point
}

// New loads the embedded fonts.
func New() (*Fonts, error) {
	f := &Fonts{faces: map[faceKey]font.Face{}, glyphs: map[glyphKey]glyph{}, widths: map[glyphKey]int{}}
	for w, data := range [2][]byte{scene.Regular: fonts.Regular, scene.Bold: fonts.Bold} {
		parsed, err := opentype.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("embedded font %d: %w", w, err)
		}
		f.fonts[w] = parsed
	}
	return f, nil
}

// face gives the face of a size; the caller holds the lock.
func (f *Fonts) face(k faceKey) font.Face {
	if x := f.faces[k]; x != nil {
		return x
	}
	// No hinting: at these sizes it only bends the letters. 72 dpi makes a
	// point a pixel.
	x, err := opentype.NewFace(f.fonts[k.weight&1], &opentype.FaceOptions{Size: float64(k.size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("text: face of an embedded font: " + err.Error()) // only for a size of no meaning
	}
	f.faces[k] = x
	return x
}

// advance is how far the pen moves for r, in whole pixels.
func (f *Fonts) advance(r rune, k faceKey) int {
	g := glyphKey{r, k}
	if w, ok := f.widths[g]; ok {
		return w
	}
	a, ok := f.face(k).GlyphAdvance(r)
	if !ok {
		a = fixed.I(k.size / 2)
	}
	w := a.Round()
	f.widths[g] = w
	return w
}

// Measure gives the width of one line in pixels.
func (f *Fonts) Measure(s string, size int, weight scene.Weight) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.measure(s, faceKey{size, weight})
}

func (f *Fonts) measure(s string, k faceKey) int {
	n := 0
	for _, r := range s {
		n += f.advance(r, k)
	}
	return n
}

// Glyph rasterises one character: its coverage, where the mask's top left lies
// from the pen on the baseline, and how far the pen moves on.
func (f *Fonts) Glyph(r rune, size int, weight scene.Weight) (*image.Alpha, image.Point, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := faceKey{size, weight}
	g, ok := f.glyphs[glyphKey{r, k}]
	if !ok {
		g = f.rasterise(r, k)
		f.glyphs[glyphKey{r, k}] = g
	}
	return g.mask, g.offset, f.advance(r, k)
}

func (f *Fonts) rasterise(r rune, k faceKey) glyph {
	dr, mask, at, _, ok := f.face(k).Glyph(fixed.P(0, 0), r)
	if !ok || dr.Empty() {
		return glyph{mask: image.NewAlpha(image.Rectangle{})}
	}
	out := image.NewAlpha(image.Rect(0, 0, dr.Dx(), dr.Dy()))
	for y := range dr.Dy() {
		for x := range dr.Dx() {
			_, _, _, a := mask.At(at.X+x, at.Y+y).RGBA()
			out.Pix[y*out.Stride+x] = uint8(a >> 8)
		}
	}
	return glyph{mask: out, offset: dr.Min}
}

// Has tells whether the fonts have a glyph of their own for r.
func (f *Fonts) Has(r rune, weight scene.Weight) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	var buf sfnt.Buffer
	i, err := f.fonts[weight&1].GlyphIndex(&buf, r)
	return err == nil && i != 0
}

// Heights of Noto Sans in em: how far the tallest letter of the languages shown
// rises ("Ễ") and the deepest falls ("ặ"), and a capital's height.
const (
	riseEm = 1.048
	fallEm = 0.24
	capEm  = 0.714
)

// Rise is how far above the baseline a line of this size may draw.
func Rise(size int) int { return int(math.Ceil(riseEm * float64(size))) }

// Fall is how far below the baseline it may draw.
func Fall(size int) int { return int(math.Ceil(fallEm * float64(size))) }

// Capital is the height of its capital letters.
func Capital(size int) int { return int(math.Round(capEm * float64(size))) }

// Wrap breaks s into lines no wider than width: at line feeds, and at spaces
// where it must. A no-break space does not break. A word that is wider than a
// line by itself is broken where it fits, since cut-off letters would be worse.
func (f *Fonts) Wrap(s string, size int, weight scene.Weight, width int) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := faceKey{size, weight}
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		line := ""
		for word := range strings.SplitSeq(para, " ") {
			for line == "" && f.measure(word, k) > width {
				cut := f.fits(word, k, width)
				lines = append(lines, word[:cut])
				word = word[cut:]
			}
			switch joined := line + " " + word; {
			case line == "":
				line = word
			case f.measure(joined, k) <= width:
				line = joined
			default:
				lines = append(lines, line)
				line = ""
				for f.measure(word, k) > width {
					cut := f.fits(word, k, width)
					lines = append(lines, word[:cut])
					word = word[cut:]
				}
				line = word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// fits gives how many bytes of a word fit into width, at least one letter.
func (f *Fonts) fits(word string, k faceKey, width int) int {
	n, end := 0, 0
	for i, r := range word {
		if n += f.advance(r, k); n > width && i > 0 {
			return i
		}
		end = i + len(string(r))
	}
	return end
}
