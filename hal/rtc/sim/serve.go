package sim

import (
	"net"

	"golang.org/x/sys/unix"

	"tram06/hal/devfile"
	"tram06/hal/rtc"
)

// Serve shows the clock to kiosks that open sim+rtc, until ln is closed.
func (c *Chip) Serve(ln net.Listener) error {
	return devfile.Serve(ln, func() (devfile.Device, error) {
		f, err := c.Open()
		if err != nil {
			return nil, err
		}
		return far{f}, nil
	})
}

// far is the device file as another program has it open.
type far struct{ rtc.Chip }

func (f far) Do(number uint32, arg []byte) error {
	switch number {
	case unix.RTC_RD_TIME:
		return devfile.With(arg, func(v *unix.RTCTime) (err error) {
			*v, err = f.Read()
			return err
		})
	case unix.RTC_SET_TIME:
		return devfile.With(arg, func(v *unix.RTCTime) error { return f.Set(*v) })
	case unix.RTC_VL_READ:
		return devfile.With(arg, func(v *uint32) (err error) {
			*v, err = f.Low()
			return err
		})
	}
	return unix.ENOTTY
}
