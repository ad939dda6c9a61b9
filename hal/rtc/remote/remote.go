// Package remote reads the clock of a machine that another program shows, for a
// kiosk on a desk's simulation. Package sim is the other end.
//
//	sim+rtc://127.0.0.1:9108
//
// The driver is package rtc's.
package remote

import (
	"context"
	"net/url"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/devfile"
	"tram06/hal/params"
	"tram06/hal/rtc"
)

// Opener opens the scheme sim+rtc. now stamps health; nil is time.Now.
func Opener(now func() time.Time) hal.Opener {
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("clock", u)
		at := p.Socket(u)
		if err := p.End(); err != nil {
			return nil, err
		}
		life, end := context.WithCancel(context.Background())
		stop := context.AfterFunc(ctx, end)
		c, err := rtc.Open(u.String(), func() (rtc.Chip, error) { return open(life, at) }, now)
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			end()
			return nil, err
		}
		return clock{c, end}, nil
	}
}

// clock ends what waits for the other program when it is closed.
type clock struct {
	*rtc.Clock
	end func()
}

func (c clock) Close() error {
	defer c.end()
	return c.Clock.Close()
}

// chip is the device file, open for one reading.
type chip struct {
	file *devfile.File
	stop func() bool
}

func open(life context.Context, at string) (rtc.Chip, error) {
	f, err := devfile.Open(life, at)
	if err != nil {
		return nil, err
	}
	return chip{f, context.AfterFunc(life, func() { _ = f.Cut() })}, nil
}

func (c chip) Read() (t unix.RTCTime, err error) {
	err = devfile.Call(c.file, unix.RTC_RD_TIME, &t)
	return t, err
}

func (c chip) Set(t unix.RTCTime) error { return devfile.Call(c.file, unix.RTC_SET_TIME, &t) }

func (c chip) Low() (flags uint32, err error) {
	err = devfile.Call(c.file, unix.RTC_VL_READ, &flags)
	return flags, err
}

func (c chip) Close() error {
	c.stop()
	return c.file.Close()
}
