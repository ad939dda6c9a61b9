// Package wedge drives code scanners that play a keyboard ("keyboard wedge"),
// for those that cannot be set to a serial line.
//
//	wedge:///dev/input/event5
//	wedge:///?name=barcode&suffix=tab&pace=30ms
//
// A scanner is found as package evdev finds panels. It is grabbed: no code ever
// reaches a console, disarmed or not; grab=0 is for looking on. layout is that
// of the scanner's setting; us is the only one, and the one scanners come with.
// suffix tells how a code ends: enter (which is the default), tab, or none for
// a pause alone. gap is the pause that ends a code, or drops it when its suffix
// did not come. pace, if given, drops what is typed slower than that from key
// to key, on average, or held: people's hands.
//
// Keys have only ASCII: the letters of Vietnamese are missing or wrong, and the
// scan says that it is lossy. Scanners that send every byte, or those of letters
// beyond ASCII, as a decimal number on the number pad with Alt held lose nothing;
// numbers over 255 make all of them code points rather than bytes.
//
// What was scanned is somebody's personal data, and never logged.
package wedge

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/input"
	"tram06/hal/params"
)

// Suffix is how a code ends.
type Suffix uint8

// The suffixes.
const (
	SuffixEnter Suffix = iota
	SuffixTab
	SuffixNone // a pause
)

// defaultGap is long for a scanner, which sends a key every few milliseconds,
// and short for the next citizen.
const defaultGap = 300 * time.Millisecond

// minGap: no scanner types faster. maxGap: whoever scans waits for it, and what
// was left off waits that long.
const (
	minGap = time.Millisecond
	maxGap = 5 * time.Second
)

// Options of a scanner; zero values choose the defaults.
type Options struct {
	Suffix Suffix
	Gap    time.Duration
	Pace   time.Duration
	Now    func() time.Time
}

// Opener opens scanners of this machine. now stamps scans; nil is time.Now.
func Opener(now func() time.Time) hal.Opener { return OpenerOn(input.System{}, now) }

// OpenerOn opens scanners of another system, such as simulated ones.
func OpenerOn(sys input.System, now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		query, o, err := parseURI(u)
		if err != nil {
			return nil, err
		}
		o.Now = now
		dev, err := sys.Find(query, usable)
		if err != nil {
			return nil, fmt.Errorf("scanner: %w", err)
		}
		return New(u.String(), dev, o), nil
	}
}

// usable tells a keyboard from the few keys that scanners have beside it.
func usable(i input.Info) error {
	const q, p, a, m = 16, 25, 30, 50
	if !i.HasKeys(keyEnter, keyLeftShift, q, p, a, m) {
		return fmt.Errorf("a device without letters is no scanner: %w", hal.ErrUnsupported)
	}
	return nil
}

var suffixes = map[string]Suffix{"enter": SuffixEnter, "tab": SuffixTab, "none": SuffixNone}

func parseURI(u *url.URL) (q input.Query, o Options, err error) {
	p := params.New("scanner", u)
	q = input.ParseQuery(u, p, true)
	if v, ok := p.Take("layout"); ok && v != "us" {
		p.Failf("layout=%s: want us, and set the scanner to it: %w", v, hal.ErrUnsupported)
	}
	o.Suffix = suffixes[p.OneOf("suffix", "enter", "tab", "none")]
	o.Gap = p.Duration("gap", defaultGap, minGap, maxGap)
	o.Pace = p.Duration("pace", 0, 0, maxGap)
	return q, o, p.End()
}
