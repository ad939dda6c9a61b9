package sysfs_test

import (
	"context"
	"errors"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sysfs"
	"tram06/hal/sysfs/sim"
)

func speed(t *testing.T, f hal.Fan, percent int) {
	t.Helper()
	if err := f.SetSpeed(percent); err != nil {
		t.Fatal(err)
	}
}

func TestTheKernelGetsItsFanBack(t *testing.T) {
	tree := sim.New()
	c := tree.AddFan("pwmfan")
	f := mustOpen[hal.Fan](t, tree, "hwmon+fan:///pwmfan")
	for percent, want := range map[int]int{0: 0, 1: 3, 50: 128, 100: 255} {
		speed(t, f, percent)
		if c.Duty() != want || c.Mode() != 1 {
			t.Errorf("at %d%% the duty is %d, mode %d", percent, c.Duty(), c.Mode())
		}
	}
	if err := f.Close(); err != nil || c.Mode() != 2 {
		t.Errorf("Close gives %v and leaves mode %d", err, c.Mode())
	}
}

func TestAFanThatNobodyElseRulesIsLeftAtFullSpeed(t *testing.T) {
	tree := sim.New()
	c := tree.AddFan("pwmfan")
	if err := tree.Write(c.Dir+"/pwm1_enable", "1"); err != nil {
		t.Fatal(err)
	}
	f := mustOpen[hal.Fan](t, tree, "hwmon+fan:///pwmfan")
	speed(t, f, 10)
	if err := f.Close(); err != nil || c.Mode() != 1 || c.Duty() != 255 {
		t.Errorf("Close gives %v and leaves mode %d, duty %d", err, c.Mode(), c.Duty())
	}
}

func TestAFanThatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := sim.New()
		c := tree.AddFan("pwmfan")
		f := mustOpen[hal.Fan](t, tree, "hwmon+fan:///pwmfan")
		look := func(rpm int, state hal.State) {
			t.Helper()
			if got, err := f.RPM(); err != nil || got != rpm {
				t.Errorf("RPM gives %d, %v, want %d", got, err, rpm)
			}
			if h := f.Health(); h.State != state {
				t.Errorf("health is %v %q, want %v", h.State, h.Key, state)
			}
		}
		<-time.After(time.Hour)
		look(0, hal.Ready) // nobody has told it to turn
		speed(t, f, 60)
		look(0, hal.Ready) // it takes a moment
		c.Turn(1800)
		<-time.After(time.Minute)
		look(1800, hal.Ready)
		c.Turn(0)
		<-time.After(4 * time.Second)
		look(0, hal.Ready)
		<-time.After(2 * time.Second)
		look(0, hal.Fault)
		speed(t, f, 0)
		look(0, hal.Ready)
		c.Break("fan1_input", "-1", nil)
		if _, err := f.RPM(); !errors.Is(err, hal.ErrFault) {
			t.Errorf("RPM gives %v", err)
		}
	})
}

func TestFansThatCannotBeOpened(t *testing.T) {
	tree := sim.New()
	tree.AddFan("pwmfan")
	tree.AddSensor("cpu_thermal", "", 40)
	stubborn := tree.AddFan("stubborn")
	stubborn.Break("pwm1_enable", "", unix.EACCES)
	for uri, want := range map[string]struct {
		is   error
		says string
	}{
		"hwmon+fan:///other":            {hal.ErrGone, "there: pwmfan, cpu_thermal, stubborn"},
		"hwmon+fan:///cpu_thermal":      {hal.ErrUnsupported, "no fan 1 whose speed can be set"},
		"hwmon+fan:///pwmfan?channel=2": {hal.ErrUnsupported, "no fan 2"},
		"hwmon+fan:///stubborn":         {unix.EACCES, "pwm1_enable"},
	} {
		if _, err := open[hal.Fan](t, tree, uri); !errors.Is(err, want.is) || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s gives %v, want %v with %q", uri, err, want.is, want.says)
		}
	}
}

