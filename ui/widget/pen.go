// Package widget holds the parts that screens are made of: text that fits,
// buttons, cards, rows, the frame, and the pictures of card, reader and paper.
//
// A part is a Block: it was measured when it was made, and draws itself into
// whatever rectangle it is given. Blocks are stacked by Column and Row; Fit
// chooses how large the words may be so that a page never overflows.
package widget

import (
	"strings"

	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
)

// Pen draws parts into a scene.
type Pen struct {
	T theme.Theme
	F *text.Fonts
	// Pressed is the id of the target under a finger.
	Pressed string
	// Overflow says that a page did not fit even on the lowest rung. Tests
	// look at it; a citizen still sees everything that has room.
	Overflow bool

	Items   []scene.Item
	Targets []scene.Target
}

// Box draws a filled and bordered rectangle.
func (p *Pen) Box(r scene.Rect, fill, border scene.Color, width, radius int) {
	p.Items = append(p.Items, scene.Item{Kind: scene.Box, Rect: r, Fill: fill, Border: border, BorderWidth: width, Radius: radius})
}

// Fill draws a rectangle without a border.
func (p *Pen) Fill(r scene.Rect, c scene.Color, radius int) {
	p.Box(r, c, scene.Color{}, 0, radius)
}

// Line draws one line of text, its line box beginning at (x, y).
func (p *Pen) Line(x, y int, s string, st theme.Style, ink scene.Color) {
	if s == "" {
		return
	}
	p.Items = append(p.Items, scene.Item{
		Kind: scene.Text, Text: s, Size: st.Size, Weight: st.Weight, Ink: ink,
		Rect: scene.Rect{X: x, Y: y, W: p.Width(s, st), H: st.Line},
		Base: y + text.Baseline(st.Size, st.Line),
	})
}

// Centre draws one line of text in the middle of r.
func (p *Pen) Centre(r scene.Rect, s string, st theme.Style, ink scene.Color) {
	p.Line(r.X+(r.W-p.Width(s, st))/2, r.Y+(r.H-st.Line)/2, s, st, ink)
}

// Width measures one line.
func (p *Pen) Width(s string, st theme.Style) int { return p.F.Measure(s, st.Size, st.Weight) }

// Icon draws a square symbol.
func (p *Pen) Icon(x, y, size int, name string, ink scene.Color) {
	p.Items = append(p.Items, scene.Item{Kind: scene.Icon, Rect: scene.Rect{X: x, Y: y, W: size, H: size}, Name: name, Ink: ink})
}

// IconIn draws a symbol in the middle of r.
func (p *Pen) IconIn(r scene.Rect, size int, name string, ink scene.Color) {
	p.Icon(r.X+(r.W-size)/2, r.Y+(r.H-size)/2, size, name, ink)
}

// Poly fills a closed outline.
func (p *Pen) Poly(c scene.Color, pts ...scene.Point) {
	p.Items = append(p.Items, scene.Item{Kind: scene.Polygon, Fill: c, Points: pts})
}

// Stroke draws an open line.
func (p *Pen) Stroke(c scene.Color, width int, pts ...scene.Point) {
	p.Items = append(p.Items, scene.Item{Kind: scene.Line, Border: c, BorderWidth: width, Points: pts})
}

// Outlined fills a closed outline and draws its edge.
func (p *Pen) Outlined(fill, edge scene.Color, width int, pts ...scene.Point) {
	p.Poly(fill, pts...)
	p.Stroke(edge, width, append(append([]scene.Point(nil), pts...), pts[0])...)
}

// Arc draws a ring segment.
func (p *Pen) Arc(r scene.Rect, c scene.Color, width, start, sweep int) {
	p.Items = append(p.Items, scene.Item{Kind: scene.Arc, Rect: r, Border: c, BorderWidth: width, Start: start, Sweep: sweep})
}

// reach is how far a touch area goes beyond the drawn shape.
const reach = 6

// Target makes r touchable, and a little more around it.
func (p *Pen) Target(id, label string, r scene.Rect, action any) {
	p.Targets = append(p.Targets, scene.Target{ID: id, Rect: r.Inset(-reach), Label: label, Action: action})
}

// fit gives the largest style not above st in which s fits on one line of
// width w, never below the smallest size.
func (p *Pen) fit(s string, st theme.Style, w int) theme.Style {
	for p.Width(s, st) > w {
		less, ok := st.Below()
		if !ok {
			break
		}
		st = less
	}
	return st
}

// label finds how to write s into w by h pixels: on one line if the words stay
// at least as large as body text, else on two or three.
func (p *Pen) label(s string, st theme.Style, w, h int) (theme.Style, []string) {
	if one := p.fit(s, st, w); one.Size >= 36 {
		return one, []string{s}
	}
	for {
		lines := p.F.Wrap(s, st.Size, st.Weight, w)
		if whole(s, lines) && len(lines)*st.Line <= h {
			return st, lines
		}
		less, ok := st.Below()
		if !ok {
			return st, lines
		}
		st = less
	}
}

// Reflow gives s with its own line breaks if they fit into w, else without
// them, so that a line is not broken twice.
func (p *Pen) Reflow(w int, s string, st theme.Style) string {
	for l := range strings.SplitSeq(s, "\n") {
		if p.Width(l, st) > w {
			return strings.ReplaceAll(s, "\n", " ")
		}
	}
	return s
}

// whole tells whether no word of s was cut in two.
func whole(s string, lines []string) bool {
	n := 0
	for _, l := range lines {
		n += len(strings.Fields(l))
	}
	return n == len(strings.Fields(s))
}
