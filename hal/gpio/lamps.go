package gpio

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/tether"
)

// fastest is the shortest period of a lamp that flashes. WCAG 2.3.1 allows
// three flashes a second: more can bring on a seizure.
const fastest = time.Second / 3

// Lamps are lamps on wires of their own.
type Lamps struct {
	*tether.Tether
	now   func() time.Time
	names []string
	wake  chan struct{}
	ran   chan struct{} // closed when run has ended
	once  sync.Once

	mu    sync.Mutex
	lamps map[string]*lamp
}

type lamp struct {
	wire    wire
	pattern hal.Pattern
	since   time.Time // the pattern's beginning
	lit     bool
}

var _ hal.Lamps = (*Lamps)(nil)

// OpenLamps opens the lamps of a gpio+lamps URI, dark.
func OpenLamps(k Kernel, u *url.URL, now func() time.Time) (*Lamps, error) {
	if now == nil {
		now = time.Now
	}
	names, lines, err := parseLamps(u)
	if err != nil {
		return nil, err
	}
	l := &Lamps{
		Tether: tether.New(u.String(), "lamps", hal.KeyLampsGone, now),
		now:    now,
		names:  names,
		wake:   make(chan struct{}, 1),
		ran:    make(chan struct{}),
		lamps:  map[string]*lamp{},
	}
	for i, name := range names {
		w, err := output(k, lines[i], false)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lamp %s: %w", name, err), l.release())
		}
		l.lamps[name] = &lamp{wire: w}
	}
	go l.run()
	return l, nil
}

// Names gives the lamps in the order of their names.
func (l *Lamps) Names() []string { return slices.Clone(l.names) }

// Set changes one lamp. Lamps that do the same do it together.
func (l *Lamps) Set(name string, p hal.Pattern) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.Err(); err != nil {
		return err
	}
	x := l.lamps[name]
	if x == nil {
		return l.Errorf("there is no lamp %q: %w", name, hal.ErrUnsupported)
	}
	if err := check(p); err != nil {
		return l.Errorf("%w", err)
	}
	if p != x.pattern {
		x.pattern, x.since = p, l.beginning(p)
	}
	if _, err := x.follow(l.now(), true); err != nil {
		return l.Lost(err)
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return nil
}

// beginning is when others began with the same pattern, or now.
func (l *Lamps) beginning(p hal.Pattern) time.Time {
	for _, x := range l.lamps {
		if x.pattern == p && !x.since.IsZero() {
			return x.since
		}
	}
	return l.now()
}

func check(p hal.Pattern) error {
	flashes := p.On > 0 && p.On < p.Period
	switch {
	case p.On < 0 || p.Period < 0 || p.Period > 0 && p.On > p.Period:
		return fmt.Errorf("%v lit of every %v cannot be: %w", p.On, p.Period, hal.ErrUnsupported)
	case flashes && p.Period < fastest:
		return fmt.Errorf("flashing every %v is a danger to people: %w", p.Period, hal.ErrUnsupported)
	}
	return nil
}

// light tells whether a lamp is lit at a time after its pattern began, and how
// long that lasts; 0 is for ever.
func light(p hal.Pattern, after time.Duration) (lit bool, lasts time.Duration) {
	if p.Period == 0 || p.On == 0 || p.On == p.Period {
		return p.On > 0, 0
	}
	at := after % p.Period
	if at < p.On {
		return true, p.On - at
	}
	return false, p.Period - at
}

// follow brings the lamp to where its pattern is, and writes even what is not
// new if always is set.
func (x *lamp) follow(now time.Time, always bool) (lasts time.Duration, err error) {
	lit, lasts := light(x.pattern, now.Sub(x.since))
	if lit == x.lit && !always {
		return lasts, nil
	}
	x.lit = lit
	return lasts, x.wire.set(lit)
}

func (l *Lamps) run() {
	defer close(l.ran)
	tick := beat.New(look)
	defer tick.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	always := false
	for {
		next, err := l.follow(always)
		if err != nil {
			l.Cut(err)
			return
		}
		timer.Stop()
		if next > 0 {
			timer.Reset(next)
		}
		always = false
		select {
		case <-timer.C:
		case <-l.wake:
		case <-tick.C:
			always = true
		case <-l.Done():
			return
		}
	}
}

// follow brings all lamps along, and tells when the next of them changes.
func (l *Lamps) follow(always bool) (next time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, x := range l.lamps {
		lasts, err := x.follow(now, always)
		if err != nil {
			return 0, err
		}
		if lasts > 0 && (next == 0 || lasts < next) {
			next = lasts
		}
	}
	return next, nil
}

// Close puts the lamps out and gives the lines back.
func (l *Lamps) Close() (err error) {
	l.once.Do(func() {
		l.Cut(nil)
		<-l.ran
		err = l.release()
	})
	return err
}

func (l *Lamps) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for name, x := range l.lamps {
		// The kernel leaves a line as it was when it was given back.
		if err := notGone(x.wire.set(false)); err != nil {
			errs = append(errs, l.Errorf("put out %s: %w", name, err))
		}
		if err := notGone(x.wire.Close()); err != nil {
			errs = append(errs, l.Errorf("close %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
