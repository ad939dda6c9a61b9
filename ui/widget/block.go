package widget

import (
	"tram06/ui/scene"
	"tram06/ui/theme"
)

// Block is a part with a known height.
type Block struct {
	H    int
	Grow bool // takes a share of the room that is left
	Draw func(p *Pen, r scene.Rect)
	gap  bool // is a space itself: no gap beside it
}

// Space is an empty block.
func Space(h int) Block { return Block{H: h, gap: true} }

// Spring takes the room that is left, at least h.
func Spring(h int) Block { return Block{H: h, Grow: true, gap: true} }

// Growing lets b take the room that is left.
func Growing(b Block) Block { b.Grow = true; return b }

// Column stacks blocks, gap pixels between two of them.
func Column(gap int, blocks ...Block) Block {
	bs := blocks[:0:0]
	for _, b := range blocks {
		if b.H > 0 || b.Grow {
			bs = append(bs, b)
		}
	}
	between := func(i int) int {
		if i == 0 || bs[i].gap || bs[i-1].gap {
			return 0
		}
		return gap
	}
	h, growing := 0, 0
	for i, b := range bs {
		h += between(i) + b.H
		if b.Grow {
			growing++
		}
	}
	return Block{H: h, Grow: growing > 0, Draw: func(p *Pen, r scene.Rect) {
		spare := max(r.H-h, 0)
		y := r.Y
		left := growing
		for i, b := range bs {
			y += between(i)
			bh := b.H
			if b.Grow {
				share := spare / left
				bh += share
				spare -= share
				left--
			}
			if b.Draw != nil {
				b.Draw(p, scene.Rect{X: r.X, Y: y, W: r.W, H: bh})
			}
			y += bh
		}
	}}
}

// Cell is a block of a given width.
type Cell struct {
	W int
	B Block
}

// Row lays cells side by side, each in the middle of the height.
func Row(gap int, cells ...Cell) Block {
	h := 0
	for _, c := range cells {
		h = max(h, c.B.H)
	}
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) {
		x := r.X
		for _, c := range cells {
			if c.B.Draw != nil {
				y, ch := r.Y+(r.H-c.B.H)/2, c.B.H
				if c.B.Grow {
					y, ch = r.Y, r.H
				}
				c.B.Draw(p, scene.Rect{X: x, Y: y, W: c.W, H: ch})
			}
			x += c.W + gap
		}
	}}
}

// Centred draws b in the middle of the height it is given, and grows.
func Centred(b Block) Block {
	return Block{H: b.H, Grow: true, Draw: func(p *Pen, r scene.Rect) {
		b.Draw(p, scene.Rect{X: r.X, Y: r.Y + (r.H-b.H)/2, W: r.W, H: b.H})
	}}
}

// Look is how a panel is drawn.
type Look struct {
	Fill, Border  scene.Color
	Width, Radius int
	Pad           int
}

// Panel lays b onto a box. b must have been made for the width less 2*Pad.
func Panel(l Look, b Block) Block {
	return Block{H: b.H + 2*l.Pad, Grow: b.Grow, Draw: func(p *Pen, r scene.Rect) {
		p.Box(r, l.Fill, l.Border, l.Width, l.Radius)
		b.Draw(p, r.Inset(l.Pad))
	}}
}

// Levels of a page, most generous first: with large pictures, with small
// ones, with none.
const (
	Roomy = iota
	Tight
	Bare
)

// Fit builds a page as large as fits into r: first the words as the person
// wants them with the pictures shrinking, then smaller words.
func (p *Pen) Fit(r scene.Rect, build func(level int) Block) {
	wanted := p.T
	defer func() { p.T = wanted }()
	for {
		for level := Roomy; level <= Bare; level++ {
			if b := build(level); b.H <= r.H {
				b.Draw(p, r)
				return
			}
		}
		less, ok := p.T.Smaller()
		if !ok {
			p.Overflow = true
			build(Bare).Draw(p, r)
			return
		}
		p.T = less
	}
}

// Para is wrapped text.
func (p *Pen) Para(w int, s string, st theme.Style, ink scene.Color) Block {
	return p.para(w, s, st, ink, false)
}

// ParaMid is wrapped text with each line in the middle.
func (p *Pen) ParaMid(w int, s string, st theme.Style, ink scene.Color) Block {
	return p.para(w, s, st, ink, true)
}

func (p *Pen) para(w int, s string, st theme.Style, ink scene.Color, mid bool) Block {
	if s == "" {
		return Block{}
	}
	// A word that is wider than the line makes the text smaller before it is
	// cut: names may be long.
	lines := p.F.Wrap(s, st.Size, st.Weight, w)
	for len(lines) > 1 && !whole(s, lines) {
		less, ok := st.Below()
		if !ok {
			break
		}
		st = less
		lines = p.F.Wrap(s, st.Size, st.Weight, w)
	}
	return Block{H: len(lines) * st.Line, Draw: func(p *Pen, r scene.Rect) {
		for i, l := range lines {
			at := scene.Rect{X: r.X, Y: r.Y + i*st.Line, W: r.W, H: st.Line}
			if mid {
				p.Centre(at, l, st, ink)
			} else {
				p.Line(at.X, at.Y, l, st, ink)
			}
		}
	}}
}

// Symbol is an icon as a block.
func Symbol(name string, size int, ink scene.Color) Cell {
	return Cell{size, Block{H: size, Draw: func(p *Pen, r scene.Rect) { p.Icon(r.X, r.Y, size, name, ink) }}}
}

// Rule is a thin line across.
func (p *Pen) Rule() Block {
	c, h := p.T.Line, p.T.Border
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) { p.Fill(r, c, 0) }}
}
