// Package watchdog drives the kernel's watchdog, which restarts a machine that
// nobody tends any more.
//
//	watchdog:///dev/watchdog?timeout=30s
//
// Opening it starts it. From then on it must be kicked within its timeout, and
// Close leaves it running, as a crash would: only Disarm stops it, by the
// kernel's "magic close". A watchdog configured never to stop (nowayout) says
// so to Disarm and stays open, since whoever leaves it must go on kicking it.
//
// The parts of the interface are those of the kernel's watchdog-api.rst.
package watchdog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// DefaultTimeout is used when the URI does not say. It is far beyond the worst
// pause of a kiosk that works, and well below a person's patience.
const DefaultTimeout = 30 * time.Second

// maxTimeout is more than any hardware counts to; more is a slip of the pen.
const maxTimeout = time.Hour

// Options of a watchdog.
type Options struct {
	Timeout time.Duration    // zero is DefaultTimeout
	Now     func() time.Time // nil is time.Now
}

// Timer is the hardware behind an open device file, as the kernel shows it: its
// methods are the ioctls and writes of the same names.
type Timer interface {
	Support() (options uint32, identity string, err error)
	SetTimeout(seconds int) error
	GetTimeout() (seconds int, err error)
	KeepAlive() error
	BootStatus() (uint32, error)
	// Magic writes the letter that allows the next Close to stop it.
	Magic() error
	// NoWayOut tells that nothing stops it; known is false when the kernel
	// does not say.
	NoWayOut() (on, known bool)
	Close() error
}

// Watchdog is one running watchdog.
type Watchdog struct {
	*tether.Tether
	timeout  time.Duration
	identity string
	bitten   bool
	magic    bool // the driver knows the magic close

	mu  sync.Mutex // guards the use of dev, and orders it with its closing
	dev Timer      // nil once closed
}

var _ hal.Watchdog = (*Watchdog)(nil)

// Opener opens the scheme watchdog. now stamps health; nil is time.Now.
func Opener(now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		o, err := parse(u)
		if err != nil {
			return nil, err
		}
		o.Now = now
		return Open(u.Path, u.String(), o)
	}
}

func parse(u *url.URL) (Options, error) {
	p := params.New("watchdog", u)
	if u.Path == "" || u.Path == "/" || u.Host != "" {
		p.Failf("write the device after three slashes: watchdog:///dev/watchdog")
	}
	o := Options{Timeout: Timeout(p)}
	return o, p.End()
}

// Timeout takes the time of a watchdog from its URI.
func Timeout(p *params.Params) time.Duration {
	t := p.Duration("timeout", DefaultTimeout, time.Second, maxTimeout)
	if t%time.Second != 0 {
		p.Failf("timeout=%v: want whole seconds", t)
	}
	return t
}

// Open starts the watchdog at path.
func Open(path, uri string, o Options) (*Watchdog, error) {
	return Start(func() (Timer, error) { return openDevice(path) }, uri, o)
}

// Start starts the watchdog whose device file open opens.
func Start(open func() (Timer, error), uri string, o Options) (*Watchdog, error) {
	dev, err := open()
	if err != nil {
		return nil, explain(err)
	}
	return New(dev, uri, o)
}

// explain says what a failure to open means.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("watchdog: another program kicks it already (systemd does with RuntimeWatchdogSec): %w", err)
	case errors.Is(err, fs.ErrNotExist), gone(err):
		return fmt.Errorf("watchdog: %w: %w", hal.ErrGone, err)
	}
	return fmt.Errorf("watchdog: %w", err)
}

// New takes over a watchdog that counts already, since it is open. When it
// cannot be set up it is stopped again: a kiosk that cannot kick it must not be
// killed by it.
func New(dev Timer, uri string, o Options) (*Watchdog, error) {
	w, err := setUp(dev, uri, o)
	switch {
	case gone(err):
		_ = dev.Close() // it is gone too
		return nil, fmt.Errorf("watchdog: %w: %w", hal.ErrGone, err)
	case err != nil:
		return nil, errors.Join(err, dev.Magic(), dev.Close())
	}
	return w, nil
}

