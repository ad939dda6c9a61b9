package screen

import (
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// attract makes someone who has never used the machine dare to begin.
func (v *view) attract() {
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		hero := v.Para(w, v.w.AttractHero, v.T.Style(theme.Hero), v.T.Ink)
		v.say = v.w.AttractHero
		return widget.Column(theme.S32,
			widget.Space(theme.S40),
			hero,
			v.Para(w, v.w.AttractLead, v.T.Style(theme.Lead), v.T.Ink2),
			widget.Spring(theme.S24),
			v.three(level),
			widget.Spring(theme.S24),
			v.facts(),
			widget.Space(theme.S16),
		)
	})
	v.bar = widget.Bar{Tall: true, Primary: &widget.Button{ID: "primary", Label: v.w.Start, Spoken: v.w.Begin, Action: session.Start{}, Role: theme.Title}}
}

// three shows what will happen: card, form, receipt.
func (v *view) three(level int) widget.Block {
	w := (theme.ContentW - 2*theme.S24) / 3
	const pad = 24
	height := []int{240, 180, 0}[level]
	st := v.T.Bold(theme.Body)
	// Large words take the whole width below their number, in all three alike.
	const number, gap = 60, 12
	inner := w - 2*pad
	beside := inner - number - gap
	below := false
	for _, s := range []string{v.w.AttractLay, v.w.AttractCheck, v.w.AttractTake} {
		below = below || v.Reflow(beside, s, st) != s
	}
	pic := func(n int, words string, draw func(*widget.Pen, scene.Rect)) widget.Cell {
		b := widget.Row(gap, v.NumberOf(n, number), widget.Cell{W: beside, B: v.Para(beside, words, st, v.T.Ink)})
		if below {
			b = widget.Column(8, widget.Row(0, v.Number(n)), v.Para(inner, v.Reflow(inner, words, st), st, v.T.Ink))
		}
		l := v.CardLook()
		l.Pad = pad
		if height > 0 {
			b = widget.Column(theme.S16, widget.Picture(height, draw), b)
		}
		return widget.Cell{W: w, B: widget.Growing(widget.Panel(l, b))}
	}
	return widget.Row(theme.S24,
		pic(1, v.w.AttractLay, widget.LayPicture(widget.Below)),
		pic(2, v.w.AttractCheck, widget.FormPicture),
		pic(3, v.w.AttractTake, widget.PaperPicture))
}

// facts are three short promises, or the one thing that is missing today.
func (v *view) facts() widget.Block {
	d := v.s.Devices
	// What nobody has reported on yet is not said to be missing.
	ready := func(x session.Device) bool { return d[x].Ready || d[x].Code == "" }
	missing := ""
	switch {
	case !ready(session.Reader) && !ready(session.Scanner):
		missing = v.f(v.w.NoReaderNoScanner, v.env.Site.Counter)
	case !ready(session.Reader):
		missing = v.w.NoReader
	case !ready(session.Scanner):
		missing = v.w.NoScanner
	case !ready(session.Printer):
		missing = v.w.NoPrinter
	case !ready(session.Network):
		missing = v.w.NoNetwork
	}
	if missing != "" {
		return v.Notice(theme.ContentW, widget.Notice{Icon: "f-info-circle", Text: missing, Soft: v.T.WarnSoft, Tone: v.T.Warn})
	}
	fact := func(icon, s string, w int) widget.Cell {
		return widget.Cell{W: w, B: widget.Row(16, widget.Symbol(icon, 48, v.T.Act),
			widget.Cell{W: w - 64, B: v.Para(w-64, s, v.T.Style(theme.Body), v.T.Ink)})}
	}
	// Each column is as wide as its words, the room between them equal.
	words := []string{v.w.FactTime, v.w.FactWiped, v.f(v.w.FactAsk, v.env.Site.Counter)}
	total := 0
	var ws []int
	for _, s := range words {
		n := v.Width(s, v.T.Style(theme.Body)) + 64
		ws = append(ws, n)
		total += n
	}
	gap := (theme.ContentW - total) / 2
	if gap < theme.S16 {
		gap = theme.S16
		for i := range ws {
			ws[i] = (theme.ContentW - 2*gap) / 3
		}
	}
	return widget.Row(gap, fact("f-clock", words[0], ws[0]), fact("f-lock", words[1], ws[1]), fact("o-users", words[2], ws[2]))
}
