package world

import (
	"context"
	"fmt"
	"time"

	"tram06/devdock/web"
	"tram06/ui/panel"
)

// screen is the kiosk's screen as the panel sends it.
type screen struct {
	client *panel.Client
	scene  panel.Scene
	no     uint64 // of the scene, counted here: a kiosk that restarts counts anew
	live   bool
	note   string
}

func (s screen) view() web.Screen {
	v := web.Screen{Live: s.live, Seq: s.no, Name: s.scene.Name, Note: s.note, W: s.scene.W, H: s.scene.H, Targets: []web.Target{}}
	for _, t := range s.scene.Targets {
		if !t.Disabled {
			v.Targets = append(v.Targets, web.Target{ID: t.ID, Label: t.Label, X: t.X, Y: t.Y, W: t.W, H: t.H})
		}
	}
	return v
}

// Follow shows the screen of the kiosk whose panel is at socket, for as long
// as ctx lasts: whenever the kiosk comes back, so does its picture.
func (w *World) Follow(ctx context.Context, socket string) {
	for ctx.Err() == nil {
		if c, err := panel.Dial(ctx, socket); err == nil {
			w.watch(ctx, c)
		}
		w.NoScreen("The kiosk is not running. Its screen comes back with it.")
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// NoScreen says why the page cannot show the screen.
func (w *World) NoScreen(why string) {
	w.mu.Lock()
	known := !w.screen.live && w.screen.note == why
	w.mu.Unlock()
	if !known {
		w.setScreen(screen{note: why})
	}
}

func (w *World) setScreen(s screen) {
	w.mu.Lock()
	s.no = w.screen.no + 1
	w.screen = s
	w.mu.Unlock()
	w.changed()
}

func (w *World) watch(ctx context.Context, c *panel.Client) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	go w.listen(ctx, c)
	defer stop()
	defer c.Close()
	last := uint64(0)
	for {
		sc, err := c.Await(ctx, func(sc panel.Scene) bool { return sc.Seq > last })
		if err != nil {
			return
		}
		last = sc.Seq
		w.setScreen(screen{client: c, scene: sc, live: true})
	}
}

// listen notes what the kiosk speaks, until the connection ends.
func (w *World) listen(ctx context.Context, c *panel.Client) {
	last := uint64(0)
	for {
		u, err := c.NextUtterance(ctx, last)
		if err != nil {
			return
		}
		last = u.Seq
		if u.Text != "" {
			w.hear(u.Lang, u.Text)
		}
	}
}

var errNoScreen = fmt.Errorf("the kiosk's screen is not here: %w", web.ErrNone)

// frameTime is how long a kiosk may take for its picture.
const frameTime = 5 * time.Second

// Frame gives the newest picture. The kiosk is asked for it only now: making
// one costs it more than drawing, and mostly nobody looks.
func (w *World) Frame() ([]byte, error) {
	w.mu.Lock()
	c := w.screen.client
	w.mu.Unlock()
	if c == nil {
		return nil, errNoScreen
	}
	ctx, cancel := context.WithTimeout(context.Background(), frameTime)
	defer cancel()
	f, err := c.Frame(ctx)
	if err != nil {
		return nil, errNoScreen
	}
	return f.PNG, nil
}

// Touch touches the screen.
func (w *World) Touch(kind string, x, y int) error {
	w.mu.Lock()
	c, width, height := w.screen.client, w.screen.scene.W, w.screen.scene.H
	w.mu.Unlock()
	if c == nil {
		return errNoScreen
	}
	// A finger may slide over the edge; the panel then tells of its edge.
	x, y = max(0, min(x, width-1)), max(0, min(y, height-1))
	return w.hands.touch(kind, x, y, width, height)
}

// Key moves a key of the keypad.
func (w *World) Key(name, kind string) error { return w.hands.key(name, kind) }
