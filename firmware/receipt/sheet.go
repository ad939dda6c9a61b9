package receipt

import (
	"tram06/hal"
)

// sheet is a one-bit page that grows downwards.
type sheet struct {
	width, stride int
	bits          []byte
	lines         []line // where text was set, for whoever checks the layout
}

// line is one line of text on the sheet: its box and its words.
type line struct {
	x, y, w, h int
	text       string
}

func newSheet(width int) *sheet {
	stride := (width + 7) / 8
	// Room for a long receipt, so that it rarely has to grow.
	return &sheet{width: width, stride: stride, bits: make([]byte, 0, stride*2600)}
}

// room makes the sheet at least h rows high.
func (s *sheet) room(h int) {
	if n := h * s.stride; n > len(s.bits) {
		s.bits = append(s.bits, make([]byte, n-len(s.bits))...)
	}
}

func (s *sheet) dot(x, y int, black bool) {
	if x < 0 || x >= s.width || y < 0 {
		return
	}
	s.room(y + 1)
	mask := byte(0x80) >> (x & 7)
	if black {
		s.bits[y*s.stride+x>>3] |= mask
	} else {
		s.bits[y*s.stride+x>>3] &^= mask
	}
}

// fill blackens a box.
func (s *sheet) fill(x, y, w, h int) {
	s.room(y + h)
	for row := y; row < y+h; row++ {
		at := s.bits[row*s.stride : (row+1)*s.stride]
		for i := x; i < x+w; {
			if i&7 == 0 && i+8 <= x+w {
				at[i>>3] = 0xff
				i += 8
				continue
			}
			at[i>>3] |= 0x80 >> (i & 7)
			i++
		}
	}
}

// frame draws a box of lines t dots thick; sides left out are not drawn.
func (s *sheet) frame(x, y, w, h, t int, top bool) {
	s.fill(x, y, t, h)
	s.fill(x+w-t, y, t, h)
	s.fill(x, y+h-t, w, t)
	if top {
		s.fill(x, y, w, t)
	}
}

// rounded draws a box with round corners of radius r and lines t dots thick.
func (s *sheet) rounded(x, y, w, h, r, t int) {
	inside := func(px, py, inset int) bool {
		x0, y0, x1, y1, rr := inset, inset, w-inset, h-inset, max(0, r-inset)
		if px < x0 || py < y0 || px >= x1 || py >= y1 {
			return false
		}
		// Distance to the centre of the corner's circle, in half dots.
		cx, cy := 0, 0
		if d := 2*(x0+rr) - (2*px + 1); d > 0 {
			cx = d
		} else if d := (2*px + 1) - 2*(x1-rr); d > 0 {
			cx = d
		}
		if d := 2*(y0+rr) - (2*py + 1); d > 0 {
			cy = d
		} else if d := (2*py + 1) - 2*(y1-rr); d > 0 {
			cy = d
		}
		return cx*cx+cy*cy <= 4*rr*rr
	}
	for py := range h {
		for px := range w {
			if inside(px, py, 0) && !inside(px, py, t) {
				s.dot(x+px, y+py, true)
			}
		}
	}
}

func (s *sheet) raster(height int) hal.Raster {
	s.room(height)
	return hal.Raster{Width: s.width, Height: height, Stride: s.stride, Bits: s.bits[:height*s.stride]}
}
