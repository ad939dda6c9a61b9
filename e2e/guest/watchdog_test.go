//go:build guest

package guest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/watchdog"
)

func openWatchdog(path string) (hal.Watchdog, error) {
	w, err := watchdog.Open(path, "watchdog://"+path, watchdog.Options{})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// counts tells whether the kernel says that a watchdog runs.
func counts(t *testing.T, name string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/sys/class/watchdog", name, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b)) == "active"
}

// The chip sits on the machine's bus, from which it can be taken while the
// machine runs.
func TestWatchdogConformance(t *testing.T) {
	const name = "watchdog1"
	b, err := os.ReadFile("/sys/class/watchdog/" + name + "/identity")
	if err != nil || !strings.Contains(string(b), "i6300ESB") {
		t.Fatalf("%s is %q, %v", name, b, err)
	}
	chips, err := filepath.Glob("/sys/bus/pci/drivers/i6300*/0000:*")
	if err != nil || len(chips) != 1 {
		t.Fatalf("chips on the bus: %q, %v", chips, err)
	}
	// The driver's own link to it is gone with the chip.
	chip, err := filepath.EvalSymlinks(chips[0])
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("1"), 0o200); err != nil {
			t.Fatal(err)
		}
	}
	haltest.Watchdog(t, haltest.Rig[hal.Watchdog]{
		Open:   func() (hal.Watchdog, error) { return openWatchdog("/dev/" + name) },
		Unplug: func() { write(filepath.Join(chip, "remove")) },
		Plug:   func() { write("/sys/bus/pci/rescan"); appears(t, "/dev/"+name) },
		Cycles: scores,
	}, func() bool { return counts(t, name) })
}

// The kernel's own counts as a chip does.
func TestWatchdogOfTheKernel(t *testing.T) {
	const path, name = "/dev/watchdog0", "watchdog0"
	for range 3 {
		w, err := openWatchdog(path)
		if err != nil {
			t.Fatal(err)
		}
		if !counts(t, name) {
			t.Error("an open watchdog does not count")
		}
		if w.Timeout() != watchdog.DefaultTimeout {
			t.Errorf("Timeout is %s", w.Timeout())
		}
		if _, err := openWatchdog(path); !errors.Is(err, unix.EBUSY) {
			t.Errorf("a second program gives %v, want EBUSY", err)
		}
		// Kicked in time it lets the machine live beyond its timeout.
		kick := time.NewTicker(w.Timeout() / 3)
		for range 4 {
			<-kick.C
			if err := w.Kick(); err != nil {
				t.Fatal(err)
			}
		}
		kick.Stop()
		if err := w.Disarm(); err != nil || counts(t, name) {
			t.Errorf("Disarm gives %v, and it counts: %v", err, counts(t, name))
		}
	}
}
