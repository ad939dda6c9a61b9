package widget

import (
	"strings"
	"testing"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/text"
	"tram06/ui/theme"
)

func pen(t *testing.T) *Pen {
	t.Helper()
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return &Pen{T: theme.New(session.Light, 100), F: f}
}

// mark is a block that leaves a box where it was drawn.
func mark(h int) Block {
	return Block{H: h, Draw: func(p *Pen, r scene.Rect) { p.Fill(r, scene.Color{A: 255}, 0) }}
}

func TestColumnSharesWhatIsLeft(t *testing.T) {
	p := pen(t)
	c := Column(10, mark(20), Spring(5), Growing(mark(30)), mark(40))
	if c.H != 20+5+30+10+40 {
		t.Fatalf("height %d", c.H)
	}
	c.Draw(p, scene.Rect{X: 7, Y: 100, W: 50, H: c.H + 60})
	var got []scene.Rect
	for _, it := range p.Items {
		got = append(got, it.Rect)
	}
	want := []scene.Rect{{X: 7, Y: 100, W: 50, H: 20}, {X: 7, Y: 155, W: 50, H: 60}, {X: 7, Y: 225, W: 50, H: 40}}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("drawn at %v, want %v", got, want)
		}
	}
}

// Fit first gives up pictures, then large words, and says when even that does
// not help.
func TestFit(t *testing.T) {
	p := pen(t)
	p.T = theme.New(session.Light, 150)
	wanted := p.T
	type try struct{ level, body int }
	room := func(h int) (last try) {
		p.Overflow = false
		p.Fit(scene.Rect{W: 900, H: h}, func(level int) Block {
			last = try{level, p.T.Style(theme.Body).Size}
			return mark(10*last.body + 100*(Bare-level))
		})
		return last
	}
	for h, want := range map[int]try{800: {Roomy, 54}, 650: {Tight, 54}, 540: {Bare, 54}, 445: {Bare, 44}, 280: {Bare, 28}} {
		if got := room(h); got != want || p.Overflow {
			t.Errorf("%d pixels: %+v, overflow %v, want %+v", h, got, p.Overflow, want)
		}
	}
	if room(100); !p.Overflow {
		t.Error("an overflow went unnoticed")
	}
	if p.T != wanted {
		t.Error("the page changed the size of the frame")
	}
}

// A label that is too long becomes smaller, then takes several lines; it never
// leaves its button.
func TestButtonsHoldTheirLabels(t *testing.T) {
	for _, label := range []string{"OK", "Xong, xóa thông tin", "Ask somebody at the counter for a great deal of help", strings.Repeat("dài ", 30)} {
		for _, w := range []int{200, 312, 648} {
			p := pen(t)
			p.Button(scene.Rect{X: 10, Y: 10, W: w, H: 136}, Button{ID: "x", Label: label, After: "o-check", Action: session.Next{}})
			for _, it := range p.Items {
				if it.Kind == scene.Text && (it.Rect.X < 10 || it.Rect.X+it.Rect.W > 10+w) {
					t.Errorf("%q in %d: %v", label, w, it.Rect)
				}
			}
			if len(p.Targets) != 1 || p.Targets[0].Label != label {
				t.Errorf("targets %+v", p.Targets)
			}
		}
	}
}
