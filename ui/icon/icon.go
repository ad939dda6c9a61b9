// Package icon turns the outlines of Tabler Icons into coverage masks, in pure
// Go and at any size. An icon has one colour, given when it is drawn.
package icon

import (
	_ "embed" // for the outlines
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
)

//go:embed tabler.txt
var tabler string

// License must go with the outlines.
//
//go:embed LICENSE
var License string

// grid is the side of the square that outlines are drawn on; pen is the width
// of an outline on it.
const (
	grid = 24.0
	pen  = 2.5
)

// ErrUnknown says that there is no icon of that name.
var ErrUnknown = errors.New("unknown icon")

// paths by name; parsed once, never changed after that.
var paths = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(tabler) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		m[f[0]] = f[1:]
	}
	return m
})

// Names lists all icons, in no order.
func Names() []string {
	var out []string
	for n := range paths() {
		out = append(out, n)
	}
	return out
}

// Mask draws the named icon into a square of the given side.
func Mask(name string, size int) (*image.Alpha, error) {
	ds, ok := paths()[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if size <= 0 || size > 4096 {
		return nil, fmt.Errorf("icon %q: size %d is not between 1 and 4096", name, size)
	}
	var all []polyline
	for _, d := range ds {
		p, err := parse(d, grid/float64(size)/4)
		if err != nil {
			return nil, fmt.Errorf("icon %q: %w", name, err)
		}
		all = append(all, p...)
	}
	if strings.HasPrefix(name, "f-") {
		return fill(all, size), nil
	}
	return stroke(all, size), nil
}
