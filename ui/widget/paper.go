package widget

import "tram06/ui/scene"

// ScanPicture shows the QR of a card before the scanner.
func ScanPicture(side Side) func(*Pen, scene.Rect) {
	return func(p *Pen, r scene.Rect) {
		s := within(p, r, 620, 330)
		t := p.T
		// The card, enlarged around its code in the upper right corner.
		cx, sx, dx := 20, 530, 1
		if side == Left {
			cx, sx, dx = 290, 20, -1
		}
		p.Box(s.rect(cx, 60, 310, 200), t.ActSoft, t.Act, s.len(5), s.len(16))
		s.fill(cx+38, 116, 52, 52, t.Act, 26)
		s.fill(cx+26, 176, 76, 44, t.Act, 22)
		s.fill(cx+120, 176, 120, 12, t.Act, 6)
		s.fill(cx+120, 204, 84, 12, t.Act, 6)
		p.Box(s.rect(cx+206, 72, 88, 88), qrPaper, t.Ink, 3, s.len(8))
		s.qr(cx+220, 86, qrInk, qrPaper)
		s.dark(sx, 40, 70, 250, 18)
		beam := sx + 8
		if side == Left {
			beam = sx + 50
		}
		s.fill(beam, 70, 12, 190, t.Mark, 6)
		if side == Below {
			return
		}
		from := s.at(cx+310+6, 116)
		to := s.at(sx-12, 116)
		if dx < 0 {
			from, to = s.at(cx-8, 116), s.at(sx+82, 116)
		}
		p.Stroke(t.Ink, s.len(6), from, to)
	}
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
