package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

const (
	// manual is the value of pwm*_enable that leaves the speed to programs.
	manual  = 1
	maxDuty = 255
	// patience is how long a fan may take to begin turning.
	patience = 5 * time.Second
)

// Fan is a fan of a hardware monitor. Close gives it back to whatever ruled it
// before, the kernel or the hardware.
type Fan struct {
	*tether.Tether
	fs    FS
	now   func() time.Time
	duty  string // pwmN
	mode  string // pwmN_enable, or ""
	input string // fanN_input
	once  sync.Once

	mu       sync.Mutex
	wasMode  int
	turning  bool      // it was told to turn
	expected time.Time // since when it should
}

var _ hal.Fan = (*Fan)(nil)

// OpenFan opens the fan of a hwmon+fan URI, at the speed that it has.
func OpenFan(f FS, u *url.URL, now func() time.Time) (*Fan, error) {
	if now == nil {
		now = time.Now
	}
	p := params.New("fan", u)
	channel := p.Number("channel", 1, 1, 64)
	name := strings.Trim(u.Path, "/")
	if u.Host != "" || name == "" {
		p.Failf("write the monitor's name after three slashes: hwmon+fan:///pwmfan")
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	dir, err := findMonitor(f, name)
	if err != nil {
		return nil, fmt.Errorf("fan: %w", err)
	}
	x := &Fan{
		Tether: tether.New(u.String(), "fan", hal.KeyFanGone, now),
		fs:     f,
		now:    now,
		duty:   path.Join(dir, fmt.Sprintf("pwm%d", channel)),
		input:  path.Join(dir, fmt.Sprintf("fan%d_input", channel)),
	}
	if _, err = number(f, x.duty); errors.Is(err, fs.ErrNotExist) && exists(f, path.Join(dir, "name")) {
		return nil, fmt.Errorf("fan: %s has no fan %d whose speed can be set: %w: %w", name, channel, hal.ErrUnsupported, err)
	} else if err != nil {
		return nil, fmt.Errorf("fan: %w", absent(err))
	}
	mode := x.duty + "_enable"
	if x.wasMode, err = number(f, mode); err == nil {
		if err := put(f, mode, manual); err != nil {
			return nil, fmt.Errorf("fan: %w", absent(err))
		}
		x.mode = mode
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("fan: %w", absent(err))
	}
	return x, nil
}

// findMonitor gives the folder of the hardware monitor of that name.
func findMonitor(f FS, name string) (string, error) {
	files, err := f.Glob("sys/class/hwmon/*/name")
	if err != nil {
		return "", err
	}
	var there []string
	for _, file := range files {
		is, err := f.Read(file)
		if err != nil {
			continue // gone by now
		}
		if is == name {
			return path.Dir(file), nil
		}
		there = append(there, is)
	}
	return "", fmt.Errorf("there is no monitor %q (there: %s): %w", name, listed(there), hal.ErrGone)
}

// SetSpeed sets the speed.
func (f *Fan) SetSpeed(percent int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Err(); err != nil {
		return err
	}
	if percent < 0 || percent > 100 {
		return f.Errorf("a speed of %d%%: want 0 to 100: %w", percent, hal.ErrUnsupported)
	}
	if err := put(f.fs, f.duty, (percent*maxDuty+50)/100); err != nil {
		return f.failed(err)
	}
	if on := percent > 0; on != f.turning {
		f.turning, f.expected = on, f.now()
	}
	return nil
}

// RPM is the present speed. Health tells of a fan that should turn and does not
// once this was asked.
func (f *Fan) RPM() (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Err(); err != nil {
		return 0, err
	}
	n, err := number(f.fs, f.input)
	switch {
	case errors.Is(err, fs.ErrNotExist) && exists(f.fs, f.duty):
		return 0, f.Errorf("it does not tell its speed: %w", hal.ErrUnsupported)
	case err != nil:
		return 0, f.failed(err)
	case n < 0:
		return 0, f.Errorf("%d turns a minute cannot be: %w", n, hal.ErrFault)
	}
	now := f.now()
	switch {
	case n > 0 || !f.turning:
		f.expected = now
		f.Set(hal.Ready, hal.KeyOK, nil)
	case now.Sub(f.expected) >= patience:
		f.Set(hal.Fault, hal.KeyFanStalled, f.Errorf("it is on and does not turn"))
	}
	return n, nil
}

func (f *Fan) failed(err error) error {
	if gone(err) {
		return f.Lost(err)
	}
	return f.Errorf("%w", err)
}

// Close gives the fan back as it was, or at full speed where nobody else rules
// it: whoever no longer measures must not stop the cooling.
func (f *Fan) Close() (err error) {
	f.once.Do(func() {
		f.Cut(nil)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.mode == "" || f.wasMode == manual {
			err = put(f.fs, f.duty, maxDuty)
		}
		if f.mode != "" {
			err = errors.Join(err, put(f.fs, f.mode, f.wasMode))
		}
		if err != nil && !gone(err) {
			err = f.Errorf("close: %w", err)
		} else {
			err = nil
		}
	})
	return err
}
