// Package remote kicks the watchdog of a machine that another program shows, for
// a kiosk on a desk's simulation. Package sim is the other end.
//
//	sim+watchdog://127.0.0.1:9109?timeout=30s
//
// The driver is package watchdog's.
package remote

import (
	"bytes"
	"context"
	"net/url"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/devfile"
	"tram06/hal/params"
	"tram06/hal/watchdog"
)

// What the kernel has no ioctl for: the magic letter is written, and a file of
// /sys tells whether anything stops the watchdog.
const (
	Write    = 1
	NoWayOut = 2
)

// Opener opens the scheme sim+watchdog. now stamps health; nil is time.Now.
func Opener(now func() time.Time) hal.Opener {
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("watchdog", u)
		at := p.Socket(u)
		o := watchdog.Options{Timeout: watchdog.Timeout(p), Now: now}
		if err := p.End(); err != nil {
			return nil, err
		}
		w, err := watchdog.Start(func() (watchdog.Timer, error) {
			f, err := devfile.Open(ctx, at)
			return timer{f}, err
		}, u.String(), o)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
}

// timer is the open device file.
type timer struct{ file *devfile.File }

func (t timer) Support() (options uint32, identity string, err error) {
	var info unix.WatchdogInfo
	err = devfile.Call(t.file, unix.WDIOC_GETSUPPORT, &info)
	name, _, _ := bytes.Cut(info.Identity[:], []byte{0})
	return info.Options, string(name), err
}

func (t timer) SetTimeout(seconds int) error {
	v := int32(seconds)
	return devfile.Call(t.file, unix.WDIOC_SETTIMEOUT, &v)
}

func (t timer) GetTimeout() (int, error) {
	var v int32
	err := devfile.Call(t.file, unix.WDIOC_GETTIMEOUT, &v)
	return int(v), err
}

func (t timer) KeepAlive() error {
	var none int32
	return devfile.Call(t.file, unix.WDIOC_KEEPALIVE, &none)
}

func (t timer) BootStatus() (v uint32, err error) {
	err = devfile.Call(t.file, unix.WDIOC_GETBOOTSTATUS, &v)
	return v, err
}

func (t timer) Magic() error {
	letter := byte('V')
	return devfile.Call(t.file, Write, &letter)
}

func (t timer) NoWayOut() (on, known bool) {
	err := devfile.Call(t.file, NoWayOut, &on)
	return on, err == nil
}

func (t timer) Close() error { return t.file.Close() }
