package receipt

import (
	"fmt"

	"rsc.io/qr"

	"tram06/hal"
)

// The sizes of the page in dots; 8 dots are a millimetre.
const (
	side   = 16 // white at the left and right
	above  = 32
	below  = 24
	gap    = 20
	module = 6 // of the QR
	quiet  = 4 // modules around it
)

var (
	label  = style{24, 32, false}
	value  = style{28, 38, true}
	body   = style{26, 36, false}
	title  = style{40, 52, true}
	head   = style{30, 40, true}
	strong = style{32, 42, true}
	digits = style{52, 66, true}
)

// Render draws the receipt for a head of width dots.
func Render(d Data, width int, fonts *Fonts) (hal.Raster, error) {
	s, height, err := compose(d, width, fonts)
	if err != nil {
		return hal.Raster{}, err
	}
	return s.raster(height), nil
}

func compose(d Data, width int, fonts *Fonts) (*sheet, int, error) {
	if err := d.check(width); err != nil {
		return nil, 0, err
	}
	p := &page{sheet: newSheet(width), set: newSetter(fonts), y: above, inner: width - 2*side}
	w := d.words()
	p.mark(d.Place, w.station)
	p.titleBox(w)
	p.gap(gap)
	p.centred(label, w.number)
	p.centredFit(digits, d.Number)
	p.gap(gap)
	p.stateBox(w)
	p.rule()
	p.row(w.service, d.Service, w.details)
	p.person(w.who, d.Applicant, w.masked)
	p.row(w.to, d.Recipient)
	p.row(w.fee, w.feeText)
	if d.Outcome == Accepted && d.Gateway != "" {
		p.row(w.gateway, d.Gateway)
	}
	if d.Outcome == Accepted && d.Due != "" {
		p.row(w.due, d.Due)
		p.text(label, side, p.inner, w.dueNote)
	}
	p.rule()
	p.text(head, side, p.inner, w.next)
	p.gap(6)
	for i, s := range w.steps {
		p.step(i+1, s)
	}
	p.dashes()
	if d.QR != "" {
		p.code(d.QR)
		for _, s := range w.code {
			p.centred(label, s)
		}
		p.rule()
	}
	for _, s := range w.foot {
		p.centred(value, s)
	}
	p.gap(8)
	p.centred(label, w.help)
	p.gap(below)
	return p.sheet, p.y, p.err
}

// page sets one block under the other and remembers the first error.
type page struct {
	*sheet
	set   *setter
	y     int
	inner int // width between the margins
	err   error
}

func (p *page) gap(n int) { p.y += n }

// text sets wrapped lines from x on.
func (p *page) text(st style, x, width int, text string) {
	p.each(st, width, text, func(line string) { p.line(st, x, line, false) })
}

// centred sets wrapped lines in the middle.
func (p *page) centred(st style, text string) {
	p.each(st, p.inner, text, func(line string) { p.middle(st, line, false) })
}

// centredFit sets one line in the middle, smaller if it would not fit.
func (p *page) centredFit(st style, text string) {
	p.fit(st, text, func(st style) { p.middle(st, text, false) })
}

func (p *page) fit(st style, text string, do func(style)) {
	if p.err != nil {
		return
	}
	st, p.err = p.set.shrink(st, text, p.inner-2*side, label.size)
	if p.err == nil {
		do(st)
	}
}

func (p *page) each(st style, width int, text string, do func(line string)) {
	if p.err != nil {
		return
	}
	var lines []string
	if lines, p.err = p.set.wrap(st, text, width); p.err != nil {
		return
	}
	for _, l := range lines {
		do(l)
	}
}

func (p *page) line(st style, x int, text string, white bool) {
	if p.err != nil {
		return
	}
	_, p.err = p.set.draw(p.sheet, st, x, p.y, text, white)
	p.y += st.line
}

func (p *page) middle(st style, text string, white bool) {
	if p.err != nil {
		return
	}
	var w int
	if w, p.err = p.set.measure(st, text); p.err == nil {
		p.line(st, (p.width-w)/2, text, white)
	}
}

// mark is the sign of the station with the place beside it.
func (p *page) mark(place, station string) {
	const box = 84
	top := p.y
	p.rounded(side, top, box, box, 18, 5)
	six := style{40, 52, true}
	if w, err := p.set.measure(six, "06"); err == nil {
		p.y = top + 6
		p.line(six, side+(box-w)/2, "06", false)
	}
	p.fill(side+20, top+61, 44, 7)
	x := side + box + 16
	p.y = top + 4
	p.text(head, x, p.width-side-x, place)
	p.text(label, x, p.width-side-x, station)
	p.y = max(p.y, top+box)
	p.gap(gap)
}

