package screen

import (
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// goodbye says that all is wiped, and calls out a card that was left.
func (v *view) goodbye() {
	title, body := v.w.ByeTitle, v.w.ByeText
	switch v.s.Outcome {
	case session.Cancelled:
		body = v.w.ByeCancelled
	case session.TimedOut:
		body = v.w.ByeTimedOut
	}
	if v.s.CardThere {
		v.name = "goodbye-card"
		title = v.w.ByeCardTitle
		v.aside = []string{v.where()}
	}
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		h := []int{520, 360, 0}[level]
		pic := widget.Block{}
		if h > 0 {
			pic = widget.Picture(h, func(p *widget.Pen, r scene.Rect) {
				if v.s.CardThere {
					widget.TakePicture(v.env.Board.Reader)(p, r)
					return
				}
				p.IconIn(r, min(r.H, 320), "f-circle-check", p.T.Act)
			})
		}
		bs := []widget.Block{widget.Space(theme.S56), v.midTitle(title)}
		if v.s.CardThere {
			bs = append(bs, v.ParaMid(w, v.w.ByeCardText, v.T.Style(theme.Lead), v.T.Ink))
		}
		bs = append(bs, widget.Spring(theme.S16), pic, widget.Spring(theme.S16),
			v.Notice(w, widget.Notice{Icon: "f-lock", Title: body, TitleRole: theme.Lead, TitleInk: v.T.Ink, Soft: v.T.ActSoft, Tone: v.T.Act}))
		return widget.Column(theme.S24, bs...)
	})
	v.say = title + ". " + body
	v.bar = widget.Bar{Primary: &widget.Button{ID: "primary", Label: v.w.ByeStart, Icon: "f-home", Kind: widget.Outlined, Action: session.Finish{}}}
}

func (v *view) midTitle(s string) widget.Block {
	v.say = s
	return v.ParaMid(theme.ContentW, s, v.T.Style(theme.Title), v.T.Ink)
}
