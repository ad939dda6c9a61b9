package fittings

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// How often the two clocks are compared, and how far they may be apart. A
// battery clock drifts some seconds a day.
const (
	compareEvery = 10 * time.Minute
	maxApart     = 5 * time.Minute
	// inStep is how near they are where somebody keeps them so.
	inStep = 5 * time.Second
)

// compare holds the system's clock against the one with a battery. While it
// follows a time server the system's is right, and the other one is set by it,
// where the kernel has not done so; else nobody can say which is wrong, and
// dossiers carry dates.
func (f *Fittings) compare(ctx context.Context, d hal.Clock) error {
	t := time.NewTicker(compareEvery)
	defer t.Stop()
	for {
		there, err := d.Read()
		here := f.o.Now()
		switch {
		case errors.Is(err, unix.EBUSY): // whoever keeps it in step has it right now
			err = nil
		case errors.Is(err, hal.ErrFault): // not set; the driver's health says so
			f.judgeClock(here, here)
			err = f.setClock(d)
		case err != nil:
		default:
			f.judgeClock(here, there)
			if here.Sub(there).Abs() > inStep {
				err = f.setClock(d)
			}
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// setClock sets the clock with a battery, if it is known what to.
func (f *Fittings) setClock(d hal.Clock) error {
	now := f.o.Now()
	if !f.o.Synced() || now.Before(f.o.Oldest) {
		return nil
	}
	err := d.Set(now)
	switch {
	case errors.Is(err, hal.ErrGone):
		return err
	case err != nil: // next time, or by the kernel
		f.o.Log.Warn("clock not set", "err", err)
	default:
		f.o.Log.Info("clock set")
	}
	return nil
}

func (f *Fittings) judgeClock(here, there time.Time) {
	wrong := here.Before(f.o.Oldest) || !f.o.Synced() && here.Sub(there).Abs() > maxApart
	if wrong {
		f.found("clock", hal.Fault, KeyClockWrong)
		return
	}
	f.found("clock", hal.Ready, hal.KeyOK)
}
