// Package stage joins a session's state, the screens and a backend that draws:
// it is the display that the kiosk's loop knows. What belongs to the touch
// and to the keypad alone (which target is pressed, which has the focus, what is
// spoken) lives here and never reaches the session.
package stage

import (
	"fmt"
	"time"

	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/sound/speaker"
	"tram06/ui/focus"
	"tram06/ui/pointer"
	"tram06/ui/scene"
)

// Backend draws scenes; ui/raylib is one.
type Backend interface {
	// Draw shows a scene, and does nothing if it shows already.
	Draw(*scene.Scene) error
	// Poll gives the touches of a backend that brings its own.
	Poll() []hal.Touch
	PollEvery() time.Duration
	// Forget wipes pictures whose key begins with prefix.
	Forget(prefix string)
}

// View builds the scene of a state; pressed is the id of a pressed target.
type View func(s session.State, pressed string) *scene.Scene

// Options of a stage.
type Options struct {
	Backend Backend
	View    View
	Clock   func() time.Time
	// Drawn is told of every scene that is new on the screen; may be nil.
	Drawn func(*scene.Scene) error
	// Say is told what is to be spoken to whoever uses the keypad; it does not
	// block. May be nil.
	Say func(scene.Utterance)
	// StartVolume is how loud a session begins, in percent; 0 is the driver's.
	// Volume is told of every change; may be nil.
	StartVolume int
	Volume      func(percent int)
}

// Stage shows states. Its methods are called from one goroutine.
type Stage struct {
	o    Options
	ptr  pointer.Pointer
	keys keys
	last *scene.Scene
}

// New makes a stage.
func New(o Options) *Stage {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.StartVolume == 0 {
		o.StartVolume = speaker.DefaultVolume
	}
	return &Stage{o: o, keys: keys{f: focus.New(o.StartVolume)}}
}

// Show makes the screen show s, and draws only what changed.
func (st *Stage) Show(s session.State) error {
	sc := st.o.View(s, st.ptr.Pressed())
	st.follow(s, sc)
	fresh := st.last == nil || !scene.Equal(st.last, sc)
	// The actions may be new even where nothing looks different.
	st.last = sc
	st.ptr.Show(sc, st.o.Clock())
	if !fresh {
		return nil
	}
	if err := st.o.Backend.Draw(sc); err != nil {
		return fmt.Errorf("screen %s: %w", sc.Name, err)
	}
	if st.o.Drawn != nil {
		return st.o.Drawn(sc)
	}
	return nil
}

// Touch gives what a touch means on the page that shows.
func (st *Stage) Touch(t hal.Touch) (session.Event, bool) {
	ring := st.pointed(t)
	r := st.ptr.Touch(t)
	if ev, ok := r.Action.(session.Event); ok {
		return ev, r.Redraw || ring
	}
	if r.Missed {
		return session.Touched{}, r.Redraw || ring
	}
	return nil, r.Redraw || ring
}

// Poll gives the touches of the backend.
func (st *Stage) Poll() []hal.Touch { return st.o.Backend.Poll() }

// PollEvery says how often to ask for them.
func (st *Stage) PollEvery() time.Duration { return st.o.Backend.PollEvery() }

// Forget wipes the pictures of a session, here and in the backend.
func (st *Stage) Forget(n uint64) {
	st.o.Backend.Forget(PictureKey(n))
	if st.last != nil {
		for i := range st.last.Items {
			st.last.Items[i].Image = nil
		}
	}
}

// PictureKey begins the keys of all pictures of a session.
func PictureKey(n uint64) string { return fmt.Sprintf("session-%d/", n) }
