package screen

import (
	"strings"
	"time"

	"tram06/firmware/calendar"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// done says what came of it, never more than is known, and makes people take
// paper and card.
func (v *view) done() {
	v.name = "done-" + v.s.Outcome.String()
	v.step, v.all = 5, v.s.Outcome == session.Accepted
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		bs := []widget.Block{v.outcome(level), v.number(level), widget.Spring(theme.S16)}
		if v.s.Outcome == session.Accepted {
			bs = append(bs, v.Para(w, v.w.BeforeLeaving, v.T.Bold(theme.Lead), v.T.Ink), v.take(level))
		} else {
			bs = append(bs, v.Para(w, v.w.ToDo, v.T.Bold(theme.Lead), v.T.Ink), v.todo(level))
		}
		return widget.Column([]int{24, 18, 12}[level], append(bs, v.paper(level), v.wiping())...)
	})
	if v.s.Print == session.Printing || v.s.Print == session.PrintDone || v.s.Print == session.PrintUnclear {
		v.aside = append(v.aside, at(v.env.Board.Printer, v.w.PaperBelow, v.w.PaperLeft, v.w.PaperRight))
	}
	if v.s.CardThere {
		v.aside = append(v.aside, v.where())
	}
	v.bar = widget.Bar{
		Primary: &widget.Button{ID: "primary", Label: v.w.Finish, After: "o-check", Action: session.Finish{}},
		Third:   &widget.Button{ID: "another", Label: v.w.AnotherService, Icon: "o-plus", Action: session.Another{}},
	}
	if v.s.Print != session.Printing && v.s.Prints < 3 && v.s.Devices[session.Printer].Ready {
		v.bar.Back = &widget.Button{ID: "back", Label: v.w.Reprint, Icon: "o-printer", Kind: widget.Outlined, Action: session.Reprint{}}
	}
}

// outcome is the coloured sentence: green only after the authority answered.
func (v *view) outcome(level int) widget.Block {
	t := v.T
	n := widget.Notice{Icon: "f-circle-check", Title: v.w.Accepted, Soft: t.OKSoft, Tone: t.OK, TitleRole: theme.Head,
		Text: v.env.Site.Authority + "\n" + calendar.Moment(v.s.At, v.s.Lang)}
	switch v.s.Outcome {
	case session.Accepted:
	case session.Rejected:
		n.Icon, n.Title, n.Soft, n.Tone = "f-alert-triangle", v.w.RejectedTitle, t.BadSoft, t.Bad
		_, n.Text = v.condition(v.s.Problem)
	default:
		n.Icon, n.Title, n.Soft, n.Tone = "o-device-floppy", v.w.KeptTitle, t.WarnSoft, t.Warn
		if net := v.s.Devices[session.Network]; !net.Ready && net.Code != "" {
			n.Icon = "o-wifi-off"
		}
		_, n.Text = v.condition(v.s.Problem)
	}
	n.IconSize = []int{128, 96, 64}[level]
	v.say = strings.ReplaceAll(n.Title+". "+n.Text, "\n", " ")
	return v.Notice(theme.ContentW, n)
}

// number is what a citizen needs to ask for it later.
func (v *view) number(level int) widget.Block {
	look := v.CardLook()
	look.Pad = []int{32, 24, 20}[level]
	inner := theme.ContentW - 2*look.Pad
	note := v.T.Style(theme.Note)
	bs := []widget.Block{widget.Column(0,
		v.Para(inner, v.w.ReceiptNumber, note, v.T.Ink2),
		v.Para(inner, nobreak(v.s.Number), v.T.Style(theme.Head), v.T.Ink))}
	switch {
	case v.s.Outcome == session.Accepted && !v.s.Due.IsZero():
		day := calendar.Part(v.s.Due, v.s.Lang)
		where := v.f(v.w.DueAt, day, v.env.Site.Counter)
		if v.s.Answers["result"] == "vneid" {
			where = v.f(v.w.DueVNeID, day)
		}
		due := widget.Column(0,
			v.Para(inner, v.w.Due, note, v.T.Ink2),
			v.Para(inner, where, v.T.Bold(theme.Lead), v.T.Ink),
			v.Para(inner, v.w.DueNote, note, v.T.Ink2))
		bs = append(bs, v.Rule(), due)
	case v.s.Outcome != session.Accepted:
		words, ink := v.w.StateKept, v.T.Warn
		if v.s.Outcome == session.Rejected {
			words, ink = v.w.StateBad, v.T.Bad
		}
		bs = append(bs, v.Rule(), widget.Column(0,
			v.Para(inner, v.f(v.w.StateAt, calendar.Moment(v.s.At, v.s.Lang)), note, v.T.Ink2),
			v.Para(inner, words, v.T.Bold(theme.Lead), ink)))
	}
	return widget.Panel(look, widget.Column([]int{20, 14, 8}[level], bs...))
}

