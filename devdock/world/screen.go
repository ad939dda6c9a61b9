package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tram06/devdock/web"
	"tram06/hal"
	"tram06/ui/panel"
)

// screen is the kiosk's screen as the panel sends it.
type screen struct {
	client *panel.Client
	frame  panel.Frame
	name   string
	live   bool
	note   string
}

// Follow shows the screen of the kiosk whose panel is at socket, for as long
// as ctx lasts: whenever the kiosk comes back, so does its picture.
func (w *World) Follow(ctx context.Context, socket string) {
	for ctx.Err() == nil {
		if c, err := panel.Dial(ctx, socket); err == nil {
			w.watch(ctx, c)
		}
		w.setScreen(screen{note: "The kiosk is not running."})
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// NoScreen says why the page cannot show the screen.
func (w *World) NoScreen(why string) { w.setScreen(screen{note: why}) }

func (w *World) setScreen(s screen) {
	w.mu.Lock()
	w.screen = s
	w.mu.Unlock()
	w.changed()
}

func (w *World) watch(ctx context.Context, c *panel.Client) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	defer c.Close()
	if c.Watch(true) != nil {
		return
	}
	f, err := c.Frame(ctx)
	for ; err == nil; f, err = c.NextFrame(ctx, f.Seq) {
		s := screen{client: c, frame: f, live: true}
		if sc, err := c.Scene(ctx); err == nil {
			s.name = sc.Name
		}
		w.setScreen(s)
	}
}

var errNoScreen = errors.New("the kiosk's screen is not here")

// Frame gives the newest picture.
func (w *World) Frame() ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.screen.live {
		return nil, errNoScreen
	}
	return w.screen.frame.PNG, nil
}

// Touch touches the screen.
func (w *World) Touch(kind string, x, y int) error {
	w.mu.Lock()
	c := w.screen.client
	w.mu.Unlock()
	if c == nil {
		return errNoScreen
	}
	kinds := map[string]hal.TouchKind{"down": hal.TouchDown, "move": hal.TouchMove, "up": hal.TouchUp, "cancel": hal.TouchCancel}
	k, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("touch %q: %w", kind, web.ErrNone)
	}
	return c.Touch(k, x, y)
}
