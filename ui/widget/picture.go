package widget

import "tram06/ui/scene"

// scaled turns units of a drawing into pixels.
type scaled struct {
	p    *Pen
	x, y int
	num  int // pixels for den units
	den  int
}

func (s scaled) at(x, y int) scene.Point {
	return scene.Point{X: s.x + x*s.num/s.den, Y: s.y + y*s.num/s.den}
}

func (s scaled) rect(x, y, w, h int) scene.Rect {
	a, b := s.at(x, y), s.at(x+w, y+h)
	return scene.Rect{X: a.X, Y: a.Y, W: b.X - a.X, H: b.Y - a.Y}
}

func (s scaled) len(n int) int { return max(n*s.num/s.den, 1) }

func (s scaled) fill(x, y, w, h int, c scene.Color, radius int) {
	s.p.Fill(s.rect(x, y, w, h), c, s.len(radius))
}

// dark is the body of a machine: ink, or its outline in high contrast.
func (s scaled) dark(x, y, w, h, radius int) {
	t := s.p.T
	if t.HighContrast {
		s.p.Box(s.rect(x, y, w, h), t.Surface, t.Ink, 4, s.len(radius))
		return
	}
	// In the dark theme ink is bright: the machine stays darker than the page.
	c := t.Ink
	if lum(t.Paper) < 128 {
		s.p.Box(s.rect(x, y, w, h), t.Paper, t.Edge, 3, s.len(radius))
		return
	}
	s.fill(x, y, w, h, c, radius)
}

func lum(c scene.Color) int { return (int(c.R)*3 + int(c.G)*6 + int(c.B)) / 10 }

// card draws an ID card of 240 x 152 units.
func (s scaled) card(x, y int) {
	t := s.p.T
	s.p.Box(s.rect(x, y, 240, 152), t.ActSoft, t.Act, s.len(5), s.len(14))
	s.fill(x+32, y+44, 44, 44, t.Act, 22)
	s.fill(x+22, y+94, 64, 34, t.Act, 17)
	s.fill(x+112, y+34, 100, 12, t.Act, 6)
	s.fill(x+112, y+60, 72, 12, t.Act, 6)
	s.fill(x+168, y+92, 44, 34, t.Mark, 7)
}

// qr draws a QR-like pattern of 60 x 60 units; it is none.
func (s scaled) qr(x, y int, dark, bright scene.Color) {
	for _, c := range [][2]int{{0, 0}, {38, 0}, {0, 38}} {
		s.fill(x+c[0], y+c[1], 22, 22, dark, 2)
		s.fill(x+c[0]+4, y+c[1]+4, 14, 14, bright, 1)
		s.fill(x+c[0]+8, y+c[1]+8, 6, 6, dark, 1)
	}
	for _, c := range [][2]int{{26, 2}, {28, 14}, {26, 26}, {40, 28}, {52, 26}, {4, 28}, {14, 30}, {30, 40}, {44, 42}, {28, 54}, {54, 52}, {40, 54}} {
		s.fill(x+c[0], y+c[1], 7, 7, dark, 0)
	}
}

// arrow draws a thick arrow with its tip at (x, y); dx and dy say where it
// points.
func (s scaled) arrow(x, y, dx, dy int) {
	// Along the direction (a) and across it (b), in units.
	pt := func(a, b int) scene.Point { return s.at(x-dx*a+dy*b, y-dy*a+dx*b) }
	s.p.Outlined(s.p.T.Mark, s.p.T.Ink, max(s.len(5), 3),
		pt(0, 0), pt(62, 60), pt(62, 18), pt(116, 18), pt(116, -18), pt(62, -18), pt(62, -60))
}

// within gives the drawing of w x h units the largest place in r.
func within(p *Pen, r scene.Rect, w, h int) scaled {
	num, den := r.W, w
	if r.H*w < r.W*h {
		num, den = r.H, h
	}
	return scaled{p: p, x: r.X + (r.W-w*num/den)/2, y: r.Y + (r.H-h*num/den)/2, num: num, den: den}
}

// Side is where a device is, as the citizen sees it.
type Side uint8

// The sides of the screen.
const (
	Below Side = iota
	Left
	Right
)

// Move is what the picture of card and reader shows.
type Move uint8

// The moves: lay the card down, keep it there, take it away.
const (
	Lay Move = iota
	Keep
	Take
)

// ReaderPicture shows card and reader, the reader on its side of the screen.
func ReaderPicture(side Side, move Move) func(*Pen, scene.Rect) {
	return func(p *Pen, r scene.Rect) {
		if side == Below {
			readerBelow(p, r, move)
			return
		}
		readerBeside(p, r, side, move)
	}
}

func readerBelow(p *Pen, r scene.Rect, move Move) {
	s := within(p, r, 560, 400)
	y := 8
	if move == Keep {
		y = 140
	}
	if move == Take {
		y = 128
	}
	s.dark(40, 302, 480, 80, 18)
	s.fill(100, 316, 360, 12, p.T.Mark, 6)
	if move == Keep {
		s.dark(40, 302, 480, 80, 18)
		s.fill(100, 316, 360, 12, p.T.Mark, 6)
		s.card(160, y)
		s.waves(280, y+76)
		return
	}
	s.card(160, y)
	if move == Lay {
		s.arrow(280, 292, 0, 1)
	} else {
		s.arrow(280, 2, 0, -1)
	}
}

// waves shows the radio field on both sides of (x, y).
func (s scaled) waves(x, y int) {
	for _, d := range []int{190, 250} {
		box := s.rect(x-d, y-d, 2*d, 2*d)
		s.p.Arc(box, s.p.T.Act, s.len(10), 72, 36)
		s.p.Arc(box, s.p.T.Act, s.len(10), 252, 36)
	}
}

func readerBeside(p *Pen, r scene.Rect, side Side, move Move) {
	s := within(p, r, 620, 340)
	dx := 1
	readerX, cardX := 520, 20
	if move != Lay {
		cardX = 262
	}
	if side == Left {
		dx, readerX, cardX = -1, 20, 620-240-cardX
	}
	s.dark(readerX, 10, 80, 320, 18)
	strip := readerX + 14
	if side == Left {
		strip = readerX + 54
	}
	s.fill(strip, 50, 12, 240, p.T.Mark, 6)
	s.card(cardX, 94)
	mid := 310 + dx*190
	switch move {
	case Lay:
		s.arrow(mid-dx*2, 170, dx, 0)
	case Take:
		s.arrow(310-dx*290, 170, -dx, 0)
	}
}
