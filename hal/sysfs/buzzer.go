package sysfs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// The tones that a buzzer makes and people hear.
const (
	minHertz = 20
	maxHertz = 20000
)

// Buzzer is a speaker on a PWM line.
type Buzzer struct {
	*tether.Tether
	channel channel
	turn    chan struct{} // holds one token: whoever has it sounds
	ran     sync.WaitGroup
	once    sync.Once
}

var _ hal.Buzzer = (*Buzzer)(nil)

// OpenBuzzer opens the speaker of a pwm+buzzer URI, silent.
func OpenBuzzer(f FS, u *url.URL, now func() time.Time) (*Buzzer, error) {
	c, err := openChannel(f, params.New("buzzer", u), u)
	if err != nil {
		return nil, fmt.Errorf("buzzer: %w", err)
	}
	// A kiosk that crashed in the middle of a tone left it sounding.
	if err := c.stop(); err != nil {
		return nil, fmt.Errorf("buzzer: %w", absent(err))
	}
	b := &Buzzer{
		Tether:  tether.New(u.String(), "buzzer", hal.KeyBuzzerGone, now),
		channel: c,
		turn:    make(chan struct{}, 1),
	}
	b.turn <- struct{}{}
	b.ran.Go(b.watch)
	return b, nil
}

// watch notices that the chip is gone while nobody wants a sound.
func (b *Buzzer) watch() {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-b.Done():
			return
		}
		select {
		case <-b.turn:
			if _, err := number(b.channel.fs, b.channel.file("enable")); gone(err) && b.Err() == nil {
				b.Cut(err)
			}
			b.turn <- struct{}{}
		default: // it sounds, and whoever sounds it notices
		}
	}
}

// look is how often a driver that waits looks whether its hardware is there.
const look = 250 * time.Millisecond

// Beep sounds; a second beep waits for the first.
func (b *Buzzer) Beep(ctx context.Context, hertz int, d time.Duration) error {
	if err := b.Err(); err != nil {
		return err
	}
	if hertz < minHertz || hertz > maxHertz || d < 0 {
		return b.Errorf("%d Hz for %v: want %d to %d Hz: %w", hertz, d, minHertz, maxHertz, hal.ErrUnsupported)
	}
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
		return err
	}
	if err := b.channel.pulse(hertz, 50); err != nil {
		return b.failed(err)
	}
	err := b.sound(ctx, d)
	if b.Err() != nil {
		return b.Err() // Close silences it
	}
	return errors.Join(err, b.failed(b.channel.stop()))
}

func (b *Buzzer) sound(ctx context.Context, d time.Duration) error {
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-end.C:
			return nil
		case <-tick.C:
			if _, err := number(b.channel.fs, b.channel.file("enable")); err != nil {
				return b.failed(err)
			}
		case <-ctx.Done():
			return b.Errorf("%w", ctx.Err())
		case <-b.Done():
			return b.Err()
		}
	}
}

func (b *Buzzer) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case gone(err):
		return b.Lost(err)
	}
	return b.Errorf("%w", err)
}

// Close silences the buzzer and gives its channel back.
func (b *Buzzer) Close() (err error) {
	b.once.Do(func() {
		b.Cut(nil)
		b.ran.Wait()
		<-b.turn // whoever sounds has ended; nobody begins any more
		defer func() { b.turn <- struct{}{} }()
		if err = errors.Join(b.channel.stop(), b.channel.hide()); err == nil || gone(err) {
			err = nil
			return
		}
		err = b.Errorf("close: %w", err)
	})
	return err
}
