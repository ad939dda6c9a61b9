package widget

import (
	"tram06/ui/scene"
	"tram06/ui/theme"
)

// Kind of a button.
type Kind uint8

// The kinds: Filled is the way on, Outlined another way, Plain a tool.
const (
	Filled Kind = iota
	Outlined
	Plain
)

// Button is something to press. Note stands below the label in small letters.
type Button struct {
	ID, Label, Note string
	Spoken          string // instead of the label, where that speaks of touching
	Icon            string // left of the label
	After           string // right of the label
	Kind            Kind
	Action          any
	Role            theme.Role // of the label; Lead if zero
}

// colors of a button: fill, ink, border and its width.
func (p *Pen) colors(k Kind, pressed bool) (fill, ink, border scene.Color, width int) {
	t := p.T
	if pressed {
		// In high contrast a filled button looks pressed by its white edge.
		return t.ActDeep, t.OnAct, t.Ink, 4
	}
	switch k {
	case Filled:
		return t.Act, t.OnAct, t.Act, 0
	case Outlined:
		return t.Surface, t.Act, t.Act, 4
	}
	return t.Surface, t.Ink, t.Edge, t.Border
}

// Button draws b into r.
func (p *Pen) Button(r scene.Rect, b Button) {
	fill, ink, border, width := p.colors(b.Kind, p.Pressed == b.ID)
	radius := theme.RadiusCard
	if r.H < 120 {
		radius = theme.RadiusControl
	}
	if r.H > 200 {
		radius = theme.RadiusStart
	}
	p.Box(r, fill, border, width, radius)
	role := b.Role
	if role == 0 {
		role = theme.Lead
	}
	const pad, gap, icon = 24, 20, 48
	room := r.W - 2*pad
	for _, n := range []string{b.Icon, b.After} {
		if n != "" {
			room -= icon + gap
		}
	}
	noteH := 0
	note := p.T.Style(theme.Note)
	var noteLines []string
	if b.Note != "" {
		note, noteLines = p.label(b.Note, note, room, note.Line)
		noteH = note.Line * len(noteLines)
	}
	st, lines := p.label(b.Label, p.T.Bold(role), room, r.H-24-noteH)
	w := 0
	for _, l := range lines {
		w = max(w, p.Width(l, st))
	}
	total := w
	if b.Icon != "" {
		total += icon + gap
	}
	if b.After != "" {
		total += icon + gap
	}
	x := r.X + (r.W-total)/2
	if b.Icon != "" {
		p.Icon(x, r.Y+(r.H-icon)/2, icon, b.Icon, ink)
		x += icon + gap
	}
	y := r.Y + (r.H-len(lines)*st.Line-noteH)/2
	for _, l := range lines {
		p.Line(x+(w-p.Width(l, st))/2, y, l, st, ink)
		y += st.Line
	}
	for _, l := range noteLines {
		p.Centre(scene.Rect{X: r.X, Y: y, W: r.W, H: note.Line}, l, note, ink)
		y += note.Line
	}
	if b.After != "" {
		p.Icon(x+w+gap, r.Y+(r.H-icon)/2, icon, b.After, ink)
	}
	label := b.Label
	if b.Spoken != "" {
		label = b.Spoken
	}
	if b.Note != "" {
		label += ". " + b.Note
	}
	p.Target(b.ID, label, r, b.Action)
}

// ButtonBlock is a button of a fixed height.
func ButtonBlock(h int, b Button) Block {
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) { p.Button(r, b) }}
}

// Entry is a row of a list that leads on.
type Entry struct {
	ID, Label, Note string
	Icon            string
	Action          any
	MinH            int
	Role            theme.Role // of the label; Lead if zero
}

// Entry makes a list row for width w.
func (p *Pen) Entry(w int, e Entry) Block {
	t := p.T
	pressed := p.Pressed == e.ID
	fill, ink, sub, act := t.Surface, t.Ink, t.Ink2, t.Act
	if pressed {
		fill, ink, sub, act = t.ActDeep, t.OnAct, t.OnAct, t.OnAct
	}
	inner := w - 2*theme.S32 - theme.S24 - 48
	var cells []Cell
	if e.Icon != "" {
		inner -= 88 + theme.S24
		soft := t.ActSoft
		if pressed {
			soft = fill
		}
		cells = append(cells, Cell{88, Block{H: 88, Draw: func(p *Pen, r scene.Rect) {
			p.Fill(r, soft, 20)
			p.IconIn(r, 56, e.Icon, act)
		}}})
	}
	role := e.Role
	if role == 0 {
		role = theme.Lead
	}
	note := theme.Note
	if role > theme.Lead {
		note = theme.Body
	}
	cells = append(cells,
		Cell{inner, Column(4, p.Para(inner, e.Label, t.Bold(role), ink), p.Para(inner, e.Note, t.Style(note), sub))},
		Symbol("o-chevron-right", 48, act))
	b := Row(theme.S24, cells...)
	h := max(b.H+2*theme.S24, e.MinH, theme.RowH)
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) {
		p.Box(r, fill, t.Edge, t.Border, theme.RadiusRow)
		b.Draw(p, scene.Rect{X: r.X + theme.S32, Y: r.Y, W: r.W - 2*theme.S32, H: r.H})
		p.Target(e.ID, e.Label+". "+e.Note, r, e.Action)
	}}
}

// Option is one answer to a question.
type Option struct {
	ID, Label, Note string
	Chosen          bool
	Action          any
	MinH            int
}

// Option makes an answer for width w.
func (p *Pen) Option(w int, o Option) Block {
	t := p.T
	fill, border, width := t.Surface, t.Edge, 4
	if o.Chosen {
		fill, border, width = t.ActSoft, t.Act, 8
	}
	if p.Pressed == o.ID {
		fill, border, width = t.ActSoft, t.ActDeep, 14
	}
	const ring, pad = 64, 36
	inner := w - 2*pad - ring - theme.S32
	body := Column(0, p.Para(inner, o.Label, t.Bold(theme.Lead), t.Ink), p.Para(inner, o.Note, t.Style(theme.Body), t.Ink))
	dot := Block{H: ring, Draw: func(p *Pen, r scene.Rect) {
		r.W = ring
		p.Box(r, t.Surface, t.Edge, 5, ring/2)
		if o.Chosen {
			p.Box(r, t.Surface, t.Act, 20, ring/2)
		}
	}}
	b := Row(theme.S32, Cell{ring, dot}, Cell{inner, body})
	return Block{H: max(b.H+2*theme.S24, o.MinH), Draw: func(p *Pen, r scene.Rect) {
		p.Box(r, fill, border, width, theme.RadiusCard)
		b.Draw(p, scene.Rect{X: r.X + pad, Y: r.Y, W: r.W - 2*pad, H: r.H})
		label := o.Label
		if o.Note != "" {
			label += ". " + o.Note
		}
		p.Target(o.ID, label, r, o.Action)
		p.Targets[len(p.Targets)-1].Chosen = o.Chosen
	}}
}
