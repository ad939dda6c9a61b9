package sysfs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/sysfs/sim"
)

func measure(t *testing.T, th hal.Thermometer) string {
	t.Helper()
	ts, err := th.Read()
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, x := range ts {
		out = append(out, fmt.Sprintf("%s=%g", x.Name, x.Celsius))
	}
	return strings.Join(out, " ")
}

func TestPlacesHaveTheNamesThatPeopleKnow(t *testing.T) {
	tree := sim.New()
	tree.AddSensor("cpu_thermal", "", 48.312)
	tree.AddSensor("nvme", "Composite", 35.85)
	tree.AddSensor("nvme", "Composite", -5)
	tree.AddSensor("tmp102", "", 29)
	tree.AddZone("cpu-thermal", 48) // the first sensor, seen from elsewhere
	tree.AddZone("ddr-thermal", 51)
	th := mustOpen[hal.Thermometer](t, tree, "hwmon+thermometer:///")
	want := "cpu=48.312 Composite=35.85 Composite 2=-5 tmp102=29 ddr-thermal=51"
	if got := measure(t, th); got != want {
		t.Errorf("it measures\n %s, want\n %s", got, want)
	}
}

func TestOneBrokenSensorDoesNotHideTheOthers(t *testing.T) {
	tree := sim.New()
	cpu := tree.AddSensor("cpu_thermal", "", 50)
	box := tree.AddSensor("tmp102", "", 30)
	th := mustOpen[hal.Thermometer](t, tree, "hwmon+thermometer:///")
	for name, spoil := range map[string]func(){
		"an open wire":  func() { box.Warm(-127) },
		"a short":       func() { box.Warm(130.5) },
		"no number":     func() { box.Break("temp1_input", "warm", nil) },
		"an empty file": func() { box.Break("temp1_input", " ", nil) },
		"a dead bus":    func() { box.Break("temp1_input", "", unix.EIO) },
	} {
		spoil()
		if got := measure(t, th); got != "cpu=50" {
			t.Errorf("%s: it measures %s", name, got)
		}
		if h := th.Health(); h.State != hal.Degraded || h.Key != hal.KeyThermometerSensor || !strings.Contains(h.Err.Error(), "tmp102") {
			t.Errorf("%s: health is %v %q %v", name, h.State, h.Key, h.Err)
		}
		box.Break("temp1_input", "", nil)
		box.Warm(30)
		if got := measure(t, th); got != "cpu=50 tmp102=30" || th.Health().State != hal.Ready {
			t.Errorf("mended after %s it measures %s and is %v", name, got, th.Health().State)
		}
	}
	// A radio that is off has no temperature, and nothing is wrong with it.
	for _, off := range []error{unix.EAGAIN, unix.ENODATA, unix.ENETDOWN} {
		box.Break("temp1_input", "", off)
		if got := measure(t, th); got != "cpu=50" || th.Health().State != hal.Ready {
			t.Errorf("%v: it measures %s and is %v", off, got, th.Health().State)
		}
	}
	// Hardware may come and go.
	box.Break("temp1_input", "", nil)
	box.Unplug()
	if got := measure(t, th); got != "cpu=50" || th.Health().State != hal.Ready {
		t.Errorf("without one it measures %s and is %v", got, th.Health().State)
	}
	box.Plug()
	cpu.Warm(1000)
	box.Warm(1000)
	if _, err := th.Read(); !errors.Is(err, hal.ErrFault) || errors.Is(err, hal.ErrGone) {
		t.Errorf("when all are broken Read gives %v", err)
	}
	cpu.Unplug()
	box.Unplug()
	if _, err := th.Read(); !errors.Is(err, hal.ErrGone) {
		t.Errorf("when all are gone Read gives %v", err)
	}
}

func TestAMachineWithoutSensors(t *testing.T) {
	if _, err := open[hal.Thermometer](t, sim.New(), "hwmon+thermometer:///"); !errors.Is(err, hal.ErrGone) {
		t.Errorf("it gives %v", err)
	}
	if _, err := open[hal.Thermometer](t, sim.New(), "hwmon+thermometer:///cpu"); err == nil || !strings.Contains(err.Error(), "all sensors") {
		t.Errorf("one by name gives %v", err)
	}
}

// FuzzReadings looks that whatever a sensor's files hold, what comes out can be.
func FuzzReadings(f *testing.F) {
	for _, s := range []string{"48312", "-5000", "125001", "-40000", "", "NaN", "1e9", "99999999999999999999", "48\n312", "\x00"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, reading, name string) {
		tree := sim.New()
		s := tree.AddSensor("x", "y", 20)
		s.Break("temp1_input", reading, nil)
		s.Break("temp1_label", name, nil)
		th := mustOpen[hal.Thermometer](t, tree, "hwmon+thermometer:///")
		ts, err := th.Read()
		if err == nil && len(ts) != 1 || err != nil && !errors.Is(err, hal.ErrFault) {
			t.Errorf("%q gives %v, %v", reading, ts, err)
		}
		for _, x := range ts {
			if !(x.Celsius >= -40 && x.Celsius <= 125) || x.Name == "" || len(x.Name) > 64 {
				t.Errorf("%q gives %+v", reading, x)
			}
		}
	})
}
