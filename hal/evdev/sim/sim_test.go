package sim

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

func device() *Device {
	i := input.Info{Axes: map[uint16]input.Axis{
		input.AbsX: {Max: 100}, input.AbsSlot: {Max: 1}, input.AbsMultiX: {Max: 100}, input.AbsTrackingID: {Max: 99},
	}}
	i.Keys.Set(30, true)
	return New(i, func() time.Duration { return time.Second })
}

func ev(kind, code uint16, v int32) input.Event { return input.Event{Type: kind, Code: code, Value: v} }

func drain(t *testing.T, c input.Device, max int) string {
	t.Helper()
	buf := make([]input.Event, max)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range buf[:n] {
		out = append(out, fmt.Sprintf("%d.%d=%d", e.Type, e.Code, e.Value))
	}
	return strings.Join(out, " ")
}

func open(t *testing.T, d *Device) input.Device {
	t.Helper()
	c, err := d.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOnlyNewsIsTold(t *testing.T) {
	d := device()
	c := open(t, d)
	d.Send(ev(input.Key, 30, 1), ev(input.Key, 30, 1), ev(input.Key, 31, 1), ev(input.Key, 30, 2), input.Event{})
	if got := drain(t, c, 9); got != "1.30=1 1.30=2 0.0=0" {
		t.Errorf("keys: %s", got)
	}
	d.Send(ev(input.Key, 30, 1), input.Event{}, ev(input.Abs, input.AbsX, 0), input.Event{}, ev(input.Abs, input.AbsY, 5), input.Event{})
	d.Send(ev(input.Abs, input.AbsX, 7), input.Event{}, ev(input.Abs, input.AbsX, 7), input.Event{})
	if got := drain(t, c, 9); got != "3.0=7 0.0=0" {
		t.Errorf("axis: %s", got)
	}
	d.Send(ev(input.Abs, input.AbsSlot, 1), input.Event{}) // no news before something happens there
	d.Send(ev(input.Abs, input.AbsTrackingID, 5), ev(input.Abs, input.AbsMultiX, 9), input.Event{})
	d.Send(ev(input.Abs, input.AbsSlot, 7), ev(input.Abs, input.AbsMultiX, 9), input.Event{})
	if got := drain(t, c, 9); got != "3.47=1 3.57=5 3.53=9 0.0=0" {
		t.Errorf("slots: %s", got)
	}
	s, err := c.State()
	if err != nil || !s.Keys.Has(30) || s.Abs[input.AbsX] != 7 || s.Slots[1] != (input.Slot{ID: 5, X: 9}) || s.Slots[0].ID != -1 {
		t.Errorf("state %+v, %v", s, err)
	}
}

func TestASlowReaderLosesEventsAndIsTold(t *testing.T) {
	d := device()
	c, quick := open(t, d), open(t, d)
	for x := range int32(40) {
		d.Send(ev(input.Abs, input.AbsX, x+1), input.Event{})
		drain(t, quick, 9)
	}
	// 80 events went into a queue of 64: at the 65th all but that one are lost.
	got := drain(t, c, 3)
	if got != "0.3=0 3.0=33 0.0=0" {
		t.Errorf("%s", got)
	}
	d.Send(ev(input.Key, 30, 1), input.Event{})
	if _, err := c.State(); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, c, 99); strings.Contains(got, "1.30") {
		t.Errorf("a key that the state told is told again: %s", got)
	}
}

func TestGrab(t *testing.T) {
	d := device()
	a, b := open(t, d), open(t, d)
	if err := a.Grab(); err != nil {
		t.Fatal(err)
	}
	if err := b.Grab(); !errors.Is(err, unix.EBUSY) {
		t.Errorf("grabbed twice: %v", err)
	}
	d.Send(ev(input.Key, 30, 1), input.Event{})
	if got := drain(t, a, 9); got != "1.30=1 0.0=0" {
		t.Error(got)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	d.Send(ev(input.Key, 30, 0), input.Event{})
	if got := drain(t, b, 9); got != "1.30=0 0.0=0" {
		t.Errorf("after the grab ended: %s", got)
	}
	if err := b.Grab(); err != nil {
		t.Errorf("after the grab ended: %v", err)
	}
}

func TestPulled(t *testing.T) {
	d := device()
	c := open(t, d)
	d.Send(ev(input.Key, 30, 1), input.Event{})
	d.Unplug()
	d.Send(ev(input.Key, 30, 0), input.Event{})
	_, errState := c.State()
	_, errRead := c.Read(make([]input.Event, 1))
	for _, err := range []error{errState, errRead, c.Grab()} {
		if !errors.Is(err, unix.ENODEV) {
			t.Errorf("%v, want ENODEV", err)
		}
	}
	if _, err := d.Open("x"); !errors.Is(err, hal.ErrGone) || !errors.Is(err, unix.ENOENT) {
		t.Errorf("opened without a plug: %v", err)
	}
	d.Plug()
	if _, err := c.Read(make([]input.Event, 1)); !errors.Is(err, unix.ENODEV) {
		t.Errorf("the old reader of a device that is back: %v", err)
	}
	fresh := open(t, d)
	if s, err := fresh.State(); err != nil || s.Keys.Has(30) {
		t.Errorf("a key is down on a device that was just plugged in: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := c.Read(make([]input.Event, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
}
