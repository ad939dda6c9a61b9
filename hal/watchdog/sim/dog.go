// Package sim is a simulated hardware watchdog under the real driver. It says
// that it is one, and keeps the kernel's rules: it starts when it is opened,
// only one program has it open, it stops at a close that the magic letter
// announced, and it bites.
package sim

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/watchdog"
)

// Options say what the simulated hardware can do. The zero value is a plain
// good one.
type Options struct {
	// Max is the longest timeout; zero is a minute.
	Max time.Duration
	// Fixed: it has the timeout Max, and no other.
	Fixed bool
	// NoWayOut: once started it never stops.
	NoWayOut bool
	// NoMagic: it stops at every close.
	NoMagic bool
	// Bite is called each time that the machine would restart; nil does nothing.
	Bite func()
}

// Dog is the hardware. It is there from the start.
type Dog struct {
	o Options

	mu      sync.Mutex
	gone    bool
	open    *line
	running bool
	release bool // the magic letter was the last thing written
	timeout time.Duration
	fuse    *time.Timer
	bites   int
	kicks   int
}

// New gives a watchdog that nobody has opened yet.
func New(o Options) *Dog {
	if o.Max == 0 {
		o.Max = time.Minute
	}
	return &Dog{o: o, timeout: o.Max}
}

// Opener opens this watchdog by the real driver, for the scheme sim. The
// timeout of the URI is honoured.
func (d *Dog) Opener(now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("watchdog", u)
		o := watchdog.Options{Timeout: watchdog.Timeout(p), Now: now}
		if err := p.End(); err != nil {
			return nil, err
		}
		w, err := watchdog.Start(d.Open, u.String(), o)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
}

// Open is what opening its device file does.
func (d *Dog) Open() (watchdog.Timer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.gone:
		return nil, unix.ENODEV
	case d.open != nil:
		return nil, unix.EBUSY
	}
	d.open = &line{dog: d}
	d.release = false
	d.wind()
	return d.open, nil
}

// wind lights the fuse anew.
func (d *Dog) wind() {
	d.douse()
	d.running = true
	d.fuse = time.AfterFunc(d.timeout, d.bite)
}

func (d *Dog) douse() {
	d.running = false
	if d.fuse != nil {
		d.fuse.Stop()
	}
}

func (d *Dog) bite() {
	d.mu.Lock()
	if !d.running { // doused while the fuse burnt down
		d.mu.Unlock()
		return
	}
	d.bites++
	d.running = false
	bite := d.o.Bite
	d.mu.Unlock()
	if bite != nil {
		bite()
	}
}

// Running tells that it counts.
func (d *Dog) Running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

// Gone tells that it is out of the machine.
func (d *Dog) Gone() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gone
}

// Bites is how often it would have restarted the machine.
func (d *Dog) Bites() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bites
}

// Kicks is how often it was kicked.
func (d *Dog) Kicks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kicks
}

// Unplug takes the hardware out of the machine.
func (d *Dog) Unplug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.douse()
	d.gone = true
}

// Plug puts it back.
func (d *Dog) Plug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone, d.open, d.running = false, nil, false
}

// line is one open device file.
type line struct{ dog *Dog }

// do runs f unless the hardware is gone. As the kernel does, it gives ENODEV to
// a file that was opened before the plug was pulled, for ever.
func (l *line) do(f func(d *Dog) error) error {
	d := l.dog
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone || d.open != l {
		return unix.ENODEV
	}
	return f(d)
}

func (l *line) Support() (options uint32, identity string, err error) {
	err = l.do(func(d *Dog) error {
		options = unix.WDIOF_KEEPALIVEPING | unix.WDIOF_CARDRESET
		if !d.o.Fixed {
			options |= unix.WDIOF_SETTIMEOUT
		}
		if !d.o.NoMagic {
			options |= unix.WDIOF_MAGICCLOSE
		}
		return nil
	})
	return options, "simulated watchdog", err
}

func (l *line) SetTimeout(seconds int) error {
	return l.do(func(d *Dog) error {
		t := time.Duration(seconds) * time.Second
		switch {
		case d.o.Fixed:
			return unix.EOPNOTSUPP
		case t <= 0 || t > d.o.Max:
			return unix.EINVAL
		}
		d.timeout = t
		d.wind()
		return nil
	})
}

func (l *line) GetTimeout() (seconds int, err error) {
	err = l.do(func(d *Dog) error {
		seconds = int(d.timeout / time.Second)
		return nil
	})
	return seconds, err
}

func (l *line) KeepAlive() error {
	return l.do(func(d *Dog) error {
		d.kicks++
		d.wind()
		return nil
	})
}

func (l *line) BootStatus() (status uint32, err error) {
	err = l.do(func(d *Dog) error {
		if d.bites > 0 {
			status = unix.WDIOF_CARDRESET
		}
		return nil
	})
	return status, err
}

// Magic is a write, and every write is a kick too.
func (l *line) Magic() error {
	return l.do(func(d *Dog) error {
		d.release = true
		d.wind()
		return nil
	})
}

func (l *line) NoWayOut() (on, known bool) { return l.dog.o.NoWayOut, true }

// Close succeeds even when the hardware is gone, as closing a file does.
func (l *line) Close() error {
	_ = l.do(func(d *Dog) error {
		d.open = nil
		if !d.o.NoWayOut && (d.release || d.o.NoMagic) {
			d.douse()
		}
		return nil
	})
	return nil
}