func TestPulses(t *testing.T) {
	tree := sim.New()
	p := tree.AddPulser("fe20c000.pwm", 2)
	f := mustOpen[hal.Fan](t, tree, "pwm+fan:///fe20c000.pwm/1?active=low")
	expect := func(hertz, percent int) {
		t.Helper()
		if h, part := p.Pulses(1); h != hertz || part != percent {
			t.Errorf("the line sends %d Hz at %d%%, want %d Hz at %d%%", h, part, hertz, percent)
		}
	}
	expect(25000, 100)
	if !p.Inversed(1) || p.Inversed(0) {
		t.Error("not the right line is active low")
	}
	speed(t, f, 30)
	expect(25000, 30)
	speed(t, f, 0)
	expect(25000, 0)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	expect(25000, 100)
	// A kiosk that crashed left the channel as it was; the next one takes over,
	// with a period of its own, shorter than the pulse that is being sent.
	again := mustOpen[hal.Fan](t, tree, "pwm+fan:///pwmchip0/1?hertz=40000&active=low")
	expect(40000, 100)
	speed(t, again, 50)
	expect(40000, 50)
	if _, err := again.RPM(); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("RPM gives %v", err)
	}
	// Somebody corrects the board's file: full speed must not become none.
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen[hal.Fan](t, tree, "pwm+fan:///pwmchip0/1")
	if expect(25000, 100); p.Inversed(1) {
		t.Error("active low, although the URI says high")
	}
}

// Nobody has to want something of a device to learn that it is gone.
func TestIdlePulsersThatArePulledOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := sim.New()
		p := tree.AddPulser("fe20c000.pwm", 2)
		b := mustOpen[hal.Buzzer](t, tree, "pwm+buzzer:///fe20c000.pwm/0")
		f := mustOpen[hal.Fan](t, tree, "pwm+fan:///fe20c000.pwm/1")
		p.Unplug()
		<-time.After(time.Second)
		if h := b.Health(); h.State != hal.Absent || !errors.Is(h.Err, hal.ErrGone) {
			t.Errorf("the buzzer says %+v", h)
		}
		if _, err := f.RPM(); !errors.Is(err, hal.ErrGone) {
			t.Errorf("the fan says %v", err)
		}
		_, _ = b.Close(), f.Close()
	})
}

// The kernel's files outlive a kiosk that crashes in the middle of a tone.
func TestABuzzerIsSilentOnceItIsOpen(t *testing.T) {
	tree := sim.New()
	p := tree.AddPulser("fe20c000.pwm", 1)
	for _, step := range []string{"export=0", "pwm0/period=2000000", "pwm0/duty_cycle=1000000", "pwm0/enable=1"} {
		file, value, _ := strings.Cut(step, "=")
		if err := tree.Write(path.Join(p.Dir, file), value); err != nil {
			t.Fatal(err)
		}
	}
	if h, _ := p.Pulses(0); h != 500 {
		t.Fatalf("it sounds at %d Hz", h)
	}
	mustOpen[hal.Buzzer](t, tree, "pwm+buzzer:///fe20c000.pwm/0")
	if h, _ := p.Pulses(0); h != 0 {
		t.Errorf("it still sounds, at %d Hz", h)
	}
}

func TestAToneOnAPulsedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := sim.New()
		p := tree.AddPulser("fe20c000.pwm", 2)
		b := mustOpen[hal.Buzzer](t, tree, "pwm+buzzer:///fe20c000.pwm/0")
		for _, hertz := range []int{440, 2000, 100} { // higher, then lower
			done := make(chan error)
			go func() { done <- b.Beep(t.Context(), hertz, time.Second) }()
			<-time.After(999 * time.Millisecond)
			if h, part := p.Pulses(0); h != hertz || part != 50 {
				t.Errorf("it sounds %d Hz at %d%%, want %d", h, part, hertz)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if h, _ := p.Pulses(0); h != 0 {
				t.Error("it sounds after its time")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.Beep(ctx, 440, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("a dead context gives %v", err)
		}
		if err := b.Close(); err != nil || p.Shown(0) {
			t.Errorf("Close gives %v and leaves the channel shown %t", err, p.Shown(0))
		}
	})
}

func TestPulsersThatCannotBeOpened(t *testing.T) {
	tree := sim.New()
	tree.AddPulser("fe20c000.pwm", 2)
	haltest.Refused(t, sysfs.Registry(tree, nil), map[string]string{
		"pwm+fan:///fe20c000.pwm/2":         "has 2 channels, counted from 0",
		"pwm+fan:///fe20c000.pwm/-1":        "write the chip and its channel",
		"pwm+fan:///fe20c000.pwm":           "write the chip and its channel",
		"pwm+buzzer://fe20c000.pwm/1":       "write the chip and its channel",
		"pwm+buzzer:///other/1":             "there: fe20c000.pwm",
		"pwm+fan:///fe20c000.pwm/1?hertz=0": "want a number",
	})
}
