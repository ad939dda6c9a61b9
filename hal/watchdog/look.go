package watchdog

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Sight is what can be seen of a watchdog without opening it: opening starts it.
type Sight struct {
	// Told is false where the kernel shows nothing of watchdogs but their device
	// files (no CONFIG_WATCHDOG_SYSFS). The rest is zero then.
	Told     bool
	Identity string
	Active   bool          // somebody kicks it, or nobody does and it counts
	Timeout  time.Duration // as it is now; opening it may change that
	NoWayOut bool
	Bitten   bool // it caused the last restart
}

// Look sees the watchdog whose device file is dev ("/dev/watchdog") in the tree
// of files that root is. It opens no device.
func Look(root fs.FS, dev string) (Sight, error) {
	node := strings.TrimPrefix(path.Clean("/"+dev), "/")
	info, err := fs.Stat(root, node)
	if errors.Is(err, fs.ErrNotExist) {
		return Sight{}, fmt.Errorf("watchdog: %w: /%s: %w", hal.ErrGone, node, fs.ErrNotExist)
	} else if err != nil {
		return Sight{}, fmt.Errorf("watchdog: %w", err)
	}
	if info.Mode()&fs.ModeCharDevice == 0 {
		return Sight{}, fmt.Errorf("watchdog: /%s is no device: %w", node, hal.ErrUnsupported)
	}
	if to, err := fs.ReadLink(root, node); err == nil {
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(node), to)
		}
		node = strings.TrimPrefix(path.Clean("/"+to), "/")
	}
	name := path.Base(node)
	if name == "watchdog" {
		name = "watchdog0" // whose old name that is
	}
	read := func(file string) (string, bool) {
		b, err := fs.ReadFile(root, path.Join("sys/class/watchdog", name, file))
		return strings.TrimSpace(string(b)), err == nil
	}
	var s Sight
	if s.Identity, s.Told = read("identity"); !s.Told {
		return Sight{}, nil
	}
	state, _ := read("state")
	s.Active = state == "active"
	if v, ok := read("timeout"); ok {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || time.Duration(n) > maxTimeout/time.Second {
			return s, fmt.Errorf("watchdog: a timeout of %.20q seconds: %w", v, hal.ErrFault)
		}
		s.Timeout = time.Duration(n) * time.Second
	}
	v, _ := read("nowayout")
	s.NoWayOut = v == "1"
	if v, ok := read("bootstatus"); ok {
		n, err := strconv.ParseUint(v, 0, 32)
		s.Bitten = err == nil && n&unix.WDIOF_CARDRESET != 0
	}
	return s, nil
}
