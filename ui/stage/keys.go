package stage

import (
	"time"

	"tram06/firmware/session"
	"tram06/hal"
	"tram06/ui/focus"
	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// forgotten is when whoever pressed keys on the attract screen has left.
const forgotten = time.Minute

// keys is the keypad's share of the stage.
type keys struct {
	f     *focus.Focus
	phase session.Phase
	at    time.Time // of the last key
}

// Key gives what a press means on the page that shows; any press says that
// somebody is there. On the last page that would end it, so that there only what
// is chosen counts: the key that repeats must not silence. A true redraw asks for Show although the state is the same
// (the focus moved).
func (st *Stage) Key(k hal.KeyPress) (session.Event, bool) {
	if st.keys.phase == session.Attract && k.At.Sub(st.keys.at) >= forgotten {
		st.answer(st.keys.f.Reset())
	}
	st.keys.at = k.At
	r := st.keys.f.Key(k)
	st.answer(r)
	if ev, ok := r.Action.(session.Event); ok {
		return ev, r.Redraw
	}
	if r.There && st.keys.phase != session.Goodbye {
		return session.Touched{}, r.Redraw
	}
	return nil, r.Redraw
}

// follow shows the focus what is about to be on the screen, and draws its ring.
func (st *Stage) follow(s session.State, sc *scene.Scene) {
	if s.Phase == session.Attract && st.keys.phase != session.Attract {
		st.answer(st.keys.f.Reset())
	}
	st.keys.phase = s.Phase
	w := text.In(s.Lang)
	st.say(st.keys.f.Show(sc, focus.Phrases{
		Lang: s.Lang, Keys: w.Keys, Chosen: w.Chosen, Unavailable: w.Unavailable, Volume: w.Volume,
	}, st.o.Clock()))
	sc.Items = append(sc.Items, widget.FocusRing(theme.New(s.Theme, s.TextSize), sc, st.keys.f.Focused())...)
}

// pointed takes the ring away when a finger comes, and tells whether it did.
// On the attract screen it is the finger of somebody else.
func (st *Stage) pointed(t hal.Touch) bool {
	if t.Kind != hal.TouchDown {
		return false
	}
	ring := st.keys.f.Touched()
	if st.keys.phase == session.Attract {
		st.answer(st.keys.f.Reset())
	}
	return ring
}

func (st *Stage) answer(r focus.Result) {
	if r.Volume != 0 && st.o.Volume != nil {
		st.o.Volume(r.Volume)
	}
	st.say(r.Say)
}

func (st *Stage) say(us []scene.Utterance) {
	if st.o.Say == nil {
		return
	}
	for _, u := range us {
		st.o.Say(u)
	}
}
