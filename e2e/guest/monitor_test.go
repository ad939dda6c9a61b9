//go:build guest

package guest

import (
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sysfs"
)

// thermometer is an LM75, whose kernel driver is that of a dozen chips.
type thermometer struct{ *chip }

const (
	thermometerURI = "hwmon+thermometer:///"
	lm75           = "lm75"
)

// says puts half degrees into the chip; the kernel caches nothing of it.
func (c thermometer) says(halves int16) {
	c.t.Helper()
	const temperature = 0
	// The chip sends the high byte first, SMBus the low one.
	v := uint16(halves) << 7
	c.setWord(temperature, v<<8|v>>8)
}

func openFitting[D hal.Device](t *testing.T, uri string) func() (D, error) {
	return func() (D, error) { return hal.Open[D](t.Context(), sysfs.Registry(sysfs.Dir("/"), time.Now), uri) }
}

func TestThermometerConformance(t *testing.T) {
	c := thermometer{newChip(t, lm75, 0x48)}
	c.says(2 * 25)
	c.plug()
	haltest.Thermometer(t, haltest.Rig[hal.Thermometer]{
		Open: openFitting[hal.Thermometer](t, thermometerURI), Plug: c.plug, Unplug: c.unplug, Cycles: scores,
	})
}

func TestThermometerMeasures(t *testing.T) {
	inside, outside := thermometer{newChip(t, lm75, 0x48)}, thermometer{newChip(t, lm75, 0x49)}
	inside.plug()
	outside.plug()
	d, err := openFitting[hal.Thermometer](t, thermometerURI)()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, c := range []struct {
		in, out int16 // half degrees
		want    []float64
		key     string
	}{
		{2 * 25, 2*60 + 1, []float64{25, 60.5}, hal.KeyOK},
		{-2*20 - 1, 2 * 85, []float64{-20.5, 85}, hal.KeyOK},
		{2 * 30, 2*125 + 1, []float64{30}, hal.KeyThermometerSensor}, // no place in a terminal is so hot
		{2 * 30, 2 * 40, []float64{30, 40}, hal.KeyOK},
	} {
		inside.says(c.in)
		outside.says(c.out)
		got, err := d.Read()
		if err != nil || len(got) != len(c.want) {
			t.Errorf("Read gives %v, %v, want %v", got, err, c.want)
			continue
		}
		for i, want := range c.want {
			if got[i].Celsius != want {
				t.Errorf("%s is %g degrees, want %g", got[i].Name, got[i].Celsius, want)
			}
		}
		if h := d.Health(); h.Key != c.key {
			t.Errorf("health is %v %q (%v), want %q", h.State, h.Key, h.Err, c.key)
		}
	}
}

// ventilator is an AMC6821, which rules a fan and counts its turns.
type ventilator struct{ *chip }

const (
	fanURI  = "hwmon+fan:///amc6821"
	amc6821 = "amc6821"
	fanAddr = 0x2C
)

// turns puts the time of one turn into the chip, in units of 10 µs; 0 is a fan
// that stands.
func (c ventilator) turns(rpm int) {
	const low, high = 0x08, 0x09
	count := 0
	if rpm > 0 {
		count = 6_000_000 / rpm
	}
	c.setByte(low, uint8(count))
	c.setByte(high, uint8(count>>8))
}

func (c ventilator) duty() uint8 {
	const register = 0x22
	return c.byte(register)
}

func TestFanConformance(t *testing.T) {
	c := ventilator{newChip(t, amc6821, fanAddr)}
	c.turns(2000)
	c.plug()
	haltest.Fan(t, haltest.Rig[hal.Fan]{Open: openFitting[hal.Fan](t, fanURI), Plug: c.plug, Unplug: c.unplug, Cycles: scores})
}

func TestFanTurns(t *testing.T) {
	c := ventilator{newChip(t, amc6821, fanAddr)}
	c.plug()
	d, err := openFitting[hal.Fan](t, fanURI)()
	if err != nil {
		t.Fatal(err)
	}
	for percent, want := range map[int]uint8{0: 0, 50: 128, 100: 255} {
		if err := d.SetSpeed(percent); err != nil || c.duty() != want {
			t.Errorf("SetSpeed(%d) gives %v, and the chip has %d", percent, err, c.duty())
		}
	}
	if err := d.SetSpeed(60); err != nil {
		t.Fatal(err)
	}
	// The kernel asks the chip once a second.
	const asked = 1100 * time.Millisecond
	tells := func(want int, key string) {
		t.Helper()
		<-time.After(asked)
		if rpm, err := d.RPM(); err != nil || rpm != want || d.Health().Key != key {
			t.Errorf("RPM gives %d, %v and %q, want %d and %q", rpm, err, d.Health().Key, want, key)
		}
	}
	c.turns(2000)
	tells(2000, hal.KeyOK)
	c.turns(0)
	tells(0, hal.KeyOK) // it may only be slow to begin
	lookFor(t, patience, asked, "a fan that stands is told", func() bool {
		_, err := d.RPM()
		return err == nil && d.Health().Key == hal.KeyFanStalled
	})
	c.turns(1500)
	tells(1500, hal.KeyOK)
	if err := d.Close(); err != nil || c.duty() != 255 {
		t.Errorf("Close gives %v, and the fan is left at %d of 255", err, c.duty())
	}
}
