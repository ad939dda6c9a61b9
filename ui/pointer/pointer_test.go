package pointer

import (
	"testing"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func page(name string) *scene.Scene {
	return &scene.Scene{Name: name, W: 1000, H: 1000, Targets: []scene.Target{
		{ID: "a", Rect: scene.Rect{X: 0, Y: 0, W: 100, H: 100}, Action: "A"},
		{ID: "b", Rect: scene.Rect{X: 200, Y: 0, W: 100, H: 100}, Action: "B"},
		{ID: "off", Rect: scene.Rect{X: 400, Y: 0, W: 100, H: 100}, Action: "C", Disabled: true},
	}}
}

type step struct {
	ms   int
	kind hal.TouchKind
	x, y int
}

func TestTouches(t *testing.T) {
	const (
		down   = hal.TouchDown
		move   = hal.TouchMove
		up     = hal.TouchUp
		cancel = hal.TouchCancel
	)
	cases := []struct {
		name   string
		steps  []step
		want   []any
		missed int
	}{
		{"a tap acts on release", []step{{400, down, 10, 10}, {450, up, 12, 12}}, []any{"A"}, 0},
		{"sliding off does not act", []step{{400, down, 10, 10}, {420, move, 150, 10}, {450, up, 150, 10}}, nil, 1},
		{"sliding off and back does not act", []step{{400, down, 10, 10}, {420, move, 150, 10}, {430, move, 10, 10}, {450, up, 10, 10}}, nil, 0},
		{"sliding onto another does not act", []step{{400, down, 10, 10}, {450, up, 210, 10}}, nil, 0},
		{"a new page takes no tap at once", []step{{100, down, 10, 10}, {150, up, 10, 10}}, nil, 0},
		{"a bounce is the same tap", []step{{400, down, 10, 10}, {450, up, 10, 10}, {500, down, 12, 10}, {550, up, 12, 10}}, []any{"A"}, 0},
		{"a second tap later counts", []step{{400, down, 10, 10}, {450, up, 10, 10}, {800, down, 12, 10}, {850, up, 12, 10}}, []any{"A", "A"}, 0},
		{"a quick tap elsewhere counts", []step{{400, down, 10, 10}, {450, up, 10, 10}, {500, down, 210, 10}, {550, up, 210, 10}}, []any{"A", "B"}, 0},
		{"disabled does nothing", []step{{400, down, 410, 10}, {450, up, 410, 10}}, nil, 1},
		{"beside everything is missed", []step{{400, down, 900, 900}, {450, up, 900, 900}}, nil, 1},
		{"cancelled does nothing", []step{{400, down, 10, 10}, {420, cancel, 0, 0}, {450, up, 10, 10}}, nil, 0},
		{"a release without a touch is nothing", []step{{450, up, 10, 10}}, nil, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p Pointer
			p.Show(page("one"), t0)
			var got []any
			missed := 0
			for _, s := range c.steps {
				r := p.Touch(hal.Touch{Kind: s.kind, X: s.x, Y: s.y, At: t0.Add(time.Duration(s.ms) * time.Millisecond)})
				if r.Action != nil {
					got = append(got, r.Action)
				}
				if r.Missed {
					missed++
				}
			}
			if len(got) != len(c.want) || missed != c.missed {
				t.Fatalf("acted %v, missed %d; want %v, %d", got, missed, c.want, c.missed)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("acted %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestPressedIsDrawnAndForgottenOnANewPage(t *testing.T) {
	var p Pointer
	p.Show(page("one"), t0)
	at := t0.Add(time.Second)
	if r := p.Touch(hal.Touch{Kind: hal.TouchDown, X: 10, Y: 10, At: at}); !r.Redraw || p.Pressed() != "a" {
		t.Fatalf("pressed %q, redraw %v", p.Pressed(), r.Redraw)
	}
	p.Show(page("one"), at)
	if p.Pressed() != "a" {
		t.Fatal("a redraw of the page let go of the finger")
	}
	p.Show(page("two"), at)
	if p.Pressed() != "" {
		t.Fatal("the finger presses what it was not laid on")
	}
	if r := p.Touch(hal.Touch{Kind: hal.TouchUp, X: 10, Y: 10, At: at.Add(time.Second)}); r.Action != nil {
		t.Fatal("a touch begun on one page acted on the next")
	}
}
