// Package rtc drives the clock with a battery, from which a terminal without a
// network takes its time.
//
//	rtc:///dev/rtc0
//
// The kernel gives a clock to one program at a time, and the system's own time
// keeper wants it too, so that it is opened for each reading only. It holds UTC
// in whole seconds.
package rtc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/ioctl"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// Clocks hold years from 2000 to 2099, and those that lost their power begin at
// the first of these: nothing before this program was written can be true.
const (
	firstYear = 2024
	lastYear  = 2099
)

// Flags of RTC_VL_READ, <linux/rtc.h>.
const (
	LowInvalid = 1 << 0 // the time is not to be trusted
	LowBackup  = 1 << 1 // the battery is low
	LowEmpty   = 1 << 2 // the battery is empty or missing
)

// Chip is a clock whose device file is open; its methods are ioctls.
type Chip interface {
	Read() (unix.RTCTime, error)
	Set(t unix.RTCTime) error
	// Low tells of the battery; many chips cannot.
	Low() (flags uint32, err error)
	Close() error
}

// Clock is a clock with a battery.
type Clock struct {
	*tether.Tether
	open func() (Chip, error)
	mu   sync.Mutex
}

var _ hal.Clock = (*Clock)(nil)

// Opener opens the scheme rtc. now stamps health; nil is time.Now.
func Opener(now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("clock", u)
		if u.Host != "" || u.Path == "" || u.Path == "/" {
			p.Failf("write the device after three slashes: rtc:///dev/rtc0")
		}
		if err := p.End(); err != nil {
			return nil, err
		}
		c, err := Open(u.String(), func() (Chip, error) { return openDevice(u.Path) }, now)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// Open opens a clock, which must answer; a clock that is not set does.
func Open(uri string, open func() (Chip, error), now func() time.Time) (*Clock, error) {
	c := &Clock{Tether: tether.New(uri, "clock", hal.KeyClockGone, now), open: open}
	if _, err := c.Read(); err != nil && !errors.Is(err, hal.ErrFault) {
		return nil, err
	}
	return c, nil
}

// Read gives the clock's time. A clock that lost it gives hal.ErrFault.
func (c *Clock) Read() (t time.Time, err error) {
	err = c.use(func(chip Chip) error {
		v, err := chip.Read()
		switch {
		case errors.Is(err, unix.EINVAL): // so the kernel says that it is not set
			return c.unset(err)
		case err != nil:
			return err
		}
		low, err := chip.Low()
		if err != nil {
			low = 0 // it cannot tell
		}
		if t, err = fromChip(v); err != nil {
			return c.unset(err)
		}
		switch {
		case low&LowInvalid != 0:
			return c.unset(errors.New("its power failed since it was set"))
		case low&(LowBackup|LowEmpty) != 0:
			c.Tether.Set(hal.Degraded, hal.KeyClockBattery, c.Errorf("its battery is low or missing"))
		default:
			c.Tether.Set(hal.Ready, hal.KeyOK, nil)
		}
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	return t, nil
}

func (c *Clock) unset(why error) error {
	err := fmt.Errorf("it does not know the time: %w: %w", why, hal.ErrFault)
	c.Tether.Set(hal.Fault, hal.KeyClockUnset, c.Errorf("%w", err))
	return err
}

// Set sets the clock to the nearest second.
func (c *Clock) Set(t time.Time) error {
	t = t.UTC().Round(time.Second)
	return c.use(func(chip Chip) error {
		if t.Year() < firstYear || t.Year() > lastYear {
			return fmt.Errorf("the year %d: want %d to %d: %w", t.Year(), firstYear, lastYear, hal.ErrUnsupported)
		}
		if err := chip.Set(toChip(t)); err != nil {
			return err
		}
		c.Tether.Set(hal.Ready, hal.KeyOK, nil)
		return nil
	})
}

// use opens the chip for one call.
func (c *Clock) use(call func(Chip) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.Err(); err != nil {
		return err
	}
	chip, err := c.open()
	if err == nil {
		err = errors.Join(call(chip), chip.Close())
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return c.Lost(err)
	case errors.Is(err, unix.EBUSY):
		return c.Errorf("another program has it open: %w", err)
	}
	return c.Errorf("%w", err)
}

// Close ends the clock, which goes on.
func (c *Clock) Close() error {
	c.Cut(nil)
	return nil
}

func toChip(t time.Time) unix.RTCTime {
	return unix.RTCTime{
		Sec: int32(t.Second()), Min: int32(t.Minute()), Hour: int32(t.Hour()),
		Mday: int32(t.Day()), Mon: int32(t.Month()) - 1, Year: int32(t.Year()) - 1900,
		Wday: int32(t.Weekday()), Yday: int32(t.YearDay()) - 1,
	}
}

// fromChip reads a chip's digits, which may be anything.
func fromChip(v unix.RTCTime) (time.Time, error) {
	year := int(v.Year) + 1900
	t := time.Date(year, time.Month(v.Mon)+1, int(v.Mday), int(v.Hour), int(v.Min), int(v.Sec), 0, time.UTC)
	back := toChip(t)
	back.Wday, back.Yday, back.Isdst = v.Wday, v.Yday, v.Isdst // which nobody needs
	if year < firstYear || year > lastYear || back != v {
		return time.Time{}, fmt.Errorf("it says %04d-%02d-%02d %02d:%02d:%02d", year, v.Mon+1, v.Mday, v.Hour, v.Min, v.Sec)
	}
	return t, nil
}

// device is a clock of the kernel.
type device struct{ f *os.File }

func openDevice(path string) (Chip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return device{f}, nil
}

func (d device) Read() (t unix.RTCTime, err error) {
	err = ioctl.Do(d.f, unix.RTC_RD_TIME, &t)
	return t, err
}

func (d device) Set(t unix.RTCTime) error { return ioctl.Do(d.f, unix.RTC_SET_TIME, &t) }

func (d device) Low() (flags uint32, err error) {
	err = ioctl.Do(d.f, unix.RTC_VL_READ, &flags)
	return flags, err
}

func (d device) Close() error { return d.f.Close() }
