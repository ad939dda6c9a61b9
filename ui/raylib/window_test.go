//go:build xwindow && !memory

package raylib

import (
	"image"
	"runtime"
	"testing"
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/hal"
)

// What the window shows is the panel, upright and turned as asked, pixel by
// pixel when it fits.
func TestWindowShowsThePanel(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, turn := range []int{0, 90, 180, 270} {
		s, err := Open(Options{Width: testW, Height: testH, Rotate: turn, Title: "test", Glyph: checkers, Icon: diamond})
		if err != nil {
			t.Fatal(err)
		}
		panel := shoot(t, s, busy(12))
		if !s.view().Exact() {
			t.Errorf("turned by %d: panel does not fit the window: %+v", turn, s.view())
		}
		if !s.compose() {
			t.Fatal("window is minimised")
		}
		shot := rl.LoadImageFromScreen()
		window := image.NewRGBA(image.Rect(0, 0, int(shot.Width), int(shot.Height)))
		for y := range window.Rect.Dy() {
			for x := range window.Rect.Dx() {
				window.Set(x, y, rl.GetImageColor(*shot, int32(x), int32(y)))
			}
		}
		rl.UnloadImage(shot)
		want := turned(panel, turn)
		if n, at := differ(window, want, 0, 1); n > 0 {
			t.Errorf("turned by %d: %d pixels differ, the first at %v", turn, n, at)
		}
		s.Close()
	}
}

// turned turns a picture clockwise.
func turned(in *image.RGBA, degrees int) *image.RGBA {
	for ; degrees > 0; degrees -= 90 {
		w, h := in.Rect.Dx(), in.Rect.Dy()
		out := image.NewRGBA(image.Rect(0, 0, h, w))
		for y := range h {
			for x := range w {
				out.SetRGBA(h-1-y, x, in.RGBAAt(x, y))
			}
		}
		in = out
	}
	return in
}

func TestWindowNeedsPolling(t *testing.T) {
	s := open(t)
	if s.PollEvery() <= 0 {
		t.Error("a window that is never polled hears no mouse")
	}
	if err := s.Draw(blank()); err != nil {
		t.Fatal(err)
	}
	if got := s.Poll(); len(got) != 0 {
		t.Errorf("touches without a hand: %v", got)
	}
	if s.Closed() {
		t.Error("the window closed by itself")
	}
}

func TestMouseIsAFinger(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)
	o := Options{Now: func() time.Time { return at }}
	var m mouse
	for i, c := range []struct {
		down, on bool
		x, y     int
		want     []hal.TouchKind
	}{
		{false, true, 5, 5, nil},
		{true, false, 0, 0, nil}, // pressed beside the panel
		{false, true, 5, 5, nil},
		{true, true, 5, 5, []hal.TouchKind{hal.TouchDown}},
		{true, true, 5, 5, nil},
		{true, true, 6, 5, []hal.TouchKind{hal.TouchMove}},
		{false, true, 7, 5, []hal.TouchKind{hal.TouchUp}},
		{false, true, 9, 9, nil},
	} {
		got := m.step(c.down, c.on, c.x, c.y, o)
		if len(got) != len(c.want) {
			t.Fatalf("step %d: %v, want %v", i, got, c.want)
		}
		for j := range got {
			if got[j] != (hal.Touch{Kind: c.want[j], X: c.x, Y: c.y, At: at}) {
				t.Errorf("step %d: %+v", i, got[j])
			}
		}
	}
}
