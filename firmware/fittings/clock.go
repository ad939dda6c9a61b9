package fittings

import (
	"context"
	"errors"
	"time"

	"tram06/hal"
)

// How often the two clocks are compared, and how far they may be apart. A
// battery clock drifts some seconds a day.
const (
	compareEvery = 10 * time.Minute
	maxApart     = 5 * time.Minute
)

// compare holds the system's clock against the one with a battery. While it
// follows a time server the system's is right, and the kernel keeps the other
// one in step; else nobody can say which is wrong, and dossiers carry dates.
func (f *Fittings) compare(ctx context.Context, d hal.Clock) error {
	t := time.NewTicker(compareEvery)
	defer t.Stop()
	for {
		there, err := d.Read()
		switch here := f.o.Now(); {
		case errors.Is(err, hal.ErrFault): // not set; the driver's health says so
			f.judgeClock(here, here)
		case err != nil:
			return err
		default:
			f.judgeClock(here, there)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

func (f *Fittings) judgeClock(here, there time.Time) {
	wrong := here.Before(f.o.Oldest) || !f.o.Synced() && here.Sub(there).Abs() > maxApart
	if wrong {
		f.found("clock", hal.Fault, KeyClockWrong)
		return
	}
	f.found("clock", hal.Ready, hal.KeyOK)
}
