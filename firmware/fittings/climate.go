package fittings

import (
	"context"
	"errors"
	"math"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
)

// Temperatures, in degrees. Processors of such boards slow themselves down from
// 80 on, and industrial panels grow dark from 70 on.
const (
	warmAt   = 75.0
	hotAt    = 85.0
	coolOff  = 5.0 // below a threshold before it counts as left
	fanFrom  = 45.0
	fanFull  = 70.0
	fanLeast = 30 // percent: many do not start below
)

// look is how often a fitting that says nothing by itself is looked at: often
// enough that within a second it is known to be gone.
const look = 900 * time.Millisecond

// climate is how warm the machine is, and so how fast the fan turns.
type climate struct{ heat *wish[float64] }

// newClimate begins with what is not known, which is no reason to be hot.
func newClimate() climate { return climate{newWish(math.NaN())} }

// measure tells of the hottest place.
func (f *Fittings) measure(ctx context.Context, d hal.Thermometer) error {
	defer f.heat.want(math.NaN())
	t := beat.New(look)
	defer t.Stop()
	state, key := hal.Ready, hal.KeyOK
	for {
		all, err := d.Read()
		switch {
		case errors.Is(err, hal.ErrGone):
			return err
		case err != nil || len(all) == 0:
			// No sensor can be believed, as the driver's health says. Opening it
			// again would not mend that.
			f.heat.want(math.NaN())
		default:
			hottest := math.Inf(-1)
			for _, x := range all {
				hottest = max(hottest, x.Celsius)
			}
			state, key = judge(hottest, key)
			f.found("thermometer", state, key)
			f.heat.want(hottest)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// judge says what a temperature means, given what the last one meant.
func judge(celsius float64, before string) (hal.State, string) {
	limit := func(at float64, keys ...string) float64 {
		for _, k := range keys {
			if before == k {
				return at - coolOff
			}
		}
		return at
	}
	switch {
	case celsius >= limit(hotAt, KeyHot):
		return hal.Fault, KeyHot
	case celsius >= limit(warmAt, KeyHot, KeyWarm):
		return hal.Degraded, KeyWarm
	}
	return hal.Ready, hal.KeyOK
}

// speed of the fan at a temperature, given the one before: it stands when all is
// cool, and does not start and stop at a threshold. Nobody knows is full.
func speed(celsius float64, before int) int {
	if math.IsNaN(celsius) {
		return 100
	}
	from := fanFrom
	if before > 0 {
		from -= coolOff
	}
	if celsius < from {
		return 0
	}
	part := (celsius - fanFrom) / (fanFull - fanFrom)
	return min(max(fanLeast, int(math.Round(part*100))), 100)
}

// cool rules the fan, and asks how fast it turns, by which its driver notices
// one that stands.
func (f *Fittings) cool(ctx context.Context, d hal.Fan) error {
	t := beat.New(look)
	defer t.Stop()
	percent := -1
	for {
		// Steps of ten: one that hunts up and down is heard.
		to := (speed(f.heat.get(), max(percent, 0)) + 9) / 10 * 10
		if to != percent {
			if err := d.SetSpeed(to); err != nil {
				return err
			}
			percent = to
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.heat.changed:
		case <-t.C:
			if _, err := d.RPM(); errors.Is(err, hal.ErrGone) {
				return err // anything else is in its health, or cannot be told
			}
		}
	}
}
