package hal

import (
	"context"
	"errors"
	"net/url"
	"testing"
)

// door is a device that tells when it is closed.
type door struct {
	lamp
	closed chan struct{}
}

func (d *door) Close() error { close(d.closed); return nil }

// An opening that hangs is left behind, and what comes of it in the end is
// closed.
func TestAnOpeningThatHangsIsLeft(t *testing.T) {
	free, d := make(chan struct{}), &door{closed: make(chan struct{})}
	open := Leaving(func(context.Context, *url.URL) (Device, error) {
		<-free
		return d, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := open(ctx, nil); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
	close(free)
	<-d.closed
	if got, err := open(t.Context(), nil); got != Device(d) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}
