// Package sim is a simulated clock chip under the real driver. It says that it
// is one. Like the real thing it counts whole seconds of UTC from 2000 to 2099,
// is open to one program at a time, forgets the time without power, and tells
// of its battery.
package sim

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/rtc"
)

// Chip is the hardware.
type Chip struct {
	now func() time.Time

	mu     sync.Mutex
	gone   bool
	user   *file         // who has it open
	ahead  time.Duration // of now
	fixed  *unix.RTCTime // digits that the chip is stuck at
	lost   bool
	low    uint32
	noTell bool
}

// New gives a clock that goes right by now; nil is time.Now.
func New(now func() time.Time) *Chip {
	if now == nil {
		now = time.Now
	}
	return &Chip{now: now}
}

// Opener opens this clock by the real driver, for the scheme sim.
func (c *Chip) Opener() hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		d, err := rtc.Open(u.String(), c.Open, c.now)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

// Open is what opening its device file does.
func (c *Chip) Open() (rtc.Chip, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.gone:
		return nil, unix.ENODEV
	case c.user != nil:
		return nil, unix.EBUSY
	}
	c.user = &file{c}
	return c.user, nil
}

// Unplug takes it off its bus, and Plug puts it back.
func (c *Chip) Unplug() { c.with(func() { c.gone, c.user = true, nil }) }

// Plug undoes Unplug.
func (c *Chip) Plug() { c.with(func() { c.gone = false }) }

// Hold has another program keep it open, until Release.
func (c *Chip) Hold() { c.with(func() { c.user = &file{c} }) }

// Release undoes Hold.
func (c *Chip) Release() { c.with(func() { c.user = nil }) }

// Drift moves its time.
func (c *Chip) Drift(d time.Duration) { c.with(func() { c.ahead += d }) }

// Battery sets what it tells of its battery.
func (c *Chip) Battery(low uint32) { c.with(func() { c.low = low }) }

// Mute makes it a chip that tells nothing of its battery.
func (c *Chip) Mute() { c.with(func() { c.noTell = true }) }

// FailPower makes it forget the time until it is set.
func (c *Chip) FailPower() { c.with(func() { c.lost = true }) }

// Stick makes it show these digits until it is set.
func (c *Chip) Stick(t unix.RTCTime) { c.with(func() { c.fixed = &t }) }

// Mend gives it a new battery and the right time.
func (c *Chip) Mend() {
	c.with(func() { c.ahead, c.fixed, c.lost, c.low = 0, nil, false, 0 })
}

// State is how the clock is, for people.
type State struct {
	Ahead time.Duration // of the right time
	Lost  bool          // it knows no time
	Low   uint32        // what it tells of its battery
	Gone  bool          // off its bus
}

// State tells how it is.
func (c *Chip) State() (s State) {
	c.with(func() { s = State{c.ahead, c.lost, c.low, c.gone} })
	return s
}

func (c *Chip) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// file is the open device file. One that was opened before the plug was pulled
// is dead for ever.
type file struct{ c *Chip }

func (f *file) do(call func(c *Chip) error) error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.c.user != f {
		return unix.ENODEV
	}
	return call(f.c)
}

func (f *file) Read() (v unix.RTCTime, err error) {
	err = f.do(func(c *Chip) error {
		switch {
		case c.lost:
			return unix.EINVAL
		case c.fixed != nil:
			v = *c.fixed
			return nil
		}
		t := c.now().Add(c.ahead).UTC()
		v = unix.RTCTime{
			Sec: int32(t.Second()), Min: int32(t.Minute()), Hour: int32(t.Hour()),
			Mday: int32(t.Day()), Mon: int32(t.Month()) - 1, Year: int32(t.Year()) - 1900,
			Wday: int32(t.Weekday()),
		}
		return nil
	})
	return v, err
}

func (f *file) Set(v unix.RTCTime) error {
	return f.do(func(c *Chip) error {
		t := time.Date(int(v.Year)+1900, time.Month(v.Mon)+1, int(v.Mday), int(v.Hour), int(v.Min), int(v.Sec), 0, time.UTC)
		if t.Year() < 2000 || t.Year() > 2099 || t.Day() != int(v.Mday) || t.Second() != int(v.Sec) {
			return unix.EINVAL
		}
		c.ahead = t.Sub(c.now())
		c.lost, c.fixed = false, nil
		c.low &^= rtc.LowInvalid
		return nil
	})
}

func (f *file) Low() (low uint32, err error) {
	err = f.do(func(c *Chip) error {
		if c.noTell {
			return unix.ENOTTY
		}
		low = c.low
		return nil
	})
	return low, err
}

func (f *file) Close() error {
	f.c.with(func() {
		if f.c.user == f {
			f.c.user = nil
		}
	})
	return nil
}
