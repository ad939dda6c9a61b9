package screen

import (
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// closed says that the machine serves nobody for now and where to go instead,
// with the code for whoever comes to mend it. It holds nothing of a session,
// so that it may stay on a display whose program has ended.
func (v *view) closed() {
	w := theme.ContentW
	body := v.f(v.w.ClosedText, v.env.Site.Counter)
	v.Fit(v.content(), func(level int) widget.Block {
		pic := widget.Block{}
		if h := []int{480, 320, 0}[level]; h > 0 {
			pic = widget.Picture(h, func(p *widget.Pen, r scene.Rect) {
				if v.s.CardThere {
					widget.TakePicture(v.env.Board.Reader)(p, r)
					return
				}
				p.IconIn(r, min(r.H, 280), "o-users", p.T.Act)
			})
		}
		bs := []widget.Block{widget.Space(theme.S56), v.midTitle(v.w.ClosedTitle), v.ParaMid(w, body, v.T.Style(theme.Lead), v.T.Ink)}
		if v.s.CardThere {
			bs = append(bs, v.ParaMid(w, v.w.ByeCardText+" "+v.w.ByeCardTitle+".", v.T.Bold(theme.Lead), v.T.Ink))
		}
		bs = append(bs, widget.Spring(theme.S16), pic, widget.Spring(theme.S16))
		if v.s.Problem != "" {
			bs = append(bs, v.ParaMid(w, v.f(v.w.Code, string(v.s.Problem)), v.T.Style(theme.Body), v.T.Ink2))
		}
		return widget.Column(theme.S24, append(bs, widget.Space(theme.S24))...)
	})
	v.say = v.w.ClosedTitle + ". " + body
}
