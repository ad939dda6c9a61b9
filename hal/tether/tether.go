// Package tether holds what every opened device has to know about its end: that
// it comes once, that it has a cause, and that after it nothing brings the
// device back. Drivers embed one.
package tether

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
)

// Tether ties a driver to its device until one of them lets go. It is safe for
// concurrent use.
type Tether struct {
	*pulse.Pulse
	uri, what, key string

	mu    sync.Mutex // guards cut, and orders Set with Cut
	cut   bool
	cause error
	done  chan struct{}
}

// New gives the tether of a device that is ready. what names the device in
// errors, key is its condition once it is gone, now stamps the health; nil is
// time.Now.
func New(uri, what, key string, now func() time.Time) *Tether {
	if now == nil {
		now = time.Now
	}
	return &Tether{
		Pulse: pulse.New(now, hal.Ready, hal.KeyOK),
		uri:   uri, what: what, key: key,
		done: make(chan struct{}),
	}
}

// URI names the device.
func (t *Tether) URI() string { return t.uri }

// Set enters a state, unless the device is gone: that one is final.
func (t *Tether) Set(s hal.State, key string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.cut {
		t.Pulse.Set(s, key, err)
	}
}

// Cut ends the device. A nil cause says that it was closed. It reports whether
// this call was the one that did it.
func (t *Tether) Cut(cause error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut {
		return false
	}
	t.cut, t.cause = true, cause
	t.Pulse.Set(hal.Absent, t.key, t.err())
	close(t.done)
	return true
}

// Done is closed once the device is gone.
func (t *Tether) Done() <-chan struct{} { return t.done }

// Err is nil while the device is there, and wraps hal.ErrGone after it.
func (t *Tether) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.cut {
		return nil
	}
	return t.err()
}

func (t *Tether) err() error {
	if t.cause == nil {
		return fmt.Errorf("%s: %w", t.what, hal.ErrGone)
	}
	return fmt.Errorf("%s: %w: %w", t.what, hal.ErrGone, t.cause)
}

// Lost cuts the tether and gives the error for whoever noticed.
func (t *Tether) Lost(cause error) error {
	t.Cut(cause)
	return t.Err()
}

// Errorf gives an error that names the device.
func (t *Tether) Errorf(format string, args ...any) error {
	return fmt.Errorf(t.what+": "+format, args...)
}

// Wait blocks until timer fires, and gives nil then; or until ctx ends or the
// device is gone.
func (t *Tether) Wait(ctx context.Context, timer <-chan time.Time) error {
	select {
	case <-t.done:
		return t.Err()
	default:
	}
	select {
	case <-timer:
		return nil
	case <-ctx.Done():
		return t.Errorf("%w", ctx.Err())
	case <-t.done:
		return t.Err()
	}
}
