package fittings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/firmware/fittings"
	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/gpio"
	gpiosim "tram06/hal/gpio/sim"
	rtcsim "tram06/hal/rtc/sim"
	"tram06/hal/sysfs"
	sysfssim "tram06/hal/sysfs/sim"
	dogsim "tram06/hal/watchdog/sim"
)

// Wires of the simulated board.
const (
	wireReader = iota
	wireScanner
	wirePrinter
	wireStatus
	wireBuzzer
	wireDoor
	wireTamper
	wirePresence
	wires
)

// machine is a simulated terminal: every fitting hangs on its real driver.
type machine struct {
	*fittings.Fittings
	chip   *gpiosim.Chip
	panel  *sysfssim.Panel
	sensor *sysfssim.Sensor
	fan    *sysfssim.Cooler
	clock  *rtcsim.Chip
	dog    *dogsim.Dog

	mu     sync.Mutex
	health map[string]string
	said   []string // healths, in order
	stuck  bool     // the kiosk's loop
	edges  int      // of the buzzer's wire
	synced bool

	end  context.CancelFunc
	done chan struct{}
}

// play runs the fittings of a machine until the test ends.
func play(t *testing.T) *machine {
	t.Helper()
	// A bubble's time begins in 2000, which no battery clock is believed.
	<-time.After(time.Until(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)))
	board := gpiosim.New()
	tree := sysfssim.New()
	m := &machine{
		chip: board.Add("chip", wires), panel: tree.AddPanel("panel", 255), sensor: tree.AddSensor("cpu_thermal", "", 35),
		fan: tree.AddFan("pwmfan"), clock: rtcsim.New(nil), dog: dogsim.New(dogsim.Options{}),
		health: map[string]string{}, done: make(chan struct{}),
	}
	m.chip.OnChange(func(wire int, _ bool) {
		if wire == wireBuzzer {
			m.mu.Lock()
			m.edges++
			m.mu.Unlock()
		}
	})
	reg := hal.Registry{"rtc": m.clock.Opener(), "watchdog": m.dog.Opener(nil)}
	for _, r := range []hal.Registry{gpio.Registry(board, nil), sysfs.Registry(tree, nil)} {
		for k, v := range r {
			reg[k] = v
		}
	}
	contact := func(wire int) string { return fmt.Sprintf("gpio+switch:///chip/%d?pull=down", wire) }
	m.Fittings = fittings.New(fittings.Options{
		URIs: fittings.URIs{
			Lamps:  fmt.Sprintf("gpio+lamps:///?reader=chip/%d&scanner=chip/%d&printer=chip/%d&status=chip/%d", wireReader, wireScanner, wirePrinter, wireStatus),
			Buzzer: fmt.Sprintf("gpio+buzzer:///chip/%d", wireBuzzer),
			Door:   contact(wireDoor), Tamper: contact(wireTamper), Presence: contact(wirePresence),
			Backlight: "backlight:///", Thermometer: "hwmon+thermometer:///", Fan: "hwmon+fan:///pwmfan",
			Clock: "rtc:///dev/rtc0", Watchdog: "watchdog:///dev/watchdog?timeout=30s",
		},
		Registry: reg,
		Health: func(name string, h hal.Health) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.health[name] = strings.TrimSpace(fmt.Sprint(h.State, " ", h.Key))
			m.said = append(m.said, name+" "+m.health[name])
			if _, ok := health.ByKey(h.Key); !ok && h.Key != hal.KeyOK {
				t.Errorf("%s has no condition", h.Key)
			}
			if h.Since.IsZero() {
				t.Errorf("%s: since when?", name)
			}
		},
		Alive: func(ctx context.Context) error {
			m.mu.Lock()
			stuck := m.stuck
			m.mu.Unlock()
			if stuck {
				<-ctx.Done()
			}
			return ctx.Err()
		},
		Synced: func() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.synced },
		Oldest: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	})
	ctx, end := context.WithCancel(t.Context())
	m.end = end
	go func() { m.Run(ctx); close(m.done) }()
	t.Cleanup(m.stop)
	return m
}

func (m *machine) stop() {
	m.end()
	<-m.done
}

// is waits until all has come to rest, and compares the health of one fitting.
func (m *machine) is(t *testing.T, name, want string) {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if got := m.health[name]; got != want {
		t.Errorf("%s is %q, want %q; so far: %s", name, got, want, strings.Join(m.said, ", "))
	}
}

