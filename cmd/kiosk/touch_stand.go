package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/supervisor"
	"tram06/ui/icon"
	"tram06/ui/raylib"
	"tram06/ui/scene"
	"tram06/ui/setup"
	"tram06/ui/text"
)

// display is what a technician's page is shown on. Its methods are called from
// one goroutine, which for a real screen is the main one.
type display interface {
	Draw(*scene.Scene) error
	Poll() []hal.Touch
	PollEvery() time.Duration
	Closed() bool
}

// touchOptions say on which terminal a technician's page is shown, and for how
// long.
type touchOptions struct {
	Board config.Board
	// Device is the panel's URI, the board's if empty.
	Device string
	// Socket of the remote panel; only in builds for development.
	Socket string
	// Timeout ends a page that nobody touches; a minute if zero.
	Timeout time.Duration
	// Say tells what happens besides what is on the screen; may be nil.
	Say func(format string, args ...any)

	// What follows is for tests; nil is the real thing.
	display  display
	remote   <-chan hal.Touch
	registry hal.Registry
	now      func() time.Time
}

func (o touchOptions) panel() setup.Panel {
	d := o.Board.Display
	return setup.Panel{W: int(d.Width), H: int(d.Height), Pitch: d.Pitch()}
}

func (o touchOptions) device() string {
	if o.Device != "" {
		return o.Device
	}
	return string(o.Board.Devices.Touch)
}

// page is one of package setup's.
type page interface {
	Touch(hal.Touch)
	Tick(time.Time)
	Device(hal.Health)
	Count(evdev.Counts, []image.Point, time.Time)
	Scene(*text.Fonts) *scene.Scene
	Ended() setup.End
}

// errStopped: the technician pressed Ctrl-C or closed the window.
var errStopped = errors.New("stopped before it was over")

// tick is how often a page is told the time: a bar that fills has no steps.
const tick = 100 * time.Millisecond

// playPage shows a page on the terminal's screen until it ends.
func playPage(ctx context.Context, o touchOptions, p page) (err error) {
	if o.now == nil {
		o.now = time.Now
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.registry == nil {
		o.registry = devices(o.Board)
	}
	fonts, err := text.New()
	if err != nil {
		return err
	}
	shown := func(*scene.Scene) error { return nil }
	if o.display == nil {
		d := o.Board.Display
		screen, err := raylib.Open(raylib.Options{
			Width: int(d.Width), Height: int(d.Height), Rotate: int(d.Rotate), Title: "Trạm 06", Glyph: fonts.Glyph, Icon: icon.Mask,
		})
		if err != nil {
			return coded{health.ScreenDown, err}
		}
		defer screen.Close()
		remote, err := openPanel(o.Socket, screen)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, remote.Close()) }()
		o.display, o.remote, shown = screen, remote.Touches(), remote.Show
	}
	s := &stand{o: o, p: p, fonts: fonts, shown: shown, touches: make(chan hal.Touch, 64), health: make(chan hal.Health, 8)}
	return s.run(ctx)
}

// stand is a terminal while a technician stands before it.
type stand struct {
	o     touchOptions
	p     page
	fonts *text.Fonts
	shown func(*scene.Scene) error
	last  *scene.Scene

	touches chan hal.Touch
	health  chan hal.Health
	tally   tally
}

func (s *stand) run(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	if uri := s.o.device(); uri != "" {
		all.Go(func() { s.supervise(inner, uri) })
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var poll <-chan time.Time
	if every := s.o.display.PollEvery(); every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		poll = t.C
	}
	for {
		if err := s.show(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errStopped
		case <-ticker.C:
			s.count()
			s.p.Tick(s.o.now())
		case <-poll:
			for _, t := range s.o.display.Poll() {
				s.p.Touch(t)
			}
			if s.o.display.Closed() {
				return errStopped
			}
		case h := <-s.health:
			s.p.Device(h)
		case t := <-s.touches:
			s.touched(t, s.touches)
		case t := <-s.o.remote:
			s.touched(t, s.o.remote)
		}
		if s.p.Ended() != setup.Running {
			s.count()
			return s.show()
		}
	}
}

// touched takes all touches that are there: the screen shows the last of them
// sooner than each after the other.
func (s *stand) touched(t hal.Touch, more <-chan hal.Touch) {
	defer s.count()
	for {
		s.p.Touch(t)
		if s.p.Ended() != setup.Running {
			return
		}
		select {
		case t = <-more:
		default:
			return
		}
	}
}

// show draws what is new.
func (s *stand) show() error {
	sc := s.p.Scene(s.fonts)
	if s.last != nil && scene.Equal(s.last, sc) {
		return nil
	}
	s.last = sc
	if err := s.o.display.Draw(sc); err != nil {
		return fmt.Errorf("screen %s: %w", sc.Name, err)
	}
	return s.shown(sc)
}

func (s *stand) count() {
	if c, fingers, ok := s.tally.read(); ok {
		s.p.Count(c, fingers, s.o.now())
	}
}

// supervise keeps the panel open, also when its plug is pulled meanwhile.
func (s *stand) supervise(ctx context.Context, uri string) {
	_ = supervisor.Run(ctx, supervisor.Options[hal.TouchScreen]{
		URI: uri, Registry: s.o.registry, Key: hal.KeyTouchGone,
		OnHealth: func(h hal.Health) {
			if h.State != hal.Ready {
				s.o.Say("touch panel: %v", h.Err)
			}
			select {
			case s.health <- h:
			case <-ctx.Done():
			}
		},
		Use: func(ctx context.Context, d hal.TouchScreen) error {
			s.tally.open(d)
			defer s.tally.close()
			for {
				t, err := d.Next(ctx)
				if err != nil {
					return err
				}
				select {
				case s.touches <- t:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		},
	})
}

// counter is a panel that counts what it tells.
type counter interface {
	Counts() evdev.Counts
	Fingers() []image.Point
}

// tally adds up what a panel counts over all its openings.
type tally struct {
	mu   sync.Mutex
	past evdev.Counts
	now  counter // nil while none is open
	any  bool
}

func (t *tally) open(d hal.TouchScreen) {
	c, ok := d.(counter)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now, t.any = c, true
}

func (t *tally) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.past = t.sum()
	t.past.Fingers, t.now = 0, nil
}

// read gives the sum, and where fingers are now; ok is false before any panel
// was opened that counts.
func (t *tally) read() (c evdev.Counts, fingers []image.Point, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != nil {
		fingers = t.now.Fingers()
	}
	return t.sum(), fingers, t.any
}

func (t *tally) sum() evdev.Counts {
	c := t.past
	if t.now != nil {
		n := t.now.Counts()
		c.Events, c.Reports, c.Dropped = c.Events+n.Events, c.Reports+n.Reports, c.Dropped+n.Dropped
		c.Fingers, c.Most = n.Fingers, max(c.Most, n.Most)
	}
	return c
}
