package rtc_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/rtc"
	"tram06/hal/rtc/sim"
)

// at is the time in all of these tests, in Hà Nội.
var at = time.Date(2026, 7, 30, 6, 59, 59, 600_000_000, time.FixedZone("+07", 7*3600))

// stopped is a clock for simulated chips that a test moves on.
func stopped(t *time.Time) func() time.Time { return func() time.Time { return *t } }

func open(t *testing.T, c *sim.Chip) (hal.Clock, error) {
	t.Helper()
	return hal.Open[hal.Clock](t.Context(), hal.Registry{"sim": c.Opener()}, "sim:///clock")
}

func mustOpen(t *testing.T, c *sim.Chip) hal.Clock {
	t.Helper()
	d, err := open(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	now := at
	c := sim.New(stopped(&now))
	haltest.Clock(t, haltest.Rig[hal.Clock]{
		Open:   func() (hal.Clock, error) { return open(t, c) },
		Unplug: c.Unplug, Plug: c.Plug, Virtual: true,
	})
}

func TestItHoldsUTCAndGoesOn(t *testing.T) {
	now := at
	c := sim.New(stopped(&now))
	d := mustOpen(t, c)
	c.Drift(-time.Hour)
	if err := d.Set(at); err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 7, 30, 0, 0, 0, 0, time.UTC) // to the nearest second
	if got, err := d.Read(); err != nil || !got.Equal(want) {
		t.Errorf("Read gives %v, %v, want %v", got, err, want)
	}
	now = now.Add(36 * time.Hour)
	if got, err := d.Read(); err != nil || !got.Equal(want.Add(36*time.Hour)) {
		t.Errorf("later Read gives %v, %v", got, err)
	}
}

func TestAClockThatLostItsTime(t *testing.T) {
	now := at
	for name, lose := range map[string]func(c *sim.Chip){
		"the kernel says so":  (*sim.Chip).FailPower,
		"the battery says so": func(c *sim.Chip) { c.Battery(rtc.LowInvalid) },
		"1970":                func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 70, Mday: 1}) },
		"2000":                func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 100, Mday: 1}) },
		"2165":                func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 265, Mon: 1, Mday: 1}) },
		"30 February":         func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 126, Mon: 1, Mday: 30}) },
		"61 seconds":          func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 126, Mday: 1, Sec: 61}) },
		"month −1":            func(c *sim.Chip) { c.Stick(unix.RTCTime{Year: 126, Mon: -1, Mday: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			c := sim.New(stopped(&now))
			lose(c)
			d := mustOpen(t, c)
			if got, err := d.Read(); !errors.Is(err, hal.ErrFault) || !got.IsZero() {
				t.Errorf("Read gives %v, %v", got, err)
			}
			if h := d.Health(); h.State != hal.Fault || h.Key != hal.KeyClockUnset {
				t.Errorf("health is %v %q", h.State, h.Key)
			}
			if err := d.Set(at); err != nil {
				t.Fatal(err)
			}
			if got, err := d.Read(); err != nil || got.Sub(at).Abs() > time.Second {
				t.Errorf("once it is set Read gives %v, %v", got, err)
			}
			if h := d.Health(); h.State != hal.Ready {
				t.Errorf("once it is set health is %v %q", h.State, h.Key)
			}
		})
	}
}

func TestTheBatteryIsTold(t *testing.T) {
	now := at
	c := sim.New(stopped(&now))
	d := mustOpen(t, c)
	for low, want := range map[uint32]string{rtc.LowBackup: hal.KeyClockBattery, rtc.LowEmpty: hal.KeyClockBattery, 0: hal.KeyOK} {
		c.Battery(low)
		if _, err := d.Read(); err != nil {
			t.Errorf("a low battery gives %v", err)
		}
		if h := d.Health(); h.Key != want {
			t.Errorf("battery %d: health is %v %q", low, h.State, h.Key)
		}
	}
	c.Mute()
	if _, err := d.Read(); err != nil || d.Health().State != hal.Ready {
		t.Errorf("a clock that does not tell gives %v, %v", err, d.Health().State)
	}
}

func TestSomebodyElseHasIt(t *testing.T) {
	now := at
	c := sim.New(stopped(&now))
	d := mustOpen(t, c)
	c.Hold()
	if _, err := d.Read(); !errors.Is(err, unix.EBUSY) || errors.Is(err, hal.ErrGone) {
		t.Errorf("Read gives %v", err)
	}
	c.Release()
	if _, err := d.Read(); err != nil {
		t.Errorf("Read gives %v", err)
	}
}

func TestURIs(t *testing.T) {
	r := hal.Registry{"rtc": rtc.Opener(nil)}
	haltest.Refused(t, r, map[string]string{
		"rtc:///":                  "three slashes",
		"rtc://dev/rtc0":           "three slashes",
		"rtc:///dev/rtc0?zone=utc": "unknown parameter",
		"rtc:///dev/null":          "inappropriate ioctl",
	})
	if _, err := hal.Open[hal.Clock](t.Context(), r, "rtc://"+t.TempDir()+"/rtc0"); !errors.Is(err, hal.ErrGone) {
		t.Errorf("no file gives %v", err)
	}
}

// FuzzDigits looks that whatever digits a chip shows, no time comes out that
// the digits do not say.
func FuzzDigits(f *testing.F) {
	f.Add(int32(126), int32(6), int32(30), int32(23), int32(59), int32(59))
	f.Add(int32(126), int32(12), int32(0), int32(24), int32(60), int32(60))
	f.Add(int32(-1900), int32(-1), int32(-1), int32(-1), int32(-1), int32(-1))
	f.Add(int32(1<<31-1), int32(1<<31-1), int32(1<<31-1), int32(1<<31-1), int32(1<<31-1), int32(1<<31-1))
	f.Fuzz(func(t *testing.T, year, mon, day, hour, minute, sec int32) {
		now := at
		c := sim.New(stopped(&now))
		c.Stick(unix.RTCTime{Year: year, Mon: mon, Mday: day, Hour: hour, Min: minute, Sec: sec})
		got, err := mustOpen(t, c).Read()
		if err != nil {
			if !errors.Is(err, hal.ErrFault) {
				t.Errorf("it gives %v", err)
			}
			return
		}
		if got.Year() != int(year)+1900 || int32(got.Month()) != mon+1 || int32(got.Day()) != day ||
			int32(got.Hour()) != hour || int32(got.Minute()) != minute || int32(got.Second()) != sec {
			t.Errorf("%d-%d-%d %d:%d:%d is read as %v", year, mon, day, hour, minute, sec, got)
		}
	})
}

func TestItKeepsTimeOverDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.New(nil)
		d := mustOpen(t, c)
		if err := d.Set(at); err != nil {
			t.Fatal(err)
		}
		<-time.After(48 * time.Hour)
		if got, err := d.Read(); err != nil || got.Sub(at).Round(time.Minute) != 48*time.Hour {
			t.Errorf("Read gives %v, %v", got, err)
		}
	})
}
