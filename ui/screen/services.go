package screen

import (
	"strconv"

	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// services leads to the right service in one tap.
func (v *view) services() {
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		h, role := []int{260, 200, 0}[level], theme.Head
		if len(v.env.Services) > 2 {
			h, role = 0, theme.Lead
		}
		bs := []widget.Block{
			v.title(v.w.ServicesTitle),
		}
		if level < widget.Bare {
			bs = append(bs, v.Para(w, v.w.ServicesHere, v.T.Bold(theme.Body), v.T.Ink2))
		}
		for _, s := range v.env.Services {
			icon := topicIcon(s.Topic)
			if level == widget.Bare {
				icon = ""
			}
			bs = append(bs, v.Entry(w, widget.Entry{ID: "service." + s.ID, Label: s.Name.In(v.s.Lang), Note: v.price(s),
				Icon: icon, Action: session.ChooseService{ID: s.ID}, MinH: h, Role: role}))
		}
		elsewhere := v.Notice(w, widget.Notice{Icon: "o-users", Text: v.f(v.w.Elsewhere, v.env.Site.Counter), Soft: v.T.ActSoft, Tone: v.T.Act})
		if level == widget.Bare {
			elsewhere = v.Para(w, v.f(v.w.Elsewhere, v.env.Site.Counter), v.T.Style(theme.Body), v.T.Ink2)
		}
		bs = append(bs, widget.Spring(theme.S8), elsewhere)
		return widget.Column([]int{20, 16, 12}[level], bs...)
	})
	v.bar = widget.Bar{Back: v.back(), Third: v.stop()}
}

// price and time in one line.
func (v *view) price(s service.Service) string {
	fee := v.w.Free
	if s.Fee > 0 {
		fee = v.f(v.w.Fee, thousands(s.Fee))
	}
	if d := s.Duration.In(v.s.Lang); d != "" {
		return fee + " · " + d
	}
	return fee
}

// thousands writes 7000 as 7.000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// topicIcon is the symbol of a topic; a topic without one is a paper.
func topicIcon(topic string) string {
	switch topic {
	case "residence":
		return "f-home"
	case "health":
		return "f-heart"
	case "civil_status":
		return "f-baby-carriage"
	case "identity":
		return "f-id"
	case "vehicle":
		return "f-car"
	}
	return "f-file-text"
}
