package sysfs

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// PulsedFan is a fan whose speed follows a PWM line. It runs at full speed from
// the start and after Close: whoever no longer measures must not stop the
// cooling.
type PulsedFan struct {
	*tether.Tether
	channel channel
	hertz   int
	mu      sync.Mutex
	once    sync.Once
}

var _ hal.Fan = (*PulsedFan)(nil)

// OpenPulsedFan opens the fan of a pwm+fan URI.
func OpenPulsedFan(f FS, u *url.URL, now func() time.Time) (*PulsedFan, error) {
	p := params.New("fan", u)
	hertz := p.Number("hertz", 25000, 1, 1_000_000)
	low := p.OneOf("active", "high", "low") == "low"
	c, err := openChannel(f, p, u)
	if err != nil {
		return nil, fmt.Errorf("fan: %w", err)
	}
	if err := c.turn(hertz, low); err != nil {
		return nil, fmt.Errorf("fan: %s cannot be turned round: %w", u.Path, absent(err))
	}
	if err := c.pulse(hertz, 100); err != nil {
		return nil, fmt.Errorf("fan: %w", absent(err))
	}
	return &PulsedFan{
		Tether:  tether.New(u.String(), "fan", hal.KeyFanGone, now),
		channel: c,
		hertz:   hertz,
	}, nil
}

// SetSpeed sets the speed.
func (f *PulsedFan) SetSpeed(percent int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Err(); err != nil {
		return err
	}
	if percent < 0 || percent > 100 {
		return f.Errorf("a speed of %d%%: want 0 to 100: %w", percent, hal.ErrUnsupported)
	}
	switch err := f.channel.pulse(f.hertz, percent); {
	case err == nil:
		return nil
	case gone(err):
		return f.Lost(err)
	default:
		return f.Errorf("%w", err)
	}
}

// RPM is not told over this line; see gpio+fan for one that is. Whoever asks all
// the same hears of a chip that is gone.
func (f *PulsedFan) RPM() (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Err(); err != nil {
		return 0, err
	}
	if _, err := number(f.channel.fs, f.channel.file("enable")); gone(err) {
		return 0, f.Lost(err)
	}
	return 0, f.Errorf("it does not tell its speed: %w", hal.ErrUnsupported)
}

// Close leaves the fan at full speed.
func (f *PulsedFan) Close() (err error) {
	f.once.Do(func() {
		f.Cut(nil)
		f.mu.Lock()
		defer f.mu.Unlock()
		if err = f.channel.pulse(f.hertz, 100); err == nil || gone(err) {
			err = nil
			return
		}
		err = f.Errorf("close: %w", err)
	})
	return err
}
