// Package keypad drives tactile keypads: USB number pads and the keypads for
// people who cannot see or reach the glass, all of which play a keyboard.
//
//	evdev+keypad:///dev/input/event4
//	evdev+keypad:///?name=numeric+keypad&map=standard,arrows
//	evdev+keypad:///?id=1a2b:0001&map=KEY_F13:help,KEY_F14:repeat
//
// A keypad is found as package evdev finds panels. map has names of
// input-event-codes.h with the buttons of hal.Button, and sets of them:
// standard and digits, which are the default, and arrows for a number pad that
// steers. It is grabbed, so that what is typed on it reaches nothing else;
// grab=0 leaves it to others too.
package keypad

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/input"
	"tram06/hal/params"
)

// queued presses wait for Next.
const queued = 16

// Pad is one open keypad.
type Pad struct{ *input.Stream[hal.KeyPress] }

var (
	_ hal.Keypad     = (*Pad)(nil)
	_ hal.Identified = (*Pad)(nil)
)

// Opener opens keypads of this machine. now stamps presses; nil is time.Now.
func Opener(now func() time.Time) hal.Opener { return OpenerOn(input.System{}, now) }

// OpenerOn opens keypads of another system, such as simulated ones.
func OpenerOn(sys input.System, now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		query, m, err := parseURI(u)
		if err != nil {
			return nil, err
		}
		dev, err := sys.Find(query, func(i input.Info) error { return usable(i, m) })
		if err != nil {
			return nil, fmt.Errorf("keypad: %w", err)
		}
		return start(u.String(), dev, m, now), nil
	}
}

// usable tells whether the device has enough of the keys: a way to move, be it
// by figures, and a way to choose.
func usable(i input.Info, m keyMap) error {
	has := map[hal.Button]bool{}
	for code, b := range m {
		has[b] = has[b] || i.HasKeys(code)
	}
	if !has[hal.ButtonDown] && !has[hal.ButtonDigit0+2] {
		return fmt.Errorf("no key of the device is mapped to down, nor to 2: %w", hal.ErrUnsupported)
	}
	if !has[hal.ButtonOK] {
		return fmt.Errorf("no key of the device is mapped to ok: %w", hal.ErrUnsupported)
	}
	return nil
}

func parseURI(u *url.URL) (q input.Query, m keyMap, err error) {
	p := params.New("keypad", u)
	q = input.ParseQuery(u, p, true)
	text, ok := p.Take("map")
	if !ok {
		text = defaults
	}
	if m, err = parseMap(text); err != nil {
		p.Failf("map: %w", err)
	}
	return q, m, p.End()
}

func start(uri string, dev input.Device, m keyMap, now func() time.Time) *Pad {
	p := &Pad{}
	d := decoder{keys: m, emit: func(k hal.KeyPress) {
		k.At = p.Now()
		p.Push(k)
	}}
	p.Stream = input.NewStream(dev, input.Options[hal.KeyPress]{
		URI: uri, What: "keypad", Key: hal.KeyKeypadGone, Now: now,
		Add: enqueue,
		Events: func(events []input.Event) {
			for _, e := range events {
				d.feed(e)
			}
		},
	})
	p.Start()
	return p
}

// decoder turns keys into presses.
type decoder struct {
	keys keyMap
	emit func(hal.KeyPress)
	lost bool // events until the next report are incomplete
}

func (d *decoder) feed(e input.Event) {
	switch {
	case e.Type == input.Syn && e.Code == input.SynDropped:
		d.lost = true
	case e.Type == input.Syn && e.Code == input.SynReport:
		d.lost = false
	case d.lost || e.Type != input.Key:
	case e.Value == input.Pressed || e.Value == input.Repeated:
		// A press that was lost is pressed again by whoever pressed it: nothing
		// is made up for it. A key that is held repeats by the kernel's clock.
		if b, ok := d.keys[e.Code]; ok {
			d.emit(hal.KeyPress{Button: b, Held: e.Value == input.Repeated})
		}
	}
}

// enqueue keeps one repetition of a held key at most: to go on when it was let
// go would overshoot. When nobody took presses for long, they were not meant
// for what is said by now.
func enqueue(queue []hal.KeyPress, k hal.KeyPress) []hal.KeyPress {
	n := len(queue)
	switch {
	case k.Held && n > 0:
		return queue
	case n >= queued:
		clear(queue) // it may be somebody's number
		queue = queue[:0]
	}
	return append(queue, k)
}
