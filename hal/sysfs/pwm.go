package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
)

// channel is one line of a PWM chip.
type channel struct {
	fs   FS
	chip string
	n    int
}

func (c channel) file(name string) string {
	return path.Join(c.chip, fmt.Sprintf("pwm%d", c.n), name)
}

// openChannel finds the channel that a URI's path names, chip/number, and has
// the kernel show it.
func openChannel(f FS, p *params.Params, u *url.URL) (channel, error) {
	name := strings.Trim(u.Path, "/")
	i := strings.LastIndexByte(name, '/')
	var n int
	err := errors.New("no channel")
	if i > 0 {
		n, err = strconv.Atoi(name[i+1:])
	}
	if err != nil || n < 0 || n > 255 || u.Host != "" {
		p.Failf("write the chip and its channel after three slashes: %s:///fe20c000.pwm/0", u.Scheme)
	}
	if err := p.End(); err != nil {
		return channel{}, err
	}
	c := channel{fs: f, n: n}
	if c.chip, err = findPulser(f, name[:i]); err != nil {
		return c, err
	}
	has, err := number(f, path.Join(c.chip, "npwm"))
	if err != nil {
		return c, absent(err)
	}
	if n >= has {
		return c, fmt.Errorf("%s has %d channels, counted from 0: %w", name[:i], has, hal.ErrUnsupported)
	}
	// EBUSY: somebody has had it shown; a kiosk that crashed did.
	if err := put(f, path.Join(c.chip, "export"), n); err != nil && !errors.Is(err, unix.EBUSY) {
		return c, absent(err)
	}
	if _, err := number(f, c.file("period")); err != nil {
		return c, fmt.Errorf("channel %d of %s is in use by a driver, or not ours to read: %w", n, name[:i], absent(err))
	}
	return c, nil
}

func findPulser(f FS, name string) (string, error) {
	chips, err := f.Glob("sys/class/pwm/pwmchip*")
	if err != nil {
		return "", err
	}
	var there []string
	for _, chip := range chips {
		hardware, _ := f.Leads(path.Join(chip, "device"))
		if hardware == name || path.Base(chip) == name {
			return chip, nil
		}
		there = append(there, hardware)
	}
	return "", fmt.Errorf("there is no PWM chip %q (there: %s): %w", name, listed(there), hal.ErrGone)
}

// pulse makes pulses of a part, in percent, of each period. The kernel refuses a
// period shorter than the pulse, so that the pulse goes first.
func (c channel) pulse(hertz, percent int) error {
	period := int(time.Second) / hertz
	old, err := number(c.fs, c.file("period"))
	if err != nil {
		return err
	}
	if old != period {
		if old > 0 {
			if err := put(c.fs, c.file("duty_cycle"), 0); err != nil {
				return err
			}
		}
		if err := put(c.fs, c.file("period"), period); err != nil {
			return err
		}
	}
	if err := put(c.fs, c.file("duty_cycle"), int(int64(period)*int64(percent)/100)); err != nil {
		return err
	}
	return put(c.fs, c.file("enable"), 1)
}

// stop ends the pulses. A channel that sends none is left alone: many kernels
// refuse to stop one that has no period yet.
func (c channel) stop() error {
	if on, err := number(c.fs, c.file("enable")); err != nil || on == 0 {
		return err
	}
	return put(c.fs, c.file("enable"), 0)
}

// turn sets which level is the pulse, whatever the program before left there.
// Only a line that stands may be turned round, and only one with a period.
func (c channel) turn(hertz int, low bool) error {
	want := "normal"
	if low {
		want = "inversed"
	}
	is, err := c.fs.Read(c.file("polarity"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !low, err == nil && is == want:
		return nil
	case err != nil:
		return err
	}
	if err := c.stop(); err != nil {
		return err
	}
	period, err := number(c.fs, c.file("period"))
	if err != nil {
		return err
	}
	if period == 0 {
		if err := put(c.fs, c.file("period"), int(time.Second)/hertz); err != nil {
			return err
		}
	}
	return c.fs.Write(c.file("polarity"), want)
}

// hide ends what openChannel began.
func (c channel) hide() error { return put(c.fs, path.Join(c.chip, "unexport"), c.n) }
