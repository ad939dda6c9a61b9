package sim

import (
	"net"

	"golang.org/x/sys/unix"

	"tram06/hal/devfile"
	"tram06/hal/watchdog"
	"tram06/hal/watchdog/remote"
)

// Serve shows the watchdog to kiosks that open sim+watchdog, until ln is closed.
// A kiosk that crashed leaves it running.
func (d *Dog) Serve(ln net.Listener) error {
	return devfile.Serve(ln, func() (devfile.Device, error) {
		t, err := d.Open()
		if err != nil {
			return nil, err
		}
		return far{t}, nil
	})
}

// far is the device file as another program has it open.
type far struct{ watchdog.Timer }

func (f far) Do(number uint32, arg []byte) error {
	switch number {
	case unix.WDIOC_GETSUPPORT:
		return devfile.With(arg, func(v *unix.WatchdogInfo) error {
			options, identity, err := f.Support()
			v.Options = options
			copy(v.Identity[:], identity)
			return err
		})
	case unix.WDIOC_SETTIMEOUT:
		return devfile.With(arg, func(v *int32) error { return f.SetTimeout(int(*v)) })
	case unix.WDIOC_GETTIMEOUT:
		return devfile.With(arg, func(v *int32) error {
			n, err := f.GetTimeout()
			*v = int32(n)
			return err
		})
	case unix.WDIOC_KEEPALIVE:
		return f.KeepAlive()
	case unix.WDIOC_GETBOOTSTATUS:
		return devfile.With(arg, func(v *uint32) (err error) {
			*v, err = f.BootStatus()
			return err
		})
	case remote.Write:
		return devfile.With(arg, func(v *byte) error {
			if *v != 'V' {
				return f.KeepAlive() // every write is a kick
			}
			return f.Magic()
		})
	case remote.NoWayOut:
		return devfile.With(arg, func(v *bool) error {
			*v, _ = f.NoWayOut()
			return nil
		})
	}
	return unix.ENOTTY
}
