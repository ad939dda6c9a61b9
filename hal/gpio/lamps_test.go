package gpio_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/gpio/sim"
)

// strip records the changes of a chip's wires against time, as a logic analyser
// does.
type strip struct {
	begin time.Time
	lines []string
}

func record(c *sim.Chip) *strip {
	s := &strip{begin: time.Now()}
	c.OnChange(func(offset int, high bool) {
		level := 0
		if high {
			level = 1
		}
		s.lines = append(s.lines, fmt.Sprintf("%v %d=%d", time.Since(s.begin), offset, level))
	})
	return s
}

// tear gives what was recorded since the last time.
func (s *strip) tear() string {
	synctest.Wait()
	slices.Sort(s.lines) // lamps that change at one instant do so in any order
	out := strings.Join(s.lines, ", ")
	s.lines, s.begin = nil, time.Now()
	return out
}

func TestPatternsRunInTheDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		l := mustOpen[hal.Lamps](t, m, "gpio+lamps:///?reader=pinctrl-test/17&printer=pinctrl-test/27")
		defer l.Close()
		if got := fmt.Sprint(l.Names()); got != "[printer reader]" {
			t.Errorf("Names gives %v", got)
		}
		s := record(c)
		set := func(name string, p hal.Pattern) {
			t.Helper()
			if err := l.Set(name, p); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(want string) {
			t.Helper()
			if got := s.tear(); got != want {
				t.Errorf("the wires show\n %s, want\n %s", got, want)
			}
		}
		set("reader", hal.Invite)
		<-time.After(2250 * time.Millisecond)
		expect("0s 17=1, 1.5s 17=0, 1s 17=1, 2s 17=1, 500ms 17=0")

		// The same again is no new beginning, and a second lamp joins in step.
		set("reader", hal.Invite)
		set("printer", hal.Invite)
		<-time.After(time.Second)
		expect("0s 27=1, 250ms 17=0, 250ms 27=0, 750ms 17=1, 750ms 27=1")

		set("reader", hal.Steady)
		set("printer", hal.Dark)
		<-time.After(time.Minute)
		expect("0s 27=0")

		// One lamp's pattern does not wait for another's.
		set("printer", hal.Alarm)
		set("reader", hal.Invite)
		<-time.After(600 * time.Millisecond)
		expect("0s 27=1, 250ms 27=0, 500ms 17=0, 500ms 27=1")

		set("printer", hal.Pattern{On: time.Second, Period: time.Second})
		set("reader", hal.Pattern{Period: time.Second})
		<-time.After(time.Minute)
		expect("")

		if err := l.Close(); err != nil {
			t.Error(err)
		}
		expect("0s 27=0")
	})
}

func TestLampsDoNotFlashWhenTheyAreClaimed(t *testing.T) {
	m, c := bench()
	c.Drive(27, true) // dark, for a lamp between the wire and the supply
	var seen []string
	c.OnChange(func(offset int, high bool) { seen = append(seen, fmt.Sprint(offset, high)) })
	l := mustOpen[hal.Lamps](t, m, "gpio+lamps:///?printer=pinctrl-test/27,low&reader=pinctrl-test/17")
	if len(seen) != 0 {
		t.Errorf("when they were claimed the wires did %v", seen)
	}
	if err := l.Set("printer", hal.Steady); err != nil {
		t.Fatal(err)
	}
	if c.Level(27) {
		t.Error("a lamp that is lit by a low level has a high one")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if !c.Level(27) || c.Level(17) {
		t.Error("lamps are lit after Close")
	}
}

func TestAChipThatIsPulledOutIsMissedWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := bench()
		for _, uri := range []string{
			"gpio+lamps:///?reader=pinctrl-test/17",
			"gpio+switch:///pinctrl-test/18",
			"gpio+fan:///pinctrl-test/19",
		} {
			d := mustOpen[hal.Device](t, m, uri)
			<-time.After(700 * time.Millisecond)
			c.Unplug()
			<-time.After(time.Second)
			synctest.Wait()
			if h := d.Health(); h.State != hal.Absent || !errors.Is(h.Err, hal.ErrGone) {
				t.Errorf("%s is %v %v a second after the plug was pulled", uri, h.State, h.Err)
			}
			c.Plug()
			if err := d.Close(); err != nil {
				t.Errorf("%s: Close gives %v", uri, err)
			}
		}
	})
}
