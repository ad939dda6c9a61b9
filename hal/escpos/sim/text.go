package sim

import (
	"image"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The cell of a letter in dots, as font A of most heads has it.
const (
	cellWide, cellHigh = 12, 24
	// fullLine is when a line goes to paper without being told to.
	fullLine = 256
)

// writing is a line of letters that is not yet on paper.
type writing struct {
	line          []letter
	wide, high    int // times
	inverse       bool
	margin, limit int // dots
}

type letter struct {
	c          byte
	at         int // dots from the left; -1 behind the one before
	wide, high int
	inverse    bool
}

func newWriting() writing { return writing{wide: 1, high: 1} }

func (w *writing) add(c byte) {
	at := -1
	if n := len(w.line); n > 0 && w.line[n-1].c == 0 { // a place, for this letter
		at = w.line[n-1].at
		w.line = w.line[:n-1]
	}
	if len(w.line) < fullLine {
		w.line = append(w.line, letter{c, at, w.wide, w.high, w.inverse})
	}
}

// place moves to a position in dots.
func (w *writing) place(at int) { w.line = append(w.line, letter{c: 0, at: at}) }

// end is how many dots are taken so far.
func (w *writing) end() int {
	x := 0
	for _, l := range w.line {
		if l.at >= 0 {
			x = l.at
		}
		if l.c != 0 {
			x += cellWide * l.wide
		}
	}
	return x
}

// unprinted reports letters in front of a command that must begin a line.
func (w *writing) unprinted(p *Printer) {
	for _, l := range w.line {
		if l.c == 0 {
			continue
		}
		if p.opts.Rich {
			p.fault("a command that begins a line comes in the middle of one")
		} else {
			p.fault("text, which this simulator does not draw")
		}
		break
	}
	w.line = nil
}

// newLine prints the letters so far, or feeds an empty line.
func (in *interpreter) newLine(p *Printer) {
	high := 0
	for _, l := range in.text.line {
		high = max(high, l.high*cellHigh)
	}
	if high == 0 {
		in.text.line = nil
		in.feeds = in.line
		return
	}
	if !p.opts.Rich {
		in.text.unprinted(p)
		return
	}
	in.drawn = append(in.drawn, in.draw(high)...)
	in.feeds = max(in.line-high, 0)
	in.text.line = nil
}

// draw gives the rows of the line under way.
func (in *interpreter) draw(high int) [][]byte {
	used := in.text.end()
	rows := make([][]byte, high)
	for y := range rows {
		rows[y] = make([]byte, (used+7)/8)
	}
	x := 0
	for _, l := range in.text.line {
		if l.at >= 0 {
			x = l.at
		}
		if l.c == 0 {
			continue
		}
		top := high - l.high*cellHigh
		for dy := range l.high * cellHigh {
			for dx := range l.wide * cellWide {
				if glyph(l.c, dx/l.wide, dy/l.high) != l.inverse && (x+dx)/8 < len(rows[0]) {
					rows[top+dy][(x+dx)/8] |= 0x80 >> ((x + dx) % 8)
				}
			}
		}
		x += l.wide * cellWide
	}
	for y := range rows {
		rows[y] = shift(in.aligned(rows[y]), in.text.margin, in.paper.stride)
	}
	return rows
}

// shift moves a row to the right by the left margin.
func shift(row []byte, dots, stride int) []byte {
	if dots == 0 {
		return row
	}
	out := make([]byte, stride)
	for x := range len(row) * 8 {
		if row[x/8]&(0x80>>(x%8)) != 0 && (x+dots)/8 < stride {
			out[(x+dots)/8] |= 0x80 >> ((x + dots) % 8)
		}
	}
	return out
}

// glyph tells whether a letter is black at a dot of its cell. Letters beyond
// ASCII depend on a code page, which this head has not: they are boxes.
func glyph(c byte, x, y int) bool {
	if c >= 0x7F {
		return x > 1 && x < 10 && y > 9 && y < 14
	}
	face := basicfont.Face7x13
	box, mask, at, _, ok := face.Glyph(fixed.P(0, face.Ascent), rune(c))
	if !ok {
		return false
	}
	px := image.Pt(x*face.Advance/cellWide, y*face.Height/cellHigh)
	if !px.In(box) {
		return false
	}
	_, _, _, a := mask.At(at.X+px.X-box.Min.X, at.Y+px.Y-box.Min.Y).RGBA()
	return a > 0x8000
}

// style is a command that changes how letters look or where they stand.
func (in *interpreter) style(c []byte) {
	w := &in.text
	number := func() int { return int(c[2]) | int(c[3])<<8 }
	switch pair(c[:2]) {
	case pair{gs, '!'}:
		w.wide, w.high = int(c[2]>>4&7)+1, int(c[2]&7)+1
	case pair{gs, 'B'}:
		w.inverse = c[2]&1 == 1
	case pair{gs, 'L'}:
		w.margin = number()
	case pair{gs, 'W'}:
		w.limit = number()
	case pair{esc, '$'}:
		w.place(number())
	case pair{esc, '\\'}:
		w.place(max(w.end()+int(int16(number())), 0))
	}
}
