// Package supervisor keeps one device open: it opens it by URI, hands it to
// its user, and when it is gone opens it again. It is the only place where
// devices are reopened, and where their health is told.
//
// A device that is put back works again within two seconds, whatever happened
// to it before. So one that is not there is looked for at least every second,
// which costs little, and at once when Wake says that something was plugged in;
// then again soon, since udev's links come after the kernel's word, and pcscd
// finds its readers in its own time.
//
// Only a device that opens and is lost again soon, time after time, without ever
// having been away in between is left alone for longer: nobody is plugging that
// one, and each opening may click a relay or feed some paper.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"tram06/hal"
)

const (
	// MinPause and MaxPause bound the pauses between two attempts to open a
	// device that is not there.
	MinPause = 100 * time.Millisecond
	MaxPause = time.Second
	// MaxCalm bounds those after a device that does not stay was lost. The
	// first four are below two seconds.
	MaxCalm = 10 * time.Second
	// Steady is how long a device has to stay to be trusted again.
	Steady = 10 * time.Second
)

const (
	// pollHealth is for devices that do not tell when their health changes.
	pollHealth = 500 * time.Millisecond
	// slow is an opening that does not end: the device is absent meanwhile.
	slow = 2 * time.Second
	// gap is between two attempts, however often Wake rings.
	gap = 50 * time.Millisecond
)

// errSlow is what is said of a device whose opening does not end.
var errSlow = errors.New("it does not open")

// Options of a supervised device.
type Options[T hal.Device] struct {
	URI      string
	Registry hal.Registry
	// Key is the condition reported while the device is absent.
	Key string
	// OnHealth is called on every change, from one goroutine, in order. Its
	// first call says how the first attempt went, or that it takes long.
	OnHealth func(hal.Health)
	// Use works with the device until it is gone or ctx ends, and returns then.
	// ctx also ends when the device says that it is gone by itself. Whatever
	// Use returns, the device is closed and opened again, until the ctx of Run
	// ends.
	Use func(ctx context.Context, d T) error

	// Backoff gives the pause after attempt n, counted from 1 since the device
	// was last there or Wake rang, from the beginning of that attempt; nil is
	// Exponential with MinPause and MaxPause.
	Backoff func(n int) time.Duration
	// Calm gives the pause after the device was lost n times in a row, each
	// time within Steady, and was there again each time; nil is Exponential
	// with MinPause and MaxCalm.
	Calm func(n int) time.Duration
	// Wake, if not nil, ends a pause early: something was plugged in. Package
	// uevent has one for each URI.
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
// device is closed and Use has returned; so it waits for an opener that does not
// heed its context.
func Run[T hal.Device](ctx context.Context, o Options[T]) error {
	if o.Backoff == nil {
		o.Backoff = Exponential(MinPause, MaxPause, rand.Float64)
	}
	if o.Calm == nil {
		o.Calm = Exponential(MinPause, MaxCalm, rand.Float64)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &runner[T]{o: o}
	tries, lost := 0, 0
	for {
		begun := time.Now()
		was, err := r.once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var pause time.Duration
		switch was {
		case away:
			lost = 0 // whoever comes back after that was put back
			tries++
			// An attempt that waited long is a part of the pause.
			pause = max(o.Backoff(tries)-time.Since(begun), min(gap, o.Backoff(tries)))
		case brief:
			lost++
			tries, pause = 0, o.Calm(lost)
		case steady:
			tries, lost, pause = 0, 1, o.Calm(1)
		}
		if lost > 1 {
			err = fmt.Errorf("lost %d times in a row soon after it was opened: %w", lost, err)
		}
		r.report(hal.Health{State: hal.Absent, Key: o.Key, Err: err, Since: o.Now()})
		woken, err := r.pause(ctx, pause)
		if err != nil {
			return err
		}
		if woken {
			tries = 0
		}
	}
}

// stay is what became of one attempt.
type stay uint8

const (
	away   stay = iota // it did not open
	brief              // it was lost within Steady
	steady             // later
)

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

// pause waits, and tells whether it was woken. Rings that come close together
// are one: all of a device's parts are announced.
func (r *runner[T]) pause(ctx context.Context, d time.Duration) (woken bool, err error) {
	begin := min(gap, d)
	if err := sleep(ctx, begin); err != nil {
		return false, err
	}
	t := time.NewTimer(d - begin)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-t.C:
		return false, nil
	case <-r.o.Wake:
		return true, nil
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// open opens the device. While that does not end the device is absent.
func (r *runner[T]) open(ctx context.Context) (d T, err error) {
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		d, err = hal.Open[T](ctx, r.o.Registry, r.o.URI)
	}()
	late := time.NewTimer(slow)
	defer late.Stop()
	for {
		select {
		case <-opened:
			return d, err
		case <-late.C:
			r.report(hal.Health{State: hal.Absent, Key: r.o.Key, Err: fmt.Errorf("open %s: %w", r.o.URI, errSlow), Since: r.o.Now()})
		}
	}
}

// notifier is a device that tells when its health changes.
type notifier interface{ HealthChanged() <-chan struct{} }

// once opens the device and stays with it until it is gone.
func (r *runner[T]) once(ctx context.Context) (was stay, err error) {
	d, err := r.open(ctx)
	if err != nil {
		return away, err
	}
	was = brief
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	used := make(chan error, 1)
	if h := d.Health(); h.State != hal.Absent {
		r.report(h)
	}
	go func() { used <- r.o.Use(ctx, d) }()

	trusted := time.NewTimer(Steady)
	defer trusted.Stop()
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
			return was, errors.Join(err, closeDevice(d))
		case <-trusted.C:
			was = steady
			continue
		case <-changed:
		case <-tick:
		case <-ctx.Done():
			// Close ends whatever Use waits for, should it not heed ctx.
			err := closeDevice(d)
			<-used
			return was, errors.Join(ctx.Err(), err)
		}
		h := d.Health()
		if h.State != hal.Absent {
			r.report(h)
			continue
		}
		cancel()
		err := errors.Join(h.Err, closeDevice(d))
		<-used
		return was, errors.Join(hal.ErrGone, err)
	}
}

func closeDevice(d hal.Device) error {
	if err := d.Close(); err != nil {
		return fmt.Errorf("close %s: %w", d.URI(), err)
	}
	return nil
}
