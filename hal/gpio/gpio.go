// Package gpio drives what hangs on single wires of a board: lamps, contacts, a
// buzzer, a fan.
//
//	gpio+lamps:///?reader=pinctrl-bcm2711/17&printer=pinctrl-bcm2711/27,low
//	gpio+switch:///pinctrl-bcm2711/22?active=low&pull=up&debounce=30ms&stuck=1h
//	gpio+buzzer:///pinctrl-bcm2711/18?kind=passive
//	gpio+fan:///pinctrl-bcm2711/23?tach=pinctrl-bcm2711/24&pulses=2
//
// A line is the chip's label, as gpiodetect shows it, and the line's offset on
// that chip: both stay the same when chips are found in another order. Options:
//
//   - active=low, or ,low behind a lamp: a low level means "on";
//   - pull=up, down or none: the resistor inside the chip, for a contact;
//   - debounce: how long a contact must rest to be believed, 30ms if not said;
//   - stuck: how long a contact may stay on before somebody should look;
//   - kind=passive: a bare speaker, which the driver swings itself; active, the
//     default, is a buzzer that sounds by itself at the pitch that it has;
//   - tach, pulses: the line that pulses as the fan turns, and how often a turn.
//
// Lines are claimed through the kernel's character devices, the interface that
// every chip has on every board, in the manner of libgpiod: nobody else can
// claim them meanwhile, they are claimed with their first level, and the wait
// for an edge ends when the line is closed. periph's package gpioioctl speaks
// it too, but loses the kernel's error numbers, so that a chip pulled out reads
// as a low level; lists chips once, so that none comes back; and its
// WaitForEdge neither waits without a limit nor ends early.
package gpio

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tram06/hal"
)

// look is how often drivers look whether their line still answers, and put
// right a level that something else changed: a chip on a bus may have lost its
// power for a moment.
const look = time.Second

// Registry gives the openers of all schemes. now stamps health; nil is
// time.Now.
func Registry(k Kernel, now func() time.Time) hal.Registry {
	return hal.Registry{
		"gpio+lamps": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenLamps(k, u, now))
		},
		"gpio+switch": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenSwitch(k, u, now))
		},
		"gpio+buzzer": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenBuzzer(k, u, now))
		},
		"gpio+fan": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenFan(k, u, now))
		},
	}
}

// device keeps a nil pointer from becoming a device.
func device[D hal.Device](d D, err error) (hal.Device, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// options are the parameters of a URI. Each is taken once; what is left over at
// the end is an error.
type options struct {
	what string
	left url.Values
	err  error
}

func (o *options) failf(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(o.what+" URI: "+format, args...)
	}
}

func (o *options) take(key string) (string, bool) {
	vs, ok := o.left[key]
	delete(o.left, key)
	if len(vs) > 1 {
		o.failf("%s is given %d times", key, len(vs))
	}
	if !ok {
		return "", false
	}
	return vs[0], true
}

// oneOf takes a word; the first is the default.
func (o *options) oneOf(key string, words ...string) string {
	v, ok := o.take(key)
	if !ok {
		return words[0]
	}
	if !slices.Contains(words, v) {
		o.failf("%s=%s: want %s", key, v, strings.Join(words, " or "))
	}
	return v
}

func (o *options) duration(key string, fallback, most time.Duration) time.Duration {
	v, ok := o.take(key)
	if !ok {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > most {
		o.failf("%s=%s: want a time up to %s, such as %s", key, v, most, fallback)
	}
	return d
}

func (o *options) number(key string, fallback, least, most int) int {
	v, ok := o.take(key)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		o.failf("%s=%s: want a number from %d to %d", key, v, least, most)
	}
	return n
}

// line reads a line, with ,low or ,high behind it.
func (o *options) line(text string, low bool) Line {
	text, level, said := strings.Cut(text, ",")
	l, err := ParseLine(text)
	if err != nil {
		o.failf("%w", err)
	}
	l.ActiveLow = low
	switch {
	case said && level == "low":
		l.ActiveLow = true
	case said && level == "high":
		l.ActiveLow = false
	case said:
		o.failf("%s,%s: want low or high behind the line", text, level)
	}
	return l
}

// end gives the first error, and complains of parameters nobody took.
func (o *options) end(known string) error {
	for key := range o.left {
		o.failf("unknown parameter %q (known: %s)", key, known)
	}
	return o.err
}

// parse splits a URI whose path is a line; its level comes from active=.
func parse(what string, u *url.URL) (*options, Line) {
	o := &options{what: what, left: u.Query()}
	if u.Host != "" {
		o.failf("write the line after three slashes: %s:///pinctrl-bcm2711/17", u.Scheme)
	}
	low := o.oneOf("active", "high", "low") == "low"
	return o, o.line(strings.TrimPrefix(u.Path, "/"), low)
}

var lampName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// parseLamps gives the lamps of a URI in the order of their names.
func parseLamps(u *url.URL) (names []string, lines []Line, err error) {
	o := &options{what: "lamps", left: u.Query()}
	if u.Host != "" || strings.Trim(u.Path, "/") != "" {
		o.failf("write the lamps as parameters: gpio+lamps:///?reader=pinctrl-bcm2711/17")
	}
	low := o.oneOf("active", "high", "low") == "low"
	for name := range o.left {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !lampName.MatchString(name) {
			o.failf("%q is no name of a lamp: write small letters, such as reader", name)
		}
		v, _ := o.take(name)
		lines = append(lines, o.line(v, low))
	}
	if len(names) == 0 {
		o.failf("no lamps: write at least one, such as reader=pinctrl-bcm2711/17")
	}
	return names, lines, o.end("")
}