// take shows the two things to take along.
func (v *view) take(level int) widget.Block {
	half := (theme.ContentW - theme.S24) / 2
	words, ink := v.printWords()
	card, cardInk := v.w.CardGone, v.T.Ink2
	draw := widget.TakePicture(v.env.Board.Reader)
	if v.s.CardThere {
		card, cardInk = v.w.CardStill, v.T.Ink
	}
	tile := func(draw func(*widget.Pen, scene.Rect), head, state string, ink scene.Color) widget.Cell {
		look := v.CardLook()
		look.Pad = []int{28, 20, 16}[level]
		inner := half - 2*look.Pad
		b := []widget.Block{v.ParaMid(inner, head, v.T.Bold(theme.Lead), v.T.Ink), v.ParaMid(inner, state, v.T.Bold(theme.Body), ink)}
		if h := []int{250, 116, 0}[level]; h > 0 {
			b = append([]widget.Block{widget.Picture(h, draw)}, b...)
		}
		return widget.Cell{W: half, B: widget.Growing(widget.Panel(look, widget.Column(theme.S8, b...)))}
	}
	head := "1. " + v.w.TakeReceipt
	paper := widget.PaperPicture
	if v.s.Print == session.PrintBroken {
		// Nothing comes out: the picture of a paper would send people looking.
		head = "1. " + v.w.CopyNumber
		paper = func(p *widget.Pen, r scene.Rect) { p.IconIn(r, min(r.H, 180), "f-pencil", p.T.Warn) }
	}
	return widget.Row(theme.S24, tile(paper, head, words, ink), tile(draw, "2. "+v.w.TakeCard, card, cardInk))
}

// printWords says how far the receipt is; "printed" only when the printer
// confirmed it.
func (v *view) printWords() (string, scene.Color) {
	switch v.s.Print {
	case session.PrintDone:
		return v.w.PrintedOK, v.T.OK
	case session.Printing:
		return v.w.PrintingNow, v.T.Ink
	case session.PrintUnclear:
		return v.w.PrintUnclear, v.T.Warn
	case session.PrintBroken:
		return v.w.PrintBroken, v.T.Warn
	}
	return v.w.NoReceipt, v.T.Ink2
}

// todo lists what to do while the authority has not got it.
func (v *view) todo(level int) widget.Block {
	c := v.env.Site.Counter
	noPaper := v.s.Print == session.PrintBroken
	var items []string
	if v.s.Outcome == session.Rejected {
		items = []string{v.w.TodoBad1, v.f(v.w.TodoBad2, c)}
		if noPaper {
			items[1] = v.f(v.w.TodoBad2NoPaper, c)
		}
	} else {
		items = []string{v.w.Todo1, v.f(v.w.Todo2, v.nextMorning(), c), v.f(v.w.Todo3, c)}
		if noPaper {
			items[0] = v.w.Todo1NoPaper
		}
	}
	look := v.CardLook()
	look.Pad = 20
	inner := theme.ContentW - 2*look.Pad
	var bs []widget.Block
	for i, s := range items {
		if i > 0 {
			bs = append(bs, v.Rule())
		}
		bs = append(bs, widget.Row(28, v.Number(i+1), widget.Cell{W: inner - 100, B: v.Para(inner-100, s, v.T.Style(theme.Lead), v.T.Ink)}))
	}
	return widget.Panel(look, widget.Column([]int{16, 12, 8}[level], bs...))
}

// nextMorning is when it makes sense to ask at the counter.
func (v *view) nextMorning() string {
	at := v.s.At.AddDate(0, 0, 1)
	if v.env.NextOpen != nil {
		local := v.s.At.In(calendar.Zone())
		midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, calendar.Zone())
		if t, err := v.env.NextOpen(midnight); err == nil {
			return calendar.Part(t, v.s.Lang)
		}
	}
	return calendar.Date(at, v.s.Lang)
}

// paper says what is wrong with the receipt, with its code.
func (v *view) paper(level int) widget.Block {
	if v.s.Print != session.PrintBroken && v.s.Print != session.PrintUnclear {
		return widget.Block{}
	}
	title, body := v.condition(v.s.PrintCode)
	if title == "" {
		title, _ = v.printWords()
		body = v.w.CopyNumber
	}
	if !v.bestReprint() && v.s.Print == session.PrintUnclear {
		body = v.w.CopyNumber + "."
	}
	return v.Notice(theme.ContentW, widget.Notice{Icon: "o-printer", Title: title, TitleRole: theme.Body,
		Text: body + " " + v.f(v.w.Code, string(v.s.PrintCode)) + ".", Soft: v.T.WarnSoft, Tone: v.T.Warn, IconSize: []int{64, 56, 48}[level]})
}

// bestReprint tells whether "print again" is offered.
func (v *view) bestReprint() bool { return v.s.Prints < 3 && v.s.Devices[session.Printer].Ready }

// wiping counts down to the end, with the code of what went wrong.
func (v *view) wiping() widget.Block {
	var words string
	if v.s.Outcome != session.Accepted && v.s.Problem != "" {
		words = v.f(v.w.Code, string(v.s.Problem))
	}
	if v.s.Expire.IsZero() {
		return v.Para(theme.ContentW, words, v.T.Style(theme.Note), v.T.Ink2)
	}
	if words != "" {
		words += " · "
	}
	words += v.f(v.w.WipeIn, v.seconds())
	st := v.T.Style(theme.Note)
	// The bar begins at the same place at every second.
	w := v.Width(words, st)
	if rest := theme.ContentW - w - 20; rest > 200 {
		mille := min(1000, int(v.s.Left()*1000/time.Minute))
		return widget.Row(20, widget.Cell{W: w, B: v.Para(w, words, st, v.T.Ink2)},
			widget.Cell{W: rest, B: v.Progress(12, mille, v.T.Edge)})
	}
	return v.Para(theme.ContentW, words, st, v.T.Ink2)
}
