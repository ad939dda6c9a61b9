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
	"net/url"
	"regexp"
	"strings"
	"time"

	"tram06/hal"
	"tram06/hal/params"
)

// look is how often drivers look whether their line still answers: Linux 6.1
// does not wake those who wait for an edge when the chip is pulled out. They also
// put right a level that something else changed: a chip on a bus may have lost
// its power for a moment.
const look = 500 * time.Millisecond

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

// lineOf reads a line, with ,low or ,high behind it.
func lineOf(p *params.Params, text string, low bool) Line {
	text, level, said := strings.Cut(text, ",")
	l, err := ParseLine(text)
	if err != nil {
		p.Failf("%w", err)
	}
	l.ActiveLow = low
	switch {
	case said && level == "low":
		l.ActiveLow = true
	case said && level == "high":
		l.ActiveLow = false
	case said:
		p.Failf("%s,%s: want low or high behind the line", text, level)
	}
	return l
}

// parse splits a URI whose path is a line; its level comes from active=.
func parse(what string, u *url.URL) (*params.Params, Line) {
	p := params.New(what, u)
	if u.Host != "" {
		p.Failf("write the line after three slashes: %s:///pinctrl-bcm2711/17", u.Scheme)
	}
	low := p.OneOf("active", "high", "low") == "low"
	return p, lineOf(p, strings.TrimPrefix(u.Path, "/"), low)
}

var lampName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// parseLamps gives the lamps of a URI in the order of their names.
func parseLamps(u *url.URL) (names []string, lines []Line, err error) {
	p := params.New("lamps", u)
	if u.Host != "" || strings.Trim(u.Path, "/") != "" {
		p.Failf("write the lamps as parameters: gpio+lamps:///?reader=pinctrl-bcm2711/17")
	}
	low := p.OneOf("active", "high", "low") == "low"
	names = p.Names()
	for _, name := range names {
		if !lampName.MatchString(name) {
			p.Failf("%q is no name of a lamp: write small letters, such as reader", name)
		}
		v, _ := p.Take(name)
		lines = append(lines, lineOf(p, v, low))
	}
	if len(names) == 0 {
		p.Failf("no lamps: write at least one, such as reader=pinctrl-bcm2711/17")
	}
	return names, lines, p.End()
}
