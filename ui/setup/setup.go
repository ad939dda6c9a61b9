// Package setup holds the pages that technicians stand before: the calibration
// of a touch panel and its test. They come before any session and know none.
//
// A page is a small machine without a clock: touches and the time go in, a
// scene comes out. Equal inputs give equal scenes. Vietnamese and English stand
// on every page together, since nobody chooses a language by a touch panel that
// may not work.
package setup

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// Panel is the screen, upright.
type Panel struct {
	W, H  int     // pixels
	Pitch float64 // millimetres a pixel
}

// mm is a distance on the glass.
func (p Panel) mm(pixels float64) float64 { return pixels * p.Pitch }

// pixels within so many millimetres, at least one.
func (p Panel) pixels(mm float64) int { return max(1, int(math.Round(mm/p.Pitch))) }

// End says why a page has ended.
type End uint8

// The ends.
const (
	Running End = iota
	Finished
	TimedOut // nobody touched anything for too long
)

// words in both languages.
type words struct{ vi, en string }

// f fills both languages in; a fraction is written as each does.
func (w words) f(a ...any) words {
	en := slices.Clone(a)
	for i, v := range a {
		if x, ok := v.(float64); ok {
			a[i], en[i] = decimal(x), strconv.FormatFloat(x, 'f', 1, 64)
		}
	}
	return words{fmt.Sprintf(w.vi, a...), fmt.Sprintf(w.en, en...)}
}

func (w words) both() string { return w.vi + " / " + w.en }

// decimal writes a number as Vietnam does, with one digit after the comma.
func decimal(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', 1, 64), ".", ",", 1)
}

// device is how the touch panel is, as far as it was told.
type device struct{ h hal.Health }

// troubles are in short what firmware/health says at length.
var troubles = map[string]words{
	hal.KeyTouchGone:         {"Mất cảm ứng: kiểm tra cáp.", "Touch is gone: check its cable."},
	hal.KeyTouchUncalibrated: {"Chưa hiệu chỉnh.", "Not calibrated yet."},
}

// trouble says what is wrong with the panel, with its code.
func (d device) trouble() (words, bool) {
	w, known := troubles[d.h.Key]
	c, coded := health.ByKey(d.h.Key)
	return words{string(c.Code) + " · " + w.vi, w.en}, known && coded
}

// quiet is how long nobody may touch anything before a page gives up: a
// technician who cannot touch must not be stuck before it.
type quiet struct {
	limit time.Duration
	since time.Time
	now   time.Time
}

func (q *quiet) over() bool { return q.now.Sub(q.since) >= q.limit }

// left in whole seconds, once there are few.
func (q *quiet) left() (int, bool) {
	d := q.limit - q.now.Sub(q.since)
	return int(math.Ceil(d.Seconds())), d <= 20*time.Second
}

// brush draws one page.
type brush struct {
	*widget.Pen
	panel Panel
}

func newBrush(f *text.Fonts, p Panel) *brush {
	return &brush{&widget.Pen{T: theme.New(session.Light, 100), F: f}, p}
}

// small panels have smaller words.
func (b *brush) small() bool { return min(b.panel.W, b.panel.H) < 900 }

func (b *brush) title() theme.Style {
	if b.small() {
		return theme.Style{Size: 44, Line: 60, Weight: scene.Bold}
	}
	return b.T.Style(theme.Head)
}

func (b *brush) lead() theme.Style {
	if b.small() {
		return theme.Style{Size: 28, Line: 40, Weight: scene.Bold}
	}
	return b.T.Bold(theme.Body)
}

func (b *brush) note() theme.Style { return b.T.Style(theme.Note) }

// say is a sentence in both languages, each line in the middle.
func (b *brush) say(w int, s words) widget.Block {
	return widget.Column(0, b.ParaMid(w, s.vi, b.lead(), b.T.Ink), b.ParaMid(w, s.en, b.note(), b.T.Ink2))
}

// notice is a tinted panel that leaves room on a small screen.
func (b *brush) notice(soft, tone scene.Color) widget.Look {
	look := b.Soft(soft, tone)
	look.Pad = theme.S16
	if b.small() {
		look.Pad = theme.S8
	}
	return look
}

// alarm is a sentence about what is wrong.
func (b *brush) alarm(w int, s words) widget.Block {
	look := b.notice(b.T.WarnSoft, b.T.Warn)
	inner := w - 2*look.Pad
	return widget.Panel(look, widget.Column(4,
		b.ParaMid(inner, s.vi, theme.Style{Size: 28, Line: 40, Weight: scene.Bold}, b.T.Warn), b.ParaMid(inner, s.en, b.note(), b.T.Ink)))
}

// verdict is a panel with an icon that says how something turned out.
func (b *brush) verdict(w int, icon string, tone, soft scene.Color, says ...words) widget.Block {
	look := b.notice(soft, tone)
	inner := w - 2*look.Pad - 48 - theme.S16
	bold := b.note()
	bold.Weight = scene.Bold
	var vi, en []widget.Block
	for _, s := range says {
		vi = append(vi, b.Para(inner, s.vi, bold, tone))
		en = append(en, b.Para(inner, s.en, b.note(), b.T.Ink))
	}
	return widget.Panel(look, widget.Row(theme.S16, widget.Symbol(icon, 48, tone), widget.Cell{W: inner, B: widget.Column(0, append(vi, en...)...)}))
}

func (b *brush) scene(name, spoken string) *scene.Scene {
	return &scene.Scene{Name: name, W: b.panel.W, H: b.panel.H, Background: b.T.Paper, Items: b.Items, Targets: b.Targets, Spoken: spoken}
}
