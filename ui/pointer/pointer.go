// Package pointer turns the touches of one finger into actions of the scene
// that is shown: a target is pressed at touch-down, and acts when the finger
// leaves it inside. Taps that nobody meant are dropped: a second tap on the
// same spot within 300 ms, and every tap in the first 250 ms of a new screen.
//
// Time comes with each touch, so that a test can play any hand.
package pointer

import (
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

// How long taps are dropped, and how far apart two of them are the same spot.
const (
	NewScreen = 250 * time.Millisecond
	Twice     = 300 * time.Millisecond
	SameSpot  = 60
	// slack is how far a finger may drift off a target and still mean it.
	slack = 24
)

// Result is what a touch led to.
type Result struct {
	// Action of the target that was released, nil for none.
	Action any
	// Target is its id.
	Target string
	// Missed says that a finger left a place where there is no target.
	Missed bool
	// Redraw says that Pressed changed: the screen wants to be drawn anew.
	Redraw bool
}

// Pointer follows one finger over one screen after another. The zero value is
// ready; it belongs to one goroutine.
type Pointer struct {
	scene   *scene.Scene
	shown   time.Time
	down    bool
	missed  bool // went down beside every target
	target  scene.Target
	inside  bool
	lastX   int
	lastY   int
	lastUp  time.Time
	anyLast bool
}

// Pressed is the id of the target under the finger, "" for none.
func (t *Pointer) Pressed() string {
	if t.down && t.inside {
		return t.target.ID
	}
	return ""
}

// Show tells that s is on the screen since at. A scene of another name is a
// new screen: what was pressed is let go, and taps wait a moment. It reports
// whether Pressed changed.
func (t *Pointer) Show(s *scene.Scene, at time.Time) bool {
	old := t.scene
	t.scene = s
	if old != nil && old.Name == s.Name {
		return false
	}
	was := t.Pressed() != ""
	t.shown = at
	t.down, t.inside, t.missed = false, false, false
	return was
}

// Touch follows one touch on the scene that shows.
func (t *Pointer) Touch(ev hal.Touch) Result {
	if t.scene == nil {
		return Result{}
	}
	before := t.Pressed()
	var r Result
	switch ev.Kind {
	case hal.TouchDown:
		t.begin(ev)
	case hal.TouchMove:
		if t.down {
			t.inside = near(t.target.Rect, ev.X, ev.Y)
		}
	case hal.TouchUp:
		r = t.end(ev)
	case hal.TouchCancel:
		t.down, t.inside, t.missed = false, false, false
	}
	r.Redraw = t.Pressed() != before
	return r
}

func (t *Pointer) begin(ev hal.Touch) {
	t.down, t.inside, t.missed = false, false, false
	if ev.At.Sub(t.shown) < NewScreen {
		return
	}
	if t.anyLast && ev.At.Sub(t.lastUp) < Twice && apart(ev.X-t.lastX) < SameSpot && apart(ev.Y-t.lastY) < SameSpot {
		return
	}
	hit, ok := t.scene.Hit(ev.X, ev.Y)
	if !ok {
		t.missed = true
		return
	}
	t.down, t.inside, t.target = true, true, hit
}

func (t *Pointer) end(ev hal.Touch) Result {
	down, missed := t.down, t.missed
	t.down, t.inside, t.missed = false, false, false
	if !down && !missed {
		return Result{}
	}
	t.lastX, t.lastY, t.lastUp, t.anyLast = ev.X, ev.Y, ev.At, true
	if missed {
		return Result{Missed: true}
	}
	// The scene may have been drawn anew meanwhile: what acts is the target of
	// that id as it is now.
	for _, x := range t.scene.Targets {
		if x.ID == t.target.ID && !x.Disabled && near(x.Rect, ev.X, ev.Y) {
			return Result{Action: x.Action, Target: x.ID}
		}
	}
	return Result{}
}

func near(r scene.Rect, x, y int) bool { return r.Inset(-slack).Contains(x, y) }

func apart(d int) int { return max(d, -d) }
