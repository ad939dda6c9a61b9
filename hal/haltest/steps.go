package haltest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
)

// Fuse is a cable that carries so many steps, and then breaks for good. What a
// step is, an exchange or a byte, is for the bench to say.
type Fuse struct {
	mu    sync.Mutex
	left  int // less than zero: it never breaks
	broke chan struct{}
}

// Endless is a cable that does not break.
const Endless = -1

// NewFuse gives a cable for so many steps.
func NewFuse(steps int) *Fuse { return &Fuse{left: steps, broke: make(chan struct{})} }

// Broken counts a step, and tells whether the cable does not carry it.
func (f *Fuse) Broken() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.left > 0:
		f.left--
		return false
	case f.left < 0:
		return false
	}
	select {
	case <-f.broke:
	default:
		close(f.broke)
	}
	return true
}

// Broke is closed at the step that the cable did not carry.
func (f *Fuse) Broke() <-chan struct{} { return f.broke }

func (f *Fuse) broken() bool {
	select {
	case <-f.broke:
		return true
	default:
		return false
	}
}

// Visit is an ordinary use of a device, from its opening to its end.
type Visit[D hal.Device] struct {
	// Open opens the device at the end of a new cable. It is called again after
	// each that broke: the device has to be as at first.
	Open func(t *testing.T, cable *Fuse) (D, error)
	// Use does what a user does and returns; nil says that all of it worked.
	Use func(ctx context.Context, d D) error
	// Virtual is that of Rig.
	Virtual bool
	// Stride leaves out steps, for long visits on a real clock; zero is one.
	Stride int
}

// longest is more steps than a visit has.
const longest = 20000

// EveryStep pulls the plug at each step of a visit, one visit a step. Whoever
// uses the device is told ErrGone and nothing else, the device says so too, and
// on a new cable it works as before. Nothing is left running or open.
func EveryStep[D hal.Device](t *testing.T, v Visit[D]) {
	t.Helper()
	bubble := func(f func(t *testing.T)) { t.Run("visit", f) } // which takes its bench down
	if v.Virtual {
		bubble = func(f func(t *testing.T)) { synctest.Test(t, f) }
	}
	// What the runtime keeps open is open after the first visit.
	bubble(func(t *testing.T) { v.whole(t, NewFuse(Endless)) })
	running, files := goroutines(), descriptors(t)
	steps := 0
	for more := true; more; {
		bubble(func(t *testing.T) {
			more = v.until(t, steps)
			if more {
				v.whole(t, NewFuse(Endless))
			}
		})
		if t.Failed() {
			t.Fatalf("with a cable for %d steps", steps)
		}
		if steps += max(v.Stride, 1); steps > longest {
			t.Fatal("the visit does not end")
		}
	}
	if steps < 3 {
		t.Errorf("the visit has %d steps: nothing was tried", steps)
	}
	noneLeft(t, running)
	noneOpen(t, files)
}

// whole is a visit that nothing disturbs.
func (v Visit[D]) whole(t *testing.T, cable *Fuse) {
	t.Helper()
	d, err := v.Open(t, cable)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := v.use(t, d); err != nil {
		t.Fatalf("a visit that nothing disturbs ends with %v", err)
	}
	closeInTime(t, d)
}

func (v Visit[D]) use(t *testing.T, d D) error {
	t.Helper()
	return within(t, patience, "the visit", start(context.Background(), wait{"the visit", func(ctx context.Context) error { return v.Use(ctx, d) }}))
}

// until visits with a cable for so many steps, and tells whether it broke.
func (v Visit[D]) until(t *testing.T, steps int) (broke bool) {
	t.Helper()
	cable := NewFuse(steps)
	d, err := v.Open(t, cable)
	if err != nil {
		if !cable.broken() || !errors.Is(err, hal.ErrGone) {
			t.Fatalf("opening over a cable that broke (%t) gives %v, want ErrGone", cable.broken(), err)
		}
		return true
	}
	err = v.use(t, d)
	if !cable.broken() {
		if err != nil {
			t.Fatalf("a visit that nothing disturbed ends with %v", err)
		}
		closeInTime(t, d)
		// What Close says to the device is a step too, and nobody's trouble.
		return cable.broken()
	}
	if err == nil {
		// What is only asked for courtesy may fail unseen; the next visit not.
		err = v.use(t, d)
	}
	if !errors.Is(err, hal.ErrGone) {
		t.Fatalf("a visit over a cable that broke gives %v, want ErrGone", err)
	}
	absent(t, d)
	closeInTime(t, d)
	return true
}

// absent waits for the device to say that it is gone.
func absent(t *testing.T, d hal.Device) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.NewTimer(closing)
	defer late.Stop()
	for {
		h := d.Health()
		if h.State == hal.Absent {
			if h.Key == hal.KeyOK || !errors.Is(h.Err, hal.ErrGone) {
				t.Fatalf("a device that is gone says %q: %v", h.Key, h.Err)
			}
			return
		}
		select {
		case <-look.C:
		case <-late.C:
			t.Fatalf("a device that is gone says %v %q", h.State, h.Key)
		}
	}
}
