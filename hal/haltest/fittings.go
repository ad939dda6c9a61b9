package haltest

import (
	"context"
	"errors"
	"math"
	"net/url"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
)

// plugCycles is how often a fitting is pulled out and put back.
const plugCycles = 1000

// Rig is a device on a bench: its plug can be pulled.
type Rig[D hal.Device] struct {
	// Open opens the device; while it is unplugged that fails.
	Open func() (D, error)
	// Unplug and Plug pull it out and put it back.
	Unplug, Plug func()
	// Virtual says that neither the driver nor the bench waits for anything
	// outside of this program. The plug is then pulled in synctest's time, in
	// which a second is a second however busy the machine is.
	Virtual bool
	// Cycles is how often the plug is pulled, where a thousand times take too
	// long.
	Cycles int
}

func (r Rig[D]) cycles() int {
	if r.Cycles > 0 {
		return r.Cycles
	}
	return plugCycles
}

// run runs a part of the suite in the rig's time.
func (r Rig[D]) run(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		if r.Virtual {
			synctest.Test(t, f)
		} else {
			f(t)
		}
	})
}

// opener opens the fitting whatever the URI says.
func (r Rig[D]) opener() hal.Opener {
	return func(context.Context, *url.URL) (hal.Device, error) {
		d, err := r.Open()
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

func (r Rig[D]) open(t *testing.T) D {
	t.Helper()
	d, err := r.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return d
}

// Lamps runs the suite on lamps, of which there is at least one.
func Lamps(t *testing.T, r Rig[hal.Lamps]) {
	set := func(d hal.Lamps) error { return d.Set(d.Names()[0], hal.Steady) }
	fitting(t, r, map[string]func(d hal.Lamps) error{"Set": set}, nil)
	r.run(t, "every lamp takes every pattern", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		if len(d.Names()) == 0 {
			t.Fatal("there are no lamps")
		}
		for _, name := range d.Names() {
			for _, p := range []hal.Pattern{hal.Steady, hal.Invite, hal.Alarm, hal.Dark} {
				if err := d.Set(name, p); err != nil {
					t.Errorf("Set(%q, %v) gives %v", name, p, err)
				}
			}
		}
	})
	r.run(t, "what cannot be is refused", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		if err := d.Set("no such lamp", hal.Steady); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("a lamp that is not there gives %v, want ErrUnsupported", err)
		}
		for _, p := range []hal.Pattern{
			{On: -1}, {On: time.Second, Period: -time.Second}, {On: 2 * time.Second, Period: time.Second},
			{On: 50 * time.Millisecond, Period: 100 * time.Millisecond}, // ten flashes a second
		} {
			if err := d.Set(d.Names()[0], p); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("pattern %v gives %v, want ErrUnsupported", p, err)
			}
		}
	})
}

// Switch runs the suite on a contact. turn moves it, and returns when it has
// come to rest.
func Switch(t *testing.T, r Rig[hal.Switch], turn func(on bool)) {
	next := func(ctx context.Context, d hal.Switch) error { _, err := d.Next(ctx); return err }
	fitting(t, r, nil, map[string]func(context.Context, hal.Switch) error{"Next": next})
	r.run(t, "follows the contact", func(t *testing.T) {
		turn(false)
		d := r.open(t)
		defer closeInTime(t, d)
		for _, want := range []bool{true, false, true, false} {
			turn(want)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			on, err := d.Next(ctx)
			cancel()
			if err != nil || on != want {
				t.Fatalf("Next gives %v, %v, want %v", on, err, want)
			}
			if d.On() != want {
				t.Errorf("On gives %v after Next gave %v", d.On(), want)
			}
		}
	})
	r.run(t, "begins with the contact as it is", func(t *testing.T) {
		turn(true)
		d := r.open(t)
		defer closeInTime(t, d)
		if !d.On() {
			t.Error("a contact that was on when it was opened is off")
		}
		turn(false)
	})
}

// Backlight runs the suite on a panel's light.
func Backlight(t *testing.T, r Rig[hal.Backlight]) {
	fitting(t, r, map[string]func(hal.Backlight) error{
		"Level":    func(d hal.Backlight) error { _, err := d.Level(); return err },
		"SetLevel": func(d hal.Backlight) error { return d.SetLevel(50) },
	}, nil)
	r.run(t, "gives back what was set", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		for want := 0; want <= 100; want++ {
			if err := d.SetLevel(want); err != nil {
				t.Fatalf("SetLevel(%d) gives %v", want, err)
			}
			if got, err := d.Level(); err != nil || got != want {
				t.Errorf("Level gives %d, %v after %d was set", got, err, want)
			}
		}
		for _, bad := range []int{-1, 101} {
			if err := d.SetLevel(bad); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("SetLevel(%d) gives %v, want ErrUnsupported", bad, err)
			}
		}
	})
}

