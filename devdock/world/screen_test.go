//go:build memory

package world

import (
	"context"
	"errors"
	"image"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/devdock/web"
	"tram06/hal"
	"tram06/hal/sound"
	"tram06/ui/panel"
	"tram06/ui/scene"
)

// show publishes a screen as a kiosk does.
func show(t *testing.T, s *panel.Server, name string) {
	t.Helper()
	sc := &scene.Scene{Name: name, W: 40, H: 60, Targets: []scene.Target{
		{ID: "go", Label: "Bắt đầu", Rect: scene.Rect{X: 5, Y: 6, W: 20, H: 10}},
		{ID: "off", Disabled: true, Rect: scene.Rect{X: 5, Y: 26, W: 20, H: 10}},
	}}
	if err := s.Publish(sc, image.NewRGBA(image.Rect(0, 0, 40, 60))); err != nil {
		t.Fatal(err)
	}
}

// follow has w follow the panel until the end of the test.
func follow(t *testing.T, w *World, socket string) {
	ctx, cancel := context.WithCancel(bounded(t))
	var all sync.WaitGroup
	all.Go(func() { w.Follow(ctx, socket) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
}

func TestScreenFollowsTheKiosk(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "panel")
	w := newWorld(t, Options{})
	if _, err := w.Frame(); err == nil {
		t.Error("a picture of no screen")
	}
	if err := w.Touch("down", 1, 1); err == nil {
		t.Error("a touch on no screen")
	}
	follow(t, w, socket)
	v := until(t, w, "it says that there is no kiosk", func(v web.View) bool { return v.Screen.Note != "" })
	if v.Screen.Live || v.Screen.Targets == nil {
		t.Errorf("no kiosk: %+v", v.Screen)
	}

	s, err := panel.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	show(t, s, "attract")
	v = until(t, w, "the screen comes", func(v web.View) bool { return v.Screen.Live && v.Screen.Name == "attract" })
	if v.Screen.W != 40 || v.Screen.H != 60 || v.Screen.Note != "" {
		t.Errorf("screen %+v", v.Screen)
	}
	if want := (web.Target{ID: "go", Label: "Bắt đầu", X: 5, Y: 6, W: 20, H: 10}); len(v.Screen.Targets) != 1 || v.Screen.Targets[0] != want {
		t.Errorf("targets %+v, want only what can be touched", v.Screen.Targets)
	}
	if b, err := w.Frame(); err != nil || http.DetectContentType(b) != "image/png" {
		t.Errorf("picture: %v", err)
	}
	before := v.Screen.Seq

	// The kiosk dies and comes back. It counts anew; the page must not mistake
	// its first picture for the one it has.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, w, "the screen goes dark", func(v web.View) bool { return !v.Screen.Live })
	if _, err := w.Frame(); err == nil {
		t.Error("a picture of a screen that is gone")
	}
	if s, err = panel.Listen(socket); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	show(t, s, "attract")
	v = until(t, w, "the screen comes back", func(v web.View) bool { return v.Screen.Live })
	if v.Screen.Seq <= before {
		t.Errorf("picture %d after picture %d", v.Screen.Seq, before)
	}
}

// The page touches a glass, which the kiosk reads with its driver.
func TestTouches(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "panel")
	s, err := panel.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	show(t, s, "attract")
	w := newWorld(t, Options{})
	follow(t, w, socket)
	until(t, w, "the screen comes", func(v web.View) bool { return v.Screen.Live })
	glass := fitting[hal.TouchScreen](t, w, "touch")
	if err := w.Touch("poke", 1, 1); !errors.Is(err, web.ErrNone) {
		t.Errorf("an unknown touch: %v", err)
	}
	next := func(want hal.TouchKind) hal.Touch {
		t.Helper()
		for {
			got, err := glass.Next(bounded(t))
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind == want {
				return got
			}
			if got.Kind != hal.TouchMove {
				t.Fatalf("got %+v, want %v", got, want)
			}
		}
	}
	touch := func(kind string, x, y int) {
		t.Helper()
		if err := w.Touch(kind, x, y); err != nil {
			t.Fatal(err)
		}
	}
	touch("down", 7, 8)
	if got := next(hal.TouchDown); got.X != 7 || got.Y != 8 {
		t.Errorf("down at %+v", got)
	}
	touch("move", -5, 1<<20) // over the edge
	touch("up", 39, -1)
	if got := next(hal.TouchUp); got.X != 39 || got.Y != 0 {
		t.Errorf("up at %+v", got)
	}
	touch("down", 30, 30)
	next(hal.TouchDown)
	touch("cancel", 30, 30)
	if got := next(hal.TouchUp); got.X != 0 || got.Y != 0 {
		t.Errorf("a cancelled touch ends at %+v, as a tap would", got)
	}
	if err := w.Cable(touchCable); err != nil {
		t.Fatal(err)
	}
	if err := w.Touch("down", 1, 1); !errors.Is(err, errNoGlass) {
		t.Errorf("unplugged: %v", err)
	}
	if _, err := glass.Next(bounded(t)); !errors.Is(err, hal.ErrGone) {
		t.Errorf("the driver of an unplugged glass: %v", err)
	}
	if err := w.Cable(touchCable); err != nil {
		t.Fatal(err)
	}
	glass = fitting[hal.TouchScreen](t, w, "touch")
	touch("down", 1, 1)
	next(hal.TouchDown)
}

