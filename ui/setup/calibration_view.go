package setup

import (
	"fmt"

	"tram06/hal"
	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

var (
	sayAim      = words{"Chạm vào giữa dấu cộng và giữ yên.", "Touch the middle of the cross and hold still."}
	sayStill    = words{"Giữ yên…", "Hold still…"}
	sayTaken    = words{"Được rồi, mời nhấc tay.", "Taken. Lift the finger."}
	sayEarly    = words{"Nhấc tay hơi sớm. Giữ yên nửa giây.", "Lifted a little early. Hold for half a second."}
	saySlid     = words{"Ngón tay trượt đi. Giữ yên một chỗ.", "The finger slid. Keep it in one place."}
	sayOff      = words{"Có điểm lệch %s mm. Mời chạm lại cho đúng giữa.", "A touch is off by %s mm. Touch it again, in the middle."}
	sayNoFit    = words{"Các điểm không khớp nhau. Mời chạm lại từ đầu.", "The touches do not fit together. Once more from the beginning."}
	sayOnePlace = words{"Chạm đâu cũng báo một chỗ. Kiểm tra cáp, rồi chạm lại.", "The panel tells one place for all. Check its cable, then once more."}
	sayQuit     = words{"Tự thoát sau %d giây, giữ như cũ.", "Ends in %d s, nothing is changed."}

	sayCheck = words{"Chạm thử: dấu cộng phải nằm dưới ngón tay.", "Try it: the cross must lie under the finger."}
	sayError = words{"Sai số %s mm, lớn nhất %s mm", "Error %s mm, at most %s mm"}
	sayWorse = words{"Hơi lớn: nên làm lại.", "Rather large: better once more."}
	sayKeep  = words{"Giữ", "Keep"}
	sayAgain = words{"Làm lại", "Again"}
)

const (
	aimName   = "touch-aim"
	checkName = "touch-check"
)

// Scene draws the page.
func (c *Calibration) Scene(f *text.Fonts) *scene.Scene {
	if !c.checking {
		return c.draw(f).scene(aimName, sayAim.vi)
	}
	return c.draw(f).scene(checkName, sayCheck.vi)
}

func (c *Calibration) draw(f *text.Fonts) *brush {
	if c.checking {
		return c.drawCheck(f)
	}
	return c.drawAim(f)
}

// ring is how far a cross reaches, in pixels; the bar around it stays on the
// screen.
func (c *Calibration) ring() int {
	return min(c.panel.pixels(11), min(c.panel.W, c.panel.H)/10-around-2)
}

// around is how far the bar goes beyond the ring.
const around = 10

// drawAim shows one cross, and what to do.
func (c *Calibration) drawAim(f *text.Fonts) *brush {
	b := newBrush(f, c.panel)
	for i, at := range c.targets[:4] { // words stand over the fifth
		if c.told[i] != nil && i != c.ask[0] {
			b.Icon(at.X-24, at.Y-24, 48, "f-circle-check", b.T.OK)
		}
	}
	i := c.ask[0]
	c.cross(b, c.targets[i])
	say, news := sayAim, widget.Block{}
	switch {
	case c.steady.taken && c.steady.down:
		say = sayTaken
	case c.steady.down:
		say = sayStill
	}
	// Words stand clear of the cross: in the middle of the screen, or above
	// and below its middle.
	r := c.column()
	r.Y, r.H = c.panel.H*3/10, c.panel.H*3/5
	below := scene.Rect{}
	if mid := c.panel.H / 2; c.targets[i].Y > c.panel.H/3 && c.targets[i].Y < c.panel.H*2/3 {
		bottom := mid - c.ring() - around - theme.S16
		r.Y = max(bottom-c.panel.H/4, theme.S16)
		r.H = bottom - r.Y
		below = scene.Rect{X: r.X, Y: c.panel.H - bottom, W: r.W, H: bottom - theme.S16}
	}
	if c.wrong && c.said.vi != "" && !c.steady.down {
		news = b.alarm(r.W, c.said)
	}
	news = widget.Column(theme.S8, news, c.notice(b, r.W))
	n := len(c.targets) - len(c.ask) + 1
	page := func(blocks ...widget.Block) func(int) widget.Block {
		return func(level int) widget.Block {
			return widget.Column([]int{theme.S24, theme.S8, 0}[level], append([]widget.Block{
				b.ParaMid(r.W, fmt.Sprintf("%d / %d", n, len(c.targets)), b.title(), b.T.Ink), b.say(r.W, say)}, blocks...)...)
		}
	}
	if below.H == 0 {
		b.Fit(r, page(news))
		return b
	}
	b.Fit(r, page())
	b.Fit(below, func(int) widget.Block { return news })
	return b
}

// column is where words have room between the crosses of the corners.
func (c *Calibration) column() scene.Rect {
	margin := theme.Margin
	if c.panel.W > c.panel.H {
		margin = c.panel.W / 6
	}
	return scene.Rect{X: margin, W: c.panel.W - 2*margin}
}

// cross is the target, with how long the finger rested on it around.
func (c *Calibration) cross(b *brush, at scene.Point) {
	r := c.ring()
	box := scene.Rect{X: at.X - r, Y: at.Y - r, W: 2 * r, H: 2 * r}
	b.Arc(box, b.T.Edge, 4, 0, 360)
	if mille := c.steady.mille(c.now); mille > 0 {
		ink, fill := b.T.Ink, b.T.Mark
		if c.steady.taken {
			ink, fill = b.T.OK, b.T.OK
		}
		b.Arc(box.Inset(-around), ink, 18, 0, 360*mille/1000)
		b.Arc(box.Inset(3-around), fill, 12, 0, 360*mille/1000)
	}
	b.plus(at, r-8, 6)
}

// plus is a cross that leaves its middle free, with a dot in it.
func (b *brush) plus(at scene.Point, reach, free int) {
	const w = 4
	for _, r := range []scene.Rect{
		{X: at.X - reach, Y: at.Y - w/2, W: reach - free, H: w}, {X: at.X + free, Y: at.Y - w/2, W: reach - free, H: w},
		{X: at.X - w/2, Y: at.Y - reach, W: w, H: reach - free}, {X: at.X - w/2, Y: at.Y + free, W: w, H: reach - free},
	} {
		b.Fill(r, b.T.Ink, 0)
	}
	b.Fill(scene.Rect{X: at.X - 2, Y: at.Y - 2, W: 4, H: 4}, b.T.Bad, 2)
}

func (c *Calibration) notice(b *brush, w int) widget.Block {
	if n, soon := c.left(); soon {
		return b.alarm(w, sayQuit.f(n))
	}
	// That it is not calibrated is what it is here for.
	if what, ok := c.trouble(); ok && c.h.Key != hal.KeyTouchUncalibrated {
		return b.alarm(w, what)
	}
	return widget.Block{}
}

// answers are where keep and again are.
func (c *Calibration) answers() (yes, no scene.Rect) {
	const h = theme.ButtonH
	w := min(c.panel.W-2*theme.Margin, 984)
	no = scene.Rect{X: (c.panel.W - w) / 2, Y: c.panel.H*4/5 - h, W: (w - theme.S24) / 2, H: h}
	yes = no
	yes.X += no.W + theme.S24
	return yes, no
}

// drawCheck shows where the panel believes the finger to be.
func (c *Calibration) drawCheck(f *text.Fonts) *brush {
	b := newBrush(f, c.panel)
	b.Pressed = c.ptr.Pressed()
	for _, at := range c.targets[:4] { // places to try
		r := c.ring() / 2
		b.Arc(scene.Rect{X: at.X - r, Y: at.Y - r, W: 2 * r, H: 2 * r}, b.T.Line, 4, 0, 360)
	}
	yes, no := c.answers()
	r := c.column()
	r.Y = max(theme.S16, c.panel.H/6-theme.S88)
	r.H = yes.Y - theme.S24 - r.Y
	b.Fit(r, func(level int) widget.Block {
		return widget.Column([]int{theme.S24, theme.S8, 0}[level], b.say(r.W, sayCheck), c.result(b, r.W), c.notice(b, r.W))
	})
	// Keep comes first: it is what most want.
	b.Button(yes, widget.Button{ID: "keep", Label: sayKeep.both(), Icon: "o-check", Action: keep})
	b.Button(no, widget.Button{ID: "again", Label: sayAgain.both(), Icon: "o-refresh", Kind: widget.Outlined, Action: again})
	if c.finger != nil {
		x, y := min(max(c.finger.X, 2), c.panel.W-2), min(max(c.finger.Y, 2), c.panel.H-2)
		b.Fill(scene.Rect{Y: y - 2, W: c.panel.W, H: 4}, b.T.Bad, 0)
		b.Fill(scene.Rect{X: x - 2, W: 4, H: c.panel.H}, b.T.Bad, 0)
	}
	return b
}

// result says how well the calibration fits.
func (c *Calibration) result(b *brush, w int) widget.Block {
	e := sayError.f(c.found.MeanMM, c.found.MostMM)
	if c.found.Wanting {
		return b.verdict(w, "f-alert-triangle", b.T.Warn, b.T.WarnSoft, e, sayWorse)
	}
	return b.verdict(w, "f-circle-check", b.T.OK, b.T.OKSoft, e)
}
