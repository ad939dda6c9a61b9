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
	// Album is the folder for a picture of every screen; "" takes none.
	Album string
	// Seen is told of every screen that was waited for; may be nil.
	Seen func(panel.Scene)

	shots int
	last  string
}

// See waits for a screen by its name and takes its picture.
func (c *Citizen) See(ctx context.Context, names ...string) (panel.Scene, error) {
	sc, err := c.Panel.Await(ctx, func(s panel.Scene) bool {
		for _, n := range names {
			if s.Name == n {
				return true
			}
		}
		return false
	})
	if err != nil {
		return sc, fmt.Errorf("waiting for the screen %v after %q: %w", names, c.last, err)
	}
	c.last = sc.Name
	if c.Seen != nil {
		c.Seen(sc)
	}
	return sc, c.picture(ctx, sc.Name)
}

// picture keeps what is on the screen now.
func (c *Citizen) picture(ctx context.Context, name string) error {
	if c.Album == "" {
		return nil
	}
	f, err := c.Panel.Frame(ctx)
	if err != nil {
		return fmt.Errorf("picture of %s: %w", name, err)
	}
	c.shots++
	return os.WriteFile(filepath.Join(c.Album, fmt.Sprintf("%02d-%s.png", c.shots, name)), f.PNG, 0o644)
}

// Tap touches a target by its id.
func (c *Citizen) Tap(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if err := c.Panel.Tap(ctx, id); err != nil {
			return fmt.Errorf("touching %q on %q: %w", id, c.last, err)
		}
	}
	return nil
}

// step is one thing to see and what to touch then.
type step struct {
	see string
	tap []string
	do  func() error
}

func (c *Citizen) play(ctx context.Context, steps []step) error {
	for _, s := range steps {
		if _, err := c.See(ctx, s.see); err != nil {
			return err
		}
		if s.do != nil {
			if err := s.do(); err != nil {
				return err
			}
		}
		if err := c.Tap(ctx, s.tap...); err != nil {
			return err
		}
	}
	return nil
}

// Identify goes from the attract screen to "is this you?".
func (c *Citizen) Identify(ctx context.Context) error {
	err := c.play(ctx, []step{
		{see: "attract", tap: []string{"start"}},
		{see: "consent", tap: []string{"agree"}},
		{see: "identify"},
	})
	if err != nil {
		return err
	}
	if err := c.World.Scan(c.Key, ""); err != nil {
		return err
	}
	if _, err := c.See(ctx, "identify-scanned"); err != nil {
		return err
	}
	if err := c.World.Lay(c.Key); err != nil {
		return err
	}
	return nil
}

// Fill goes from "is this you?" to the review.
func (c *Citizen) Fill(ctx context.Context) error {
	return c.play(ctx, []step{
		{see: "confirm", tap: []string{"primary"}},
		{see: "services", tap: []string{"service.residence_confirmation"}},
		{see: "form-data", tap: []string{"primary"}},
		{see: "form-what", tap: []string{"option.0"}},
		{see: "form-what-chosen", tap: []string{"primary"}},
		{see: "form-result", tap: []string{"option.0"}},
		{see: "form-result-chosen", tap: []string{"primary"}},
		{see: "form-phone", tap: []string{"digit.0", "digit.9", "digit.0", "digit.0", "digit.0", "digit.0", "digit.0", "digit.0", "digit.0", "digit.6"}},
		{see: "form-phone-typed", tap: []string{"primary"}},
		{see: "review"},
	})
}

// Wait is how long a person would look at most for one thing to happen.
const Wait = 45 * time.Second
