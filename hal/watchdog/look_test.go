package watchdog_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tram06/hal"
	"tram06/hal/watchdog"
)

// closed is a tree in which nobody may open a device.
type closed struct {
	fstest.MapFS
	t *testing.T
}

func (c closed) Open(name string) (fs.File, error) {
	c.keep(name)
	return c.MapFS.Open(name)
}

func (c closed) ReadFile(name string) ([]byte, error) {
	c.keep(name)
	return c.MapFS.ReadFile(name)
}

func (c closed) keep(name string) {
	if strings.HasPrefix(name, "dev/") {
		c.t.Errorf("%s was opened, which starts it", name)
	}
}

// Stat looks without opening, as the kernel's stat does.
func (c closed) Stat(name string) (fs.FileInfo, error) { return c.MapFS.Stat(name) }

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s + "\n")} }

func TestLookOpensNothing(t *testing.T) {
	dog := func(more ...string) fstest.MapFS {
		m := fstest.MapFS{
			"dev/watchdog":  {Mode: fs.ModeDevice | fs.ModeCharDevice | 0o600},
			"dev/watchdog1": {Mode: fs.ModeDevice | fs.ModeCharDevice | 0o600},
			"dev/kiosk/dog": {Mode: fs.ModeSymlink, Data: []byte("../watchdog1")},
			"dev/null.txt":  {},
		}
		for i := 0; i < len(more); i += 2 {
			m["sys/class/watchdog/"+more[i]] = text(more[i+1])
		}
		return m
	}
	plain := []string{"watchdog0/identity", "Broadcom BCM2835 Watchdog timer", "watchdog0/state", "inactive", "watchdog0/timeout", "15",
		"watchdog0/nowayout", "0", "watchdog0/bootstatus", "0"}
	for _, x := range []struct {
		name, dev string
		tree      fstest.MapFS
		want      watchdog.Sight
		err       error
	}{
		{"at rest", "/dev/watchdog", dog(plain...), watchdog.Sight{Told: true, Identity: "Broadcom BCM2835 Watchdog timer", Timeout: 15 * time.Second}, nil},
		{"counting, by a link to the second one", "/dev/kiosk/dog",
			dog("watchdog1/identity", "dog", "watchdog1/state", "active", "watchdog1/timeout", "60", "watchdog1/nowayout", "1", "watchdog1/bootstatus", "0x20"),
			watchdog.Sight{Told: true, Identity: "dog", Active: true, Timeout: time.Minute, NoWayOut: true, Bitten: true}, nil},
		{"a kernel that does not tell", "/dev/watchdog", dog(), watchdog.Sight{}, nil},
		{"none there", "/dev/watchdog7", dog(), watchdog.Sight{}, hal.ErrGone},
		{"no device", "/dev/null.txt", dog(), watchdog.Sight{}, hal.ErrUnsupported},
		{"garbage for a timeout", "/dev/watchdog", dog("watchdog0/identity", "dog", "watchdog0/timeout", "soon"), watchdog.Sight{Told: true, Identity: "dog"}, hal.ErrFault},
		{"a timeout beyond reason", "/dev/watchdog", dog("watchdog0/identity", "dog", "watchdog0/timeout", "99999999999"), watchdog.Sight{Told: true, Identity: "dog"}, hal.ErrFault},
	} {
		got, err := watchdog.Look(closed{x.tree, t}, x.dev)
		if got != x.want || !errors.Is(err, x.err) {
			t.Errorf("%s: %+v, %v, want %+v, %v", x.name, got, err, x.want, x.err)
		}
	}
}

func FuzzLook(f *testing.F) {
	f.Add("dog", "active", "15", "0", "32")
	f.Add("", "", "-1", "2", "0x")
	f.Add("dog\x00", "inactive\n", "4294967296", "1", "99999999999999999999")
	f.Fuzz(func(t *testing.T, identity, state, timeout, nowayout, bootstatus string) {
		const dir = "sys/class/watchdog/watchdog0/"
		s, err := watchdog.Look(fstest.MapFS{
			"dev/watchdog":   {Mode: fs.ModeDevice | fs.ModeCharDevice},
			dir + "identity": text(identity), dir + "state": text(state), dir + "timeout": text(timeout),
			dir + "nowayout": text(nowayout), dir + "bootstatus": text(bootstatus),
		}, "/dev/watchdog")
		if !s.Told || s.Timeout < 0 || s.Timeout > time.Hour || err != nil && !errors.Is(err, hal.ErrFault) {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}
