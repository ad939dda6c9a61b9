package haltest

import (
	"context"
	"errors"
	"testing"

	"tram06/hal"
)

// PlugCycles opens a device again and again and pulls its plug while somebody
// waits for it: each time the wait has to end with ErrGone and the health to
// say so, and after all of them nothing may be left, neither running nor open.
//
// open gives a device that is plugged in and what pulls its plug; wait is a
// call that blocks until then.
func PlugCycles[D hal.Device](t *testing.T, cycles int, open func(t *testing.T) (d D, pull func()),
	call func(ctx context.Context, d D) error,
) {
	t.Helper()
	// The first cycle opens what the process keeps, such as the poller.
	cycle(t, open, call)
	running, files := goroutines(), descriptors(t)
	for range cycles {
		cycle(t, open, call)
	}
	noneLeft(t, running)
	noneOpen(t, files)
}

func cycle[D hal.Device](t *testing.T, open func(t *testing.T) (D, func()), call func(context.Context, D) error) {
	t.Helper()
	d, pull := open(t)
	result := start(context.Background(), wait{"the call", func(ctx context.Context) error { return call(ctx, d) }})
	pull()
	if err := within(t, closing, "the call on a pulled device", result); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("a pulled device gives %v, want ErrGone", err)
	}
	if h := d.Health(); h.State != hal.Absent || h.Key == hal.KeyOK || h.Err == nil {
		t.Fatalf("a pulled device says %v %q %v", h.State, h.Key, h.Err)
	}
	closeInTime(t, d)
}
