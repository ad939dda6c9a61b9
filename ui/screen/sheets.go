package screen

import (
	"strconv"
	"time"

	"tram06/firmware/session"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// The sheets take the whole page: nothing personal shines through.

// help says where one is, what to do, and whom to ask.
func (v *view) help() {
	v.name = "help"
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		look := v.CardLook()
		look.Pad = []int{40, 32, 24}[level]
		inner := w - 2*look.Pad
		part := func(icon, head string, lines ...string) widget.Block {
			bs := []widget.Block{v.Para(inner-112, head, v.T.Style(theme.Note), v.T.Ink2)}
			for _, l := range lines {
				bs = append(bs, v.Para(inner-112, l, v.T.Bold(theme.Lead), v.T.Ink))
			}
			return widget.Panel(look, widget.Row(theme.S24, widget.Symbol(icon, 88, v.T.Act), widget.Cell{W: inner - 112, B: widget.Column(theme.S8, bs...)}))
		}
		bs := []widget.Block{v.title(v.w.HelpTitle)}
		if n := stepOf(v.s.Phase); n > 0 {
			bs = append(bs, part("f-map-pin", v.w.HelpHere, v.f(v.w.StepOf, n, v.w.Steps[n-1])))
		}
		says := v.w.HelpSays[min(int(v.s.Phase), len(v.w.HelpSays)-1)]
		bs = append(bs, part("f-info-circle", v.w.HelpDo, says))
		who := []string{v.f(v.w.HelpCounter, v.env.Site.Counter)}
		if v.env.Site.Phone != "" {
			who = append(who, v.f(v.w.HelpPhone, nobreak(v.env.Site.Phone)))
		}
		bs = append(bs, part("o-users", v.w.HelpWho, who...))
		if v.s.Problem != "" {
			bs = append(bs, v.Para(w, v.f(v.w.Code, string(v.s.Problem)), v.T.Bold(theme.Lead), v.T.Ink))
		}
		return widget.Column(theme.S24, append(bs, widget.Spring(theme.S16))...)
	})
	v.bar = widget.Bar{Primary: &widget.Button{ID: "primary", Label: v.w.KeepOn, After: "o-arrow-right", Action: session.CloseSheet{}}}
	if stepOf(v.s.Phase) > 0 && v.s.Phase != session.Done {
		v.bar.Third = v.stop()
	}
}

// cancel asks once more before everything is wiped.
func (v *view) cancel() {
	v.name = "cancel"
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		bs := []widget.Block{
			widget.Space(theme.S24),
			v.title(v.w.CancelTitle),
			v.Para(w, v.w.CancelText, v.T.Style(theme.Lead), v.T.Ink),
			widget.Spring(theme.S16),
		}
		if v.s.CardThere {
			if h := []int{460, 320, 0}[level]; h > 0 {
				bs = append(bs, widget.Picture(h, widget.TakePicture(v.env.Board.Reader)), widget.Spring(theme.S16))
			}
			bs = append(bs, v.Notice(w, widget.Notice{Icon: "f-id", Title: v.w.CancelNote, TitleRole: theme.Lead, TitleInk: v.T.Ink, Soft: v.T.WarnSoft, Tone: v.T.Warn}))
		}
		return widget.Column(theme.S24, bs...)
	})
	v.bar = widget.Bar{Tall: true, BackW: 444,
		Back:    &widget.Button{ID: "back", Label: v.w.CancelYes, Icon: "o-x", Kind: widget.Outlined, Action: session.Cancel{}},
		Primary: &widget.Button{ID: "primary", Label: v.w.KeepOn, After: "o-arrow-right", Action: session.CloseSheet{}}}
}

func (v *view) idle() {
	v.name = "idle"
	v.still(v.w.IdleTitle, v.w.IdleText, 30*time.Second)
}

func (v *view) lifted() {
	v.name = "lifted"
	v.still(v.w.LiftedTitle, v.w.LiftedText, 40*time.Second)
}

// still asks whether somebody is there, with what is personal hidden.
func (v *view) still(title, body string, whole time.Duration) {
	w := theme.ContentW
	left := v.s.Left()
	whole = max(whole, left)
	v.Fit(v.content(), func(level int) widget.Block {
		return widget.Column(theme.S24,
			widget.Space(theme.S16),
			v.midTitle(title),
			v.ParaMid(w, body, v.T.Style(theme.Lead), v.T.Ink2),
			widget.Spring(theme.S16),
			v.Ring([]int{520, 460, 420}[level], int(left*1000/whole), strconv.Itoa(v.seconds()), v.w.SecondsLeft),
			widget.Spring(theme.S16),
			widget.Column(0,
				v.ParaMid(w, v.w.IdleAfter, v.T.Style(theme.Lead), v.T.Ink),
				v.ParaMid(w, v.w.IdleTap, v.T.Bold(theme.Lead), v.T.Ink)))
	})
	v.say = title + " " + v.w.IdleTap
	v.bar = widget.Bar{Tall: true,
		Back:    &widget.Button{ID: "back", Label: v.w.IdleEnd, Icon: "o-x", Kind: widget.Outlined, Action: session.Cancel{}},
		Primary: &widget.Button{ID: "primary", Label: v.w.IdleOn, After: "o-arrow-right", Action: session.CloseSheet{}, Role: theme.Head}}
}
