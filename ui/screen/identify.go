package screen

import (
	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// key tells whether there is something that opens the chip.
func (v *view) key() bool { return v.s.QR != nil || len(v.s.Digits) == 6 }

// identify gets code, card and hands to the right place, one after the other.
func (v *view) identify() {
	s := v.s
	v.bar = widget.Bar{Back: v.back(), Third: v.stop(),
		Primary: &widget.Button{ID: "other", Label: v.w.OtherWay, Kind: widget.Outlined, Action: session.OtherWay{}}}
	reader, scanner := s.Devices[session.Reader].Ready, s.Devices[session.Scanner].Ready
	switch {
	case s.Stage != session.NotReading:
		v.reading()
	case !reader && scanner && !v.key() && (s.Problem == "" || s.Problem == health.ReaderGone):
		v.scan() // the QR alone leads on, too
	case s.Problem != "":
		v.problem()
	case !scanner && !v.key():
		v.problemOf(health.ScannerGone)
	case !reader:
		v.problemOf(health.ReaderGone)
	case s.NeedLift:
		v.lay(v.w.LiftFirst, widget.Take)
	case !v.key():
		v.scan()
	default:
		v.lay(v.w.LayTitle, widget.Lay)
	}
}

// doing is a card with a number, words, a picture and a hint below it.
func (v *view) doing(n int, head string, picH int, draw func(*widget.Pen, scene.Rect), hints ...widget.Block) widget.Block {
	look := v.NowLook()
	inner := theme.ContentW - 2*look.Pad
	bs := []widget.Block{
		widget.Row(theme.S24, v.Number(n), widget.Cell{W: inner - 96, B: v.Para(inner-96, head, v.T.Bold(theme.Lead), v.T.Ink)}),
	}
	if picH > 0 {
		bs = append(bs, widget.Growing(widget.Picture(picH, func(p *widget.Pen, r scene.Rect) {
			// A picture larger than its mock-up would only shout.
			r2 := scene.Rect{X: r.X, Y: r.Y, W: r.W, H: min(r.H, 520)}
			r2.Y += (r.H - r2.H) / 2
			draw(p, r2)
		})))
	} else {
		bs = append(bs, widget.Spring(theme.S16))
	}
	return widget.Growing(widget.Panel(look, widget.Column(theme.S24, append(bs, hints...)...)))
}

// otherStep is a step that is still to come, or already done.
func (v *view) otherStep(n int, head string, done string) widget.Block {
	if done != "" {
		return v.Notice(theme.ContentW, widget.Notice{Icon: "f-circle-check", IconSize: 72, Title: head, TitleRole: theme.Lead, Text: done,
			Soft: v.T.OKSoft, Tone: v.T.OK})
	}
	look := v.CardLook()
	inner := theme.ContentW - 2*look.Pad
	return widget.Panel(look, widget.Row(theme.S24, v.Number(n), widget.Cell{W: inner - 96, B: v.Para(inner-96, head, v.T.Bold(theme.Lead), v.T.Ink2)}))
}

func (v *view) scan() {
	v.name = "identify-scan"
	v.Fit(v.content(), func(level int) widget.Block {
		inner := theme.ContentW - 2*theme.S32
		later := v.otherStep(2, v.w.LayStep, "")
		if v.s.CardThere {
			later = v.otherStep(2, v.w.LayStep, v.w.CardHere)
		}
		if !v.s.Devices[session.Reader].Ready {
			title, body := v.condition(health.ReaderGone)
			later = v.Notice(theme.ContentW, widget.Notice{Icon: "f-info-circle", Title: title, TitleRole: theme.Body,
				Text: body + " " + v.f(v.w.Code, string(health.ReaderGone)) + ".", Soft: v.T.WarnSoft, Tone: v.T.Warn})
		}
		return widget.Column(theme.S24,
			v.title(v.w.ScanTitle),
			v.doing(1, v.w.ScanStep, []int{380, 240, 0}[level], widget.ScanPicture(v.env.Board.Scanner),
				v.ParaMid(inner, v.w.ScanHow, v.T.Style(theme.Lead), v.T.Ink)),
			later)
	})
	v.say = v.w.ScanTitle + ". " + v.w.ScanHow
	v.aside = []string{at(v.env.Board.Scanner, v.w.ScanBelow, v.w.ScanLeft, v.w.ScanRight)}
}

func (v *view) keyDone() widget.Block {
	done := v.w.ScanDone
	if v.s.QR == nil {
		done = v.w.TypedDone
	}
	return v.otherStep(1, v.w.ScanStep, done)
}

func (v *view) where() string { return at(v.env.Board.Reader, v.w.LayBelow, v.w.LayLeft, v.w.LayRight) }

func (v *view) lay(title string, move widget.Move) {
	v.name = "identify-lay"
	v.Fit(v.content(), func(level int) widget.Block {
		inner := theme.ContentW - 2*theme.S32
		first := v.keyDone()
		if !v.key() {
			first = v.otherStep(1, v.w.ScanStep, "")
		}
		return widget.Column(theme.S24,
			v.title(title),
			first,
			v.doing(2, v.w.LayStep, []int{420, 260, 0}[level], widget.ReaderPicture(v.env.Board.Reader, move),
				v.ParaMid(inner, v.where()+"\n"+v.w.LayHow, v.T.Style(theme.Lead), v.T.Ink)))
	})
	v.say = title + ". " + v.where()
}

// Where the bar stands when a stage begins, in thousandths. It moves only upon
// news from the chip: within the photo, with its bytes.
const photoMille, photoEnds = 500, 980

var stageMille = map[session.Stage]int{session.Opening: 120, session.Names: 300, session.Checking: 400, session.Photo: photoMille}

func (v *view) readMille() int {
	mille := stageMille[v.s.Stage]
	if so := v.s.SoFar; v.s.Stage == session.Photo && so.Total > 0 {
		mille += (photoEnds - photoMille) * so.Done / so.Total
	}
	return mille
}

// soFar is the name that the chip tells, while the rest is still being read.
func (v *view) soFar(w int) widget.Block {
	if v.s.SoFar.Name == "" {
		return widget.Block{}
	}
	return widget.Column(0,
		v.ParaMid(w, v.w.NameSoFar, v.T.Style(theme.Note), v.T.Ink2),
		v.ParaMid(w, v.s.SoFar.Name, v.T.Style(theme.Head), v.T.Ink))
}

func (v *view) reading() {
	v.name = "identify-reading"
	v.Fit(v.content(), func(level int) widget.Block {
		inner := theme.ContentW - 2*theme.S32
		quarter := inner / 4
		var cells []widget.Cell
		for i, name := range v.w.Stages {
			st, ink, icon := v.T.Style(theme.Body), v.T.Ink2, ""
			stage := session.Stage(i + 1)
			switch {
			case stage < v.s.Stage:
				st, ink, icon = v.T.Bold(theme.Body), v.T.Act, "o-check"
			case stage == v.s.Stage:
				st, ink, icon = v.T.Bold(theme.Body), v.T.Ink, "f-hourglass"
			default:
				icon = "f-clock"
			}
			cells = append(cells, widget.Cell{W: quarter, B: widget.Row(12, widget.Symbol(icon, 40, ink),
				widget.Cell{W: quarter - 56, B: v.Para(quarter-56, name, st, ink)})})
		}
		return widget.Column(theme.S24,
			v.title(v.w.HoldTitle),
			v.keyDone(),
			v.doing(2, v.w.LayStep, []int{420, 260, 0}[level], widget.ReaderPicture(v.env.Board.Reader, widget.Keep),
				v.soFar(inner),
				v.ParaMid(inner, v.w.Reading, v.T.Bold(theme.Lead), v.T.Act),
				v.Progress(32, v.readMille(), v.T.Act),
				widget.Row(0, cells...)))
	})
	v.say = v.w.HoldTitle + ". " + v.w.Reading
	if name := v.s.SoFar.Name; name != "" {
		v.say = v.w.NameSoFar + " " + name + ". " + v.say
	}
}
