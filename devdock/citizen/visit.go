package citizen

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tram06/ui/panel"
	"tram06/ui/text"
)

// step is one thing to see, and what to touch then.
type step struct {
	see string
	has []string
	tap []string
}

func (c *Citizen) play(ctx context.Context, steps []step) error {
	for _, s := range steps {
		if _, err := c.See(ctx, s.see, s.has...); err != nil {
			return err
		}
		if err := c.Tap(ctx, s.tap...); err != nil {
			return err
		}
	}
	return nil
}

// ToIdentify goes from the attract screen to "scan your card".
func (c *Citizen) ToIdentify(ctx context.Context) error {
	first := step{see: "attract"}
	if c.Lang != "" {
		first.tap = append(first.tap, "lang."+c.Lang)
	}
	first.tap = append(first.tap, "primary")
	return c.play(ctx, []step{first, {see: "consent", tap: []string{"agree"}}, {see: "identify-scan"}})
}

// Identify scans the code, lays the card, and waits for "is this you?".
func (c *Citizen) Identify(ctx context.Context) error {
	if err := c.ToIdentify(ctx); err != nil {
		return err
	}
	if err := c.World.Scan(c.Key, ""); err != nil {
		return err
	}
	if _, err := c.See(ctx, "identify-lay"); err != nil {
		return err
	}
	at := time.Now()
	err := c.pass(ctx, "identify-reading", func() error { return c.World.Lay(c.Key) },
		func(s panel.Scene) bool { return s.Name == "confirm" || s.Name == "identify-problem" })
	if err != nil {
		return fmt.Errorf("waiting for the card to be read: %w", err)
	}
	c.Timings.CardMS = time.Since(at).Milliseconds()
	if _, err := c.See(ctx, "confirm"); err != nil {
		return err
	}
	c.Timings.APDUs = c.World.APDUs()
	return nil
}

// Fill goes from "is this you?" to the last look before submitting.
func (c *Citizen) Fill(ctx context.Context) error {
	phone := []string{"digit.0", "digit.9"}
	for range 7 {
		phone = append(phone, "digit.0")
	}
	phone = append(phone, "digit.6")
	if err := c.Tap(ctx, "primary"); err != nil { // on "is this you?"
		return err
	}
	return c.play(ctx, []step{
		{see: "services", tap: []string{"service.residence_confirmation"}},
		{see: "form-who", tap: []string{"primary"}},
		{see: "form-request", tap: []string{"answer.permanent"}},
		{see: "form-request", tap: []string{"primary"}},
		{see: "form-result", tap: []string{"answer.paper"}},
		{see: "form-result", tap: []string{"primary"}},
		{see: "form-phone", tap: phone},
		{see: "form-phone", tap: []string{"primary"}},
		{see: "review"},
	})
}

// Submit hands in, and waits until the screen says how it went.
func (c *Citizen) Submit(ctx context.Context) error {
	at := time.Now()
	printing := text.In(c.lang()).PrintingStep
	err := c.pass(ctx, "submitting", func() error { return c.Tap(ctx, "primary") },
		func(s panel.Scene) bool {
			// From the moment the outcome is known the page says that it prints.
			if c.Timings.SubmitMS == 0 && (done(s) || slices.Contains(s.Texts, printing)) {
				c.Timings.SubmitMS = max(1, time.Since(at).Milliseconds())
				at = time.Now()
			}
			return done(s)
		})
	if err != nil {
		return fmt.Errorf("waiting for the outcome: %w", err)
	}
	c.Timings.PrintMS = time.Since(at).Milliseconds()
	sc, err := c.Panel.Scene(ctx)
	if err != nil {
		return err
	}
	_, err = c.See(ctx, sc.Name)
	return err
}

// pass does something, waits until a screen fits, and keeps the last picture of
// a page that is there only in between, too briefly to ask for its picture.
func (c *Citizen) pass(ctx context.Context, between string, do func() error, until func(panel.Scene) bool) error {
	frames, stop := c.film(ctx)
	defer stop()
	if err := do(); err != nil {
		return err
	}
	names := map[uint64]string{}
	_, err := c.Panel.Await(ctx, func(s panel.Scene) bool {
		names[s.Seq] = s.Name
		return until(s)
	})
	if err != nil {
		return err
	}
	stop()
	var last []byte
	for _, f := range *frames {
		if names[f.Seq] == between {
			last = f.PNG
		}
	}
	if last == nil {
		return nil // it went by between two frames
	}
	c.say("%s", between)
	return c.keep(between, last)
}

// done tells whether a page says how it ended: done-accepted, done-kept or
// done-rejected.
func done(s panel.Scene) bool { return strings.HasPrefix(s.Name, "done-") }

func (c *Citizen) lang() string {
	if c.Lang == "" {
		return "vi"
	}
	return c.Lang
}

// film keeps every frame until stop: the page of the submission passes too
// quickly to ask for its picture.
func (c *Citizen) film(ctx context.Context) (*[]panel.Frame, func()) {
	frames := &[]panel.Frame{}
	if c.Album == "" || c.Panel.Watch(true) != nil {
		return frames, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for after := uint64(0); ; {
			f, err := c.Panel.NextFrame(ctx, after)
			if err != nil {
				return
			}
			after = f.Seq
			*frames = append(*frames, f)
		}
	}()
	return frames, sync.OnceFunc(func() {
		cancel()
		<-done
		c.Panel.Watch(false) // if the line is gone, the next wait says so
	})
}

// Leave ends the session and takes the card.
func (c *Citizen) Leave(ctx context.Context) error {
	if err := c.Tap(ctx, "primary"); err != nil {
		return err
	}
	if _, err := c.See(ctx, "goodbye-card"); err != nil {
		return err
	}
	if err := c.World.Lift(); err != nil {
		return err
	}
	if _, err := c.See(ctx, "goodbye"); err != nil {
		return err
	}
	_, err := c.See(ctx, "attract")
	return err
}

// Visit goes from the attract screen to the goodbye.
func (c *Citizen) Visit(ctx context.Context) error {
	at := time.Now()
	for _, part := range []func(context.Context) error{c.Identify, c.Fill, c.Submit, c.Leave} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	c.Timings.SessionMS = time.Since(at).Milliseconds()
	return nil
}
