// Package haltest is the conformance suite that every driver passes, on
// simulated and on real hardware: what package hal promises, asked of each.
//
// It measures nothing. Where a promise is "within a second", a watchdog ends
// the test after that time; it never asserts how fast something was.
package haltest

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"tram06/hal"
)

const (
	// closing is the time that hal grants Close and pending calls after it.
	closing = time.Second
	// patience is for whatever has no promised time.
	patience = 20 * time.Second
)

// wait is one blocking call of a driver.
type wait struct {
	name string
	call func(ctx context.Context) error
}

// Scanner runs the suite; open gives a fresh device each time, on which no
// code is ever shown.
func Scanner(t *testing.T, open func(t *testing.T) hal.Scanner) {
	suite(t, open, func(d hal.Scanner) []wait {
		d.Arm(true)
		return []wait{{"Next", func(ctx context.Context) error { _, err := d.Next(ctx); return err }}}
	})
}

// TouchScreen runs the suite on a screen that nobody touches.
func TouchScreen(t *testing.T, open func(t *testing.T) hal.TouchScreen) {
	suite(t, open, func(d hal.TouchScreen) []wait {
		return []wait{{"Next", func(ctx context.Context) error { _, err := d.Next(ctx); return err }}}
	})
}

// CardReader runs the suite on an empty reader.
func CardReader(t *testing.T, open func(t *testing.T) hal.CardReader) {
	suite(t, open, func(d hal.CardReader) []wait {
		return []wait{{"Wait", func(ctx context.Context) error { _, err := d.Wait(ctx); return err }}}
	})
}

// CardReaderWithCard runs it on a reader with a card lying on it.
func CardReaderWithCard(t *testing.T, open func(t *testing.T) hal.CardReader) {
	suite(t, open, func(d hal.CardReader) []wait {
		return []wait{{"WaitRemoval", d.WaitRemoval}}
	})
}

// Printer runs the suite on a printer that stands ready, and then on one that
// stalls: its Print may not return by itself. Print ignores a context once it
// has begun, so only a dead context is tried.
func Printer(t *testing.T, ready, stalled func(t *testing.T) hal.Printer) {
	page := hal.Raster{Width: 8, Height: 8, Stride: 1, Bits: []byte{1, 2, 4, 8, 16, 32, 64, 128}}
	suite(t, ready, func(d hal.Printer) []wait {
		if w, dpi := d.Dots(); w <= 0 || dpi <= 0 {
			t.Errorf("Dots gives %d, %d", w, dpi)
		}
		return nil
	})
	t.Run("a dead context prints nothing", func(t *testing.T) {
		d := ready(t)
		defer closeInTime(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Print(ctx, "conformance", page); !errors.Is(err, context.Canceled) {
			t.Errorf("Print gives %v, want context.Canceled", err)
		}
	})
	t.Run("after Close", func(t *testing.T) {
		d := ready(t)
		_ = d.Close()
		if err := d.Print(t.Context(), "conformance", page); !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrJobUnknown) {
			t.Errorf("Print gives %v, want ErrGone alone: nothing was sent", err)
		}
	})
	t.Run("Close ends a page that stalls", func(t *testing.T) {
		d := stalled(t)
		begun := make(chan struct{})
		result := make(chan error, 1)
		go func() {
			close(begun)
			result <- d.Print(context.Background(), "conformance", page)
		}()
		<-begun
		closeInTime(t, d)
		err := within(t, closing, "Print after Close", result)
		if !errors.Is(err, hal.ErrGone) {
			t.Errorf("Print gives %v, want ErrGone", err)
		}
	})
}

