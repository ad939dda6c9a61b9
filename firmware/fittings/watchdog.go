package fittings

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"time"

	"tram06/hal"
)

// kick kicks for as long as the kiosk's loop turns: three times within the
// watchdog's time, each time after the loop has answered. A kiosk that ends in
// good order stops it; one that crashes or hangs leaves it running, which
// restarts the machine.
func (f *Fittings) kick(ctx context.Context, d hal.Watchdog) error {
	t := time.NewTicker(d.Timeout() / 3)
	defer t.Stop()
	for {
		if f.o.Alive != nil {
			if err := f.o.Alive(ctx); err != nil {
				return err
			}
		}
		if err := d.Kick(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// disarming is a registry whose watchdog is stopped by the Close that comes once
// ctx has ended: that is the supervisor's, at the end of the program.
func disarming(ctx context.Context, r hal.Registry, uri string, log *slog.Logger) hal.Registry {
	u, err := url.Parse(uri)
	if err != nil || r[u.Scheme] == nil {
		return r // opening it tells why
	}
	open := r[u.Scheme]
	r = maps.Clone(r)
	r[u.Scheme] = func(opening context.Context, u *url.URL) (hal.Device, error) {
		d, err := open(opening, u)
		if err != nil {
			return nil, err
		}
		w, ok := d.(hal.Watchdog)
		if !ok {
			return d, nil
		}
		return tended{w, ctx, log}, nil
	}
	return r
}

// tended is a watchdog in the care of a program that may end.
type tended struct {
	hal.Watchdog
	program context.Context
	log     *slog.Logger
}

func (w tended) Close() error {
	if w.program.Err() == nil {
		return w.Watchdog.Close()
	}
	err := w.Disarm()
	if err != nil && !errors.Is(err, hal.ErrGone) {
		w.log.Warn("the watchdog goes on: the machine restarts unless a kiosk starts soon", "within", w.Timeout(), "err", err)
	}
	return w.Watchdog.Close()
}

// HealthChanged passes on the driver's word that its health changed. A driver
// that has none is of one health until it fails to be kicked.
func (w tended) HealthChanged() <-chan struct{} {
	if n, ok := w.Watchdog.(interface{ HealthChanged() <-chan struct{} }); ok {
		return n.HealthChanged()
	}
	return nil
}
