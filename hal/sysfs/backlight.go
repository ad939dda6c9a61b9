package sysfs

import (
	"fmt"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// Values of bl_power, <linux/fb.h>.
const (
	powerOn  = 0
	powerOff = 4
)

// Backlight is the light behind the panel.
type Backlight struct {
	*tether.Tether
	fs    FS
	dir   string
	curve curve
	power bool // bl_power is there

	mu       sync.Mutex
	set, raw int // the last level set and its step; -1, -1 before
}

var _ hal.Backlight = (*Backlight)(nil)

// OpenBacklight opens the panel's light of a backlight URI and leaves it as it
// is.
func OpenBacklight(f FS, u *url.URL, now func() time.Time) (*Backlight, error) {
	p := params.New("backlight", u)
	least := p.Number("least", 1, 1, math.MaxInt32)
	if u.Host != "" {
		p.Failf("write the name after three slashes: backlight:///10-0045")
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	dir, err := findBacklight(f, strings.Trim(u.Path, "/"))
	if err != nil {
		return nil, fmt.Errorf("backlight: %w", err)
	}
	most, err := number(f, path.Join(dir, "max_brightness"))
	if err != nil {
		return nil, fmt.Errorf("backlight: %w", absent(err))
	}
	if most <= 0 || least > most {
		return nil, fmt.Errorf("backlight: %s has steps up to %d, and least is %d: %w", path.Base(dir), most, least, hal.ErrUnsupported)
	}
	// Kernels before 5.4 do not tell; then it is most probably linear.
	scale, _ := f.Read(path.Join(dir, "scale"))
	return &Backlight{
		Tether: tether.New(u.String(), "backlight", hal.KeyBacklightGone, now),
		fs:     f,
		dir:    dir,
		curve:  curve{least: least, most: most, perceived: scale == "non-linear"},
		power:  exists(f, path.Join(dir, "bl_power")),
		set:    -1, raw: -1,
	}, nil
}

// findBacklight gives the folder of a backlight. Without a name it is the one
// that the kernel's documentation would have a program take: firmware knows
// more than a driver of the platform, and that more than raw registers.
func findBacklight(f FS, name string) (string, error) {
	dirs, err := f.Glob("sys/class/backlight/*")
	if err != nil {
		return "", err
	}
	var names []string
	best, at := "", -1
	kinds := []string{"raw", "platform", "firmware"}
	for _, dir := range dirs {
		names = append(names, path.Base(dir))
		if name == path.Base(dir) {
			return dir, nil
		}
		kind, _ := f.Read(path.Join(dir, "type"))
		if k := slices.Index(kinds, kind); best == "" || k > at {
			best, at = dir, k
		}
	}
	switch {
	case len(names) == 0:
		return "", fmt.Errorf("the kernel shows none: %w", hal.ErrGone)
	case name != "":
		return "", fmt.Errorf("there is no %q (there: %s): %w", name, strings.Join(names, ", "), hal.ErrGone)
	}
	return best, nil
}

// Level is the present level; 0 is dark.
func (b *Backlight) Level() (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.Err(); err != nil {
		return 0, err
	}
	if b.power {
		p, err := number(b.fs, path.Join(b.dir, "bl_power"))
		if err != nil {
			return 0, b.failed(err)
		}
		if p != powerOn {
			return 0, nil
		}
	}
	raw, err := number(b.fs, path.Join(b.dir, "brightness"))
	if err != nil {
		return 0, b.failed(err)
	}
	// Of the levels that share a step, the one that was set is meant.
	if raw == b.raw {
		return b.set, nil
	}
	return b.curve.level(raw), nil
}

// SetLevel sets the level; 0 is dark.
func (b *Backlight) SetLevel(percent int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.Err(); err != nil {
		return err
	}
	if percent < 0 || percent > 100 {
		return b.Errorf("a level of %d%%: want 0 to 100: %w", percent, hal.ErrUnsupported)
	}
	raw := b.curve.step(percent)
	var err error
	power := func(v int) {
		if b.power && err == nil {
			err = put(b.fs, path.Join(b.dir, "bl_power"), v)
		}
	}
	// Lit at its old level for an instant is worse than late.
	if err = put(b.fs, path.Join(b.dir, "brightness"), raw); percent == 0 {
		power(powerOff)
	} else {
		power(powerOn)
	}
	if err != nil {
		return b.failed(err)
	}
	b.set, b.raw = percent, raw
	return nil
}

func (b *Backlight) failed(err error) error {
	if gone(err) {
		return b.Lost(err)
	}
	return b.Errorf("%w", err)
}

// Close leaves the light as it is: whoever stands there can go on reading.
func (b *Backlight) Close() error {
	b.Cut(nil)
	return nil
}

// curve maps levels as the eye takes them to steps of the hardware.
type curve struct {
	least, most int
	perceived   bool // the hardware's steps are even to the eye already
}

// step gives the step of a level.
func (c curve) step(percent int) int {
	switch percent {
	case 0:
		return 0
	case 100:
		return c.most
	}
	part := float64(percent) / 100
	if !c.perceived {
		part = luminance(percent)
	}
	return c.least + int(math.Round(part*float64(c.most-c.least)))
}

// luminance is that of a CIE 1976 lightness: what the eye calls half as bright
// sends a fifth of the light.
func luminance(lightness int) float64 {
	l := float64(lightness)
	if l <= 8 {
		return l / 903.3
	}
	return math.Pow((l+16)/116, 3)
}

// level gives the level whose step is nearest, the lowest of them.
func (c curve) level(raw int) int {
	if raw <= 0 {
		return 0
	}
	best, off := 1, math.MaxInt
	for p := 1; p <= 100; p++ {
		d := c.step(p) - raw
		if d = max(d, -d); d < off {
			best, off = p, d
		}
	}
	return best
}
