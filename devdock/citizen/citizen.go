// Package citizen plays a citizen: it looks at the kiosk's screen, touches
// what a citizen would touch, lays the card, scans the code, and takes the
// paper. "make demo" shows one visit, the end-to-end tests play many, and
// neither knows anything of the kiosk but its screen.
package citizen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tram06/devdock/world"
	"tram06/ui/panel"
)

// Citizen is one person in front of one kiosk.
type Citizen struct {
	World *world.World
	Panel *panel.Client
	// Key of the person in package people.
	Key string
	// Lang is the language that the citizen switches to; "" leaves it.
	Lang string
	// Say is told what the citizen does; may be nil.
	Say func(format string, args ...any)
	// Timings are those of the visit played last.
	Timings Timings
	// Album is the folder for a picture of every screen; "" takes none.
	Album string
	// Seen is told of every screen that was waited for; may be nil.
	Seen func(panel.Scene)

	shots int
	last  string
}

// See waits for a screen by its name, and takes its picture. Where one name
// stands for several pages, has names targets that tell them apart.
func (c *Citizen) See(ctx context.Context, name string, has ...string) (panel.Scene, error) {
	sc, err := c.Panel.Await(ctx, func(s panel.Scene) bool {
		if s.Name != name {
			return false
		}
		for _, id := range has {
			if _, ok := s.Target(id); !ok {
				return false
			}
		}
		return true
	})
	if err != nil {
		return sc, fmt.Errorf("waiting for the screen %q after %q: %w", name, c.last, err)
	}
	if name != c.last {
		c.say("%s", name)
	}
	c.last = name
	return sc, c.picture(ctx, name)
}

func (c *Citizen) say(format string, args ...any) {
	if c.Say != nil {
		c.Say(format, args...)
	}
}

// picture keeps what is on the screen now, once it stands still: a button that
// was just touched is drawn pressed for a moment.
func (c *Citizen) picture(ctx context.Context, name string) error {
	if c.Album == "" {
		return nil
	}
	select {
	case <-time.After(panel.Settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	f, err := c.Panel.Frame(ctx)
	if err != nil {
		return fmt.Errorf("picture of %s: %w", name, err)
	}
	return c.keep(name, f.PNG)
}

func (c *Citizen) keep(name string, png []byte) error {
	c.shots++
	return os.WriteFile(filepath.Join(c.Album, fmt.Sprintf("%02d-%s.png", c.shots, name)), png, 0o644)
}

// Tap touches targets by their ids, one after the other.
func (c *Citizen) Tap(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if err := c.Panel.Tap(ctx, id); err != nil {
			return fmt.Errorf("touching %q on %q: %w", id, c.last, err)
		}
	}
	return nil
}
