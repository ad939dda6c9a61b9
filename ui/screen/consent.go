package screen

import (
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// consent lets a person decide freely before anything is read: two answers of
// the same size, colour and weight.
func (v *view) consent() {
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		look := v.CardLook()
		if level > widget.Roomy {
			look.Pad = theme.S24
		}
		inner := w - 2*look.Pad
		body := v.T.Style(theme.Body)
		item := func(icon, s string, tone, ink scene.Color) widget.Block {
			return widget.Row(20, widget.Symbol(icon, 48, tone), widget.Cell{W: inner - 68, B: v.Para(inner-68, s, body, ink)})
		}
		gap := []int{20, 14, 8}[level]
		reads := widget.Panel(look, widget.Column(gap,
			v.Para(inner, v.w.ConsentReads, v.T.Bold(theme.Lead), v.T.Ink),
			item("f-user", v.w.ConsentName, v.T.Act, v.T.Ink),
			item("f-home", v.w.ConsentHome, v.T.Act, v.T.Ink),
			item("f-photo", v.w.ConsentPhoto, v.T.Act, v.T.Ink),
			v.Rule(),
			item("o-fingerprint-off", v.w.ConsentNever, v.T.Ink2, v.T.Ink2)))
		why := widget.Panel(look, widget.Column(gap,
			v.Para(inner, v.w.ConsentWhy, v.T.Bold(theme.Lead), v.T.Ink),
			v.Para(inner, v.w.ConsentUse, body, v.T.Ink),
			v.Para(inner, v.f(v.w.ConsentLaw, v.env.Site.Controller), v.T.Style(theme.Note), v.T.Ink2)))
		half := (w - theme.S24) / 2
		answers := widget.Row(theme.S24,
			widget.Cell{W: half, B: widget.ButtonBlock(184, widget.Button{ID: "decline", Label: v.w.ConsentNo, Note: v.f(v.w.ConsentNoNote, v.env.Site.Counter), Action: session.Decline{}})},
			widget.Cell{W: half, B: widget.ButtonBlock(184, widget.Button{ID: "agree", Label: v.w.ConsentYes, Note: v.w.ConsentYesNote, Action: session.Agree{}})})
		return widget.Column([]int{24, 20, 16}[level], v.title(v.w.ConsentTitle), reads, why, widget.Spring(theme.S24), answers)
	})
	v.say = v.w.ConsentTitle + " " + v.w.ConsentUse
	v.bar = widget.Bar{Back: v.back(), Third: v.stop()}
}

// declined shows the way to a person; refusing is no dead end.
func (v *view) declined() {
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		phone := ""
		if v.env.Site.Phone != "" {
			phone = v.f(v.w.DeclinedPhone, v.env.Site.Phone)
		}
		return widget.Column(theme.S32,
			widget.Space(theme.S56),
			v.title(v.f(v.w.DeclinedTitle, v.env.Site.Counter)),
			v.Para(w, v.w.DeclinedText, v.T.Style(theme.Lead), v.T.Ink),
			v.Para(w, phone, v.T.Style(theme.Lead), v.T.Ink),
			widget.Spring(theme.S16),
			disc([]int{420, 300, 0}[level], "o-users", v.env.Site.Counter),
			widget.Spring(theme.S16),
			v.Notice(w, widget.Notice{Icon: "f-lock", Text: v.w.DeclinedNothing, Soft: v.T.ActSoft, Tone: v.T.Act}))
	})
	v.bar = widget.Bar{Back: v.back(), Primary: &widget.Button{ID: "primary", Label: v.w.DeclinedEnd, Icon: "f-home", Kind: widget.Outlined, Action: session.Finish{}}}
}

// disc is a large symbol, with a badge of one or two letters if there is one.
func disc(h int, symbol, badge string) widget.Block {
	if h == 0 {
		return widget.Block{}
	}
	return widget.Picture(h, func(p *widget.Pen, r scene.Rect) {
		d := r.H
		at := scene.Rect{X: r.X + (r.W-d)/2, Y: r.Y, W: d, H: d}
		p.Box(at, p.T.ActSoft, p.T.Act, p.T.Border, d/2)
		p.IconIn(at, d/2, symbol, p.T.Act)
		if badge == "" {
			return
		}
		b := scene.Rect{X: at.X + d*2/3, Y: at.Y + d*2/3, W: 120, H: 120}
		p.Box(b, p.T.Mark, p.T.Ink, 5, 60)
		p.Centre(b, badge, theme.Style{Size: 64, Line: 84, Weight: scene.Bold}, p.T.OnMark)
	})
}
