//go:build memory

package world

import (
	"context"
	"errors"
	"image"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tram06/devdock/web"
	"tram06/hal"
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
	ctx, cancel := context.WithCancel(t.Context())
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
	if err := w.Touch("poke", 1, 1); !errors.Is(err, web.ErrNone) {
		t.Errorf("an unknown touch: %v", err)
	}
	for _, x := range []struct {
		kind string
		x, y int
		want hal.Touch
	}{
		{"down", 7, 8, hal.Touch{Kind: hal.TouchDown, X: 7, Y: 8}},
		{"move", -5, 1 << 20, hal.Touch{Kind: hal.TouchMove, X: 0, Y: 59}}, // over the edge
		{"up", 40, -1, hal.Touch{Kind: hal.TouchUp, X: 39, Y: 0}},
		{"cancel", 1, 1, hal.Touch{Kind: hal.TouchCancel, X: 1, Y: 1}},
	} {
		if err := w.Touch(x.kind, x.x, x.y); err != nil {
			t.Fatal(err)
		}
		got := <-s.Touches()
		got.At = time.Time{}
		if got != x.want {
			t.Errorf("%s %d %d: the kiosk got %+v", x.kind, x.x, x.y, got)
		}
	}
}
