package widget

import (
	"strconv"

	"tram06/ui/scene"
	"tram06/ui/theme"
)

// Plain cards.

// CardLook is a surface that only informs.
func (p *Pen) CardLook() Look {
	return Look{Fill: p.T.Surface, Border: p.T.Line, Width: p.T.Border, Radius: theme.RadiusCard, Pad: theme.S32}
}

// NowLook is the card where something happens now.
func (p *Pen) NowLook() Look {
	return Look{Fill: p.T.Surface, Border: p.T.Ink, Width: 5, Radius: theme.RadiusCard, Pad: theme.S32}
}

// LockedLook holds values from the chip.
func (p *Pen) LockedLook() Look { return p.Soft(p.T.Locked, p.T.Locked) }

// Soft is a tinted panel. In high contrast, where all tints are black, edge
// draws its border.
func (p *Pen) Soft(fill, edge scene.Color) Look {
	l := Look{Fill: fill, Radius: theme.RadiusCard, Pad: theme.S32}
	if p.T.HighContrast {
		if edge == p.T.Locked {
			edge = p.T.Line
		}
		l.Border, l.Width = edge, p.T.Border
	}
	return l
}

// Notice is a tinted panel with an icon and up to three lines of words.
type Notice struct {
	Icon       string
	IconSize   int
	Title      string
	TitleRole  theme.Role
	Text       string
	Soft, Tone scene.Color
	TitleInk   scene.Color
}

// Notice makes the panel for width w.
func (p *Pen) Notice(w int, n Notice) Block {
	size := n.IconSize
	if size == 0 {
		size = 64
	}
	look := p.Soft(n.Soft, n.Tone)
	inner := w - 2*look.Pad - size - theme.S24
	if n.TitleInk == (scene.Color{}) {
		n.TitleInk = n.Tone
	}
	words := Column(4, p.Para(inner, n.Title, p.T.Bold(n.TitleRole), n.TitleInk), p.Para(inner, n.Text, p.T.Style(theme.Body), p.T.Ink))
	return Panel(look, Row(theme.S24, Symbol(n.Icon, size, n.Tone), Cell{inner, words}))
}

// Number is a filled disc with a number.
func (p *Pen) Number(n int) Cell { return p.NumberOf(n, 72) }

// NumberOf is the same in another size.
func (p *Pen) NumberOf(n, side int) Cell {
	c, ink := p.T.Act, p.T.OnAct
	st := theme.Style{Size: 44, Line: 60, Weight: scene.Bold}
	if side < 72 {
		st.Size, st.Line = 36, 50
	}
	return Cell{side, Block{H: side, Draw: func(p *Pen, r scene.Rect) {
		r.W = side
		p.Fill(r, c, side/2)
		p.Centre(r, strconv.Itoa(n), st, ink)
	}}}
}

// Progress is a bar, part of a thousand of it done.
func (p *Pen) Progress(h, mille int, c scene.Color) Block {
	rest, line, bw := quiet(p.T), p.T.Line, p.T.Border
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) {
		p.Box(r, rest, line, min(bw, h/4), h/2)
		if w := r.W * mille / 1000; w > 0 {
			p.Fill(scene.Rect{X: r.X, Y: r.Y, W: max(w, h), H: h}, c, h/2)
		}
	}}
}

// Ring counts down: seconds in the middle, the share that is left around.
func (p *Pen) Ring(side, mille int, digits, unit string) Block {
	return Block{H: side, Draw: func(p *Pen, r scene.Rect) {
		t := p.T
		d := min(r.H, r.W)
		box := scene.Rect{X: r.X + (r.W-d)/2, Y: r.Y + (r.H-d)/2, W: d, H: d}
		sweep := min(max(360*mille/1000, 0), 360)
		p.Fill(box.Inset(8), t.Surface, d/2-8)
		p.Arc(box.Inset(6), t.Line, 40, 0, 360)
		p.Arc(box, t.Ink, 52, 0, sweep)
		p.Arc(box.Inset(6), t.Mark, 40, 0, sweep)
		big := t.Style(theme.Digits)
		mid := box.Y + d/2
		p.Centre(scene.Rect{X: box.X, Y: mid - 150, W: d, H: big.Line}, digits, big, t.Ink)
		lead := theme.Style{Size: 44, Line: 60}
		p.Centre(scene.Rect{X: box.X, Y: mid + 90, W: d, H: 60}, unit, lead, t.Ink2)
	}}
}

// Pad is a number pad of 3 x 4 keys. digit and erase give the actions.
func (p *Pen) Pad(keyH int, erase string, digit func(d byte) any, eraseAction any) Block {
	const gap = theme.S16
	key := func(p *Pen, r scene.Rect, id, label, icon string, action any) {
		fill, ink, border, width := p.colors(Plain, p.Pressed == id)
		p.Box(r, fill, border, width, theme.RadiusControl)
		if icon != "" {
			p.IconIn(r, 64, icon, ink)
		} else {
			p.Centre(r, label, theme.Style{Size: 64, Line: 84, Weight: scene.Bold}, ink)
		}
		p.Target(id, label, r, action)
	}
	return Block{H: 4*keyH + 3*gap, Draw: func(p *Pen, r scene.Rect) {
		w := (r.W - 2*gap) / 3
		at := func(i int) scene.Rect {
			return scene.Rect{X: r.X + i%3*(w+gap), Y: r.Y + i/3*(keyH+gap), W: w, H: keyH}
		}
		for d := byte(1); d <= 9; d++ {
			key(p, at(int(d)-1), "digit."+strconv.Itoa(int(d)), strconv.Itoa(int(d)), "", digit(d))
		}
		key(p, at(10), "digit.0", "0", "", digit(0))
		key(p, at(11), "erase", erase, "f-backspace", eraseAction)
	}}
}
