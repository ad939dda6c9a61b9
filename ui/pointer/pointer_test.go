package pointer

import (
	"math/rand/v2"
	"testing"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func page() *scene.Scene {
	return &scene.Scene{Name: "page", W: 1080, H: 1920, Targets: []scene.Target{
		{ID: "a", Rect: scene.Rect{X: 0, Y: 0, W: 200, H: 200}, Action: "A"},
		{ID: "b", Rect: scene.Rect{X: 400, Y: 0, W: 200, H: 200}, Action: "B"},
		{ID: "off", Rect: scene.Rect{X: 800, Y: 0, W: 200, H: 200}, Action: "OFF", Disabled: true},
	}}
}

type step struct {
	kind    hal.TouchKind
	x, y    int
	ms      int
	action  any
	missed  bool
	pressed string
}

func TestTouches(t *testing.T) {
	const d, m, u, c = hal.TouchDown, hal.TouchMove, hal.TouchUp, hal.TouchCancel
	for name, steps := range map[string][]step{
		"acts on up":               {{d, 50, 50, 1000, nil, false, "a"}, {u, 60, 55, 1080, "A", false, ""}},
		"moved away":               {{d, 50, 50, 1000, nil, false, "a"}, {m, 300, 300, 1050, nil, false, ""}, {u, 300, 300, 1100, nil, false, ""}},
		"away and back":            {{d, 50, 50, 1000, nil, false, "a"}, {m, 300, 300, 1050, nil, false, ""}, {m, 60, 60, 1070, nil, false, "a"}, {u, 60, 60, 1100, "A", false, ""}},
		"slides onto another":      {{d, 50, 50, 1000, nil, false, "a"}, {m, 450, 50, 1050, nil, false, ""}, {u, 450, 50, 1100, nil, false, ""}},
		"a little beside counts":   {{d, 190, 50, 1000, nil, false, "a"}, {u, 215, 50, 1100, "A", false, ""}},
		"cancelled":                {{d, 50, 50, 1000, nil, false, "a"}, {c, 50, 50, 1020, nil, false, ""}, {u, 50, 50, 1100, nil, false, ""}},
		"second tap at once":       {{d, 50, 50, 1000, nil, false, "a"}, {u, 50, 50, 1080, "A", false, ""}, {d, 52, 50, 1200, nil, false, ""}, {u, 52, 50, 1260, nil, false, ""}},
		"second tap later":         {{d, 50, 50, 1000, nil, false, "a"}, {u, 50, 50, 1080, "A", false, ""}, {d, 52, 50, 1400, nil, false, "a"}, {u, 52, 50, 1460, "A", false, ""}},
		"second tap elsewhere":     {{d, 50, 50, 1000, nil, false, "a"}, {u, 50, 50, 1080, "A", false, ""}, {d, 450, 50, 1150, nil, false, "b"}, {u, 450, 50, 1200, "B", false, ""}},
		"too early on a new page":  {{d, 50, 50, 200, nil, false, ""}, {u, 50, 50, 300, nil, false, ""}},
		"beside everything":        {{d, 700, 900, 1000, nil, false, ""}, {u, 700, 900, 1100, nil, true, ""}},
		"disabled":                 {{d, 850, 50, 1000, nil, false, ""}, {u, 850, 50, 1100, nil, true, ""}},
		"up without a down":        {{u, 50, 50, 1000, nil, false, ""}},
		"three quick taps, one in": {{d, 50, 50, 1000, nil, false, "a"}, {u, 50, 50, 1050, "A", false, ""}, {d, 50, 50, 1150, nil, false, ""}, {u, 50, 50, 1200, nil, false, ""}, {d, 50, 50, 1300, nil, false, ""}, {u, 50, 50, 1340, nil, false, ""}},
	} {
		var tr Pointer
		s := page()
		tr.Show(s, t0)
		for i, x := range steps {
			was := tr.Pressed()
			r := tr.Touch(hal.Touch{Kind: x.kind, X: x.x, Y: x.y, At: t0.Add(time.Duration(x.ms) * time.Millisecond)})
			if r.Action != x.action || r.Missed != x.missed || tr.Pressed() != x.pressed {
				t.Errorf("%s, step %d: %+v, pressed %q", name, i, r, tr.Pressed())
			}
			if r.Redraw != (was != tr.Pressed()) {
				t.Errorf("%s, step %d: Redraw is %v", name, i, r.Redraw)
			}
		}
	}
}

// A new screen lets go of what was pressed: the finger that is still down must
// not act on whatever lies there now.
func TestNewScreenLetsGo(t *testing.T) {
	var tr Pointer
	s := page()
	tr.Show(s, t0)
	tr.Touch(hal.Touch{Kind: hal.TouchDown, X: 50, Y: 50, At: t0.Add(time.Second)})
	next := page()
	next.Name = "next"
	if !tr.Show(next, t0.Add(1100*time.Millisecond)) || tr.Pressed() != "" {
		t.Fatal("still pressed on the next screen")
	}
	if r := tr.Touch(hal.Touch{Kind: hal.TouchUp, X: 50, Y: 50, At: t0.Add(2 * time.Second)}); r.Action != nil {
		t.Fatalf("acted on the next screen: %+v", r)
	}
	if tr.Show(next, t0.Add(3*time.Second)) {
		t.Error("the same screen again is no new one")
	}
}

// A target that went away or was disabled while it was pressed does not act,
// one that changed acts as it is now.
func TestSceneChangesUnderTheFinger(t *testing.T) {
	press := func(change func(*scene.Scene)) Result {
		var tr Pointer
		s := page()
		tr.Show(s, t0)
		tr.Touch(hal.Touch{Kind: hal.TouchDown, X: 50, Y: 50, At: t0.Add(time.Second)})
		change(s)
		return tr.Touch(hal.Touch{Kind: hal.TouchUp, X: 50, Y: 50, At: t0.Add(1100 * time.Millisecond)})
	}
	if r := press(func(s *scene.Scene) { s.Targets = s.Targets[1:] }); r.Action != nil {
		t.Errorf("a target that is gone acted: %+v", r)
	}
	if r := press(func(s *scene.Scene) { s.Targets[0].Disabled = true }); r.Action != nil {
		t.Errorf("a disabled target acted: %+v", r)
	}
	if r := press(func(s *scene.Scene) { s.Targets[0].Action = "new" }); r.Action != "new" {
		t.Errorf("acted with %v", r.Action)
	}
}

// Whatever a finger does, an action comes only with an up, never twice from
// one down, and only from an enabled target.
func TestRandomFingers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	var tr Pointer
	if r := tr.Touch(hal.Touch{At: t0}); r != (Result{}) {
		t.Fatalf("acted before anything was shown: %+v", r)
	}
	s := page()
	at, downs, acts := t0, 0, 0
	for range 20000 {
		at = at.Add(time.Duration(rnd.IntN(400)) * time.Millisecond)
		ev := hal.Touch{Kind: hal.TouchKind(rnd.IntN(4)), X: rnd.IntN(1080), Y: rnd.IntN(260), At: at}
		if rnd.IntN(50) == 0 {
			s = page()
			s.Name = string(rune('a' + rnd.IntN(26)))
		}
		tr.Show(s, at)
		r := tr.Touch(ev)
		if ev.Kind == hal.TouchDown {
			downs++
		}
		if r.Action != nil {
			acts++
			if ev.Kind != hal.TouchUp || r.Action == "OFF" {
				t.Fatalf("%+v from %+v", r, ev)
			}
		}
	}
	if acts == 0 || acts > downs {
		t.Errorf("%d actions from %d downs", acts, downs)
	}
}
