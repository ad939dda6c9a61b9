package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/config"
	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/sim"
	"tram06/ui/scene"
)

// glassWall is a screen that keeps what it shows, and lets a test wait for it.
type glassWall struct {
	mu     sync.Mutex
	shown  *sync.Cond
	scenes []*scene.Scene

	// A window brings its own mouse, and can be closed.
	window bool
	mouse  []hal.Touch
	closed bool
}

func newGlassWall() *glassWall {
	g := &glassWall{}
	g.shown = sync.NewCond(&g.mu)
	return g
}

func (g *glassWall) Draw(s *scene.Scene) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scenes = append(g.scenes, s)
	g.shown.Broadcast()
	return nil
}

func (g *glassWall) Poll() []hal.Touch {
	g.mu.Lock()
	defer g.mu.Unlock()
	touches := g.mouse
	g.mouse = nil
	return touches
}

func (g *glassWall) PollEvery() time.Duration {
	if g.window {
		return 8 * time.Millisecond
	}
	return 0
}

func (g *glassWall) Closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// click is what the mouse does next.
func (g *glassWall) click(kind hal.TouchKind, x, y int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mouse = append(g.mouse, hal.Touch{Kind: kind, X: x, Y: y, At: time.Now()})
}

func (g *glassWall) closeWindow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// await blocks until a scene was shown that ok takes, and gives the newest.
func (g *glassWall) await(ok func(*scene.Scene) bool) *scene.Scene {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.scenes) == 0 || !ok(g.scenes[len(g.scenes)-1]) {
		g.shown.Wait()
	}
	return g.scenes[len(g.scenes)-1]
}

// follow blocks until the lines under the finger cross at the place, give or
// take the pixel that the glass is too coarse for.
func (g *glassWall) follow(x, y int) {
	g.await(func(s *scene.Scene) bool {
		return slices.ContainsFunc(s.Items, func(i scene.Item) bool { return i.Rect.H == s.H && i.Rect.W == 2 && near(i.Rect.X, x) }) &&
			slices.ContainsFunc(s.Items, func(i scene.Item) bool { return i.Rect.W == s.W && i.Rect.H == 2 && near(i.Rect.Y, y) })
	})
}

func near(a, b int) bool { return a-b <= 1 && b-a <= 1 }

// says tells whether a line of the page has these words.
func says(s *scene.Scene, words string) bool {
	return slices.ContainsFunc(s.Items, func(i scene.Item) bool { return i.Kind == scene.Text && strings.Contains(i.Text, words) })
}

// hand is somebody before a simulated panel.
type hand struct{ sim.Hand }

func newHand(rotate int) *hand {
	started := time.Now()
	h := &hand{sim.Hand{Width: 600, Height: 1024, Rotate: rotate}}
	h.Glass = sim.NewGlass("Simulated Panel", func() time.Duration { return time.Since(started) })
	return h
}

func (h *hand) registry() hal.Registry {
	return hal.Registry{"evdev": evdev.OpenerOn(input.System{Open: h.Glass.Open}, evdev.Panel{Width: h.Width, Height: h.Height, Rotate: h.Rotate}, nil)}
}

func (h *hand) down(x, y int) { h.Down(0, x, y) }
func (h *hand) move(x, y int) { h.Move(0, x, y) }
func (h *hand) lift()         { h.Lift(0) }

// awaitReader blocks until the driver has the panel open and has looked whether
// a finger lies on it already: that one it would not believe in.
func (h *hand) awaitReader() {
	h.Glass.AwaitReaders(1)
	synctest.Wait()
}

// bubble plays with a clock of its own: a finger that rests costs no time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// board of the tests: a small screen, so that there are few tiles.
func board(t *testing.T, rotate int) config.Board {
	t.Helper()
	b, err := (&files{board: "rpi4"}).loadBoard()
	if err != nil {
		t.Fatal(err)
	}
	b.Display.Width, b.Display.Height, b.Display.Rotate = 600, 1024, config.Degrees(rotate)
	if err := b.Display.PanelWidth.ParseScalar("126mm"); err != nil {
		t.Fatal(fmt.Errorf("the panel's width: %w", err))
	}
	return b
}
