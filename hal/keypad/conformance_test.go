package keypad

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"tram06/hal"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/remote"
	"tram06/hal/evdev/sim"
	"tram06/hal/haltest"
)

func TestConformance(t *testing.T) {
	haltest.Keypad(t, func(t *testing.T) hal.Keypad { return open(t, pad(t), "") })
}

func next(ctx context.Context, p hal.Keypad) error { _, err := p.Next(ctx); return err }

func TestPlugCycles(t *testing.T) {
	d := pad(t)
	haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.Keypad, func()) {
		d.Plug()
		return open(t, d, ""), d.Unplug
	}, next)
}

func reach(t *testing.T, how func(string) (input.Device, error), query string) (hal.Keypad, error) {
	reg := hal.Registry{"evdev+keypad": OpenerOn(input.System{Open: how}, nil)}
	return hal.Open[hal.Keypad](t.Context(), reg, "evdev+keypad:///sim"+query)
}

func TestSupervised(t *testing.T) {
	d := pad(t)
	haltest.Supervised(t, haltest.Rig[hal.Keypad]{
		Open:   func() (hal.Keypad, error) { return reach(t, d.Open, "") },
		Unplug: d.Unplug, Plug: d.Plug, Virtual: true,
	}, func(ctx context.Context, p hal.Keypad, works func()) error {
		works()
		return next(ctx, p)
	})
}

// As a desk's simulation shows it.
func TestSupervisedOverASocket(t *testing.T) {
	d := pad(t)
	path := filepath.Join(t.TempDir(), "keypad")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, ln, d) }()
	defer func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	haltest.Supervised(t, haltest.Rig[hal.Keypad]{
		Open: func() (hal.Keypad, error) {
			reg := hal.Registry{"sim+keypad": OpenerOn(input.System{Open: remote.Dial}, nil)}
			return hal.Open[hal.Keypad](t.Context(), reg, "sim+keypad://"+path)
		},
		Unplug: d.Unplug, Plug: d.Plug,
	}, func(ctx context.Context, p hal.Keypad, works func()) error {
		works()
		return next(ctx, p)
	})
}

func TestUnpluggedAtEveryStep(t *testing.T) {
	for _, query := range []string{"", "?grab=0"} {
		t.Run(query, func(t *testing.T) {
			d := pad(t)
			haltest.EveryStep(t, haltest.Visit[hal.Keypad]{
				Open: func(t *testing.T, cable *haltest.Fuse) (hal.Keypad, error) {
					d.Unplug()
					d.Plug()
					return reach(t, d.Cable(cable.Broken), query)
				},
				Use: func(ctx context.Context, p hal.Keypad) error {
					for key, want := range map[string]hal.Button{"KEY_KPENTER": hal.ButtonOK, "KEY_UP": hal.ButtonUp, "KEY_KP7": hal.ButtonDigit0 + 7} {
						tap(t, d, key)
						k, err := p.Next(ctx)
						if err != nil {
							return err
						}
						if k.Button != want || k.Held {
							return fmt.Errorf("pressed %s, got %v", key, k.Button)
						}
					}
					return nil
				},
				Virtual: true,
			})
		})
	}
}
