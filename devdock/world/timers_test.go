package world

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tram06/devdock/web"
	"tram06/hal"
	"tram06/hal/drivers"
)

func TestClockOfTheBoard(t *testing.T) {
	w := newWorld(t, Options{})
	c := fitting[hal.Clock](t, w, "clock")
	behind := func() time.Duration {
		t.Helper()
		at, err := c.Read()
		if err != nil {
			t.Fatal(err)
		}
		return time.Since(at).Round(time.Minute)
	}
	mode := func(id string) {
		t.Helper()
		if err := w.Clock(id); err != nil {
			t.Fatal(err)
		}
		for _, x := range w.View().Clock {
			if x.On != (x.ID == id) {
				t.Errorf("%s: the page shows %s as %t", id, x.ID, x.On)
			}
		}
	}
	mode(clockRight)
	if d := behind(); d != 0 {
		t.Errorf("right, it is %v behind", d)
	}
	mode(clockSlow)
	if d := behind(); d != time.Hour {
		t.Errorf("slow, it is %v behind", d)
	}
	mode(clockLow)
	if d, h := behind(), c.Health(); d != 0 || h.Key != hal.KeyClockBattery {
		t.Errorf("with a low battery it is %v behind, and %v %q", d, h.State, h.Key)
	}
	mode(clockLost)
	if _, err := c.Read(); !errors.Is(err, hal.ErrFault) {
		t.Errorf("without a time it reads as %v", err)
	}
	if err := c.Set(time.Now()); err != nil {
		t.Error(err)
	}
	until(t, w, "right once it is set", func(v web.View) bool { return on(v.Clock, clockRight) })
	if err := w.Clock("backwards"); !errors.Is(err, web.ErrNone) {
		t.Errorf("a clock that runs backwards: %v", err)
	}
	if err := w.Cable(clockCable); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(); !errors.Is(err, hal.ErrGone) || !on(w.View().Cables, clockCable) {
		t.Errorf("unplugged it reads as %v", err)
	}
	if err := w.Cable(clockCable); err != nil {
		t.Fatal(err)
	}
	fitting[hal.Clock](t, w, "clock")
}

// A board with such a watchdog would restart; the page says when.
func TestWatchdogOfTheBoard(t *testing.T) {
	w := newWorld(t, Options{})
	says := func(what string) {
		t.Helper()
		until(t, w, what, func(v web.View) bool { return strings.Contains(v.Watchdog, what) })
	}
	says("at rest")
	d := fitting[hal.Watchdog](t, w, "watchdog")
	if d.Timeout() != 30*time.Second {
		t.Errorf("its time is %v", d.Timeout())
	}
	says("runs")
	if err := d.Disarm(); err != nil {
		t.Fatal(err)
	}
	says("at rest")
	for _, f := range w.Fittings() {
		if f.Name != "watchdog" {
			continue
		}
		hasty := strings.Replace(string(f.URI), "30s", "1s", 1)
		for _, what := range []string{"would have been restarted at ", "would have been restarted 2 times, at last at "} {
			d, err := hal.Open[hal.Watchdog](bounded(t), drivers.Registry(drivers.Options{}), hasty)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil { // as a kiosk that crashed
				t.Fatal(err)
			}
			says(what)
		}
	}
	d = fitting[hal.Watchdog](t, w, "watchdog")
	says("runs. Nobody kicked it")
	if err := w.Cable(dogCable); err != nil {
		t.Fatal(err)
	}
	if err := d.Kick(); !errors.Is(err, hal.ErrGone) || !on(w.View().Cables, dogCable) {
		t.Errorf("unplugged a kick gives %v", err)
	}
	if err := w.Cable(dogCable); err != nil {
		t.Fatal(err)
	}
	fitting[hal.Watchdog](t, w, "watchdog")
}
