//go:build guest

package guest

import (
	"errors"
	"fmt"
	"io"
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

// What the machine's watchdogs say that they are.
const (
	chipWatchdog   = "i6300ESB timer"
	kernelWatchdog = "Software Watchdog"
)

// watchdogOf gives the name of the watchdog that is what it should be.
func watchdogOf(identity string) (string, error) {
	files, err := filepath.Glob("/sys/class/watchdog/*/identity")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(b)) == identity {
			return filepath.Base(filepath.Dir(file)), nil
		}
	}
	return "", fmt.Errorf("none of the watchdogs %q is a %s", files, identity)
}

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
	name, err := watchdogOf(chipWatchdog)
	if err != nil {
		t.Fatal(err)
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
		Cycles: score,
	}, func() bool { return counts(t, name) })
}

// The kernel's own counts as a chip does.
func TestWatchdogOfTheKernel(t *testing.T) {
	name, err := watchdogOf(kernelWatchdog)
	if err != nil {
		t.Fatal(err)
	}
	path := "/dev/" + name
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

// Told not to restart the machine, the kernel says when it would have: not while
// somebody kicks, and soon after the last kick. What a restart is like, the
// machine's own watchdog shows when all tests have ended.
func TestWatchdogBites(t *testing.T) {
	reload := func(parameters string) {
		if err := errors.Join(unix.DeleteModule("softdog", 0), load("/modules/softdog", parameters)); err != nil {
			t.Fatal(err)
		}
	}
	reload("soft_noboot=1")
	t.Cleanup(func() { reload("") })
	name, err := watchdogOf(kernelWatchdog)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile("/dev/kmsg", os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	bitten := func() bool {
		b := make([]byte, 8192) // a message each time
		for {
			n, err := unix.Read(int(log.Fd()), b)
			if errors.Is(err, unix.EAGAIN) {
				return false
			} else if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b[:n]), "softdog: Triggered") {
				return true
			}
		}
	}
	w, err := watchdog.Open("/dev/"+name, "watchdog:///dev/"+name, watchdog.Options{Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	kick := time.NewTicker(time.Second)
	for range 5 {
		<-kick.C
		if err := w.Kick(); err != nil || bitten() {
			t.Fatalf("Kick gives %v, or it bites whoever kicks it", err)
		}
	}
	kick.Stop()
	last := time.Now()
	if err := w.Close(); err != nil { // what a crash does
		t.Fatal(err)
	}
	lookFor(t, patience, 50*time.Millisecond, "the watchdog bites", bitten)
	if after := time.Since(last); after < w.Timeout() || after > w.Timeout()+time.Second {
		t.Errorf("it bites %v after the last kick, want %v", after, w.Timeout())
	}
	if w, err = watchdog.Open("/dev/"+name, "watchdog:///dev/"+name, watchdog.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Disarm(); err != nil {
		t.Fatal(err)
	}
}
