package rtc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/rtc"
	"tram06/hal/rtc/sim"
)

// cabled pulls the plug at the exchange that its cable does not carry.
type cabled struct {
	rtc.Chip
	step func()
}

func (c cabled) Read() (unix.RTCTime, error) { c.step(); return c.Chip.Read() }
func (c cabled) Set(t unix.RTCTime) error    { c.step(); return c.Chip.Set(t) }
func (c cabled) Low() (uint32, error)        { c.step(); return c.Chip.Low() }

// tear visits a clock over cables that break.
func tear(t *testing.T, c *sim.Chip, use func(*rtc.Clock) error) {
	haltest.EveryStep(t, haltest.Visit[*rtc.Clock]{
		Open: func(t *testing.T, cable *haltest.Fuse) (*rtc.Clock, error) {
			c.Plug()
			step := func() {
				if cable.Broken() {
					c.Unplug()
				}
			}
			return rtc.Open("sim:///clock", func() (rtc.Chip, error) {
				step()
				chip, err := c.Open()
				if err != nil {
					return nil, err
				}
				return cabled{chip, step}, nil
			}, nil)
		},
		Use:     func(_ context.Context, d *rtc.Clock) error { return use(d) },
		Virtual: true,
	})
}

func TestUnpluggedAtEveryStep(t *testing.T) {
	tear(t, sim.New(func() time.Time { return at }), func(d *rtc.Clock) error {
		if err := d.Set(at); err != nil {
			return err
		}
		for range 2 {
			if _, err := d.Read(); err != nil {
				return err
			}
		}
		return nil
	})
}

// A clock that does not know its time says so to each reader, and a cable that
// breaks then is no answer of a clock.
func TestUnpluggedWithoutATime(t *testing.T) {
	c := sim.New(func() time.Time { return at })
	c.FailPower()
	tear(t, c, func(d *rtc.Clock) error {
		for range 2 {
			if _, err := d.Read(); !errors.Is(err, hal.ErrFault) {
				return err
			}
		}
		return nil
	})
}
