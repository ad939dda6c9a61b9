package fittings

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/beat"
)

const (
	// readEvery is how often the clock with a battery is read: often enough that
	// whoever mends it sees that, and seldom enough to be in the way of no other
	// program, to which it is busy meanwhile.
	readEvery = 10 * time.Second
	// setEvery is how often it may be set. A battery clock drifts some seconds a
	// day.
	setEvery = 10 * time.Minute
	// maxApart is how far two clocks may be apart that nobody keeps right.
	maxApart = 5 * time.Minute
	// inStep is how near they are where somebody keeps them so.
	inStep = 5 * time.Second
)

// compare holds the system's clock against the one with a battery. While it
// follows a time server the system's is right, and the other one is set by it,
// where the kernel has not done so; else nobody can say which is wrong, and
// dossiers carry dates.
func (f *Fittings) compare(ctx context.Context, d hal.Clock) error {
	t := beat.New(readEvery)
	defer t.Stop()
	var tried time.Time // to set it
	for {
		there, err := d.Read()
		here := f.o.Now()
		off := false
		switch {
		case errors.Is(err, unix.EBUSY): // whoever keeps it in step has it right now
		case errors.Is(err, hal.ErrFault): // not set; the driver's health says so
			f.judgeClock(here, here)
			off = true
		case err != nil:
			return err
		default:
			f.judgeClock(here, there)
			off = here.Sub(there).Abs() > inStep
		}
		if off && f.knows(here) && (tried.IsZero() || here.Sub(tried).Abs() >= setEvery) {
			tried = here
			if err := f.setClock(d); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// knows tells whether the system's clock is one to set another by.
func (f *Fittings) knows(now time.Time) bool { return f.o.Synced() && !now.Before(f.o.Oldest) }

// setClock sets the clock with a battery by the system's.
func (f *Fittings) setClock(d hal.Clock) error {
	err := d.Set(f.o.Now())
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
