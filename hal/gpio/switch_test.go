package gpio_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/gpio/sim"
)

// door is an open switch and its contact.
type door struct {
	*testing.T
	hal.Switch
	chip *sim.Chip
}

func hang(t *testing.T, params string, edges bool) door {
	m, c := bench()
	if !edges {
		c.NoEdges()
	}
	d := door{t, mustOpen[hal.Switch](t, m, "gpio+switch:///pinctrl-test/22"+params), c}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// changes gives what Next has to tell now.
func (d door) changes() string {
	d.Helper()
	synctest.Wait()
	out := ""
	for {
		ctx, cancel := context.WithTimeout(d.Context(), time.Nanosecond)
		on, err := d.Next(ctx)
		cancel()
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				d.Errorf("Next gives %v", err)
			}
			return out
		}
		out += fmt.Sprintf("%t ", on)
	}
}

func (d door) expect(want string) {
	d.Helper()
	if got := d.changes(); got != want {
		d.Errorf("Next tells %q, want %q", got, want)
	}
}

func (d door) health(state hal.State, key string) {
	d.Helper()
	synctest.Wait()
	if h := d.Switch.Health(); h.State != state || h.Key != key {
		d.Errorf("health is %v %q, want %v %q", h.State, h.Key, state, key)
	}
}

// bounce makes the contact chatter for so long, and leaves it at a level.
func (d door) bounce(every, lasts time.Duration, end bool) {
	high := !end
	for at := time.Duration(0); at < lasts; at += every {
		d.chip.Drive(22, high)
		high = !high
		<-time.After(every)
	}
	d.chip.Drive(22, end)
}

func TestADoorThatBounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "?debounce=30ms", true)
		for _, end := range []bool{true, false, true, false} {
			d.bounce(2*time.Millisecond, 25*time.Millisecond, end)
			<-time.After(29 * time.Millisecond)
			d.expect("")
			<-time.After(2 * time.Millisecond)
			d.expect(fmt.Sprintf("%t ", end))
			d.health(hal.Ready, hal.KeyOK)
		}
	})
}

func TestAPulseThatIsTooShortIsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "", true)
		for range 100 {
			d.chip.Drive(22, true)
			<-time.After(10 * time.Millisecond)
			d.chip.Drive(22, false)
			<-time.After(50 * time.Millisecond)
		}
		d.expect("")
		if d.On() {
			t.Error("it is on")
		}
	})
}

func TestAStormIsToldAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "", true)
		// Far more edges than the kernel queues, for longer than any contact.
		d.bounce(time.Millisecond, 5*time.Second, true)
		d.health(hal.Degraded, hal.KeySwitchBouncing)
		if d.On() {
			t.Error("the storm was believed")
		}
		<-time.After(time.Second)
		d.expect("true ")
		d.health(hal.Ready, hal.KeyOK)
	})
}

func TestAContactThatStaysOnIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "?stuck=1h", true)
		d.chip.Drive(22, true)
		<-time.After(59 * time.Minute)
		d.health(hal.Ready, hal.KeyOK)
		<-time.After(2 * time.Minute)
		d.health(hal.Degraded, hal.KeySwitchStuck)
		d.chip.Drive(22, false)
		<-time.After(time.Second)
		d.health(hal.Ready, hal.KeyOK)
		d.expect("true false ")
		<-time.After(24 * time.Hour)
		d.health(hal.Ready, hal.KeyOK) // a door may stay shut for ever
	})
}

func TestAContactWithoutInterruptsIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "", false)
		for _, on := range []bool{true, false, true} {
			d.chip.Drive(22, on)
			<-time.After(100 * time.Millisecond)
			d.expect(fmt.Sprintf("%t ", on))
		}
		// Shorter than a look: may be missed, must not confuse.
		d.bounce(time.Millisecond, 100*time.Millisecond, true)
		<-time.After(time.Second)
		if !d.On() {
			t.Error("it came to rest on, and is off")
		}
	})
}

func TestWithoutDebounceEveryEdgeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "?debounce=0s", true)
		for i := range 4 {
			d.chip.Drive(22, i%2 == 0)
			synctest.Wait()
			<-time.After(time.Nanosecond)
		}
		d.expect("true false true false ")
	})
}

func TestOldChangesGoWhenNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := hang(t, "", true)
		const turns = 101
		for i := range turns {
			d.chip.Drive(22, i%2 == 0)
			<-time.After(time.Second)
		}
		got := d.changes()
		want := ""
		for range 7 { // what alternates and ends with the last
			want += "false true "
		}
		if got != "true "+want && got != want {
			t.Errorf("Next tells %q", got)
		}
	})
}

func TestTheResistorInsideTheChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A contact to ground with nobody at the door: pulled up, which is off.
		d := hang(t, "?active=low&pull=up", true)
		if d.On() {
			t.Error("an open contact is on")
		}
		d.chip.Drive(22, false)
		<-time.After(time.Second)
		d.expect("true ")
		d.chip.Float(22)
		<-time.After(time.Second)
		d.expect("false ")
	})
}

// Once a wire is known to swing as an aerial does, it is read now and then, not
// at each swing.
func TestAStormKeepsNobodyBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for params, most := range map[string]int64{"": 150, "?debounce=1ms": 2500} {
			m, c := bench()
			var calls atomic.Int64
			cable := m.Cable(c, func() bool { calls.Add(1); return false })
			d := door{t, mustOpen[hal.Switch](t, cable, "gpio+switch:///pinctrl-test/22"+params), c}
			d.bounce(100*time.Microsecond, 2*time.Second, true)
			d.health(hal.Degraded, hal.KeySwitchBouncing)
			calls.Store(0)
			d.bounce(100*time.Microsecond, time.Second, true)
			if n := calls.Load(); n > most {
				t.Errorf("%q: 10000 swings in a second are %d calls of the kernel", params, n)
			}
			<-time.After(100 * time.Millisecond)
			d.expect("true ")
			d.health(hal.Ready, hal.KeyOK)
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