func suite[D hal.Device](t *testing.T, open func(t *testing.T) D, waits func(d D) []wait) {
	t.Run("identity", func(t *testing.T) {
		d := open(t)
		defer closeInTime(t, d)
		if d.URI() == "" {
			t.Error("URI is empty")
		}
		if d.Health().Since.IsZero() {
			t.Error("Health does not say since when")
		}
	})
	t.Run("Close twice", func(t *testing.T) {
		d := open(t)
		closeInTime(t, d)
		closeInTime(t, d)
		if h := d.Health(); h.State != hal.Absent || h.Key == hal.KeyOK {
			t.Errorf("a closed device says %v %q", h.State, h.Key)
		}
	})
	t.Run("health", func(t *testing.T) {
		d := open(t)
		before := d.Health()
		if before.State == hal.Absent {
			t.Errorf("a device that was opened says %v %q: %v", before.State, before.Key, before.Err)
		}
		if (before.State == hal.Ready) != (before.Key == hal.KeyOK) {
			t.Errorf("an open device says %v %q", before.State, before.Key)
		}
		closeInTime(t, d)
		after := d.Health()
		if after.State != hal.Absent || after.Key == hal.KeyOK || after.Since.Before(before.Since) {
			t.Errorf("a closed device says %v %q since %v, %v before that", after.State, after.Key, after.Since, before.Since.Sub(after.Since))
		}
		told, ok := any(d).(interface{ HealthChanged() <-chan struct{} })
		if !ok {
			return // its supervisor looks
		}
		select {
		case <-told.HealthChanged():
		case <-time.After(closing):
			t.Error("that it was closed is no news")
		}
	})
	t.Run("cancelled waits end", func(t *testing.T) {
		d := open(t)
		defer closeInTime(t, d)
		for _, w := range waits(d) {
			ctx, cancel := context.WithCancel(t.Context())
			result := start(ctx, w)
			cancel()
			if err := within(t, closing, w.name, result); !errors.Is(err, context.Canceled) {
				t.Errorf("%s gives %v, want context.Canceled", w.name, err)
			}
		}
	})
	t.Run("Close ends pending waits", func(t *testing.T) {
		d := open(t)
		var results []<-chan error
		ws := waits(d)
		for _, w := range ws {
			results = append(results, start(context.Background(), w))
		}
		closeInTime(t, d)
		for i, r := range results {
			if err := within(t, closing, ws[i].name, r); !errors.Is(err, hal.ErrGone) {
				t.Errorf("%s gives %v, want ErrGone", ws[i].name, err)
			}
		}
	})
	t.Run("after Close", func(t *testing.T) {
		d := open(t)
		ws := waits(d)
		_ = d.Close()
		for _, w := range ws {
			if err := within(t, closing, w.name, start(t.Context(), w)); !errors.Is(err, hal.ErrGone) {
				t.Errorf("%s gives %v, want ErrGone", w.name, err)
			}
		}
	})
	t.Run("nothing is left running", func(t *testing.T) {
		before := goroutines()
		d := open(t)
		ws := waits(d)
		var results []<-chan error
		for _, w := range ws {
			results = append(results, start(context.Background(), w))
		}
		_ = d.Close()
		for i, r := range results {
			_ = within(t, closing, ws[i].name, r)
		}
		noneLeft(t, before)
	})
}

// start runs the call and returns once its goroutine does so.
func start(ctx context.Context, w wait) <-chan error {
	begun, result := make(chan struct{}), make(chan error, 1)
	go func() {
		close(begun)
		result <- w.call(ctx)
	}()
	<-begun
	return result
}

func closeInTime(t *testing.T, d hal.Device) {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- d.Close() }()
	if err := within(t, closing, "Close", result); err != nil {
		t.Errorf("Close gives %v", err)
	}
}

func within(t *testing.T, limit time.Duration, what string, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(limit):
		t.Fatalf("%s does not return", what)
		return nil
	}
}

// driverMark is in the stack of every goroutine that a driver starts.
const driverMark = "created by tram06/hal/"

// goroutines gives the stacks of the drivers' goroutines by their number. The
// suite's own and those of simulators are not the driver's.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	found := map[string]string{}
	for s := range strings.SplitSeq(string(buf), "\n\n") {
		_, by, ok := strings.Cut(s, driverMark)
		if !ok || strings.HasPrefix(by, "haltest") || strings.Contains(by, "/sim.") || strings.Contains(by, "_test.") {
			continue
		}
		id, _, _ := strings.Cut(s, " [")
		found[id] = s
	}
	return found
}

func noneLeft(t *testing.T, before map[string]string) {
	t.Helper()
	// A goroutine that was told to end needs a moment to be off the list.
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	watchdog := time.After(patience)
	for {
		var left []string
		for id, stack := range goroutines() {
			if _, old := before[id]; !old {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return
		}
		select {
		case <-look.C:
		case <-watchdog:
			t.Fatalf("still running:\n%s", strings.Join(left, "\n\n"))
		}
	}
}
