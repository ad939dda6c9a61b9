package setup

import (
	"fmt"
	"strconv"

	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

var (
	sayTrial  = words{"Thử cảm ứng", "Touch test"}
	saySwipe  = words{"Mời vuốt ngón tay qua mọi ô, cả sát mép.", "Swipe over every tile, right up to the edges."}
	sayPassed = words{"Đạt: ô nào cũng nhận.", "Passed: every tile answers."}
	sayDone   = words{"Xong", "Done"}
	sayHold   = words{"giữ 3 giây", "hold for 3 s"}
	sayLeaves = words{"Không ai chạm: tự thoát sau %d giây.", "Nobody touches it: ends in %d s."}
)

// traces are the colours of touches, in turn.
var traces = []scene.Color{scene.RGB(0x1C3F94), scene.RGB(0xA31919), scene.RGB(0x11613B), scene.RGB(0x7A4700), scene.RGB(0x6A1B9A), scene.RGB(0x00695C)}

// card is the panel in the middle with words, figures and Done.
func (t *Trial) card() scene.Rect {
	w, h := min(t.panel.W-2*theme.S24, 840), 900
	if min(t.panel.W, t.panel.H) < 900 {
		w, h = min(t.panel.W-2*theme.S24, 760), 560
	}
	h = min(h, t.panel.H-2*theme.S16)
	return scene.Rect{X: (t.panel.W - w) / 2, Y: (t.panel.H - h) / 2, W: w, H: h}
}

// doneAt is where Done is.
func (t *Trial) doneAt() scene.Rect {
	c := t.card().Inset(theme.S24)
	const h = theme.ButtonH
	return scene.Rect{X: c.X, Y: c.Y + c.H - h, W: c.W, H: h}
}

// Scene draws the test.
func (t *Trial) Scene(f *text.Fonts) *scene.Scene {
	return t.draw(f).scene("touch-test", sayTrial.vi+". "+saySwipe.vi)
}

func (t *Trial) draw(f *text.Fonts) *brush {
	b := newBrush(f, t.panel)
	b.Items = make([]scene.Item, 0, len(t.seen)+len(t.dots)+32)
	t.tiles(b)
	t.traces(b)
	card := t.card()
	veil := b.T.Surface
	veil.A = 208 // what was touched under the words is seen too
	b.Box(card, veil, b.T.Line, 3, theme.RadiusCard)
	done := t.doneAt()
	inner := card.Inset(theme.S24)
	inner.H -= done.H + theme.S16
	b.Fit(inner, func(level int) widget.Block {
		msg := b.say(inner.W, saySwipe)
		if t.touched == len(t.seen) {
			msg = b.verdict(inner.W, "f-circle-check", b.T.OK, b.T.OKSoft, sayPassed)
		}
		title := b.ParaMid(inner.W, sayTrial.both(), b.title(), b.T.Ink)
		if level > widget.Roomy {
			title = widget.Block{}
		}
		rows, notice := t.figures(b, inner.W), t.notice(b, inner.W)
		if level == widget.Bare { // the first ones say most
			room := (inner.H - msg.H - notice.H - 3*theme.S8) / b.note().Line
			rows = rows[:min(max(room, 1), len(rows))]
		}
		return widget.Column([]int{theme.S16, theme.S8, theme.S8}[level], title, msg, widget.Spring(0), widget.Column(0, rows...), widget.Spring(0), notice)
	})
	t.done(b, done)
	t.finger(b)
	return b
}

func (t *Trial) tiles(b *brush) {
	const gap = 4
	for row := range t.rows {
		for col := range t.cols {
			x0, x1 := edge(col, t.cols, t.panel.W), edge(col+1, t.cols, t.panel.W)
			y0, y1 := edge(row, t.rows, t.panel.H), edge(row+1, t.rows, t.panel.H)
			fill := b.T.Locked
			if t.seen[row*t.cols+col] {
				fill = scene.RGB(0xA9D5BB)
			}
			b.Fill(scene.Rect{X: x0 + gap/2, Y: y0 + gap/2, W: x1 - x0 - gap, H: y1 - y0 - gap}, fill, 0)
		}
	}
}

// edge is the first pixel of tile i of n: what place takes to be in it.
func edge(i, n, pixels int) int { return (i*pixels + n - 1) / n }

// traces draws each place that was told: where dots are far apart, the panel
// told little.
func (t *Trial) traces(b *brush) {
	for i := range t.dots {
		b.dot(t.dots[(t.nextDot+i)%len(t.dots)], 6)
	}
}

func (b *brush) dot(d dot, r int) {
	at := scene.Rect{X: d.x - r, Y: d.y - r, W: 2 * r, H: 2 * r}
	at.X, at.Y = min(max(at.X, 0), b.panel.W-at.W), min(max(at.Y, 0), b.panel.H-at.H)
	b.Fill(at, traces[d.touch%len(traces)], r)
}

// finger shows where the panel believes it to be, with a ring around each that
// it sees: one where there is no finger is a ghost.
func (t *Trial) finger(b *brush) {
	r := min(t.panel.pixels(9), t.panel.W/4, t.panel.H/4)
	for _, f := range t.fingers {
		x, y := min(max(f.X-r, 0), t.panel.W-2*r), min(max(f.Y-r, 0), t.panel.H-2*r)
		b.Arc(scene.Rect{X: x, Y: y, W: 2 * r, H: 2 * r}, b.T.Bad, 5, 0, 360)
	}
	if t.down {
		b.Fill(scene.Rect{Y: min(max(t.last.Y, 0), t.panel.H-2), W: t.panel.W, H: 2}, b.T.Ink, 0)
		b.Fill(scene.Rect{X: min(max(t.last.X, 0), t.panel.W-2), W: 2, H: t.panel.H}, b.T.Ink, 0)
		b.dot(dot{t.last.X, t.last.Y, t.touches}, 18)
	}
}

// figures are rows of a label and a value.
func (t *Trial) figures(b *brush, w int) []widget.Block {
	f := t.Findings()
	jitter := "–"
	if f.JitterKnown {
		jitter = decimal(f.Jitter) + " px"
	}
	lost, fingers := "–", "–"
	if f.Counted {
		lost, fingers = strconv.FormatUint(f.Lost, 10), fmt.Sprintf("%d · max %d", t.counts.Fingers, f.Fingers)
	}
	edges := "–"
	if t.touches > 0 {
		edges = fmt.Sprintf("%d · %d · %d · %d px", f.Edges[0], f.Edges[1], f.Edges[2], f.Edges[3])
	}
	return []widget.Block{
		b.row(w, words{"Ô đã chạm", "tiles"}, fmt.Sprintf("%d / %d", t.touched, len(t.seen))),
		b.row(w, words{"Sự kiện mỗi giây", "events a second"}, fmt.Sprintf("%.0f · max %.0f", t.perSec, f.PerSecond)),
		b.row(w, words{"Rung", "jitter"}, jitter),
		b.row(w, words{"Bước dài nhất", "worst gap"}, decimal(f.GapMM)+" mm"),
		b.row(w, words{"Hở mép", "edges"}, edges),
		b.row(w, words{"Mất", "lost"}, lost),
		b.row(w, words{"Số ngón", "fingers"}, fingers),
	}
}

func (b *brush) row(w int, label words, value string) widget.Block {
	st, bold := b.note(), b.note()
	bold.Weight = scene.Bold
	return widget.Block{H: st.Line, Draw: func(p *widget.Pen, r scene.Rect) {
		p.Line(r.X, r.Y, label.both(), st, b.T.Ink2)
		p.Line(r.X+r.W-p.Width(value, bold), r.Y, value, bold, b.T.Ink)
	}}
}

func (t *Trial) notice(b *brush, w int) widget.Block {
	if n, soon := t.left(); soon {
		return b.alarm(w, sayLeaves.f(n))
	}
	if what, ok := t.trouble(); ok {
		return b.alarm(w, what)
	}
	return widget.Block{}
}

// done is the target that ends the test, with how long it was held.
func (t *Trial) done(b *brush, r scene.Rect) {
	b.Box(r, b.T.Surface, b.T.Act, 4, theme.RadiusControl)
	lead, note := b.lead(), b.note()
	b.Centre(scene.Rect{X: r.X, Y: r.Y + 8, W: r.W, H: lead.Line}, sayDone.both(), lead, b.T.Act)
	b.Centre(scene.Rect{X: r.X, Y: r.Y + 8 + lead.Line, W: r.W, H: note.Line}, sayHold.both(), note, b.T.Act)
	mille := 0
	if !t.holding.IsZero() {
		mille = int(min(t.now.Sub(t.holding), Hold) * 1000 / Hold)
	}
	b.Progress(20, mille, b.T.Act).Draw(b.Pen, scene.Rect{X: r.X + theme.S16, Y: r.Y + r.H - 32, W: r.W - 2*theme.S16, H: 20})
	b.Targets = append(b.Targets, scene.Target{ID: "done", Rect: r, Label: sayDone.vi + ", " + sayHold.vi, Action: Finished})
}
