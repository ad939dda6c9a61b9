package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pixels of the display: "1080px".
type Pixels int

// Length in millimetres: "268mm", "26.8cm", "0.6m".
type Length float64

// Degrees of rotation, clockwise: "0deg", "90deg", "180deg" or "270deg".
type Degrees int

// Duration: "500ms", "60s", "2min", "1h".
type Duration time.Duration

// ParseScalar reads a number of pixels.
func (p *Pixels) ParseScalar(text string) error {
	v, err := quantity(text, "1080px", []unit{{"px", 1}})
	if err != nil {
		return err
	}
	if v < 1 || v > 16384 || v != float64(int(v)) {
		return fmt.Errorf("%q cannot be: write a whole number of pixels up to 16384px", text)
	}
	*p = Pixels(v)
	return nil
}

// ParseScalar reads a length.
func (l *Length) ParseScalar(text string) error {
	v, err := quantity(text, "268mm", []unit{{"mm", 1}, {"cm", 10}, {"m", 1000}})
	if err != nil {
		return err
	}
	if v <= 0 || v > 10_000 {
		return fmt.Errorf("%q cannot be: write a length between 1mm and 10m", text)
	}
	*l = Length(v)
	return nil
}

// Millimetres gives the length as a number.
func (l Length) Millimetres() float64 { return float64(l) }

// ParseScalar reads an angle.
func (d *Degrees) ParseScalar(text string) error {
	v, err := quantity(text, "90deg", []unit{{"deg", 1}})
	if err != nil {
		return err
	}
	if !slices.Contains([]float64{0, 90, 180, 270}, v) {
		return fmt.Errorf("%q cannot be: write 0deg, 90deg, 180deg or 270deg", text)
	}
	*d = Degrees(v)
	return nil
}

// ParseScalar reads a duration.
func (d *Duration) ParseScalar(text string) error {
	v, err := quantity(text, "60s", []unit{{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}})
	if err != nil {
		return err
	}
	if v <= 0 || v > float64(24*time.Hour) {
		return fmt.Errorf("%q cannot be: write a time between 1ms and 24h", text)
	}
	*d = Duration(v)
	return nil
}

// Duration gives it as the standard library has it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

func (d Duration) String() string { return time.Duration(d).String() }

type unit struct {
	name  string
	times float64
}

var quantityForm = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-zµ"'%°]*)$`)

// quantity reads a number with one of units. The error says what to write.
func quantity(text, example string, units []unit) (float64, error) {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.name
	}
	m := quantityForm.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is no quantity: write a number and its unit (%s), for example %q", text, strings.Join(names, ", "), example)
	}
	if m[2] == "" {
		return 0, fmt.Errorf("%q has no unit: write one of %s, for example %q", text, strings.Join(names, ", "), m[1]+unitOf(example))
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number: write, for example, %q", text, example)
	}
	for _, u := range units {
		if u.name == m[2] {
			return v * u.times, nil
		}
	}
	return 0, fmt.Errorf("%q is no unit here: write one of %s, for example %q", m[2], strings.Join(names, ", "), example)
}

func unitOf(example string) string { return strings.TrimLeft(example, "0123456789.") }
