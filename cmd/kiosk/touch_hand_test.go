package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
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

func (g *glassWall) Poll() []hal.Touch        { return nil }
func (g *glassWall) PollEvery() time.Duration { return 0 }
func (g *glassWall) Closed() bool             { return false }

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

func says(s *scene.Scene, text string) bool {
	return slices.ContainsFunc(s.Items, func(i scene.Item) bool { return i.Kind == scene.Text && i.Text == text })
}

// hand touches a simulated panel that lies before a picture: places are the
// picture's, whatever way round the glass lies and however askew it is.
type hand struct {
	d     *sim.Device
	panel evdev.Panel
	askew func(x, y float64) (float64, float64) // parts of the glass
	id    int32
}

const axis = 4096

func newHand(p evdev.Panel) *hand {
	i := input.Info{Name: "Simulated Panel", Axes: map[uint16]input.Axis{
		input.AbsX: {Max: axis}, input.AbsY: {Max: axis}, input.AbsSlot: {Max: 9},
		input.AbsMultiX: {Max: axis}, input.AbsMultiY: {Max: axis}, input.AbsTrackingID: {Max: 65535},
	}}
	i.Keys.Set(input.BtnTouch, true)
	started := time.Now()
	return &hand{d: sim.New(i, func() time.Duration { return time.Since(started) }), panel: p,
		askew: func(x, y float64) (float64, float64) { return x, y }}
}

func (h *hand) registry() hal.Registry {
	return hal.Registry{"evdev": func(ctx context.Context, u *url.URL) (hal.Device, error) {
		return evdev.OpenerOn(input.System{Open: h.d.Open}, h.panel, nil)(ctx, u)
	}}
}

// at is what the glass tells of a place of the picture.
func (h *hand) at(x, y int) []input.Event {
	u, v := float64(x)/float64(h.panel.Width-1), float64(y)/float64(h.panel.Height-1)
	switch h.panel.Rotate { // clockwise, on the way to the glass
	case 90:
		u, v = 1-v, u
	case 180:
		u, v = 1-u, 1-v
	case 270:
		u, v = v, 1-u
	}
	u, v = h.askew(u, v)
	return []input.Event{{Type: input.Abs, Code: input.AbsMultiX, Value: int32(u*axis + 0.5)}, {Type: input.Abs, Code: input.AbsMultiY, Value: int32(v*axis + 0.5)}}
}

// awaitReader blocks until the driver has the panel open and has looked whether
// a finger lies on it already: that one it would not believe in.
func (h *hand) awaitReader() {
	h.d.AwaitReaders(1)
	synctest.Wait()
}

func (h *hand) down(x, y int) {
	h.id++
	h.d.Send(append(append([]input.Event{{Type: input.Abs, Code: input.AbsTrackingID, Value: h.id}}, h.at(x, y)...), input.Event{})...)
}

func (h *hand) move(x, y int) { h.d.Send(append(h.at(x, y), input.Event{})...) }
func (h *hand) lift() {
	h.d.Send(input.Event{Type: input.Abs, Code: input.AbsTrackingID, Value: -1}, input.Event{})
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
