// Package stage joins a session's state, the screens and a backend that draws:
// it is the display that the kiosk's loop knows. What belongs to the touch
// alone (which target is pressed) lives here and never reaches the session.
package stage

import (
	"fmt"
	"time"

	"tram06/firmware/session"
	"tram06/hal"
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
}

// Stage shows states. Its methods are called from one goroutine.
type Stage struct {
	o    Options
	ptr  pointer.Pointer
	last *scene.Scene
}

// New makes a stage.
func New(o Options) *Stage {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Stage{o: o}
}

// Show makes the screen show s, and draws only what changed.
func (st *Stage) Show(s session.State) error {
	sc := st.o.View(s, st.ptr.Pressed())
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
	r := st.ptr.Touch(t)
	if ev, ok := r.Action.(session.Event); ok {
		return ev, r.Redraw
	}
	if r.Missed {
		return session.Touched{}, r.Redraw
	}
	return nil, r.Redraw
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
