package screen

import (
	"strings"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// otherWays lists what to do when scan and card do not work.
func (v *view) otherWays() {
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		h := []int{200, 168, 0}[level]
		bs := []widget.Block{v.title(v.w.OtherTitle)}
		add := func(id, label, note, icon string, action any) {
			bs = append(bs, v.Entry(w, widget.Entry{ID: id, Label: label, Note: note, Icon: icon, Action: action, MinH: h}))
		}
		if v.s.Devices[session.Reader].Ready {
			add("card", v.w.OtherCard, v.w.OtherCardNote, "o-id", session.Back{})
			add("type", v.w.OtherType, v.w.OtherTypeNote, "f-keyboard", session.TypeNumber{})
		}
		if !v.s.Devices[session.Reader].Ready && v.s.QR == nil && v.s.Devices[session.Scanner].Ready {
			add("card", v.w.ScanStep, strings.ReplaceAll(v.w.ScanHow, "\n", " "), "o-qrcode", session.Back{})
		}
		if v.s.MayUseQR() {
			add("qr", v.w.OtherQR, v.w.OtherQRNote, "o-qrcode", session.UseQR{})
		}
		add("ask", v.f(v.w.OtherAsk, v.env.Site.Counter), v.w.OtherAskNote, "o-users", session.OpenHelp{})
		return widget.Column(theme.S24, append(bs, widget.Spring(theme.S16))...)
	})
	v.bar = widget.Bar{Back: v.back(), Third: v.stop()}
}

// typeDigits takes the last six digits of the number.
func (v *view) typeDigits() {
	w := theme.ContentW
	missing := 6 - len(v.s.Digits)
	v.Fit(v.content(), func(level int) widget.Block {
		hint := widget.Block{}
		if v.s.Hint == session.HintDigits && missing > 0 {
			hint = v.hint(v.f(v.w.DigitsMissing, missing))
		}
		return widget.Column(theme.S24,
			v.title(v.w.DigitsTitle),
			v.Para(w, v.w.DigitsHow, v.T.Style(theme.Body), v.T.Ink2),
			widget.Spring(theme.S16),
			v.slots(v.s.Digits, 6),
			hint,
			widget.Spring(theme.S16),
			v.pad([]int{140, 124, 108}[level]))
	})
	kind := widget.Filled
	if missing > 0 {
		kind = widget.Outlined
	}
	v.bar = widget.Bar{Back: v.back(), Third: v.stop(),
		Primary: &widget.Button{ID: "primary", Label: v.w.Next, After: "o-arrow-right", Kind: kind, Action: session.Next{}}}
}

func (v *view) pad(keyH int) widget.Block {
	return v.Pad(keyH, v.w.Erase, func(d byte) any { return session.Digit{D: d} }, session.EraseDigit{})
}

// hint says in amber what keeps the page from going on.
func (v *view) hint(s string) widget.Block {
	return v.Notice(theme.ContentW, widget.Notice{Icon: "f-info-circle", IconSize: 56, Title: s, TitleRole: theme.Body, TitleInk: v.T.Ink,
		Soft: v.T.WarnSoft, Tone: v.T.Warn})
}

// slots are as many boxes as there are digits to type.
func (v *view) slots(digits string, n int) widget.Block {
	const side, gap = 132, theme.S24
	t := v.T
	return widget.Block{H: side + 20, Draw: func(p *widget.Pen, r scene.Rect) {
		w := (r.W - (n-1)*gap) / n
		for i := range n {
			b := scene.Rect{X: r.X + i*(w+gap), Y: r.Y, W: w, H: r.H}
			border, width := t.Edge, 4
			if i == len(digits) {
				border, width = t.Act, 6
			}
			p.Box(b, t.Surface, border, width, theme.RadiusControl)
			if i < len(digits) {
				p.Centre(b, digits[i:i+1], theme.Style{Size: 88, Line: 112, Weight: scene.Bold}, t.Ink)
			}
		}
	}}
}

// grouped writes a telephone number while it grows: 0900 000 006.
func grouped(d string) string {
	var b strings.Builder
	for i, c := range d {
		if i == 4 || i == 7 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
