package watchdog_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/watchdog"
	"tram06/hal/watchdog/sim"
)

const uri = "sim:///watchdog?timeout=30s"

func open(t *testing.T, d *sim.Dog) (*watchdog.Watchdog, error) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	w, err := d.Opener(nil)(t.Context(), u)
	if err != nil {
		return nil, err
	}
	return w.(*watchdog.Watchdog), nil
}

func mustOpen(t *testing.T, d *sim.Dog) *watchdog.Watchdog {
	t.Helper()
	w, err := open(t, d)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestConformance(t *testing.T) {
	dog := sim.New(sim.Options{})
	haltest.Watchdog(t, haltest.Rig[hal.Watchdog]{
		Open: func() (hal.Watchdog, error) {
			w, err := open(t, dog)
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

func TestItBitesWhoeverDoesNotKick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var restarts atomic.Int32
		dog := sim.New(sim.Options{Bite: func() { restarts.Add(1) }})
		w := mustOpen(t, dog)
		for range 100 {
			<-time.After(w.Timeout() - time.Second)
			if err := w.Kick(); err != nil {
				t.Fatal(err)
			}
		}
		if dog.Bites() != 0 {
			t.Fatalf("bitten %d times although kicked in time", dog.Bites())
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		<-time.After(w.Timeout() - time.Millisecond)
		if restarts.Load() != 0 {
			t.Error("bitten before the time was up")
		}
		<-time.After(2 * time.Millisecond)
		if n := restarts.Load(); n != 1 {
			t.Errorf("after Close without Disarm it bit %d times, want 1", n)
		}
		// The machine comes up again, and can tell why.
		w = mustOpen(t, dog)
		if !w.Bitten() {
			t.Error("the cause of the restart is not told")
		}
		if err := w.Disarm(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		if restarts.Load() != 1 {
			t.Error("bitten after Disarm")
		}
	})
}

func TestAWatchdogThatNeverStopsSaysSo(t *testing.T) {
	dog := sim.New(sim.Options{NoWayOut: true})
	w := mustOpen(t, dog)
	if err := w.Disarm(); !errors.Is(err, hal.ErrUnsupported) {
		t.Fatalf("Disarm gives %v, want ErrUnsupported", err)
	}
	if err := w.Kick(); err != nil {
		t.Errorf("after the refusal Kick gives %v: nobody can keep the machine up", err)
	}
	if err := w.Close(); err != nil || !dog.Running() {
		t.Errorf("Close gives %v, running %v", err, dog.Running())
	}
}

func TestAWatchdogThatStopsAtACrashIsDegraded(t *testing.T) {
	dog := sim.New(sim.Options{NoMagic: true})
	w := mustOpen(t, dog)
	if h := w.Health(); h.State != hal.Degraded || h.Key != hal.KeyWatchdogWeak {
		t.Errorf("health is %v %q", h.State, h.Key)
	}
	if err := w.Disarm(); err != nil || dog.Running() {
		t.Errorf("Disarm gives %v, running %v", err, dog.Running())
	}
	// The same hardware in a kernel that never lets go is as good as any.
	strong := mustOpen(t, sim.New(sim.Options{NoMagic: true, NoWayOut: true}))
	if h := strong.Health(); h.State != hal.Ready {
		t.Errorf("health is %v %q", h.State, h.Key)
	}
	if err := strong.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheHardwaresTimeoutCounts(t *testing.T) {
	w := mustOpen(t, sim.New(sim.Options{Fixed: true, Max: 7 * time.Second}))
	if w.Timeout() != 7*time.Second {
		t.Errorf("Timeout is %v", w.Timeout())
	}
	if err := w.Disarm(); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeSetUpIsStopped(t *testing.T) {
	dog := sim.New(sim.Options{Max: 16 * time.Second})
	if _, err := open(t, dog); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "30s, write a shorter one") {
		t.Errorf("a timeout that is too long gives %v", err)
	}
	if dog.Running() {
		t.Error("nobody will kick it, and it runs")
	}
}

func TestOnlyOneProgramKicks(t *testing.T) {
	dog := sim.New(sim.Options{})
	w := mustOpen(t, dog)
	defer w.Close()
	if _, err := open(t, dog); !errors.Is(err, unix.EBUSY) {
		t.Errorf("a second program gives %v", err)
	}
}

func TestURIs(t *testing.T) {
	haltest.Refused(t, hal.Registry{"watchdog": watchdog.Opener(nil)}, map[string]string{
		"watchdog:///":                           "/dev/watchdog",
		"watchdog://dev/watchdog":                "three slashes",
		"watchdog:///dev/watchdog?timeout=0s":    "want a time",
		"watchdog:///dev/watchdog?timeout=1.5s":  "want whole seconds",
		"watchdog:///dev/watchdog?timeout=2h":    "want a time",
		"watchdog:///dev/watchdog?timeout=often": "want a time",
		"watchdog:///dev/watchdog?time=1s":       "unknown parameter",
	})
}

func TestFilesThatAreNoWatchdog(t *testing.T) {
	dir := t.TempDir()
	if _, err := watchdog.Open(filepath.Join(dir, "none"), uri, watchdog.Options{}); !errors.Is(err, hal.ErrGone) {
		t.Errorf("no file gives %v, want ErrGone", err)
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := watchdog.Open(plain, uri, watchdog.Options{}); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("a plain file gives %v, want ErrUnsupported", err)
	}
	if b, err := os.ReadFile(plain); err != nil || len(b) != 0 {
		t.Errorf("%q was written to it, %v", b, err)
	}
	if _, err := watchdog.Open("/dev/null", uri, watchdog.Options{}); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("another device gives %v, want ErrUnsupported", err)
	}
}
