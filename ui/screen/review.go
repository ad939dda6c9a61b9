package screen

import (
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// review is the last calm look: what was answered, each with its change; to
// whom it goes, what it costs, how long it takes.
func (v *view) review() {
	svc, ok := v.service()
	if !ok {
		v.services()
		return
	}
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		pad := []int{28, 20, 16}[level]
		look := v.LockedLook()
		look.Pad = pad
		inner := w - 2*pad
		p := &v.s.Person
		card := widget.Panel(look, widget.Column(theme.S8,
			widget.Row(16, widget.Symbol("f-lock", 40, v.T.Ink2),
				widget.Cell{W: inner - 56, B: v.Para(inner-56, v.w.ReviewLocked, v.T.Bold(theme.Note), v.T.Ink)}),
			v.Para(inner, p.Name, v.T.Bold(theme.Lead), v.T.Ink),
			v.Para(inner, v.f(v.w.BornNumber, v.value("sex", p.Sex), p.Birth, nobreak(p.Masked())), v.T.Style(theme.Body), v.T.Ink)))

		look = v.CardLook()
		look.Pad = pad
		rows := []widget.Block{v.Para(inner, v.w.ReviewYours, v.T.Bold(theme.Note), v.T.Ink)}
		for _, st := range svc.Steps {
			if st.Kind != service.Show {
				rows = append(rows, v.Rule(), v.answered(st, inner))
			}
		}
		answers := widget.Panel(look, widget.Column([]int{14, 10, 6}[level], rows...))

		info := v.Soft(v.T.ActSoft, v.T.Act)
		info.Pad = pad
		where := widget.Panel(info, widget.Column(4,
			v.Para(inner, v.f(v.w.SendTo, v.env.Site.Authority), v.T.Bold(theme.Lead), v.T.Ink),
			v.Para(inner, v.price(svc), v.T.Style(theme.Body), v.T.Ink)))
		bs := []widget.Block{v.title(v.w.ReviewTitle)}
		if v.s.Problem != "" {
			t, b := v.condition(v.s.Problem)
			bs = append(bs, v.Notice(w, widget.Notice{Icon: "f-alert-triangle", Title: t, TitleRole: theme.Lead,
				Text: b + " " + v.f(v.w.Code, string(v.s.Problem)) + ".", Soft: v.T.BadSoft, Tone: v.T.Bad}))
		}
		bs = append(bs, card, answers, widget.Spring(theme.S16), where,
			widget.Column(0,
				v.Para(w, v.w.Confirms, v.T.Style(theme.Body), v.T.Ink),
				v.Para(w, v.f(v.w.FormLaw, svc.Form, svc.Circular), v.T.Style(theme.Note), v.T.Ink2)))
		return widget.Column([]int{24, 16, 12}[level], bs...)
	})
	v.bar = widget.Bar{Back: v.back(), Third: v.stop(),
		Primary: &widget.Button{ID: "primary", Label: v.w.SubmitIt, After: "o-check", Action: session.Submit{}}}
}

// answered is one line of the review with its change.
func (v *view) answered(st service.Step, w int) widget.Block {
	val, ink := st.Answered(v.s.Answers[st.ID], v.s.Lang), v.T.Ink
	style := v.T.Bold(theme.Body)
	if val == "" {
		val, ink, style = v.w.NotAnswered, v.T.Ink2, v.T.Style(theme.Body)
	}
	label := v.T.Bold(theme.Body)
	if label.Size > 44 {
		label.Size, label.Line = 44, 60
	}
	bw := max(168, v.Width(v.w.Edit, label)+48+36+12)
	left := w - bw - theme.S24
	id := "edit." + st.ID
	short := st.Short.In(v.s.Lang)
	edit := widget.Block{H: theme.SmallH, Draw: func(p *widget.Pen, r scene.Rect) {
		t := p.T
		fill, ink := t.Surface, t.Act
		if p.Pressed == id {
			fill, ink = t.ActDeep, t.OnAct
		}
		p.Box(r, fill, t.Act, t.Border, theme.RadiusControl)
		x := r.X + (r.W-48-p.Width(v.w.Edit, label))/2
		p.Icon(x, r.Y+(r.H-36)/2, 36, "f-pencil", ink)
		p.Line(x+48, r.Y+(r.H-label.Line)/2, v.w.Edit, label, ink)
		// The rows are close: the touch area stays inside its own row.
		p.Targets = append(p.Targets, scene.Target{ID: id, Rect: r, Label: v.w.Edit + ": " + short, Action: session.Edit{Step: st.ID}})
	}}
	return widget.Row(theme.S24,
		widget.Cell{W: left, B: widget.Column(0, v.Para(left, short, v.T.Style(theme.Note), v.T.Ink2), v.Para(left, val, style, ink))},
		widget.Cell{W: bw, B: edit})
}

// nobreak keeps groups of digits on one line.
func nobreak(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r == ' ' {
			out[i] = '\u00a0'
		}
	}
	return string(out)
}