// Thermometer runs the suite on sensors that work.
func Thermometer(t *testing.T, r Rig[hal.Thermometer]) {
	fitting(t, r, map[string]func(hal.Thermometer) error{
		"Read": func(d hal.Thermometer) error { _, err := d.Read(); return err },
	}, nil)
	r.run(t, "measures what can be", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		ts, err := d.Read()
		if err != nil || len(ts) == 0 {
			t.Fatalf("Read gives %d places, %v", len(ts), err)
		}
		seen := map[string]bool{}
		for _, x := range ts {
			if x.Name == "" || seen[x.Name] {
				t.Errorf("a place is called %q, which is empty or not the first", x.Name)
			}
			seen[x.Name] = true
			if math.IsNaN(x.Celsius) || x.Celsius < -40 || x.Celsius > 125 {
				t.Errorf("%s is %g degrees", x.Name, x.Celsius)
			}
		}
	})
}

// Fan runs the suite on a fan.
func Fan(t *testing.T, r Rig[hal.Fan]) {
	fitting(t, r, map[string]func(hal.Fan) error{
		"SetSpeed": func(d hal.Fan) error { return d.SetSpeed(100) },
	}, nil)
	r.run(t, "what cannot be is refused", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		for _, ok := range []int{0, 1, 50, 100} {
			if err := d.SetSpeed(ok); err != nil {
				t.Errorf("SetSpeed(%d) gives %v", ok, err)
			}
		}
		for _, bad := range []int{-1, 101} {
			if err := d.SetSpeed(bad); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("SetSpeed(%d) gives %v, want ErrUnsupported", bad, err)
			}
		}
		if rpm, err := d.RPM(); err != nil && !errors.Is(err, hal.ErrUnsupported) || rpm < 0 {
			t.Errorf("RPM gives %d, %v", rpm, err)
		}
	})
}

// Buzzer runs the suite on a buzzer. Whoever hears it may want to leave.
func Buzzer(t *testing.T, r Rig[hal.Buzzer]) {
	beep := func(ctx context.Context, d hal.Buzzer) error { return d.Beep(ctx, 1000, time.Minute) }
	fitting(t, r, nil, map[string]func(context.Context, hal.Buzzer) error{"Beep": beep})
	r.run(t, "sounds", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		if err := d.Beep(t.Context(), 1000, time.Millisecond); err != nil {
			t.Errorf("Beep gives %v", err)
		}
		if err := d.Beep(t.Context(), 0, time.Millisecond); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("a tone of 0 hertz gives %v, want ErrUnsupported", err)
		}
	})
}

// Clock runs the suite on a clock that goes right.
func Clock(t *testing.T, r Rig[hal.Clock]) {
	at := time.Date(2026, 2, 28, 23, 59, 30, 0, time.UTC)
	fitting(t, r, map[string]func(hal.Clock) error{
		"Read": func(d hal.Clock) error { _, err := d.Read(); return err },
		"Set":  func(d hal.Clock) error { return d.Set(at) },
	}, nil)
	r.run(t, "keeps what was set", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		if err := d.Set(at); err != nil {
			t.Fatalf("Set gives %v", err)
		}
		got, err := d.Read()
		if err != nil || got.Before(at) || got.Sub(at) > patience {
			t.Errorf("Read gives %v, %v after %v was set", got, err, at)
		}
		for _, bad := range []time.Time{{}, time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)} {
			if err := d.Set(bad); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("Set(%v) gives %v, want ErrUnsupported", bad, err)
			}
		}
	})
}

