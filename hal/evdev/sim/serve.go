package sim

import (
	"context"
	"fmt"
	"net"
	"sync"

	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
)

// Serve lets others open the device through a socket, until ctx ends; package
// remote is the other end. Each is told what package recording writes: the head,
// and events as they happen.
func Serve(ctx context.Context, ln net.Listener, d *Device) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("serve a simulated input device: %w", err)
		}
		wg.Go(func() {
			defer conn.Close()
			c, err := d.Open("socket")
			if err != nil {
				return // unplugged: the socket closes at once
			}
			defer c.Close()
			end := context.AfterFunc(ctx, func() {
				_ = c.Close()
				_ = conn.Close() // the peer may have stopped reading
			})
			defer end()
			// Nothing is to be read from there but the end.
			wg.Go(func() {
				_, _ = conn.Read(make([]byte, 1))
				_ = c.Close()
			})
			_ = relay(conn, c)
		})
	}
}

// relay writes the device's events until it or the socket ends. A reader over
// a socket cannot ask for the state: it is told at the beginning and after
// events were lost.
func relay(conn net.Conn, c input.Device) error {
	// Before the head, which ends the other side's opening: what happens after
	// that is news to it, and not how it found the device.
	s, err := c.State()
	if err != nil {
		return err
	}
	w, err := recording.NewWriter(conn, c.Info())
	if err != nil {
		return err
	}
	if !s.Idle() {
		if err := tell(w, c); err != nil {
			return err
		}
	}
	buf := make([]input.Event, buffered)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		for _, e := range buf[:n] {
			if err := w.Write(e); err != nil {
				return err
			}
			if e.Type == input.Syn && e.Code == input.SynDropped {
				if err := tell(w, c); err != nil {
					return err
				}
			}
		}
	}
}

// tell writes the state as events that were lost.
func tell(w *recording.Writer, c input.Device) error {
	s, err := c.State()
	if err != nil {
		return err
	}
	i := c.Info()
	events := []input.Event{{Type: input.Syn, Code: input.SynDropped}}
	add := func(kind, code uint16, v int32) {
		events = append(events, input.Event{Type: kind, Code: code, Value: v})
	}
	for code := range uint16(8 * len(i.Keys)) {
		if i.Keys.Has(code) {
			v := int32(input.Released)
			if s.Keys.Has(code) {
				v = input.Pressed
			}
			add(input.Key, code, v)
		}
	}
	for code := range i.Axes {
		if !multi(code) {
			add(input.Abs, code, s.Abs[code])
		}
	}
	for n, slot := range s.Slots {
		add(input.Abs, input.AbsSlot, int32(n))
		add(input.Abs, input.AbsTrackingID, slot.ID)
		add(input.Abs, input.AbsMultiX, slot.X)
		add(input.Abs, input.AbsMultiY, slot.Y)
		add(input.Abs, input.AbsToolType, slot.Tool)
	}
	if len(s.Slots) > 0 {
		add(input.Abs, input.AbsSlot, int32(s.Slot))
	}
	add(input.Syn, input.SynReport, 0)
	return w.Write(events...)
}
