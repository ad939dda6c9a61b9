package gpio_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/gpio"
	"tram06/hal/gpio/sim"
)

func TestAToneIsAsManySwings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		b := mustOpen[hal.Buzzer](t, m, "gpio+buzzer:///pinctrl-test/18?kind=passive")
		defer b.Close()
		ups := 0
		c.OnChange(func(_ int, high bool) {
			if high {
				ups++
			}
		})
		for hertz, want := range map[int]int{20: 4, 1000: 200, 2500: 500} {
			ups = 0
			begin := time.Now()
			if err := b.Beep(t.Context(), hertz, 200*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took != 200*time.Millisecond {
				t.Errorf("%d Hz lasts %v", hertz, took)
			}
			if ups != want {
				t.Errorf("%d Hz for 200 ms swings %d times, want %d", hertz, ups, want)
			}
			if c.Level(18) {
				t.Error("current flows after the tone")
			}
		}
	})
}

// Nobody has to want a sound to learn that the buzzer is gone.
func TestAnIdleBuzzerThatIsPulledOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		b := mustOpen[hal.Buzzer](t, m, "gpio+buzzer:///pinctrl-test/18")
		defer b.Close()
		<-time.After(time.Minute)
		if h := b.Health(); h.State != hal.Ready {
			t.Errorf("at first it says %+v", h)
		}
		c.Unplug()
		<-time.After(time.Second)
		if h := b.Health(); h.State != hal.Absent || !errors.Is(h.Err, hal.ErrGone) {
			t.Errorf("it says %+v", h)
		}
	})
}

func TestASlowMachineDoesNotBeepForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		b := mustOpen[hal.Buzzer](t, m, "gpio+buzzer:///pinctrl-test/18?kind=passive")
		defer b.Close()
		c.OnChange(func(int, bool) { <-time.After(3 * time.Millisecond) })
		begin := time.Now()
		if err := b.Beep(t.Context(), 5000, 200*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 210*time.Millisecond {
			t.Errorf("200 ms last %v", took)
		}
	})
}

func TestABuzzerIsOnForAsLongAsItBeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		b := mustOpen[hal.Buzzer](t, m, "gpio+buzzer:///pinctrl-test/18")
		defer b.Close()
		s := record(c)
		if err := b.Beep(t.Context(), 2000, 700*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if got := s.tear(); got != "0s 18=1, 700ms 18=0" {
			t.Errorf("the wire shows %s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := b.Beep(ctx, 2000, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Beep gives %v when its context ends", err)
		}
		if got := s.tear(); got != "0s 18=1, 100ms 18=0" {
			t.Errorf("the wire shows %s", got)
		}
		// Two at a time follow each other.
		done := make(chan error, 2)
		for range cap(done) {
			go func() { done <- b.Beep(t.Context(), 2000, time.Second) }()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got := s.tear(); got != "0s 18=1, 1s 18=0, 1s 18=1, 2s 18=0" {
			t.Errorf("the wire shows %s", got)
		}
		for _, hertz := range []int{-1, 0, 19, 5001} {
			if err := b.Beep(t.Context(), hertz, time.Second); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("%d Hz gives %v", hertz, err)
			}
		}
	})
}

// spin turns a fan whose wire is on: two pulses a turn.
func spin(c *sim.Chip, rpm int, d time.Duration) {
	half := time.Minute / time.Duration(4*rpm)
	for end := time.Now().Add(d); time.Now().Before(end); {
		c.Drive(24, false)
		<-time.After(half)
		c.Drive(24, true)
		<-time.After(half)
	}
}

func TestAFanThatTurnsAndStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		f := mustOpen[*gpio.Fan](t, m, "gpio+fan:///pinctrl-test/23?tach=pinctrl-test/24&pulses=2")
		defer f.Close()
		if !c.Level(23) {
			t.Error("a fan that nobody has set yet stands")
		}
		spin(c, 3000, 5*time.Second+time.Millisecond)
		// What gathers in the kernel at a look is counted at the next.
		if rpm, err := f.RPM(); err != nil || rpm < 2850 || rpm > 3150 {
			t.Errorf("at 3000 a minute RPM gives %d, %v", rpm, err)
		}
		<-time.After(4 * time.Second)
		if h := f.Health(); h.State != hal.Ready {
			t.Errorf("a fan that begins to stand is %v", h.State)
		}
		if rpm, err := f.RPM(); err != nil || rpm != 0 {
			t.Errorf("when it stands RPM gives %d, %v", rpm, err)
		}
		<-time.After(3 * time.Second)
		if h := f.Health(); h.State != hal.Fault || h.Key != hal.KeyFanStalled {
			t.Errorf("a fan that stands is %v %q", h.State, h.Key)
		}
		// Switched off, it may stand.
		if err := f.SetSpeed(0); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Second)
		if h := f.Health(); h.State != hal.Ready || c.Level(23) {
			t.Errorf("a fan that was switched off is %v, its wire %t", h.State, c.Level(23))
		}
		if err := f.Close(); err != nil || !c.Level(23) {
			t.Errorf("Close gives %v and leaves the wire %t: nobody cools any more", err, c.Level(23))
		}
	})
}

// Looks are in step with those of others, so that the first comes early.
func TestAFanOpenedJustBeforeALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		<-time.After(490 * time.Millisecond)
		f := mustOpen[*gpio.Fan](t, m, "gpio+fan:///pinctrl-test/23?tach=pinctrl-test/24&pulses=2")
		defer f.Close()
		spin(c, 3000, 511*time.Millisecond)
		if rpm, err := f.RPM(); err != nil || rpm < 2600 || rpm > 3150 {
			t.Errorf("at 3000 a minute RPM gives %d, %v", rpm, err)
		}
	})
}

// A fan that turns does not wake the machine at each of its pulses, and none is
// lost for that.
func TestPulsesAreReadTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, turns := range []int{600, 3000, 30000} {
			m, c := bench()
			var calls atomic.Int64
			cable := m.Cable(c, func() bool { calls.Add(1); return false })
			f := mustOpen[*gpio.Fan](t, cable, "gpio+fan:///pinctrl-test/23?tach=pinctrl-test/24&pulses=2")
			calls.Store(0)
			spin(c, turns, 10*time.Second)
			if n := calls.Load(); n > 200 {
				t.Errorf("at %d a minute it calls the kernel %d times in ten seconds", turns, n)
			}
			if rpm, err := f.RPM(); err != nil || rpm < turns*95/100 || rpm > turns*105/100 {
				t.Errorf("at %d a minute RPM gives %d, %v", turns, rpm, err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAFanThatDoesNotTell(t *testing.T) {
	m, c := bench()
	f := mustOpen[hal.Fan](t, m, "gpio+fan:///pinctrl-test/23?active=low")
	defer f.Close()
	if _, err := f.RPM(); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("RPM gives %v", err)
	}
	if c.Level(23) {
		t.Error("a fan on a low level has a high one")
	}
	if err := f.SetSpeed(101); err == nil || !strings.Contains(err.Error(), "0 to 100") {
		t.Errorf("SetSpeed(101) gives %v", err)
	}
}
