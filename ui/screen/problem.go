package screen

import (
	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

func (v *view) problem() { v.problemOf(v.s.Problem) }

// problemOf says what happened, what is still safe, what to do now, and the
// code with the place to go; blaming nobody.
func (v *view) problemOf(code health.Code) {
	v.name = "identify-problem"
	title, body := v.condition(code)
	if title == "" {
		title, body = v.w.PickOther, ""
	}
	ask, symbol, badge := v.w.CodeAsk, "o-users", v.env.Site.Counter
	scan := widget.ScanPicture(v.env.Board.Scanner)
	do, draw := v.w.Relay, widget.ReaderPicture(v.env.Board.Reader, widget.Lay)
	other := &widget.Button{ID: "other", Label: v.w.OtherWay, Kind: widget.Outlined, Action: session.OtherWay{}}
	help := &widget.Button{ID: "call", Label: v.w.CallHelp, Icon: "f-help", Kind: widget.Outlined, Action: session.OpenHelp{}}
	v.bar = widget.Bar{Back: other, Primary: help, Third: v.stop()}
	switch {
	case code == health.ScanNotCard, code == health.ScanGarbage:
		do, draw = v.w.ScanAgain, scan
		v.bar.Back, v.bar.Primary = v.back(), other
	case code == health.AccessRefused, code == health.CardDiffers:
		do, draw = v.w.ScanAgain, scan
	case session.ProofFailed(code):
		do, draw = v.f(v.w.ToCounter, v.env.Site.Counter), nil
		ask = v.w.CodeHelp
	case code == health.ScannerGone, code == health.ReaderGone:
		ask = v.w.CodeHelp
		do, draw = v.f(v.w.ToCounter, v.env.Site.Counter), nil
		way := &widget.Button{ID: "primary", After: "o-arrow-right"}
		switch {
		case v.s.MayUseQR():
			way.Label, way.Action, symbol = v.w.OtherQR, session.UseQR{}, "o-qrcode"
		case code == health.ScannerGone && v.s.Devices[session.Reader].Ready:
			way.Label, way.Action, symbol = v.w.TypeInstead, session.TypeNumber{}, "f-keyboard"
		}
		if way.Action != nil {
			do, badge = way.Label, ""
			v.bar = widget.Bar{Back: v.back(), Primary: way, Third: v.stop()}
		}
	default:
		if v.s.NeedLift {
			do, draw = v.w.LiftFirst, widget.ReaderPicture(v.env.Board.Reader, widget.Take)
		}
	}
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		look := v.NowLook()
		inner := w - 2*look.Pad
		card := []widget.Block{v.ParaMid(inner, do, v.T.Style(theme.Head), v.T.Ink)}
		switch h := []int{420, 260, 0}[level]; {
		case h > 0 && draw != nil:
			card = append(card, widget.Growing(widget.Picture(h, capped(draw))))
		case h > 0:
			card = append([]widget.Block{widget.Spring(theme.S16)}, append(card, disc(h, symbol, badge), widget.Spring(theme.S16))...)
		default:
			card = append([]widget.Block{widget.Spring(theme.S16)}, append(card, widget.Spring(theme.S16))...)
		}
		if code == health.CardLifted || code == health.ChipError {
			card = append(card, v.ParaMid(inner, v.w.UntilTick, v.T.Style(theme.Lead), v.T.Ink))
		}
		bs := []widget.Block{
			v.Notice(w, widget.Notice{Icon: "f-alert-triangle", IconSize: 104, Title: title, TitleRole: theme.Head, Text: body, Soft: v.T.BadSoft, Tone: v.T.Bad}),
			widget.Growing(widget.Panel(look, widget.Column(theme.S24, card...))),
		}
		if !v.s.Expire.IsZero() && v.s.Phase == session.Identify {
			bs = append(bs, v.Notice(w, widget.Notice{Icon: "f-clock", IconSize: 56, Text: v.f(v.w.WaitCard, v.seconds()), Soft: v.T.ActSoft, Tone: v.T.Act}))
		}
		bs = append(bs, v.Para(w, v.f(ask, string(code), v.env.Site.Counter), v.T.Style(theme.Note), v.T.Ink2))
		return widget.Column(theme.S24, bs...)
	})
	v.say = title + ". " + body + " " + do
}

// capped keeps a picture from growing larger than it is worth.
func capped(draw func(*widget.Pen, scene.Rect)) func(*widget.Pen, scene.Rect) {
	return func(p *widget.Pen, r scene.Rect) {
		h := min(r.H, 520)
		draw(p, scene.Rect{X: r.X, Y: r.Y + (r.H-h)/2, W: r.W, H: h})
	}
}