// Watchdog runs the suite on a watchdog that can be stopped. running tells
// whether the hardware counts.
func Watchdog(t *testing.T, r Rig[hal.Watchdog], running func() bool) {
	fitting(t, r, map[string]func(hal.Watchdog) error{
		"Kick": func(d hal.Watchdog) error { return d.Kick() },
	}, nil)
	r.run(t, "Close leaves it running and Disarm does not", func(t *testing.T) {
		d := r.open(t)
		if d.Timeout() <= 0 {
			t.Errorf("Timeout gives %v", d.Timeout())
		}
		if err := d.Kick(); err != nil {
			t.Errorf("Kick gives %v", err)
		}
		closeInTime(t, d)
		if !running() {
			t.Error("Close stopped it")
		}
		d = r.open(t)
		if err := d.Disarm(); err != nil {
			t.Errorf("Disarm gives %v", err)
		}
		if running() {
			t.Error("Disarm did not stop it")
		}
		if err := d.Disarm(); !errors.Is(err, hal.ErrGone) {
			t.Errorf("the second Disarm gives %v, want ErrGone", err)
		}
		closeInTime(t, d)
	})
	// What the suite left running must not restart the machine.
	d := r.open(t)
	if err := d.Disarm(); err != nil {
		t.Errorf("Disarm gives %v", err)
	}
}

// fitting asks what every device promises. calls return at once; blocking ones
// return only when somebody ends them.
func fitting[D hal.Device](t *testing.T, r Rig[D], calls map[string]func(D) error, blocking map[string]func(context.Context, D) error) {
	suite(t, r.open, func(d D) (ws []wait) {
		for name, call := range blocking {
			ws = append(ws, wait{name, func(ctx context.Context) error { return call(ctx, d) }})
		}
		return ws
	})
	r.run(t, "calls after Close", func(t *testing.T) {
		d := r.open(t)
		for name, call := range calls {
			if err := call(d); err != nil {
				t.Errorf("%s gives %v", name, err)
			}
		}
		closeInTime(t, d)
		for name, call := range calls {
			if err := call(d); !errors.Is(err, hal.ErrGone) {
				t.Errorf("%s gives %v, want ErrGone", name, err)
			}
		}
	})
	r.run(t, "plug cycles", func(t *testing.T) { replug(t, r, calls, blocking) })
	every := closing / 4
	if !r.Virtual {
		every = 2 * time.Millisecond // the cycles are many, and the clock is real
	}
	Supervised(t, r, used(every, calls, blocking))
}

// replug pulls the plug again and again. Each time the device says so, does not
// come back by itself, and opens anew once it is put back.
func replug[D hal.Device](t *testing.T, r Rig[D], calls map[string]func(D) error, blocking map[string]func(context.Context, D) error) {
	// What a runtime opens once for all is open after the first device.
	closeInTime(t, r.open(t))
	running, files := goroutines(), descriptors(t)
	for range r.cycles() {
		d := r.open(t)
		if h := d.Health(); h.State == hal.Absent {
			t.Fatalf("a device that was opened says %v %q %v", h.State, h.Key, h.Err)
		}
		var pending []<-chan error
		for name, call := range blocking {
			pending = append(pending, start(t.Context(), wait{name, func(ctx context.Context) error { return call(ctx, d) }}))
		}
		r.Unplug()
		for _, p := range pending {
			if err := within(t, closing, "a wait after the plug was pulled", p); !errors.Is(err, hal.ErrGone) {
				t.Fatalf("a wait gives %v after the plug was pulled, want ErrGone", err)
			}
		}
		for name, call := range calls {
			if err := call(d); !errors.Is(err, hal.ErrGone) {
				t.Fatalf("%s gives %v after the plug was pulled, want ErrGone", name, err)
			}
		}
		if h := d.Health(); h.State != hal.Absent || h.Key == hal.KeyOK || !errors.Is(h.Err, hal.ErrGone) {
			t.Fatalf("a device that was pulled out says %v %q %v", h.State, h.Key, h.Err)
		}
		if again, err := r.Open(); !errors.Is(err, hal.ErrGone) {
			if err == nil {
				_ = again.Close()
			}
			t.Fatalf("opening what is not there gives %v, want ErrGone", err)
		}
		r.Plug()
		for name, call := range calls {
			if err := call(d); !errors.Is(err, hal.ErrGone) {
				t.Fatalf("%s gives %v: the device came back by itself", name, err)
			}
		}
		closeInTime(t, d)
	}
	closeInTime(t, r.open(t))
	noneLeft(t, running)
	noneOpen(t, files)
}

// noneOpen waits until no more files are open than before: the other end of a
// bench may need a moment to hang up.
func noneOpen(t *testing.T, files int) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	watchdog := time.After(patience)
	for left := descriptors(t); left > files; left = descriptors(t) {
		select {
		case <-look.C:
		case <-watchdog:
			t.Fatalf("%d files are open, %d before", left, files)
		}
	}
}

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}
