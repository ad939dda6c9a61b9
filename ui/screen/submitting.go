package screen

import (
	"strconv"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// mark of a line of the progress: still to come, now, done, kept for later.
type lineState uint8

const (
	toCome lineState = iota
	nowOn
	lineDone
	lineLater
	lineBad
)

// submitting keeps people from tapping, leaving or fearing. A line turns green
// only upon its answer.
func (v *view) submitting() {
	s := v.s
	kept, sent, print := nowOn, toCome, toCome
	keptWords, sentWords, printWords := v.w.Keeping, v.f(v.w.Sending, v.env.Site.Authority), v.w.PrintStep
	keptNote, sentNote := "", ""
	mille := 150
	if s.Dossier != "" {
		kept, keptWords, keptNote = lineDone, v.w.KeptHere, v.f(v.w.NumberIs, nobreak(s.Number))
		sent, sentNote, mille = nowOn, v.w.SendWaiting, 450
	}
	if s.Outcome != session.NoOutcome {
		print, printWords, mille, sentNote = nowOn, v.w.PrintingStep, 800, ""
		switch s.Outcome {
		case session.Accepted:
			sent, sentWords = lineDone, v.w.Sent
		case session.Rejected:
			sent, sentWords = lineBad, v.w.SendRefused
		default:
			sent, sentWords = lineLater, v.w.NotYetSent
		}
	}
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		look := v.CardLook()
		inner := w - 2*look.Pad
		lines := widget.Column([]int{40, 24, 12}[level],
			v.line(inner, 1, kept, keptWords, keptNote),
			v.line(inner, 2, sent, sentWords, sentNote),
			v.line(inner, 3, print, printWords, ""))
		return widget.Column(theme.S32,
			widget.Column(theme.S12, v.title(v.w.SendingTitle), v.Para(w, v.w.SendingTime, v.T.Style(theme.Lead), v.T.Ink2)),
			widget.Panel(look, lines),
			v.Progress(32, mille, v.T.Act),
			widget.Spring(theme.S16),
			v.Notice(w, widget.Notice{Icon: "f-info-circle", Title: v.w.SafeNote, TitleRole: theme.Body, TitleInk: v.T.Ink, Soft: v.T.ActSoft, Tone: v.T.Act}))
	})
	v.bar = widget.Bar{Sentence: v.w.PleaseWait}
}

func (v *view) line(w, n int, st lineState, words, note string) widget.Block {
	t := v.T
	fill, border, icon, ink, style := t.Surface, t.Line, "", t.Ink2, t.Style(theme.Lead)
	mark := t.Surface
	switch st {
	case nowOn:
		fill, border, icon, ink, style, mark = t.Mark, t.Ink, "o-arrow-right", t.Ink, t.Bold(theme.Lead), t.OnMark
	case lineDone:
		fill, border, icon, ink, style = t.OK, t.OK, "o-check", t.Ink, t.Bold(theme.Lead)
	case lineLater:
		fill, border, icon, ink, style = t.Warn, t.Warn, "f-clock", t.Warn, t.Bold(theme.Lead)
	case lineBad:
		fill, border, icon, ink, style = t.Bad, t.Bad, "f-alert-triangle", t.Bad, t.Bold(theme.Lead)
	}
	dot := widget.Cell{W: 88, B: widget.Block{H: 88, Draw: func(p *widget.Pen, r scene.Rect) {
		p.Box(r, fill, border, 5, 44)
		if icon != "" {
			p.IconIn(r, 56, icon, mark)
			return
		}
		p.Centre(r, strconv.Itoa(n), theme.Style{Size: 44, Line: 60, Weight: scene.Bold}, t.Ink2)
	}}}
	inner := w - 88 - theme.S32
	return widget.Row(theme.S32, dot, widget.Cell{W: inner, B: widget.Column(0,
		v.Para(inner, words, style, ink), v.Para(inner, note, t.Style(theme.Body), t.Ink2))})
}
