package main

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"tram06/firmware/config"
	"tram06/fleet/wire"
	"tram06/hal"
)

// What a board file may say, this program has a driver for.
func TestEverySchemeOfABoardHasADriver(t *testing.T) {
	known := devices(config.Board{})
	if n := len((config.Devices{}).All()); n > wire.MaxDevices {
		t.Errorf("a board may have %d devices, and a status to the fleet holds %d", n, wire.MaxDevices)
	}
	for _, f := range (config.Devices{}).All() {
		schemes := config.Schemes(f.Name)
		if len(schemes) == 0 {
			t.Errorf("a %s can have no scheme at all", f.Name)
		}
		for _, s := range schemes {
			if known[s] == nil {
				t.Errorf("a %s may be %s:, and there is no driver for it", f.Name, s)
			}
		}
	}
}

// An opening that hangs is left behind when the kiosk ends, and what comes of it
// in the end is closed.
func TestAnOpeningThatHangsIsLeft(t *testing.T) {
	free, closed := make(chan struct{}), make(chan struct{})
	open := leaving(func(context.Context, *url.URL) (hal.Device, error) {
		<-free
		return part{func() { close(closed) }}, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := open(ctx, nil); d != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", d, err)
	}
	close(free)
	<-closed
	if d, err := open(t.Context(), nil); d == nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
}
