// Package sim simulates input devices as the kernel serves them: a touch
// panel, a keypad, a scanner that plays a keyboard, with nobody's hands.
//
// Device is the kernel's side. It is as strict as the real one: what a device
// does not have it cannot send, what did not change is not told, a reader that
// is too slow loses events and is told so, one that grabs has the device to
// itself, and a pulled plug is ENODEV for all. Serve lets another process be
// the hand, through a socket.
package sim

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

// buffered events of one reader, as the kernel has for devices that say no
// more of themselves.
const buffered = 64

// Device is a simulated device.
type Device struct {
	info  input.Info
	clock func() time.Duration

	mu      sync.Mutex
	changed *sync.Cond // of mu
	plugged bool
	state   input.State
	told    int           // the slot that readers were told
	packet  []input.Event // what was sent since the last report
	clients map[*client]bool
	grabbed *client
}

// New plugs a device in. clock stamps the events that have no time.
func New(info input.Info, clock func() time.Duration) *Device {
	d := &Device{info: info, clock: clock, clients: map[*client]bool{}}
	d.changed = sync.NewCond(&d.mu)
	d.Plug()
	return d
}

// Plug puts the plug in, again: nothing is pressed, nobody reads.
func (d *Device) Plug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plugged {
		return
	}
	d.plugged, d.state, d.told, d.packet = true, input.State{}, 0, nil
	if d.info.HasAxes(input.AbsSlot) {
		d.state.Slots = make([]input.Slot, min(max(int(d.info.Axes[input.AbsSlot].Max)+1, 1), input.MaxSlots))
		for i := range d.state.Slots {
			d.state.Slots[i].ID = -1
		}
	}
	d.changed.Broadcast()
}

// Unplug pulls the plug.
func (d *Device) Unplug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plugged, d.grabbed = false, nil
	for c := range d.clients {
		c.gone = true
	}
	clear(d.clients)
	d.changed.Broadcast()
}

// Readers tells how many have the device open.
func (d *Device) Readers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.clients)
}

// AwaitReaders blocks until at least n have the device open.
func (d *Device) AwaitReaders(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.clients) < n {
		d.changed.Wait()
	}
}

// Send is what the device does. What belongs together ends with a report:
// readers see nothing before.
func (d *Device) Send(events ...input.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.plugged {
		return
	}
	for _, e := range events {
		if e.Time == 0 {
			e.Time = d.clock()
		}
		if e.Type == input.Syn {
			if e.Code == input.SynReport && len(d.packet) > 0 {
				d.deliver(append(d.packet, e))
				d.packet = nil
			}
			continue
		}
		if d.isNews(e) {
			d.keep(e)
		}
	}
	d.changed.Broadcast()
}

// isNews tells whether the kernel would pass the event on.
func (d *Device) isNews(e input.Event) bool {
	switch e.Type {
	case input.Key:
		return d.info.Keys.Has(e.Code) && (e.Value == input.Repeated || d.state.Keys.Has(e.Code) != (e.Value != input.Released))
	case input.Abs:
		if !d.info.HasAxes(e.Code) {
			return false
		}
		if e.Code == input.AbsSlot {
			return e.Value >= 0 && int(e.Value) < len(d.state.Slots)
		}
		before := d.state.Clone()
		d.state.Apply(e)
		changed := before.Abs != d.state.Abs || !slices.Equal(before.Slots, d.state.Slots)
		if multi(e.Code) { // the axis itself has no value, only its slots do
			changed = !slices.Equal(before.Slots, d.state.Slots)
		}
		d.state = before
		return changed
	}
	return true
}

func multi(axis uint16) bool { return axis >= input.AbsSlot }

// keep applies the event and puts it into the packet; a slot is told when
// something happens in it.
func (d *Device) keep(e input.Event) {
	d.state.Apply(e)
	if e.Type == input.Abs && multi(e.Code) {
		if e.Code == input.AbsSlot {
			return
		}
		if d.state.Slot != d.told {
			d.told = d.state.Slot
			d.packet = append(d.packet, input.Event{Time: e.Time, Type: input.Abs, Code: input.AbsSlot, Value: int32(d.told)})
		}
	}
	d.packet = append(d.packet, e)
}

func (d *Device) deliver(packet []input.Event) {
	for c := range d.clients {
		if d.grabbed != nil && d.grabbed != c {
			continue
		}
		for _, e := range packet {
			if c.queue = append(c.queue, e); len(c.queue) > buffered {
				// All that was not read is lost, but the newest.
				c.queue = append(c.queue[:0], input.Event{Time: e.Time, Type: input.Syn, Code: input.SynDropped}, e)
			}
		}
	}
}

// client is one that has the device open.
type client struct {
	d      *Device
	queue  []input.Event
	gone   bool
	closed bool
}

var _ input.Device = (*client)(nil)

// Open opens the device, whatever path it goes by.
func (d *Device) Open(path string) (input.Device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.plugged {
		return nil, fmt.Errorf("input device: %w: %w", hal.ErrGone, &os.PathError{Op: "open", Path: path, Err: unix.ENOENT})
	}
	c := &client{d: d}
	d.clients[c] = true
	d.changed.Broadcast()
	return c, nil
}

func (c *client) Info() input.Info { return c.d.info }

func (c *client) Read(events []input.Event) (int, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, os.ErrClosed
		case c.gone: // what was not read is lost with the device
			return 0, unix.ENODEV
		case len(c.queue) > 0:
			n := copy(events, c.queue)
			c.queue = slices.Delete(c.queue, 0, n)
			return n, nil
		}
		c.d.changed.Wait()
	}
}

// State gives the device's state. As with the kernel, asking for it takes back
// the key events that were not read: they are in the answer.
func (c *client) State() (input.State, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if err := c.alive(); err != nil {
		return input.State{}, err
	}
	c.queue = slices.DeleteFunc(c.queue, func(e input.Event) bool { return e.Type == input.Key })
	return c.d.state.Clone(), nil
}

func (c *client) alive() error {
	switch {
	case c.closed:
		return os.ErrClosed
	case c.gone:
		return unix.ENODEV
	}
	return nil
}

func (c *client) Grab() error {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if err := c.alive(); err != nil {
		return err
	}
	if c.d.grabbed != nil {
		return unix.EBUSY
	}
	c.d.grabbed = c
	return nil
}

func (c *client) Close() error {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if c.closed {
		return os.ErrClosed
	}
	c.closed = true
	delete(c.d.clients, c)
	if c.d.grabbed == c {
		c.d.grabbed = nil
	}
	c.d.changed.Broadcast()
	return nil
}
