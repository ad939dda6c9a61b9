//go:build guest

package guest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/keypad"
)

const keypadURI = "evdev+keypad:///?name=MAU+keypad"

func openKeypad(ctx context.Context) (hal.Keypad, error) {
	return hal.Open[hal.Keypad](ctx, hal.Registry{"evdev+keypad": keypad.Opener(time.Now)}, keypadURI)
}

func (k *keys) pad(t *testing.T) hal.Keypad {
	t.Helper()
	return opened(t, openKeypad)
}

// gives holds the next press.
func gives(t *testing.T, p hal.Keypad, want hal.Button, held bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if got, err := p.Next(ctx); err != nil || got.Button != want || got.Held != held {
		t.Fatalf("%v, held %v, %v, want %v, held %v", got.Button, got.Held, err, want, held)
	}
}

func TestKeypadConformance(t *testing.T) {
	k := newKeys(t, "keypad")
	k.plug()
	haltest.Keypad(t, k.pad)
}

func TestKeypadGivesItsButtons(t *testing.T) {
	k := newKeys(t, "keypad")
	k.plug()
	hears := eavesdrop(t, k.name)
	p := k.pad(t)
	defer p.Close()
	for _, c := range []struct {
		key  byte
		want hal.Button
	}{{usageUp, hal.ButtonUp}, {usageEnter, hal.ButtonOK}, {usageZero, hal.ButtonDigit0}, {usageOne + 8, hal.ButtonDigit0 + 9}} {
		k.presses(0, c.key)
		gives(t, p, c.want, false)
	}
	// A key that is held repeats by the kernel's clock, until it is let go.
	k.holds(0, usageUp)
	gives(t, p, hal.ButtonUp, false)
	for range 3 {
		gives(t, p, hal.ButtonUp, true)
	}
	k.holds(0, 0)
	k.presses(0, usageEnter)
	for {
		got, err := p.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Button == hal.ButtonOK {
			break
		}
		if !got.Held {
			t.Errorf("the held key is pressed anew: %v", got.Button)
		}
	}
	if len(hears()) > 0 {
		t.Error("another program hears what is pressed")
	}
}

func TestKeypadUnplugged(t *testing.T) {
	k := newKeys(t, "keypad")
	haltest.PlugCycles(t, few, func(t *testing.T) (hal.Keypad, func()) {
		k.plug()
		p := k.pad(t)
		k.holds(0, usageUp)
		gives(t, p, hal.ButtonUp, false)
		return p, func() {
			k.unplug()
			k.is(false)
			missing(t, openKeypad)
		}
	}, func(ctx context.Context, p hal.Keypad) error {
		for {
			if got, err := p.Next(ctx); err != nil {
				return err
			} else if !got.Held {
				t.Errorf("%v was pressed by nobody", got.Button)
			}
		}
	})
}

func TestKeypadHeals(t *testing.T) {
	k := newKeys(t, "keypad")
	k.plug()
	cord[hal.Keypad]{
		name: "keypad (usbhid)", uri: keypadURI, key: hal.KeyKeypadGone,
		open: keypad.Opener(time.Now), plug: k.plug, unplug: k.unplug,
		works: func(p hal.Keypad) error {
			k.settles()
			k.presses(0, usageEnter)
			got, err := p.Next(t.Context())
			if err == nil && got.Button != hal.ButtonOK {
				err = errors.New("the press came over wrong")
			}
			return err
		},
	}.heals(t)
}