func TestKeypad(t *testing.T) {
	w := newWorld(t, Options{})
	pad := fitting[hal.Keypad](t, w, "keypad")
	for _, x := range []struct {
		name, kind string
		want       []hal.KeyPress
	}{
		{"ok", "press", []hal.KeyPress{{Button: hal.ButtonOK}}},
		{"7", "press", []hal.KeyPress{{Button: hal.ButtonDigit0 + 7}}},
		{"down", "down", []hal.KeyPress{{Button: hal.ButtonDown}}},
		{"down", "repeat", []hal.KeyPress{{Button: hal.ButtonDown, Held: true}}},
		{"down", "up", nil},
		{"down", "repeat", nil}, // it is not held any more
		{"louder", "press", []hal.KeyPress{{Button: hal.ButtonLouder}}},
	} {
		if err := w.Key(x.name, x.kind); err != nil {
			t.Fatal(err)
		}
		for _, want := range x.want {
			got, err := pad.Next(bounded(t))
			got.At = time.Time{}
			if err != nil || got != want {
				t.Errorf("%s %s: got %+v, %v", x.name, x.kind, got, err)
			}
		}
	}
	for _, x := range [][2]string{{"any", "press"}, {"ok", "hit"}, {"ok", ""}} {
		if err := w.Key(x[0], x[1]); !errors.Is(err, web.ErrNone) {
			t.Errorf("%q: %v", x, err)
		}
	}
	if err := w.Cable(keypadCable); err != nil {
		t.Fatal(err)
	}
	if err := w.Key("ok", "press"); !errors.Is(err, errNoKeypad) {
		t.Errorf("unplugged: %v", err)
	}
}

func TestSoundIsHeard(t *testing.T) {
	w := newWorld(t, Options{})
	card := fitting[hal.Sound](t, w, "sound")
	for what, samples := range cues {
		if err := card.Play(bounded(t), samples(), sound.Hertz); err != nil {
			t.Fatal(err)
		}
		until(t, w, what, func(v web.View) bool {
			return slices.ContainsFunc(v.Said, func(s web.Said) bool { return s.Lang == "" && strings.Contains(s.Text, what) })
		})
	}
	if err := w.Cable(soundCable); err != nil {
		t.Fatal(err)
	}
	if !on(w.View().Cables, soundCable) {
		t.Error("the page shows a sound card that is there")
	}
	if err := card.Play(bounded(t), sound.Well(), sound.Hertz); !errors.Is(err, hal.ErrGone) {
		t.Errorf("unplugged: %v", err)
	}
}
