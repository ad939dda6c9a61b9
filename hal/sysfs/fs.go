// Package sysfs drives what the kernel shows as small files: the panel's
// backlight, temperature sensors, fans, and lines that make pulses (PWM).
//
//	backlight:///10-0045?least=4
//	hwmon+thermometer:///
//	hwmon+fan:///pwmfan?channel=1
//	pwm+fan:///fe20c000.pwm/1?hertz=25000&active=low
//	pwm+buzzer:///fe20c000.pwm/0
//
// Devices are named as the kernel's drivers name them, never by the numbers that
// they get in the order in which they were found. A backlight without a name is
// the one there is; a hwmon fan is named as its file "name" says; a PWM chip as
// the hardware that its link "device" leads to.
package sysfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// FS is a tree of the kernel's files. Paths begin with "sys/". Package sim has
// another behind the same methods.
type FS interface {
	Read(path string) (string, error)
	Write(path, value string) error
	// Glob lists the paths that match, in order.
	Glob(pattern string) ([]string, error)
	// Leads gives the last name of the path that a link leads to.
	Leads(link string) (string, error)
}

// Dir is a tree in a real directory: "/" on a terminal.
type Dir string

// maxFile is far beyond what any of these files holds.
const maxFile = 4096

// Read reads a file without the newline at its end.
func (d Dir) Read(name string) (string, error) {
	f, err := os.Open(filepath.Join(string(d), name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := make([]byte, maxFile)
	n, err := f.Read(b)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(string(b[:n])), nil
}

// Write writes a file that is there, in one call as the kernel wants it.
func (d Dir) Write(name, value string) error {
	f, err := os.OpenFile(filepath.Join(string(d), name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// Glob lists the paths that match.
func (d Dir) Glob(pattern string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(string(d), pattern))
	if err != nil {
		return nil, err
	}
	for i, f := range found {
		if found[i], err = filepath.Rel(string(d), f); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Leads gives the last name of the path that a link leads to.
func (d Dir) Leads(link string) (string, error) {
	to, err := os.Readlink(filepath.Join(string(d), link))
	return path.Base(to), err
}

// Registry gives the openers of all schemes. now stamps health; nil is
// time.Now.
func Registry(f FS, now func() time.Time) hal.Registry {
	return hal.Registry{
		"backlight": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenBacklight(f, u, now))
		},
		"hwmon+thermometer": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenThermometer(f, u, now))
		},
		"hwmon+fan": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenFan(f, u, now))
		},
		"pwm+fan": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenPulsedFan(f, u, now))
		},
		"pwm+buzzer": func(_ context.Context, u *url.URL) (hal.Device, error) {
			return device(OpenBuzzer(f, u, now))
		},
	}
}

// device keeps a nil pointer from becoming a device.
func device[D hal.Device](d D, err error) (hal.Device, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// number reads a file that holds a whole number.
func number(f FS, name string) (int, error) {
	s, err := f.Read(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no number: %w", name, clip(s), hal.ErrFault)
	}
	return n, nil
}

func put(f FS, name string, v int) error { return f.Write(name, strconv.Itoa(v)) }

// clip keeps errors short whatever a file holds.
func clip(s string) string {
	if len(s) > 32 {
		return s[:32] + "…"
	}
	return s
}

// gone tells the errors of hardware that is not there: its files went with it,
// or are still open and dead.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO)
}

// absent turns the errors of missing hardware into hal.ErrGone, for openers.
func absent(err error) error {
	if gone(err) {
		return fmt.Errorf("%w: %w", hal.ErrGone, err)
	}
	return err
}

// exists tells whether an optional file is there.
func exists(f FS, name string) bool {
	_, err := f.Read(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// listed joins names for an error.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
