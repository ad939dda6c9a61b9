package screen

import (
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// form asks one question, shows its answers, and says why.
func (v *view) form() {
	svc, ok := v.service()
	if !ok || v.s.Step < 0 || v.s.Step >= len(svc.Steps) {
		v.services()
		return
	}
	st := svc.Steps[v.s.Step]
	v.name = "form-" + st.ID
	w := theme.ContentW
	next := &widget.Button{ID: "primary", Label: v.w.Next, After: "o-arrow-right", Action: session.Next{}}
	switch {
	case st.Kind == service.Choice && v.s.Answers[st.ID] == "" && !st.Optional,
		st.Kind == service.Phone && !service.ValidPhone(v.s.Digits):
		next.Kind = widget.Outlined
	}
	if st.Optional && ((st.Kind == service.Phone && v.s.Digits == "") || (st.Kind == service.Choice && v.s.Answers[st.ID] == "")) {
		next = &widget.Button{ID: "primary", Label: v.w.Skip, After: "o-arrow-right", Kind: widget.Outlined, Action: session.Skip{}}
	}
	v.bar = widget.Bar{Back: v.back(), Primary: next, Third: v.stop()}
	v.Fit(v.content(), func(level int) widget.Block {
		bs := []widget.Block{
			widget.Column(theme.S8,
				v.Para(w, v.f(v.w.QuestionOf, svc.Name.In(v.s.Lang), v.s.Step+1, len(svc.Steps)), v.T.Style(theme.Note), v.T.Ink2),
				v.title(st.Title.In(v.s.Lang))),
		}
		switch st.Kind {
		case service.Show:
			bs = append(bs, v.locked(st, level), widget.Spring(theme.S16), v.why(st, level))
		case service.Choice:
			bs = append(bs, v.choice(st, level)...)
		case service.Phone:
			bs = append(bs, v.phone(st, level)...)
		}
		return widget.Column([]int{24, 20, 16}[level], bs...)
	})
}

// why says why a question is asked, without a tap.
func (v *view) why(st service.Step, level int) widget.Block {
	s := st.Why.In(v.s.Lang)
	if s == "" {
		return widget.Block{}
	}
	w := theme.ContentW - 64
	style := v.T.Style(theme.Body)
	if level > widget.Roomy {
		style = v.T.Style(theme.Note)
	}
	return widget.Row(16, widget.Symbol("f-info-circle", 48, v.T.Act),
		widget.Cell{W: w, B: v.Para(w, v.w.WhyAsk+" "+s, style, v.T.Ink2)})
}

// locked lays values from the card before the citizen.
func (v *view) locked(st service.Step, level int) widget.Block {
	look := v.LockedLook()
	inner := theme.ContentW - 2*look.Pad
	bs := []widget.Block{widget.Row(16, widget.Symbol("f-lock", 40, v.T.Ink2),
		widget.Cell{W: inner - 56, B: v.Para(inner-56, v.w.FromChip, v.T.Style(theme.Note), v.T.Ink2)})}
	values := service.Prefill(v.s.Person)
	for _, l := range st.Locked {
		val, style := values[l.From], v.T.Bold(theme.Lead)
		if val == "" {
			val, style = v.w.NotOnCard, v.T.Style(theme.Body)
		}
		bs = append(bs, widget.Column(0,
			v.Para(inner, l.Label.In(v.s.Lang), v.T.Style(theme.Note), v.T.Ink2),
			v.Para(inner, v.value(l.From, val), style, v.T.Ink)))
	}
	note := v.Para(inner, st.Note.In(v.s.Lang), v.T.Style(theme.Note), v.T.Ink2)
	return widget.Panel(look, widget.Column([]int{24, 16, 8}[level], append(bs, note)...))
}

// value translates the few values of a card that are words.
func (v *view) value(field, s string) string {
	if v.s.Lang == "en" && field == "sex" {
		switch s {
		case "Nam":
			return "Male"
		case "Nữ":
			return "Female"
		}
	}
	return s
}

func (v *view) choice(st service.Step, level int) []widget.Block {
	w := theme.ContentW
	head := v.Para(w, v.w.Choose, v.T.Bold(theme.Body), v.T.Ink)
	if v.s.Hint == session.HintChoose {
		head = v.hint(v.w.HintChoose)
	}
	minH := []int{theme.AnswerH, 148, 120}[level]
	bs := []widget.Block{v.Para(w, st.Note.In(v.s.Lang), v.T.Style(theme.Body), v.T.Ink2), v.why(st, level), widget.Spring(theme.S16), head}
	for _, o := range st.Options {
		bs = append(bs, v.Option(w, widget.Option{ID: "answer." + o.Value, Label: o.Label.In(v.s.Lang), Note: o.Note.In(v.s.Lang),
			Chosen: v.s.Answers[st.ID] == o.Value, Action: session.Answer{Step: st.ID, Value: o.Value}, MinH: minH}))
	}
	return bs
}

func (v *view) phone(st service.Step, level int) []widget.Block {
	w := theme.ContentW
	hint := widget.Block{}
	if v.s.Hint == session.HintPhone {
		hint = v.hint(v.w.HintPhone)
	}
	t := v.T
	field := widget.Block{H: 128, Draw: func(p *widget.Pen, r scene.Rect) {
		p.Box(r, t.Surface, t.Act, 6, theme.RadiusControl)
		st := theme.Style{Size: 72, Line: 92, Weight: scene.Bold}
		s := grouped(v.s.Digits)
		p.Line(r.X+36, r.Y+(r.H-st.Line)/2, s, st, t.Ink)
		x := r.X + 40 + p.Width(s, st)
		p.Fill(scene.Rect{X: x, Y: r.Y + 28, W: 5, H: r.H - 56}, t.Act, 2)
	}}
	return []widget.Block{
		v.Para(w, st.Note.In(v.s.Lang), v.T.Style(theme.Body), v.T.Ink2), v.why(st, level),
		widget.Spring(theme.S16), field, hint, widget.Spring(theme.S16), v.pad([]int{132, 116, 104}[level]),
	}
}