// titleBox says what the paper is, in white on black, and what it is not.
func (p *page) titleBox(w words) {
	top := p.y
	mark := len(p.lines)
	p.gap(12)
	for i, t := range w.title {
		st := title
		if i > 0 {
			st = head
		}
		// Drawn twice: black to learn the height, white once the box is there.
		p.fit(st, t, func(st style) { p.middle(st, t, false) })
	}
	p.gap(14)
	bottom := p.y
	p.lines = p.lines[:mark]
	p.fill(side, top, p.inner, bottom-top)
	p.y = top + 12
	for i, t := range w.title {
		st := title
		if i > 0 {
			st = head
		}
		p.fit(st, t, func(st style) { p.middle(st, t, true) })
	}
	p.y = bottom + 6
	for _, t := range w.notCT04 {
		p.centred(value, t)
	}
	p.gap(8)
	p.frame(side, bottom, p.inner, p.y-bottom, 4, false)
}

// stateBox says whether the authority has the dossier.
func (p *page) stateBox(w words) {
	const in = 18
	top, x, width := p.y, side+in, p.inner-2*in
	p.gap(14)
	p.text(label, x, width, w.printed)
	p.text(p.oneLine(strong, w.state, width, 28), x, width, w.state)
	if w.stateVI != "" {
		p.text(style{26, 36, true}, x, width, w.stateVI)
	}
	if w.explain != "" {
		p.gap(6)
		p.text(body, x, width, w.explain)
	}
	p.text(body, x, width, w.moment)
	p.gap(14)
	p.frame(side, top, p.inner, p.y-top, 4, true)
}

// oneLine gives st, or a smaller size not under least if that keeps text on one
// line; a text that wraps all the same is set in st.
func (p *page) oneLine(st style, text string, width, least int) style {
	small, err := p.set.shrink(st, text, width, least)
	if err != nil {
		p.err = err
		return st
	}
	if w, err := p.set.measure(small, text); err != nil || w > width {
		return st
	}
	return small
}

// row is a label and its values, each beginning a line.
func (p *page) row(name string, values ...string) {
	p.text(label, side, p.inner, name)
	for _, v := range values {
		p.text(value, side, p.inner, v)
	}
	p.gap(12)
}

// person puts name and masked number on one line where they fit.
func (p *page) person(name, applicant, masked string) {
	one := applicant + " · " + masked
	w, err := p.set.measure(value, one)
	if err != nil {
		p.err = err
		return
	}
	if w <= p.inner {
		p.row(name, one)
	} else {
		p.row(name, applicant, masked)
	}
}

// step is a numbered line whose further lines stand under its words.
func (p *page) step(n int, text string) {
	number := fmt.Sprintf("%d.", n)
	w, err := p.set.measure(body, number+" ")
	if err != nil {
		p.err = err
		return
	}
	top := p.y
	p.line(body, side, number, false)
	p.y = top
	p.text(body, side+w, p.inner-w, text)
}

func (p *page) rule() {
	p.gap(gap)
	p.fill(side, p.y, p.inner, 3)
	p.gap(3 + gap)
}

func (p *page) dashes() {
	p.gap(gap)
	for x := 0; x+9 <= p.inner; x += 15 {
		p.fill(side+x, p.y, 9, 3)
	}
	p.gap(3 + gap)
}

// code draws the QR with its quiet zone, in the middle of the paper.
func (p *page) code(text string) {
	if p.err != nil {
		return
	}
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		p.err = fmt.Errorf("receipt code: %w", err)
		return
	}
	dots := module
	for dots > 4 && (c.Size+2*quiet)*dots > p.width {
		dots--
	}
	if (c.Size+2*quiet)*dots > p.width {
		p.err = fmt.Errorf("receipt code of %d modules: %w", c.Size, ErrWidth)
		return
	}
	// Other blocks keep a gap already; the quiet zone needs the rest.
	p.gap(quiet*dots - gap)
	x0 := (p.width - c.Size*dots) / 2
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				p.fill(x0+x*dots, p.y+y*dots, dots, dots)
			}
		}
	}
	p.gap(c.Size*dots + quiet*dots)
}
