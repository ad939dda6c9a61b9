// Package atlas decides where small masks lie on shared texture pages. It
// packs shelves: rows as high as their first entry. It knows rectangles only;
// whoever draws owns the textures.
//
// Pages are made one after another as they fill, so that a screen with few
// glyphs holds little memory. Nothing is ever moved; Reset forgets everything.
package atlas

import "image"

// pad separates entries by empty pixels, so that a rounding error of a GPU
// never shows a neighbour's edge.
const pad = 1

// Place is where an entry lies.
type Place struct {
	Page int
	Rect image.Rectangle
}

// Packer hands out places. The zero value is useless; use New.
type Packer struct {
	side  int
	pages []page
}

type page struct {
	shelves []shelf
	top     int // first free row
}

type shelf struct{ y, h, x int }

// New packs onto square pages of the given side.
func New(side int) *Packer { return &Packer{side: side} }

// Side of a page in pixels.
func (p *Packer) Side() int { return p.side }

// Pages in use.
func (p *Packer) Pages() int { return len(p.pages) }

// Add finds room for w by h pixels. It reports false for what can never fit,
// or has no area.
func (p *Packer) Add(w, h int) (Place, bool) {
	if w <= 0 || h <= 0 || w > p.side-pad || h > p.side-pad {
		return Place{}, false
	}
	for i := range p.pages {
		if r, ok := p.pages[i].add(w, h, p.side); ok {
			return Place{i, r}, true
		}
	}
	p.pages = append(p.pages, page{})
	i := len(p.pages) - 1
	r, ok := p.pages[i].add(w, h, p.side)
	return Place{i, r}, ok
}

// Reset forgets all places and pages.
func (p *Packer) Reset() { p.pages = nil }

func (g *page) add(w, h, side int) (image.Rectangle, bool) {
	best := -1
	for i, s := range g.shelves {
		// A shelf more than half too high would waste the page.
		if s.h >= h && s.h <= h+h/2+8 && s.x+w+pad <= side && (best < 0 || s.h < g.shelves[best].h) {
			best = i
		}
	}
	if best < 0 {
		if g.top+h+pad > side {
			return image.Rectangle{}, false
		}
		g.shelves = append(g.shelves, shelf{y: g.top, h: h})
		g.top += h + pad
		best = len(g.shelves) - 1
	}
	s := &g.shelves[best]
	r := image.Rect(s.x, s.y, s.x+w, s.y+h)
	s.x += w + pad
	return r, true
}
