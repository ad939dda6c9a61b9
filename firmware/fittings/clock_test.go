package fittings_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/rtc"
)

// off is how far the clock with a battery is off; negative if it knows no time.
func (m *machine) off(t *testing.T) time.Duration {
	t.Helper()
	c, err := m.clock.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	v, err := c.Read()
	if err != nil {
		return -1
	}
	at := time.Date(int(v.Year)+1900, time.Month(v.Mon)+1, int(v.Mday), int(v.Hour), int(v.Min), int(v.Sec), 0, time.UTC)
	return time.Until(at).Abs()
}

func TestClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.is(t, "clock", "ready")
		m.clock.Drift(6 * time.Minute)
		wait(11 * time.Second)
		m.is(t, "clock", "fault clock.wrong")
		m.mu.Lock()
		m.synced = true // now the system's is right
		m.mu.Unlock()
		wait(11 * time.Minute)
		m.is(t, "clock", "ready")
	})
}

// The clock with a battery is set by a time server's time, and by no other.
func TestTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.clock.Drift(time.Minute)
		wait(11 * time.Minute)
		if d := m.off(t); d < 59*time.Second {
			t.Errorf("set by a time that nobody vouches for: %v", d)
		}
		m.clock.FailPower()
		wait(11 * time.Minute)
		m.is(t, "clock", "fault "+hal.KeyClockUnset)
		m.clock.Hold() // another program reads it
		m.mu.Lock()
		m.synced = true
		told := len(m.said)
		m.mu.Unlock()
		wait(11 * time.Minute)
		m.mu.Lock()
		if len(m.said) != told {
			t.Errorf("told of a clock that somebody else reads: %v", m.said[told:])
		}
		m.mu.Unlock()
		m.clock.Release()
		wait(11 * time.Minute)
		m.is(t, "clock", "ready")
		if d := m.off(t); d > 2*time.Second {
			t.Errorf("off by %v", d)
		}
	})
}

// A clock whose plug is pulled, or whose battery ends, is soon missed.
func TestTheClockIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.is(t, "clock", "ready")
		m.clock.Battery(rtc.LowBackup)
		wait(11 * time.Second)
		m.is(t, "clock", "degraded "+hal.KeyClockBattery)
		m.clock.Unplug()
		wait(11 * time.Second)
		m.is(t, "clock", "absent "+hal.KeyClockGone)
		m.clock.Battery(0)
		m.clock.Plug()
		wait(2 * time.Second)
		m.is(t, "clock", "ready")
	})
}

// One that goes wrong again and again is not set each time that it is looked at.
func TestTheClockIsSetNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.mu.Lock()
		m.synced = true
		m.mu.Unlock()
		wait(time.Second)
		m.clock.Drift(time.Minute)
		wait(11 * time.Second)
		if d := m.off(t); d > 2*time.Second {
			t.Errorf("it is off by %v and nobody sets it", d)
		}
		m.clock.Drift(time.Minute)
		wait(9 * time.Minute)
		if d := m.off(t); d < 59*time.Second {
			t.Error("it is set too often")
		}
		wait(time.Minute)
		if d := m.off(t); d > 2*time.Second {
			t.Errorf("it is off by %v and nobody sets it again", d)
		}
	})
}
