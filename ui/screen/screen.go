// Package screen turns the state of a session into what a citizen sees: one
// file a screen, one function View for all. A view is pure: equal states and
// environments give equal scenes.
package screen

import (
	"fmt"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// Site is what the screens say of the place.
type Site struct {
	Place      string // UBND xã Suối Mây
	Machine    string // Trạm 06
	Authority  string // Công an xã Suối Mây
	Controller string // who answers for the personal data
	Counter    string // number of the counter where a person helps
	Phone      string // "" if there is none
}

// Board says where devices are around the panel.
type Board struct{ Reader, Scanner, Printer widget.Side }

// Env is everything besides the session's state that a screen needs.
type Env struct {
	Fonts    *text.Fonts
	Site     Site
	Board    Board
	Services []service.Service // offered here, in the order of the page
	// Pressed is the id of the target under a finger, "" for none.
	Pressed string
	// Portrait names the pixels of the portrait in the state; another person
	// must have another key.
	Portrait string
	// NextOpen gives when the counter is open next after t; nil if unknown.
	NextOpen func(t time.Time) (time.Time, error)
}

// view is one call of View.
type view struct {
	*widget.Pen
	s    *session.State
	env  *Env
	w    *text.Words
	name string
	say  string
	// aside is what a picture shows, for whoever only hears.
	aside []string
	step  int  // of the steps, 0 for none
	all   bool // every step done
	bar   widget.Bar
}

// View builds the screen of a state.
func View(s session.State, env Env) *scene.Scene {
	sc, _ := build(&s, &env)
	return sc
}

// build also tells whether something did not fit, for the tests.
func build(s *session.State, env *Env) (*scene.Scene, bool) {
	v := &view{
		Pen: &widget.Pen{T: theme.New(s.Theme, s.TextSize), F: env.Fonts, Pressed: env.Pressed,
			Items: make([]scene.Item, 0, 128), Targets: make([]scene.Target, 0, 24)},
		s: s, env: env, w: text.In(s.Lang), name: s.Phase.String(), step: stepOf(s.Phase),
	}
	switch s.Sheet {
	case session.HelpSheet:
		v.help()
	case session.CancelSheet:
		v.cancel()
	case session.IdleSheet:
		v.idle()
	case session.LiftedSheet:
		v.lifted()
	default:
		v.page()
	}
	read := append(scene.Prose(v.Items, v.Targets), v.aside...)
	if v.bar.Sentence != "" {
		read = append(read, v.bar.Sentence)
	}
	v.frame()
	return &scene.Scene{
		Name: v.name, W: theme.PanelW, H: theme.PanelH, Background: v.T.Paper,
		Items: v.Items, Targets: v.Targets, Spoken: v.say, Read: read, Back: v.backKey(),
	}, v.Overflow
}

// backKey finds what the back key of a keypad does: take back a digit, or go the
// way back where there is one, else ask whether to stop.
func (v *view) backKey() string {
	ways := []any{session.CloseSheet{}, session.Back{}, session.AskCancel{}}
	if v.s.Digits != "" {
		ways = append([]any{session.EraseDigit{}}, ways...)
	}
	for _, way := range ways {
		for i := range v.Targets {
			if t := &v.Targets[i]; !t.Disabled && t.Action == way {
				return t.ID
			}
		}
	}
	return ""
}

func (v *view) page() {
	switch v.s.Phase {
	case session.Attract:
		v.attract()
	case session.Consent:
		v.consent()
	case session.Declined:
		v.declined()
	case session.Identify:
		v.identify()
	case session.OtherWays:
		v.otherWays()
	case session.TypeDigits:
		v.typeDigits()
	case session.Confirm:
		v.confirm()
	case session.Services:
		v.services()
	case session.Form:
		v.form()
	case session.Review:
		v.review()
	case session.Submitting:
		v.submitting()
	case session.Done:
		v.done()
	case session.Closed:
		v.closed()
	default:
		v.goodbye()
	}
}

func stepOf(p session.Phase) int {
	switch p {
	case session.Consent:
		return 1
	case session.Identify, session.OtherWays, session.TypeDigits, session.Confirm:
		return 2
	case session.Services:
		return 3
	case session.Form, session.Review:
		return 4
	case session.Submitting, session.Done:
		return 5
	}
	return 0
}

// frame draws what every screen has. The focus goes from the content over the
// action bar to the top bar.
func (v *view) frame() {
	v.ActionBar(v.bar)
	if v.step > 0 {
		v.Steps(v.w.Steps[:], v.step, v.all, fmt.Sprintf(v.w.StepOf, v.step, v.w.Steps[v.step-1]))
	}
	var names []string
	for _, l := range text.Languages() {
		names = append(names, text.In(l).LangName)
	}
	v.TopBar(widget.Top{
		Place: v.env.Site.Place, Machine: v.env.Site.Machine,
		Langs: text.Languages(), LangNames: names, Lang: v.s.Lang,
		SetLang: func(code string) any { return session.SetLanguage{Lang: code} },
		Size:    v.w.TextSize, Colors: v.w.Colors, Help: v.w.Help,
		StepSize: session.StepTextSize{}, StepTheme: session.StepTheme{}, OpenHelp: session.OpenHelp{},
		// While sending and while saying goodbye there is nothing to leave.
		HelpOff: v.s.Phase == session.Submitting || v.s.Phase == session.Goodbye || v.s.Phase == session.Closed || v.s.Sheet != session.NoSheet,
	})
}

// content is where the page of this screen goes; without steps it begins
// higher.
func (v *view) content() scene.Rect {
	r := theme.Content()
	if v.step == 0 {
		r.Y -= 88
		r.H += 88
	}
	return r
}

// title is the one title of a screen, also what speech begins with.
func (v *view) title(s string) widget.Block {
	v.say = s
	return v.Para(theme.ContentW, s, v.T.Style(theme.Title), v.T.Ink)
}

func (v *view) f(format string, a ...any) string { return fmt.Sprintf(format, a...) }

// words of a coded condition.
func (v *view) condition(c health.Code) (title, body string) {
	x, ok := health.Lookup(c)
	if !ok {
		return "", ""
	}
	return x.Title.In(v.s.Lang), x.Text.In(v.s.Lang)
}

// Buttons that many screens share.

func (v *view) back() *widget.Button {
	return &widget.Button{ID: "back", Label: v.w.Back, Icon: "o-arrow-left", Kind: widget.Outlined, Action: session.Back{}}
}

func (v *view) stop() *widget.Button {
	return &widget.Button{ID: "cancel", Label: v.w.Cancel, Icon: "o-x", Action: session.AskCancel{}}
}

func (v *view) service() (service.Service, bool) {
	for _, s := range v.env.Services {
		if s.ID == v.s.Service {
			return s, true
		}
	}
	return service.Service{}, false
}

// at chooses the words for where a device is around the panel.
func at(side widget.Side, below, left, right string) string {
	switch side {
	case widget.Left:
		return left
	case widget.Right:
		return right
	}
	return below
}

// seconds left, rounded up, as a citizen counts.
func (v *view) seconds() int {
	return int((v.s.Left() + time.Second - 1) / time.Second)
}
