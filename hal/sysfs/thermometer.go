package sysfs

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/tether"
)

// What a sensor in a terminal can measure, in degrees; anything else is a
// sensor with a broken wire.
const (
	coldest = -40
	hottest = 125
)

// processors are the names that drivers give to the processor's own sensor.
var processors = []string{"cpu_thermal", "soc_thermal", "cpu0_thermal", "coretemp", "k10temp", "x86_pkg_temp", "Package_id_0", "Tctl"}

var errNothing = errors.New("no sensor answers")

// Thermometer reads all of a machine's sensors.
type Thermometer struct {
	*tether.Tether
	fs FS
	mu sync.Mutex // one reading at a time: sensors on a bus are slow
}

var _ hal.Thermometer = (*Thermometer)(nil)

// OpenThermometer opens all sensors, of which there must be one.
func OpenThermometer(f FS, u *url.URL, now func() time.Time) (*Thermometer, error) {
	p := params.New("thermometer", u)
	if u.Host != "" || strings.Trim(u.Path, "/") != "" {
		p.Failf("it is all sensors at once: write hwmon+thermometer:///")
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	places, err := sensors(f)
	if err != nil {
		return nil, fmt.Errorf("thermometer: %w", err)
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("thermometer: the kernel shows no sensor: %w", hal.ErrGone)
	}
	return &Thermometer{
		Tether: tether.New(u.String(), "thermometer", hal.KeyThermometerGone, now),
		fs:     f,
	}, nil
}

// place is one sensor: its name and the file with its thousandths of a degree.
type place struct{ name, file, fault string }

// sensors lists what is there now: a disk may have come or gone.
func sensors(f FS) ([]place, error) {
	var found []place
	taken := map[string]bool{}
	inputs, err := f.Glob("sys/class/hwmon/*/temp*_input")
	if err != nil {
		return nil, err
	}
	for _, input := range inputs {
		base := strings.TrimSuffix(input, "_input")
		name, err := f.Read(base + "_label")
		if err != nil || name == "" {
			name, _ = f.Read(path.Join(path.Dir(input), "name"))
		}
		name = called(name)
		unique := name
		for n := 2; taken[unique]; n++ {
			unique = fmt.Sprintf("%s %d", name, n)
		}
		taken[unique] = true
		found = append(found, place{unique, input, base + "_fault"})
	}
	zones, err := f.Glob("sys/class/thermal/thermal_zone*/temp")
	if err != nil {
		return nil, err
	}
	for _, zone := range zones {
		// Most zones are shown a second time as sensors.
		kind, _ := f.Read(path.Join(path.Dir(zone), "type"))
		if name := called(kind); !taken[name] {
			taken[name] = true
			found = append(found, place{name: name, file: zone})
		}
	}
	return found, nil
}

// called gives the name that people know.
func called(name string) string {
	plain := strings.NewReplacer("-", "_", " ", "_").Replace(name)
	for _, p := range processors {
		if plain == p {
			return "cpu"
		}
	}
	if name == "" {
		return "sensor"
	}
	return clip(name)
}

// Read measures everywhere. A sensor that is broken among others that work is
// left out, and told by Health.
func (t *Thermometer) Read() ([]hal.Temperature, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.Err(); err != nil {
		return nil, err
	}
	places, err := sensors(t.fs)
	if err != nil {
		return nil, t.Errorf("%w", err)
	}
	var out []hal.Temperature
	var broken error
	for _, p := range places {
		c, err := t.measure(p)
		switch {
		case err == nil:
			out = append(out, hal.Temperature{Name: p.name, Celsius: c})
		case gone(err), resting(err):
			// pulled out since it was listed, or switched off
		default:
			broken = errors.Join(broken, fmt.Errorf("sensor %s: %w", p.name, err))
		}
	}
	switch {
	case len(out) == 0 && broken == nil:
		return nil, t.Lost(errNothing)
	case broken != nil:
		t.Set(hal.Degraded, hal.KeyThermometerSensor, t.Errorf("%w", broken))
		if len(out) == 0 {
			return nil, t.Errorf("%w", broken)
		}
	default:
		t.Set(hal.Ready, hal.KeyOK, nil)
	}
	return out, nil
}

func (t *Thermometer) measure(p place) (float64, error) {
	if p.fault != "" {
		if n, err := number(t.fs, p.fault); err == nil && n != 0 {
			return 0, fmt.Errorf("it says that it is broken: %w", hal.ErrFault)
		}
	}
	n, err := number(t.fs, p.file)
	if err != nil {
		return 0, err
	}
	c := float64(n) / 1000
	if c < coldest || c > hottest {
		return 0, fmt.Errorf("%g degrees cannot be: %w", c, hal.ErrFault)
	}
	return c, nil
}

// resting tells the errors of a sensor in hardware that is switched off, such as
// a radio; that is no fault of it.
func resting(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENETDOWN)
}

// Close ends the thermometer.
func (t *Thermometer) Close() error {
	t.Cut(nil)
	return nil
}