func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

var ready = [4]session.Status{{Ready: true}, {Ready: true}, {Ready: true}, {Ready: true}}

// lit gives which lamps are lit now.
func (m *machine) lit() string {
	var on []string
	for wire, name := range []string{"reader", "scanner", "printer", "status"} {
		if m.chip.Level(wire) {
			on = append(on, name)
		}
	}
	return strings.Join(on, " ")
}

func TestAllAreReadyAndEndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		for _, name := range []string{"lamps", "buzzer", "door", "tamper", "presence", "backlight", "thermometer", "fan", "clock", "watchdog"} {
			m.is(t, name, "ready")
		}
		m.Follow(session.State{}, session.State{Devices: ready})
		synctest.Wait()
		if got := m.lit(); got != "status" {
			t.Errorf("lit: %q", got)
		}
		wait(5 * time.Minute) // far longer than the watchdog waits
		if n := m.dog.Bites(); n != 0 {
			t.Errorf("the watchdog bit %d times", n)
		}
		m.stop()
		if got := m.lit(); got != "" {
			t.Errorf("lit after the end: %q", got)
		}
		if m.fan.Mode() != 2 {
			t.Errorf("the fan is not given back to the kernel: mode %d", m.fan.Mode())
		}
		wait(5 * time.Minute)
		if n := m.dog.Bites(); n != 0 {
			t.Errorf("the watchdog bit %d times after a good end", n)
		}
	})
}

func TestAKioskThatHangsIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		wait(time.Minute)
		m.mu.Lock()
		m.stuck = true
		m.mu.Unlock()
		wait(time.Minute)
		if m.dog.Bites() == 0 {
			t.Error("the watchdog did not bite")
		}
		m.mu.Lock()
		m.stuck = false
		m.mu.Unlock()
	})
}

func TestContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.is(t, "door", "ready")
		m.chip.Drive(wireDoor, true)
		wait(time.Second)
		m.is(t, "door", "degraded door.open")
		m.chip.Drive(wireDoor, false)
		wait(time.Second)
		m.is(t, "door", "ready")

		m.chip.Drive(wireTamper, true)
		wait(time.Second)
		m.is(t, "tamper", "fault tamper.open")
		m.chip.Drive(wireTamper, false)
		wait(time.Hour)
		m.is(t, "tamper", "degraded tamper.open") // remembered

		m.chip.Unplug()
		wait(2 * time.Second)
		m.is(t, "door", "absent switch.gone")
		m.is(t, "lamps", "absent lamps.gone")
		m.chip.Plug()
		wait(2 * time.Second)
		m.is(t, "door", "ready")
		m.is(t, "lamps", "ready")
		m.is(t, "tamper", "degraded tamper.open")

		// Closed while nobody could look: no longer open, and not forgotten.
		m.chip.Drive(wireTamper, true)
		wait(time.Second)
		m.chip.Unplug()
		wait(2 * time.Second)
		m.chip.Drive(wireTamper, false)
		m.chip.Plug()
		wait(2 * time.Second)
		m.is(t, "tamper", "degraded tamper.open")
	})
}

func TestHeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		for _, x := range []struct {
			celsius float64
			health  string
			percent int
		}{
			{35, "ready", 0}, {44.9, "ready", 0}, {46, "ready", 30}, {43, "ready", 30}, {39, "ready", 0},
			{60, "ready", 60}, {74.9, "ready", 100}, {75, "degraded machine.warm", 100}, {71, "degraded machine.warm", 100},
			{69.9, "ready", 100}, {86, "fault machine.hot", 100}, {80.5, "fault machine.hot", 100}, {79, "degraded machine.warm", 100}, {50, "ready", 30},
		} {
			m.sensor.Warm(x.celsius)
			wait(11 * time.Second)
			m.is(t, "thermometer", x.health)
			if got := (m.fan.Duty()*100 + 127) / 255; got != x.percent {
				t.Errorf("at %g degrees the fan turns at %d %%, want %d", x.celsius, got, x.percent)
			}
		}
		m.sensor.Unplug() // nobody knows how hot it is
		wait(11 * time.Second)
		m.is(t, "thermometer", "absent thermometer.gone")
		if m.fan.Duty() != 255 {
			t.Errorf("the fan turns at %d of 255", m.fan.Duty())
		}
	})
}

func TestFanThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.fan.Turn(1800)
		m.sensor.Warm(60)
		wait(time.Minute)
		m.is(t, "fan", "ready")
		m.fan.Turn(0)
		wait(time.Minute)
		m.is(t, "fan", "fault fan.stalled")
		m.fan.Turn(1800)
		wait(time.Minute)
		m.is(t, "fan", "ready")
	})
}

// What says nothing by itself is noticed within a second, and healed within two.
func TestPulledWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		for name, part := range map[string]interface {
			Unplug()
			Plug()
		}{"thermometer": m.sensor, "backlight": m.panel, "fan": m.fan} {
			m.is(t, name, "ready")
			part.Unplug()
			wait(time.Second)
			m.is(t, name, "absent "+name+".gone")
			part.Plug()
			wait(2 * time.Second)
			m.is(t, name, "ready")
		}
	})
}

func TestLightFollowsPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		full := func() bool { return m.panel.Step() == 255 }
		wait(2 * time.Minute)
		if !full() {
			t.Error("dim after two minutes")
		}
		wait(4 * time.Minute)
		if full() || m.panel.Step() == 0 {
			t.Errorf("nobody is there, and the panel is at %d", m.panel.Step())
		}
		m.Touched()
		wait(time.Second)
		if !full() {
			t.Error("a touch does not wake the light")
		}
		wait(10 * time.Minute)
		m.chip.Drive(wirePresence, true)
		wait(time.Second)
		if !full() {
			t.Error("somebody who comes does not wake the light")
		}
		wait(time.Hour)
		if !full() {
			t.Error("dim while somebody stands there")
		}
		m.chip.Drive(wirePresence, false)
		wait(time.Minute)
		m.Follow(session.State{}, session.State{Phase: session.Review})
		wait(time.Hour)
		if !full() {
			t.Error("dim in the middle of a visit")
		}
		m.Follow(session.State{Phase: session.Review}, session.State{})
		wait(time.Hour)
		if full() {
			t.Error("bright for nobody")
		}
	})
}

// A touch at the very instant at which the panel grows dim is not lost.
func TestTouchedAsItGrowsDim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		for range 64 { // which of the two is seen first is chance
			m.Touched()
			synctest.Wait()
			<-time.After(3 * time.Minute)
			m.Touched()
			wait(time.Second)
			if m.panel.Step() != 255 {
				t.Fatal("touched, and dim")
			}
		}
	})
}

// Nobody is known to stand there once nothing looks any more.
func TestPresenceThatIsPulledOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.chip.Drive(wirePresence, true)
		wait(time.Second)
		m.chip.Unplug()
		wait(time.Hour)
		if m.panel.Step() == 255 {
			t.Error("bright for somebody whom nobody sees")
		}
		m.chip.Plug()
		m.chip.Drive(wirePresence, true)
		wait(time.Minute)
		if m.panel.Step() != 255 {
			t.Error("dim while somebody stands there")
		}
	})
}

// A terminal whose sensors are all broken has one trouble, told once, and air.
func TestBrokenSensors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		m.is(t, "thermometer", "ready")
		m.sensor.Break("temp1_input", "", unix.EIO)
		wait(time.Minute)
		m.mu.Lock()
		told := 0
		for _, s := range m.said {
			if strings.HasPrefix(s, "thermometer ") {
				told++
			}
		}
		m.mu.Unlock()
		if told != 2 {
			t.Errorf("told %d times", told)
		}
		m.is(t, "thermometer", "degraded "+hal.KeyThermometerSensor)
		if m.fan.Duty() != 255 {
			t.Errorf("the fan is at %d", m.fan.Duty())
		}
		m.sensor.Break("temp1_input", "", nil)
		wait(time.Minute)
		m.is(t, "thermometer", "ready")
	})
}

func TestNothingFitted(t *testing.T) {
	f := fittings.New(fittings.Options{Health: func(name string, h hal.Health) { t.Errorf("%s %v", name, h) }})
	f.Run(t.Context()) // returns at once: there is nothing to do
	if err := t.Context().Err(); errors.Is(err, context.Canceled) {
		t.Error("it ended with the test only")
	}
}
