// Package beeper is hal.Buzzer over any hardware that sounds: one sound after the
// other, each ended and silenced, and hardware missed while it is silent.
package beeper

import (
	"context"
	"errors"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/tether"
)

// lowest is the lowest tone that people hear.
const lowest = 20

// look is how often silent hardware is looked at.
const look = 500 * time.Millisecond

// Hardware is what sounds. Its methods are called one at a time. Where it is gone
// its errors are those of Lost.
type Hardware interface {
	// Sound sounds for d. It waits with wait only, and ends with its error.
	Sound(wait func(<-chan time.Time) error, hertz int, d time.Duration) error
	// Silence ends what sounds.
	Silence() error
	// Look fails when the hardware is gone.
	Look() error
	// Close gives silent hardware back.
	Close() error
}

// Lost marks an error of hardware that is not there any more.
func Lost(err error) error { return lost{err} }

type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// Beeper is a buzzer.
type Beeper struct {
	*tether.Tether
	hw      Hardware
	highest int
	turn    chan struct{} // holds one token: whoever has it uses the hardware

	ran  sync.WaitGroup
	once sync.Once
}

var _ hal.Buzzer = (*Beeper)(nil)

// New takes over silent hardware that makes tones up to highest. now stamps
// health; nil is time.Now.
func New(uri string, hw Hardware, highest int, now func() time.Time) *Beeper {
	b := &Beeper{
		Tether: tether.New(uri, "buzzer", hal.KeyBuzzerGone, now),
		hw:     hw, highest: highest,
		turn: make(chan struct{}, 1),
	}
	b.turn <- struct{}{}
	b.ran.Go(b.watch)
	return b
}

// watch notices that the hardware is gone while nobody wants a sound.
func (b *Beeper) watch() {
	tick := beat.New(look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-b.Done():
			return
		}
		select {
		case <-b.turn:
			_ = b.told(b.hw.Look()) // by its health
			b.turn <- struct{}{}
		default: // it sounds, and whoever sounds it notices
		}
	}
}

// Beep sounds; a second beep waits for the first.
func (b *Beeper) Beep(ctx context.Context, hertz int, d time.Duration) error {
	if err := b.Err(); err != nil {
		return err
	}
	if hertz < lowest || hertz > b.highest || d < 0 {
		return b.Errorf("%d Hz for %v: want %d to %d Hz: %w", hertz, d, lowest, b.highest, hal.ErrUnsupported)
	}
	// One who no longer waits hears nothing, not even a click.
	if err := ctx.Err(); err != nil {
		return b.Errorf("%w", err)
	}
	select {
	case <-b.turn:
	case <-ctx.Done():
		return b.Errorf("%w", ctx.Err())
	case <-b.Done():
		return b.Err()
	}
	defer func() { b.turn <- struct{}{} }()
	if err := b.Err(); err != nil {
		return err // closed by whoever waits for the turn now
	}
	var broken error // the wait, off
	err := b.hw.Sound(func(timer <-chan time.Time) error {
		broken = b.Wait(ctx, timer)
		return broken
	}, hertz, d)
	if b.Err() != nil {
		return b.Err() // Close silences it
	}
	if broken == nil {
		broken = b.told(err)
	}
	err = errors.Join(broken, b.told(b.hw.Silence()))
	if b.Err() != nil {
		return b.Err()
	}
	return err
}

// told is an error of the hardware for whoever wanted something of it.
func (b *Beeper) told(err error) error {
	var l lost
	switch {
	case err == nil:
		return nil
	case errors.As(err, &l):
		return b.Lost(l.error)
	}
	return b.Errorf("%w", err)
}

// Close silences the buzzer and gives it back.
func (b *Beeper) Close() (err error) {
	b.once.Do(func() {
		b.Cut(nil)
		b.ran.Wait()
		<-b.turn // whoever sounds has ended; nobody begins any more
		defer func() { b.turn <- struct{}{} }()
		for _, end := range []func() error{b.hw.Silence, b.hw.Close} {
			if e := end(); e != nil && !errors.As(e, new(lost)) {
				err = errors.Join(err, b.Errorf("close: %w", e))
			}
		}
	})
	return err
}
