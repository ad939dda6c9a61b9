package receipt

import (
	"errors"
	"fmt"
	"image"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Fonts are the two weights that a receipt is set in. One value may serve
// several goroutines.
type Fonts struct{ regular, bold *opentype.Font }

// ParseFonts reads two TrueType or OpenType files.
func ParseFonts(regular, bold []byte) (*Fonts, error) {
	r, err := opentype.Parse(regular)
	if err != nil {
		return nil, fmt.Errorf("parse regular font: %w", err)
	}
	b, err := opentype.Parse(bold)
	if err != nil {
		return nil, fmt.Errorf("parse bold font: %w", err)
	}
	return &Fonts{r, b}, nil
}

// style is a size in dots, the height of its line, and a weight.
type style struct {
	size, line int
	bold       bool
}

// glyph is one letter as dots: the spans that are black, relative to the pen.
type glyph struct {
	spans   []span
	advance int
}

type span struct{ x, y, n int16 }

// setter sets text. It keeps what it rasterised, for one page.
type setter struct {
	fonts  *Fonts
	faces  map[style]font.Face
	glyphs map[glyphKey]glyph
}

type glyphKey struct {
	style
	r rune
}

func newSetter(f *Fonts) *setter {
	return &setter{fonts: f, faces: map[style]font.Face{}, glyphs: map[glyphKey]glyph{}}
}

func (s *setter) face(st style) (font.Face, error) {
	st.line = 0
	if f := s.faces[st]; f != nil {
		return f, nil
	}
	src := s.fonts.regular
	if st.bold {
		src = s.fonts.bold
	}
	f, err := opentype.NewFace(src, &opentype.FaceOptions{Size: float64(st.size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("face of %d dots: %w", st.size, err)
	}
	s.faces[st] = f
	return f, nil
}

// ink is the coverage from which a dot is burnt. A little below half, since
// thin strokes fade on thermal paper.
const ink = 0x70

func (s *setter) glyph(st style, r rune) (glyph, error) {
	st.line = 0
	k := glyphKey{st, r}
	if g, ok := s.glyphs[k]; ok {
		return g, nil
	}
	f, err := s.face(st)
	if err != nil {
		return glyph{}, err
	}
	box, mask, at, adv, ok := f.Glyph(fixed.P(0, 0), r)
	if !ok && r != '?' {
		// A letter that cannot be drawn must not keep the receipt from being
		// printed, nor show up in an error: it may be part of a name.
		return s.glyph(st, '?')
	}
	g := glyph{advance: adv.Round()}
	alpha, isAlpha := mask.(*image.Alpha)
	if !isAlpha {
		return glyph{}, errors.New("font gives no masks")
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if alpha.AlphaAt(at.X+x-box.Min.X, at.Y+y-box.Min.Y).A < ink {
				continue
			}
			if n := len(g.spans); n > 0 && int(g.spans[n-1].y) == y && int(g.spans[n-1].x+g.spans[n-1].n) == x {
				g.spans[n-1].n++
			} else {
				g.spans = append(g.spans, span{int16(x), int16(y), 1})
			}
		}
	}
	s.glyphs[k] = g
	return g, nil
}

// measure gives the width of text in dots.
func (s *setter) measure(st style, text string) (int, error) {
	w := 0
	for _, r := range text {
		g, err := s.glyph(st, visible(r))
		if err != nil {
			return 0, err
		}
		w += g.advance
	}
	return w, nil
}

func visible(r rune) rune {
	if r == '\u00a0' {
		return ' '
	}
	return r
}

// wrap breaks text into as few lines as fit into width, and those as even as
// they can be, so that no single word is left over on the last one.
func (s *setter) wrap(st style, text string, width int) ([]string, error) {
	lines, err := s.greedy(st, text, width)
	if err != nil || len(lines) < 2 {
		return lines, err
	}
	// High always gives len(lines) lines; low breaks no word that need not be.
	low, high := width/2, width
	for _, word := range strings.FieldsFunc(text, breakable) {
		w, err := s.measure(st, norm.NFC.String(word))
		if err != nil {
			return nil, err
		}
		low = max(low, min(w, width)-1)
	}
	for high-low > 4 {
		mid := (low + high) / 2
		try, err := s.greedy(st, text, mid)
		if err != nil {
			return nil, err
		}
		if len(try) == len(lines) {
			lines, high = try, mid
		} else {
			low = mid
		}
	}
	return lines, nil
}

func breakable(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }

// greedy breaks text at spaces, each line as long as fits; a word that is wider
// than a line is broken where it must be.
func (s *setter) greedy(st style, text string, width int) ([]string, error) {
	var lines []string
	cur := ""
	for _, word := range strings.FieldsFunc(norm.NFC.String(text), breakable) {
		try := word
		if cur != "" {
			try = cur + " " + word
		}
		w, err := s.measure(st, try)
		if err != nil {
			return nil, err
		}
		if w <= width {
			cur = try
			continue
		}
		if cur != "" {
			lines = append(lines, cur)
		}
		for {
			fits, err := s.fitting(st, word, width)
			if err != nil {
				return nil, err
			}
			if fits == len(word) {
				break
			}
			lines, word = append(lines, word[:fits]), word[fits:]
		}
		cur = word
	}
	if cur != "" {
		lines = append(lines, cur)
	}
	return lines, nil
}

// fitting gives how many bytes of word fit into width, at least one letter.
func (s *setter) fitting(st style, word string, width int) (int, error) {
	w := 0
	for i, r := range word {
		g, err := s.glyph(st, visible(r))
		if err != nil {
			return 0, err
		}
		if w += g.advance; w > width && i > 0 {
			return i, nil
		}
	}
	return len(word), nil
}

// shrink gives st in the largest size, not under least, in which text fits.
func (s *setter) shrink(st style, text string, width, least int) (style, error) {
	for ; st.size > least; st.size, st.line = st.size-2, st.line-2 {
		w, err := s.measure(st, text)
		if err != nil || w <= width {
			return st, err
		}
	}
	return st, nil
}

// draw sets one line with its upper edge at y and gives its width. White text
// is for black boxes.
func (s *setter) draw(to *sheet, st style, x, y int, text string, white bool) (int, error) {
	// Noto Sans: ascent 1.069 em, descent 0.293 em; the rest of the line is
	// shared above and below.
	base := y + (st.line*1000-st.size*1362)/2000 + st.size*1069/1000
	pen := x
	for _, r := range text {
		g, err := s.glyph(st, visible(r))
		if err != nil {
			return 0, err
		}
		for _, sp := range g.spans {
			for i := range int(sp.n) {
				to.dot(pen+int(sp.x)+i, base+int(sp.y), !white)
			}
		}
		pen += g.advance
	}
	to.room(y + st.line)
	to.lines = append(to.lines, line{x, y, pen - x, st.line, text})
	return pen - x, nil
}
