package gpio

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/tether"
)

// The tones that a program can swing on a wire, and people hear.
const (
	minHertz = 20
	maxHertz = 5000
)

// Buzzer is a buzzer or a bare speaker on a wire. A line of its own for PWM
// sounds cleaner: see package sysfs.
type Buzzer struct {
	*tether.Tether
	passive bool
	turn    chan struct{} // holds one token: whoever has it sounds

	ran  sync.WaitGroup
	once sync.Once
	wire wire
}

var _ hal.Buzzer = (*Buzzer)(nil)

// OpenBuzzer opens the buzzer of a gpio+buzzer URI, silent.
func OpenBuzzer(k Kernel, u *url.URL, now func() time.Time) (*Buzzer, error) {
	p, line := parse("buzzer", u)
	passive := p.OneOf("kind", "active", "passive") == "passive"
	if err := p.End(); err != nil {
		return nil, err
	}
	w, err := output(k, line, false)
	if err != nil {
		return nil, fmt.Errorf("buzzer: %w", err)
	}
	b := &Buzzer{
		Tether:  tether.New(u.String(), "buzzer", hal.KeyBuzzerGone, now),
		passive: passive,
		turn:    make(chan struct{}, 1),
		wire:    w,
	}
	b.turn <- struct{}{}
	b.ran.Go(b.watch)
	return b, nil
}

// watch notices that the chip is gone while nobody wants a sound.
func (b *Buzzer) watch() {
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
			if b.Err() == nil {
				if err := b.wire.set(false); err != nil {
					b.Cut(err)
				}
			}
			b.turn <- struct{}{}
		default: // it sounds, and whoever sounds it notices
		}
	}
}

// Beep sounds; a second beep waits for the first. A buzzer that sounds by
// itself has one pitch.
func (b *Buzzer) Beep(ctx context.Context, hertz int, d time.Duration) error {
	if err := b.Err(); err != nil {
		return err
	}
	if hertz < minHertz || hertz > maxHertz || d < 0 {
		return b.Errorf("%d Hz for %v: want %d to %d Hz: %w", hertz, d, minHertz, maxHertz, hal.ErrUnsupported)
	}
	select {
	case <-b.turn:
	case <-ctx.Done():
		return b.Errorf("%w", ctx.Err())
	case <-b.Done():
		return b.Err()
	}
	defer func() { b.turn <- struct{}{} }()
	err := b.sound(ctx, hertz, d)
	if b.Err() != nil {
		return b.Err() // Close silences it
	}
	if off := b.wire.set(false); off != nil {
		return b.Lost(off)
	}
	return err
}

// sound writes levels until the time is up. Each is due at a time counted from
// the beginning, and what is due already is skipped: a machine that is slow or
// busy makes a lower tone, never a longer one.
func (b *Buzzer) sound(ctx context.Context, hertz int, d time.Duration) error {
	half := look / 2 // how often an active buzzer is told again
	if b.passive {
		half = time.Second / time.Duration(2*hertz)
	}
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := time.Duration(0); n*half < d; n = max(n+1, time.Since(begin)/half) {
		timer.Reset(time.Until(begin.Add(n * half)))
		if err := b.Wait(ctx, timer.C); err != nil {
			return err
		}
		if err := b.wire.set(!b.passive || n%2 == 0); err != nil {
			return b.Lost(err)
		}
	}
	timer.Reset(time.Until(begin.Add(d)))
	return b.Wait(ctx, timer.C)
}

// Close silences the buzzer and gives the line back.
func (b *Buzzer) Close() (err error) {
	b.once.Do(func() {
		b.Cut(nil)
		b.ran.Wait()
		<-b.turn // whoever sounds has ended; nobody begins any more
		defer func() { b.turn <- struct{}{} }()
		err = errors.Join(notGone(b.wire.set(false)), notGone(b.wire.Close()))
		if err != nil {
			err = b.Errorf("close: %w", err)
		}
	})
	return err
}
