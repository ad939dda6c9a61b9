package evdev

import (
	"encoding/binary"

	"tram06/hal"
)

// Event types and codes of the kernel's input interface.
const (
	evSyn = 0x00
	evKey = 0x01
	evAbs = 0x03

	synReport  = 0
	synDropped = 3

	btnLeft  = 0x110 // absolute pointers such as a virtual machine's tablet
	btnTouch = 0x14A

	absX          = 0x00
	absY          = 0x01
	absSlot       = 0x2F
	absMultiX     = 0x35
	absMultiY     = 0x36
	absTrackingID = 0x39
)

// recordSize is struct input_event on a 64-bit kernel: two 8-byte times, type,
// code, value.
const recordSize = 24

// maxSlots bounds what a device may claim; panels have ten.
const maxSlots = 64

type record struct {
	kind, code uint16
	value      int32
}

func parse(b []byte) record {
	return record{
		kind:  binary.LittleEndian.Uint16(b[16:]),
		code:  binary.LittleEndian.Uint16(b[18:]),
		value: int32(binary.LittleEndian.Uint32(b[20:])),
	}
}

// contact is one finger as the kernel last told.
type contact struct {
	id   int32 // -1: no finger
	x, y int32
}

// snapshot is the kernel's state of the device.
type snapshot struct {
	slot  int
	slots []contact // of a multitouch device
	one   contact   // of a single-touch device; id 0 means down
}

// decoder follows one finger: the first that touches. Others are ignored until
// all are lifted, so that a resting palm presses nothing.
type decoder struct {
	panel Panel
	multi bool
	x, y  Range
	// sync asks the kernel for its state after events were lost.
	sync func() (snapshot, error)

	state   snapshot
	lost    bool // events until the next report are incomplete
	tracked int  // slot of the finger that is followed, -1 none
	id      int32
	lastX   int
	lastY   int
	blocked bool // fingers are down that nobody follows
}

func newDecoder(c Config) *decoder {
	d := &decoder{panel: c.Panel, multi: c.Multi, x: c.X, y: c.Y, sync: c.sync, tracked: -1}
	d.reset()
	return d
}

// reset adopts the kernel's state, without believing in fingers that touched
// while we did not look.
func (d *decoder) reset() {
	s := snapshot{one: contact{id: -1}}
	if d.sync != nil {
		if got, err := d.sync(); err == nil {
			s = got
		}
	}
	d.state = s
	d.blocked = d.anyDown()
}

func (d *decoder) anyDown() bool { return d.down(-1) }

// down tells whether a finger is down in any other slot than except.
func (d *decoder) down(except int) bool {
	for i := range d.count() {
		if i != except && d.contact(i).id >= 0 {
			return true
		}
	}
	return false
}

// slot gives the contact that events speak about, nil for a slot out of reason.
func (d *decoder) slot() *contact {
	n := d.state.slot
	if n < 0 || n >= maxSlots {
		return nil
	}
	for len(d.state.slots) <= n {
		d.state.slots = append(d.state.slots, contact{id: -1})
	}
	return &d.state.slots[n]
}

// feed takes one record and calls emit for what it means. The touches lack
// their time.
func (d *decoder) feed(r record, emit func(hal.Touch)) {
	switch {
	case r.kind == evSyn && r.code == synDropped:
		d.lost = true
		d.leave(hal.TouchCancel, emit)
	case r.kind == evSyn && r.code == synReport:
		if d.lost {
			d.lost = false
			d.reset()
			return
		}
		d.report(emit)
	case d.lost:
	case d.multi:
		d.feedMulti(r)
	default:
		d.feedSingle(r)
	}
}

func (d *decoder) feedMulti(r record) {
	if r.kind != evAbs {
		return
	}
	if r.code == absSlot {
		d.state.slot = int(r.value)
		return
	}
	c := d.slot()
	if c == nil {
		return
	}
	switch r.code {
	case absTrackingID:
		c.id = max(r.value, -1)
	case absMultiX:
		c.x = r.value
	case absMultiY:
		c.y = r.value
	}
}

func (d *decoder) feedSingle(r record) {
	c := &d.state.one
	switch {
	case r.kind == evKey && (r.code == btnTouch || r.code == btnLeft):
		c.id = -1
		if r.value != 0 {
			c.id = 0
		}
	case r.kind == evAbs && r.code == absX:
		c.x = r.value
	case r.kind == evAbs && r.code == absY:
		c.y = r.value
	}
}

// report compares the state at the end of a packet with what was told before.
func (d *decoder) report(emit func(hal.Touch)) {
	if d.tracked >= 0 {
		c := d.contact(d.tracked)
		if c.id != d.id { // lifted; a new finger in its slot is another touch
			slot := d.tracked
			d.leave(hal.TouchUp, emit)
			d.blocked = d.down(slot)
		} else {
			d.move(c, emit)
			return
		}
	}
	if d.blocked = d.blocked && d.anyDown(); d.blocked {
		return
	}
	for i := range d.count() {
		if c := d.contact(i); c.id >= 0 {
			d.tracked, d.id = i, c.id
			d.lastX, d.lastY = d.panel.place(c.x, c.y, d.x, d.y)
			emit(hal.Touch{Kind: hal.TouchDown, X: d.lastX, Y: d.lastY})
			return
		}
	}
}

func (d *decoder) move(c contact, emit func(hal.Touch)) {
	x, y := d.panel.place(c.x, c.y, d.x, d.y)
	if x != d.lastX || y != d.lastY {
		d.lastX, d.lastY = x, y
		emit(hal.Touch{Kind: hal.TouchMove, X: x, Y: y})
	}
}

// leave ends the touch under way; other fingers still down are not taken up.
func (d *decoder) leave(kind hal.TouchKind, emit func(hal.Touch)) {
	if d.tracked < 0 {
		return
	}
	d.tracked = -1
	d.blocked = d.anyDown()
	emit(hal.Touch{Kind: kind, X: d.lastX, Y: d.lastY})
}

func (d *decoder) count() int {
	if d.multi {
		return len(d.state.slots)
	}
	return 1
}

func (d *decoder) contact(i int) contact {
	if d.multi {
		return d.state.slots[i]
	}
	return d.state.one
}
