package sysfs

import (
	"fmt"
	"net/url"
	"time"

	"tram06/hal/beeper"
	"tram06/hal/params"
)

// maxHertz is the highest tone that people hear.
const maxHertz = 20000

// sounding is how often a channel that sounds is looked at.
const sounding = 250 * time.Millisecond

// OpenBuzzer opens the speaker of a pwm+buzzer URI, silent.
func OpenBuzzer(f FS, u *url.URL, now func() time.Time) (*beeper.Beeper, error) {
	c, err := openChannel(f, params.New("buzzer", u), u)
	if err != nil {
		return nil, fmt.Errorf("buzzer: %w", err)
	}
	// A kiosk that crashed in the middle of a tone left it sounding.
	if err := c.stop(); err != nil {
		return nil, fmt.Errorf("buzzer: %w", absent(err))
	}
	return beeper.New(u.String(), buzzer{c}, maxHertz, now), nil
}

// buzzer is a speaker on a PWM line.
type buzzer struct{ channel channel }

func (b buzzer) Sound(wait func(<-chan time.Time) error, hertz int, d time.Duration) error {
	if err := b.channel.pulse(hertz, 50); err != nil {
		return failed(err)
	}
	end := time.Now().Add(d)
	timer := time.NewTimer(min(d, sounding))
	defer timer.Stop()
	for {
		if err := wait(timer.C); err != nil {
			return err
		}
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		if err := b.Look(); err != nil {
			return err
		}
		timer.Reset(min(left, sounding))
	}
}

func (b buzzer) Silence() error { return failed(b.channel.stop()) }

func (b buzzer) Look() error {
	_, err := number(b.channel.fs, b.channel.file("enable"))
	return failed(err)
}

// Close gives the channel back.
func (b buzzer) Close() error { return failed(b.channel.hide()) }

func failed(err error) error {
	if gone(err) {
		return beeper.Lost(err)
	}
	return err
}
