// Package pointer turns touches into what they mean on the scene that shows:
// which target is pressed, and which one was released and so acts.
//
// It forgives as old hands need it: a target is pressed as soon as it is
// touched and acts when the finger leaves it, a finger that slides off acts
// not at all, a second tap on the same spot right after the first is the same
// tap, and what was aimed at the page before does not hit the new one.
package pointer

import (
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

// How long a new page takes no taps, and how long the same spot takes no
// second one.
const (
	Settle = 250 * time.Millisecond
	Bounce = 300 * time.Millisecond
	// spot is how near two taps are to be the same one, in pixels.
	spot = 40
)

// Pointer follows one finger. The zero value is ready.
type Pointer struct {
	scene   *scene.Scene
	since   time.Time // when the page came
	pressed string    // id of the target under the finger
	down    bool
	lastAt  time.Time // of the last tap that acted
	lastX   int
	lastY   int
}

// Show tells what is on the screen from now on. A redraw of the same page
// keeps the finger where it is.
func (p *Pointer) Show(s *scene.Scene, at time.Time) {
	if p.scene == nil || p.scene.Name != s.Name {
		p.since = at
		p.pressed, p.down = "", false
	}
	p.scene = s
}

// Pressed is the id of the target that is drawn pressed.
func (p *Pointer) Pressed() string {
	if !p.down {
		return ""
	}
	return p.pressed
}

// Result is what a touch came to.
type Result struct {
	// Action of the target that was released, nil for none.
	Action any
	// Missed says that a tap ended on nothing.
	Missed bool
	// Redraw says that another target looks pressed now.
	Redraw bool
}

// Touch takes one touch.
func (p *Pointer) Touch(t hal.Touch) Result {
	if p.scene == nil {
		return Result{}
	}
	before := p.Pressed()
	var r Result
	switch t.Kind {
	case hal.TouchDown:
		p.down, p.pressed = true, ""
		if p.early(t) {
			p.down = false
			break
		}
		if hit, ok := p.scene.Hit(t.X, t.Y); ok {
			p.pressed = hit.ID
		}
	case hal.TouchMove:
		// A finger that slides off lets go and does not come back: what it
		// finds under itself next was not aimed at.
		if hit, ok := p.scene.Hit(t.X, t.Y); p.down && p.pressed != "" && (!ok || hit.ID != p.pressed) {
			p.pressed = ""
		}
	case hal.TouchUp:
		if !p.down {
			break
		}
		p.down = false
		hit, ok := p.scene.Hit(t.X, t.Y)
		switch {
		case ok && hit.ID == p.pressed:
			p.lastAt, p.lastX, p.lastY = t.At, t.X, t.Y
			r.Action = hit.Action
		case p.pressed == "" && !ok:
			r.Missed = true
		}
		p.pressed = ""
	case hal.TouchCancel:
		p.down, p.pressed = false, ""
	}
	r.Redraw = before != p.Pressed()
	return r
}

// early tells whether a touch comes faster than a person can mean it.
func (p *Pointer) early(t hal.Touch) bool {
	if t.At.Sub(p.since) < Settle {
		return true
	}
	near := abs(t.X-p.lastX) < spot && abs(t.Y-p.lastY) < spot
	return near && !p.lastAt.IsZero() && t.At.Sub(p.lastAt) < Bounce
}

func abs(n int) int { return max(n, -n) }
