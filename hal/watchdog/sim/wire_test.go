package sim_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/devfile"
	"tram06/hal/haltest"
	"tram06/hal/watchdog"
	"tram06/hal/watchdog/remote"
	"tram06/hal/watchdog/sim"
)

// serve shows a watchdog, and gives the URI by which a kiosk opens it.
func serve(t *testing.T, d *sim.Dog) string {
	t.Helper()
	return "sim+watchdog://" + haltest.Serve(t, d.Serve)
}

func open(ctx context.Context, uri string) (*watchdog.Watchdog, error) {
	return hal.Open[*watchdog.Watchdog](ctx, hal.Registry{"sim+watchdog": remote.Opener(nil)}, uri)
}

func TestConformsOverTheWire(t *testing.T) {
	dog := sim.New(sim.Options{})
	uri := serve(t, dog)
	haltest.Watchdog(t, haltest.Rig[hal.Watchdog]{
		Open: func() (hal.Watchdog, error) {
			w, err := open(t.Context(), uri)
			if err != nil {
				return nil, err
			}
			return w, nil
		},
		Unplug: dog.Unplug, Plug: dog.Plug,
	}, dog.Running)
	if dog.Running() {
		t.Error("the suite left it running")
	}
}

// What the hardware can do, and cannot, arrives as what it is.
func TestKindsOverTheWire(t *testing.T) {
	for name, x := range map[string]struct {
		o       sim.Options
		query   string
		timeout time.Duration
		key     string
		disarm  error
	}{
		"a plain one":       {sim.Options{}, "", watchdog.DefaultTimeout, hal.KeyOK, nil},
		"of its own time":   {sim.Options{Fixed: true, Max: 7 * time.Second}, "", 7 * time.Second, hal.KeyOK, nil},
		"that never stops":  {sim.Options{NoWayOut: true}, "?timeout=20s", 20 * time.Second, hal.KeyOK, hal.ErrUnsupported},
		"that always stops": {sim.Options{NoMagic: true}, "", watchdog.DefaultTimeout, hal.KeyWatchdogWeak, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dog := sim.New(x.o)
			uri := serve(t, dog)
			w, err := open(t.Context(), uri+x.query)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if w.Timeout() != x.timeout || w.Identity() != "simulated watchdog" || w.Bitten() {
				t.Errorf("%v, %q, bitten %t", w.Timeout(), w.Identity(), w.Bitten())
			}
			if h := w.Health(); h.Key != x.key {
				t.Errorf("health is %v %q", h.State, h.Key)
			}
			if _, err := open(t.Context(), uri); !errors.Is(err, unix.EBUSY) || errors.Is(err, hal.ErrGone) {
				t.Errorf("a second program gives %v", err)
			}
			if err := w.Disarm(); !errors.Is(err, x.disarm) || dog.Running() != (x.disarm != nil) {
				t.Errorf("Disarm gives %v, and it runs: %t", err, dog.Running())
			}
		})
	}
	dog := sim.New(sim.Options{Max: 16 * time.Second})
	if _, err := open(t.Context(), serve(t, dog)); !errors.Is(err, unix.EINVAL) || dog.Running() {
		t.Errorf("a timeout that is too long gives %v, and it runs: %t", err, dog.Running())
	}
}

// A kiosk that crashed leaves it running, and the next one may open it.
func TestAKioskThatCrashes(t *testing.T) {
	dog := sim.New(sim.Options{})
	far := serve(t, dog)[len("sim+watchdog://"):]
	f, err := devfile.Open(t.Context(), far)
	if err != nil {
		t.Fatal(err)
	}
	if err := devfile.Call(f, unix.WDIOC_KEEPALIVE, new(int32)); err != nil || dog.Kicks() != 1 {
		t.Errorf("a kick gives %v, and %d arrived", err, dog.Kicks())
	}
	if err := f.Cut(); err != nil {
		t.Fatal(err)
	}
	free(t, far)
	if !dog.Running() {
		t.Error("it stopped with the program that kicked it")
	}
}

// free waits until the last program is gone: a cut is noticed a moment later.
func free(t *testing.T, far string) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if w, err := open(t.Context(), "sim+watchdog://"+far); err == nil {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			return
		} else if !errors.Is(err, unix.EBUSY) {
			t.Fatal(err)
		}
		<-look.C
	}
}

func TestBadPeers(t *testing.T) {
	haltest.BadPeers(t, func(ctx context.Context, t *testing.T, peer func(net.Conn)) (*watchdog.Watchdog, error) {
		return open(ctx, "sim+watchdog://"+haltest.Listen(t, "tcp", "127.0.0.1:0", peer))
	}, func(_ context.Context, w *watchdog.Watchdog) error { return w.Kick() })
}

// The connection is cut after each message: of the opening, of kicks, of its end.
func TestCutAtEveryMessage(t *testing.T) {
	dog := sim.New(sim.Options{})
	far := serve(t, dog)[len("sim+watchdog://"):]
	haltest.EveryStep(t, haltest.Visit[*watchdog.Watchdog]{
		Open: func(t *testing.T, cable *haltest.Fuse) (*watchdog.Watchdog, error) {
			free(t, far)
			return open(t.Context(), "sim+watchdog://"+haltest.Listen(t, "tcp", "127.0.0.1:0", haltest.Wire("tcp", far, cable)))
		},
		Use: func(_ context.Context, w *watchdog.Watchdog) error {
			return errors.Join(w.Kick(), w.Kick(), w.Disarm())
		},
	})
}

func TestBadURIs(t *testing.T) {
	haltest.Refused(t, hal.Registry{"sim+watchdog": remote.Opener(nil)}, map[string]string{
		"sim+watchdog:///dev/watchdog":             "after two slashes",
		"sim+watchdog://127.0.0.1:1?timeout=1.5s":  "whole seconds",
		"sim+watchdog://127.0.0.1:1?timeout=often": "want a time",
		"sim+watchdog://127.0.0.1:1?magic=1":       "unknown parameter",
		"sim+watchdog://127.0.0.1:1":               "device gone",
	})
}
