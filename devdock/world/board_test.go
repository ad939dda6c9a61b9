package world

import (
	"crypto/rand"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"tram06/devdock/web"
	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/evdev"
)

// fitting opens one of the world's fittings with the kiosk's driver.
func fitting[T hal.Device](t *testing.T, w *World, name string) T {
	t.Helper()
	d, err := openFitting[T](t, w, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func openFitting[T hal.Device](t *testing.T, w *World, name string) (d T, err error) {
	t.Helper()
	r := drivers.Registry(drivers.Options{Panel: evdev.Panel{Width: 40, Height: 60}})
	for _, f := range w.Fittings() {
		if f.Name == name {
			return hal.Open[T](bounded(t), r, string(f.URI))
		}
	}
	t.Fatalf("no fitting %q", name)
	return d, nil
}

func TestLampsAreSeen(t *testing.T) {
	w := newWorld(t, Options{})
	lamps := fitting[hal.Lamps](t, w, "lamps")
	if got := lamps.Names(); !slices.Equal(got, []string{"printer", "reader", "scanner", "status"}) {
		t.Errorf("lamps %q", got)
	}
	if err := lamps.Set("reader", hal.Steady); err != nil {
		t.Fatal(err)
	}
	lit := func(id string, on bool) func(web.View) bool {
		return func(v web.View) bool {
			return slices.Contains(v.Lamps, web.Choice{ID: id, Text: map[string]string{"reader": "Reader", "scanner": "Scanner"}[id], On: on})
		}
	}
	until(t, w, "the reader's lamp is lit", lit("reader", true))
	if err := lamps.Set("scanner", hal.Alarm); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it blinks
		until(t, w, "lit", lit("scanner", true))
		until(t, w, "dark", lit("scanner", false))
	}
	if err := w.Cable(boardCable); err != nil {
		t.Fatal(err)
	}
	if v := w.View(); !lit("reader", false)(v) || !on(v.Cables, boardCable) {
		t.Errorf("without current: %+v, %+v", v.Lamps, v.Cables)
	}
	if err := awaitGone(t, lamps); !errors.Is(err, hal.ErrGone) {
		t.Errorf("unplugged: %v", err)
	}
	if _, err := openFitting[hal.Lamps](t, w, "lamps"); !errors.Is(err, hal.ErrGone) {
		t.Errorf("opened while unplugged: %v", err)
	}
	if err := w.Cable(boardCable); err != nil {
		t.Fatal(err)
	}
	if err := fitting[hal.Lamps](t, w, "lamps").Set("reader", hal.Steady); err != nil {
		t.Error(err)
	}
	until(t, w, "lit again", lit("reader", true))
}

// awaitGone uses lamps until their wires are found to be gone.
func awaitGone(t *testing.T, lamps hal.Lamps) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := lamps.Set("reader", hal.Steady); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-bounded(t).Done():
			return bounded(t).Err()
		}
	}
}

func TestContacts(t *testing.T) {
	for _, c := range contactLines {
		w := newWorld(t, Options{})
		s := fitting[hal.Switch](t, w, c.id)
		if s.On() {
			t.Errorf("%s is on at first", c.id)
		}
		for _, want := range []bool{true, false} {
			if err := w.Contact(c.id); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Next(bounded(t)); err != nil || got != want {
				t.Errorf("%s: %v, %v", c.id, got, err)
			}
			if v := w.View(); on(v.Contacts, c.id) != want {
				t.Errorf("%s: the page shows %+v", c.id, v.Contacts)
			}
		}
	}
	if err := newWorld(t, Options{}).Contact("window"); !errors.Is(err, web.ErrNone) {
		t.Errorf("a window: %v", err)
	}
}

func TestBuzzerIsHeard(t *testing.T) {
	w := newWorld(t, Options{})
	b := fitting[hal.Buzzer](t, w, "buzzer")
	if err := b.Beep(bounded(t), 1760, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	v := until(t, w, "a beep", func(v web.View) bool { return len(v.Said) > 0 })
	if s := v.Said[0]; s.Lang != "" || v.Buzzer {
		t.Errorf("heard %+v", s)
	}
}

func TestFanTurnsAndStalls(t *testing.T) {
	w := newWorld(t, Options{})
	f := fitting[hal.Fan](t, w, "fan")
	spin := func(what string, ok func(rpm int) bool) {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			rpm, err := f.RPM()
			if err != nil {
				t.Fatal(err)
			}
			if ok(rpm) {
				return
			}
			select {
			case <-tick.C:
			case <-bounded(t).Done():
				t.Fatalf("never: %s", what)
			}
		}
	}
	spin("turns", func(rpm int) bool { return rpm > 100 })
	if !w.View().Fan {
		t.Error("the page shows a fan that stands")
	}
	if err := w.Contact(fanBlades); err != nil {
		t.Fatal(err)
	}
	spin("stands", func(rpm int) bool { return rpm == 0 })
	if v := w.View(); v.Fan || !on(v.Contacts, fanBlades) {
		t.Error("the page shows a fan that turns")
	}
}

func TestHeat(t *testing.T) {
	w := newWorld(t, Options{})
	th := fitting[hal.Thermometer](t, w, "thermometer")
	read := func(want float64) {
		t.Helper()
		got, err := th.Read()
		if err != nil || len(got) != 1 || math.Abs(got[0].Celsius-want) > 0.001 {
			t.Errorf("read %v, %v, want %g", got, err, want)
		}
	}
	read(usual)
	if err := w.Heat(86.5); err != nil {
		t.Fatal(err)
	}
	read(86.5)
	for _, no := range []float64{19.9, 100.1, math.NaN(), math.Inf(1)} {
		if err := w.Heat(no); err == nil {
			t.Errorf("%g degrees can be", no)
		}
	}
	if err := w.Cable(sensorCable); err != nil {
		t.Fatal(err)
	}
	if _, err := th.Read(); !errors.Is(err, hal.ErrGone) {
		t.Errorf("unplugged: %v", err)
	}
	if err := errors.Join(w.Heat(30), w.Cable(sensorCable)); err != nil {
		t.Fatal(err)
	}
	th = fitting[hal.Thermometer](t, w, "thermometer")
	read(30) // it grew cool meanwhile
}

func TestLightOfThePanel(t *testing.T) {
	w := newWorld(t, Options{})
	l := fitting[hal.Backlight](t, w, "backlight")
	until(t, w, "bright", func(v web.View) bool { return v.Light == 1 })
	if err := l.SetLevel(35); err != nil {
		t.Fatal(err)
	}
	until(t, w, "dim", func(v web.View) bool { return v.Light > 0 && v.Light < 0.5 })
	if err := w.Cable(lightCable); err != nil {
		t.Fatal(err)
	}
	until(t, w, "nobody can say", func(v web.View) bool { return v.Light == -1 && on(v.Cables, lightCable) })
	if err := l.SetLevel(100); !errors.Is(err, hal.ErrGone) {
		t.Errorf("unplugged: %v", err)
	}
}

func TestFilesNeedAFolder(t *testing.T) {
	if _, err := New(bounded(t), Options{Files: "/proc/none/board", Rand: rand.Reader}); err == nil {
		t.Error("files in a folder that cannot be")
	}
}

// What the kiosk is told of the board is what a board file may hold; package
// stack's tests load it.
func TestFittingsAreEachNamedOnce(t *testing.T) {
	var names []string
	for _, f := range newWorld(t, Options{}).Fittings() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(names) < 8 {
		t.Errorf("fittings %q", names)
	}
}
