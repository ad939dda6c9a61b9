package widget

import "tram06/ui/scene"

// ScanPicture shows the QR of a card on its way to the scanner.
func ScanPicture(side Side) func(*Pen, scene.Rect) {
	return func(p *Pen, r scene.Rect) {
		if side == Below {
			s := within(p, r, 560, 430)
			s.front(125, 6)
			s.arrow(280, 336, 0, 1)
			s.dark(40, 346, 480, 70, 18)
			s.fill(100, 358, 360, 12, p.T.Mark, 6)
			return
		}
		s := within(p, r, 620, 330)
		cx, sx, beam, tip, dx := 20, 530, 538, 516, 1
		if side == Left {
			cx, sx, beam, tip, dx = 290, 20, 70, 104, -1
		}
		s.front(cx, 60)
		s.dark(sx, 40, 70, 250, 18)
		s.fill(beam, 70, 12, 190, p.T.Mark, 6)
		s.arrow(tip, 160, dx, 0)
	}
}

// front draws the side of a card with the code, 310 x 200 units.
func (s scaled) front(x, y int) {
	t := s.p.T
	s.p.Box(s.rect(x, y, 310, 200), t.ActSoft, t.Act, s.len(5), s.len(16))
	s.fill(x+38, y+56, 52, 52, t.Act, 26)
	s.fill(x+26, y+116, 76, 44, t.Act, 22)
	s.fill(x+120, y+120, 120, 12, t.Act, 6)
	s.fill(x+120, y+146, 84, 12, t.Act, 6)
	s.p.Box(s.rect(x+206, y+12, 88, 88), qrPaper, t.Ink, 3, s.len(8))
	s.qr(x+220, y+26, qrInk, qrPaper)
}

// A code is black on white in every theme; a scanner would not know another.
var qrInk, qrPaper = scene.RGB(0), scene.RGB(0xFFFFFF)

// PaperPicture shows a receipt coming out of the printer.
func PaperPicture(p *Pen, r scene.Rect) {
	s := within(p, r, 340, 296)
	t := p.T
	s.dark(20, 10, 300, 64, 14)
	s.fill(60, 36, 220, 12, t.Mark, 6)
	pts := []scene.Point{s.at(80, 48), s.at(80, 268)}
	for x := 95; x <= 260; x += 15 {
		y := 268
		if (x-80)/15%2 == 1 {
			y = 282
		}
		pts = append(pts, s.at(x, y))
	}
	pts = append(pts, s.at(260, 48))
	ink := qrInk
	p.Outlined(qrPaper, ink, s.len(5), pts...)
	s.fill(108, 84, 124, 14, ink, 7)
	s.fill(108, 114, 90, 10, scene.RGB(0x6F7886), 5)
	s.fill(108, 136, 110, 10, scene.RGB(0x6F7886), 5)
	s.qr(140, 170, ink, qrPaper)
}

// FormPicture shows a form that was checked.
func FormPicture(p *Pen, r scene.Rect) {
	s := within(p, r, 260, 240)
	t := p.T
	p.Box(s.rect(52, 12, 156, 216), t.ActSoft, t.Act, s.len(4), s.len(12))
	s.fill(76, 40, 84, 12, t.Act, 6)
	for i, w := range []int{108, 108, 72} {
		s.fill(76, 76+24*i, w, 8, t.Edge, 4)
	}
	s.fill(142, 140, 84, 84, t.OK, 42)
	tick := t.Surface
	p.Stroke(tick, s.len(9), s.at(165, 182), s.at(179, 196), s.at(205, 168))
}

// LayPicture shows a card above the reader, small.
func LayPicture(side Side) func(*Pen, scene.Rect) { return ReaderPicture(side, Lay) }

// TakePicture shows a card that is taken away.
func TakePicture(side Side) func(*Pen, scene.Rect) { return ReaderPicture(side, Take) }

// Picture is a drawing as a block of at least h pixels.
func Picture(h int, draw func(*Pen, scene.Rect)) Block { return Block{H: h, Draw: draw} }

// Portrait shows a face, or a figure where there is none.
func Portrait(it scene.Item) func(*Pen, scene.Rect) {
	return func(p *Pen, r scene.Rect) {
		t := p.T
		p.Box(r, t.ActSoft, t.Line, t.Border, 20)
		if it.Image != nil {
			it.Kind, it.Rect, it.Radius = scene.Picture, r, 20
			p.Items = append(p.Items, it)
			return
		}
		p.IconIn(r, r.W*2/3, "f-user", t.Edge)
	}
}