func setUp(dev Timer, uri string, o Options) (*Watchdog, error) {
	want := o.Timeout
	if want == 0 {
		want = DefaultTimeout
	}
	options, identity, err := dev.Support()
	if gone(err) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("watchdog: not a watchdog: %w: %w", hal.ErrUnsupported, err)
	}
	if options&unix.WDIOF_SETTIMEOUT != 0 {
		if err := dev.SetTimeout(int(want / time.Second)); err != nil {
			return nil, fmt.Errorf("watchdog: %s does not take a timeout of %s, write a shorter one into its URI, such as timeout=15s: %w", identity, want, err)
		}
	}
	// Hardware rounds, or has one timeout only: what it says counts.
	seconds, err := dev.GetTimeout()
	if gone(err) {
		return nil, err
	} else if err != nil || seconds <= 0 {
		return nil, fmt.Errorf("watchdog: %s tells no timeout (%d): %w", identity, seconds, errors.Join(hal.ErrUnsupported, err))
	}
	if err := dev.KeepAlive(); err != nil {
		return nil, fmt.Errorf("watchdog: first kick: %w", err)
	}
	w := &Watchdog{
		Tether:   tether.New(uri, "watchdog", hal.KeyWatchdogGone, o.Now),
		timeout:  time.Duration(seconds) * time.Second,
		identity: identity,
		magic:    options&unix.WDIOF_MAGICCLOSE != 0,
		dev:      dev,
	}
	if options&unix.WDIOF_CARDRESET != 0 {
		status, err := dev.BootStatus()
		w.bitten = err == nil && status&unix.WDIOF_CARDRESET != 0
	}
	if noWayOut, _ := dev.NoWayOut(); !w.magic && !noWayOut {
		w.Set(hal.Degraded, hal.KeyWatchdogWeak,
			fmt.Errorf("watchdog: %s stops with the program that kicked it, even when that crashed", identity))
	}
	return w, nil
}

// gone tells the errors of hardware that is not there any more.
func gone(err error) bool { return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) }

// Timeout is the time within which the next kick must come, as the hardware
// counts it.
func (w *Watchdog) Timeout() time.Duration { return w.timeout }

// Identity is the name that the hardware's driver gives.
func (w *Watchdog) Identity() string { return w.identity }

// Bitten tells that the watchdog caused the last restart of the machine. Many
// do not know.
func (w *Watchdog) Bitten() bool { return w.bitten }

// Kick starts the time anew.
func (w *Watchdog) Kick() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dev == nil {
		return w.Err()
	}
	if err := w.dev.KeepAlive(); gone(err) {
		return w.Lost(err)
	} else if err != nil {
		return w.Errorf("kick: %w", err)
	}
	return nil
}

// Disarm stops the watchdog and closes it. When it cannot be stopped the error
// wraps hal.ErrUnsupported, and it is still open and counts.
func (w *Watchdog) Disarm() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dev == nil {
		return w.Err()
	}
	if on, known := w.dev.NoWayOut(); known && on {
		return w.Errorf("%s is configured never to stop (nowayout): %w", w.identity, hal.ErrUnsupported)
	}
	if w.magic {
		if err := w.dev.Magic(); gone(err) {
			return w.Lost(err)
		} else if err != nil {
			return w.Errorf("disarm: %w", err)
		}
	}
	return w.closeLocked()
}

// Close lets go of the watchdog without stopping it.
func (w *Watchdog) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closeLocked()
}

func (w *Watchdog) closeLocked() error {
	w.Cut(nil)
	if w.dev == nil {
		return nil
	}
	dev := w.dev
	w.dev = nil
	if err := dev.Close(); err != nil && !gone(err) {
		return w.Errorf("close: %w", err)
	}
	return nil
}
