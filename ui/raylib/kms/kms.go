// Package kms finds the connected display and the mode it prefers in the
// kernel's sysfs tree, /sys/class/drm. It opens no device.
package kms

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

// ErrNone: no connector reports a display. It may still be switching on.
var ErrNone = errors.New("no connected display")

// Mode of a display.
type Mode struct {
	// Connector as the kernel names it: "card0-HDMI-A-1".
	Connector     string
	Width, Height int
}

// Find returns the preferred mode of the first connected display. Cards are
// tried in raylib's order, card1 before card0: on boards with two the display
// controller is often the second, the first being the GPU alone.
func Find(sys fs.FS) (Mode, error) {
	entries, err := fs.ReadDir(sys, ".")
	if err != nil {
		return Mode{}, fmt.Errorf("list connectors: %w", err)
	}
	var names []string
	for _, e := range entries {
		if card, _, ok := strings.Cut(e.Name(), "-"); ok && strings.HasPrefix(card, "card") {
			names = append(names, e.Name())
		}
	}
	sort.SliceStable(names, func(i, j int) bool { return rank(names[i]) < rank(names[j]) })
	var errs []error
	for _, name := range names {
		m, err := read(sys, name)
		if err == nil {
			return m, nil
		}
		errs = append(errs, err)
	}
	return Mode{}, errors.Join(append([]error{ErrNone}, errs...)...)
}

func rank(name string) int {
	if strings.HasPrefix(name, "card1-") {
		return 0
	}
	return 1
}

func read(sys fs.FS, name string) (Mode, error) {
	status, err := fs.ReadFile(sys, name+"/status")
	if err != nil {
		return Mode{}, fmt.Errorf("%s: %w", name, err)
	}
	if s := strings.TrimSpace(string(status)); s != "connected" {
		return Mode{}, fmt.Errorf("%s: %.20q", name, s)
	}
	modes, err := fs.ReadFile(sys, name+"/modes")
	if err != nil {
		return Mode{}, fmt.Errorf("%s: %w", name, err)
	}
	// The kernel lists the preferred mode first.
	sc := bufio.NewScanner(bytes.NewReader(modes))
	for sc.Scan() {
		if w, h, ok := parse(sc.Text()); ok {
			return Mode{name, w, h}, nil
		}
	}
	return Mode{}, fmt.Errorf("%s: connected, but lists no mode", name)
}

// maxSide is far beyond any panel; a larger number is a mistake.
const maxSide = 16384

// parse reads "1920x1080"; interlaced modes ("1920x1080i") do not count.
func parse(s string) (w, h int, ok bool) {
	a, b, ok := strings.Cut(strings.TrimSpace(s), "x")
	if !ok {
		return 0, 0, false
	}
	w, errW := strconv.Atoi(a)
	h, errH := strconv.Atoi(b)
	if errW != nil || errH != nil || w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return 0, 0, false
	}
	return w, h, true
}
