package sim_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/rtc"
	"tram06/hal/rtc/remote"
	"tram06/hal/rtc/sim"
)

var at = time.Date(2026, 7, 30, 0, 0, 0, 0, time.UTC)

// serve shows a clock, and gives the URI by which a kiosk opens it.
func serve(t *testing.T, c *sim.Chip) string {
	t.Helper()
	return "sim+rtc://" + haltest.Serve(t, c.Serve)
}

func open(ctx context.Context, uri string) (hal.Clock, error) {
	return hal.Open[hal.Clock](ctx, hal.Registry{"sim+rtc": remote.Opener(nil)}, uri)
}

func TestConformsOverTheWire(t *testing.T) {
	c := sim.New(nil)
	uri := serve(t, c)
	haltest.Clock(t, haltest.Rig[hal.Clock]{
		Open:   func() (hal.Clock, error) { return open(t.Context(), uri) },
		Unplug: c.Unplug, Plug: c.Plug,
	})
}

// What the chip has to say arrives as what it is.
func TestAClockOverTheWire(t *testing.T) {
	c := sim.New(func() time.Time { return at })
	d, err := open(t.Context(), serve(t, c))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	reads := func(what string, want time.Time, err error, key string) {
		t.Helper()
		if got, is := d.Read(); !got.Equal(want) || !errors.Is(is, err) {
			t.Errorf("%s: Read gives %v, %v", what, got, is)
		}
		if h := d.Health(); h.Key != key {
			t.Errorf("%s: health is %v %q", what, h.State, h.Key)
		}
	}
	reads("right", at, nil, hal.KeyOK)
	c.Drift(-time.Hour)
	reads("slow", at.Add(-time.Hour), nil, hal.KeyOK)
	c.Battery(rtc.LowBackup)
	reads("with a low battery", at.Add(-time.Hour), nil, hal.KeyClockBattery)
	c.Mute()
	reads("that cannot tell", at.Add(-time.Hour), nil, hal.KeyOK)
	c.FailPower()
	reads("without a time", time.Time{}, hal.ErrFault, hal.KeyClockUnset)
	if err := d.Set(at); err != nil {
		t.Errorf("Set gives %v", err)
	}
	reads("set", at, nil, hal.KeyOK)
	c.Hold()
	reads("in use by another program", time.Time{}, unix.EBUSY, hal.KeyOK)
}

func TestBadPeers(t *testing.T) {
	haltest.BadPeers(t, func(ctx context.Context, t *testing.T, peer func(net.Conn)) (hal.Clock, error) {
		return open(ctx, "sim+rtc://"+haltest.Listen(t, "tcp", "127.0.0.1:0", peer))
	}, func(_ context.Context, d hal.Clock) error {
		_, err := d.Read()
		return err
	})
}

// The connection is cut after each message: of the opening, of a reading.
func TestCutAtEveryMessage(t *testing.T) {
	c := sim.New(nil)
	far := serve(t, c)[len("sim+rtc://"):]
	haltest.EveryStep(t, haltest.Visit[hal.Clock]{
		Open: func(t *testing.T, cable *haltest.Fuse) (hal.Clock, error) {
			free(c)
			return open(t.Context(), "sim+rtc://"+haltest.Listen(t, "tcp", "127.0.0.1:0", haltest.Wire("tcp", far, cable)))
		},
		Use: func(_ context.Context, d hal.Clock) error {
			for range 2 {
				free(c)
				if _, err := d.Read(); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// free waits until the chip's file is closed: a cut is noticed a moment later.
func free(c *sim.Chip) {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if f, err := c.Open(); err == nil {
			_ = f.Close()
			return
		}
		<-look.C
	}
}

func TestBadURIs(t *testing.T) {
	haltest.Refused(t, hal.Registry{"sim+rtc": remote.Opener(nil)}, map[string]string{
		"sim+rtc:///dev/rtc0":          "after two slashes",
		"sim+rtc://127.0.0.1:1?zone=x": "unknown parameter",
		"sim+rtc://127.0.0.1:1":        "device gone",
	})
}
