package raylib

import (
	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/hal"
)

// mouse turns the window's pointer into touches: a finger exists only while
// the left button is down.
type mouse struct {
	down    bool
	x, y    int
	focused bool
}

// Poll returns what the window's mouse did since the last call, and repaints
// the window if it was resized or uncovered. Backends that never need polling
// return nothing.
func (s *Screen) Poll() []hal.Touch {
	if !s.open || pollEvery == 0 {
		return nil
	}
	rl.PollInputEvents()
	if focused := rl.IsWindowFocused(); rl.IsWindowResized() || focused != s.mouse.focused {
		s.mouse.focused = focused
		if s.last != nil {
			s.present()
		}
	}
	at := rl.GetMousePosition()
	x, y, on := s.view().ToPanel(float64(at.X), float64(at.Y))
	x, y = min(max(x, 0), s.o.Width-1), min(max(y, 0), s.o.Height-1)
	return s.mouse.step(rl.IsMouseButtonDown(rl.MouseButtonLeft), on, x, y, s.o)
}

// Closed tells whether the person at the desk closed the window.
func (s *Screen) Closed() bool { return !s.open || (pollEvery != 0 && rl.WindowShouldClose()) }

// step compares the pointer with what it was.
func (m *mouse) step(down, on bool, x, y int, o Options) []hal.Touch {
	now := o.Now()
	was := *m
	switch {
	case down && !was.down:
		if !on {
			return nil // pressed on the letterbox
		}
		m.down, m.x, m.y = true, x, y
		return []hal.Touch{{Kind: hal.TouchDown, X: x, Y: y, At: now}}
	case down && (x != was.x || y != was.y):
		m.x, m.y = x, y
		return []hal.Touch{{Kind: hal.TouchMove, X: x, Y: y, At: now}}
	case !down && was.down:
		m.down = false
		return []hal.Touch{{Kind: hal.TouchUp, X: x, Y: y, At: now}}
	}
	return nil
}
