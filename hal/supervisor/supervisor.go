// Package supervisor keeps one device open: it opens it by URI, hands it to
// its user, and when it is gone opens it again, with growing pauses. It is the
// only place where devices are reopened, and where their health is told.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"tram06/hal"
)

// The pauses between two attempts when Options say nothing.
const (
	MinPause = 500 * time.Millisecond
	MaxPause = 10 * time.Second
)

// pollHealth is for devices that do not tell when their health changes.
const pollHealth = 500 * time.Millisecond

// Options of a supervised device.
type Options[T hal.Device] struct {
	URI      string
	Registry hal.Registry
	// Key is the condition reported while the device is absent.
	Key string
	// OnHealth is called on every change, from one goroutine, in order. Its
	// first call says how the first attempt went.
	OnHealth func(hal.Health)
	// Use works with the device until it is gone or ctx ends, and returns then.
	// ctx also ends when the device says that it is gone by itself. Whatever
	// Use returns, the device is closed and opened again, until the ctx of Run
	// ends.
	Use func(ctx context.Context, d T) error

	// Backoff gives the pause before attempt n, counted from 1 after the last
	// time that the device worked; nil is Exponential with MinPause, MaxPause.
	Backoff func(n int) time.Duration
	// Wake, if not nil, ends a pause early: something was plugged in.
	Wake <-chan struct{}
	// Now stamps the health of absence; nil is time.Now.
	Now func() time.Time
}

// Exponential doubles pauses from least to most, each up to a quarter shorter
// by chance, so that devices that went together do not come back at once.
func Exponential(least, most time.Duration, chance func() float64) func(n int) time.Duration {
	return func(n int) time.Duration {
		d := most
		if n < 1 {
			n = 1
		}
		if n <= 30 && least<<(n-1) < most {
			d = least << (n - 1)
		}
		return max(d-time.Duration(chance()*float64(d)/4), least)
	}
}

// Run supervises until ctx ends, and returns its error. Before it returns the
// device is closed and Use has returned.
func Run[T hal.Device](ctx context.Context, o Options[T]) error {
	if o.Backoff == nil {
		o.Backoff = Exponential(MinPause, MaxPause, rand.Float64)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &runner[T]{o: o}
	for attempt := 1; ; attempt++ {
		worked, err := r.once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.report(hal.Health{State: hal.Absent, Key: o.Key, Err: err, Since: o.Now()})
		if worked {
			attempt = 1
		}
		if !r.pause(ctx, o.Backoff(attempt)) {
			return ctx.Err()
		}
	}
}

type runner[T hal.Device] struct {
	o    Options[T]
	told bool
	last hal.Health
}

// report passes a health on if it is news.
func (r *runner[T]) report(h hal.Health) {
	if r.told && r.last.State == h.State && r.last.Key == h.Key {
		return
	}
	r.told, r.last = true, h
	if r.o.OnHealth != nil {
		r.o.OnHealth(h)
	}
}

func (r *runner[T]) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-r.o.Wake:
	}
	return true
}

// notifier is a device that tells when its health changes.
type notifier interface{ HealthChanged() <-chan struct{} }

// once opens the device and stays with it until it is gone. worked tells that
// it stayed longer than the longest pause: one that comes and goes is backed
// off from like one that does not open.
func (r *runner[T]) once(ctx context.Context) (worked bool, err error) {
	d, err := hal.Open[T](ctx, r.o.Registry, r.o.URI)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	used := make(chan error, 1)
	if h := d.Health(); h.State != hal.Absent {
		r.report(h)
	}
	go func() { used <- r.o.Use(ctx, d) }()

	steady := time.NewTimer(MaxPause)
	defer steady.Stop()
	var changed <-chan struct{}
	var tick <-chan time.Time
	if n, ok := any(d).(notifier); ok {
		changed = n.HealthChanged()
	} else {
		t := time.NewTicker(pollHealth)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case err := <-used:
			if err == nil {
				err = errors.New("device was given back")
			}
			return worked, errors.Join(err, closeDevice(d))
		case <-steady.C:
			worked = true
			continue
		case <-changed:
		case <-tick:
		case <-ctx.Done():
			// Close ends whatever Use waits for, should it not heed ctx.
			err := closeDevice(d)
			<-used
			return worked, errors.Join(ctx.Err(), err)
		}
		h := d.Health()
		if h.State != hal.Absent {
			r.report(h)
			continue
		}
		cancel()
		err := errors.Join(h.Err, closeDevice(d))
		<-used
		return worked, errors.Join(hal.ErrGone, err)
	}
}

func closeDevice(d hal.Device) error {
	if err := d.Close(); err != nil {
		return fmt.Errorf("close %s: %w", d.URI(), err)
	}
	return nil
}
