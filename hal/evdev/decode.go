package evdev

import (
	"image"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

// decoder follows one finger: the first that touches. Others are ignored until
// all are lifted, so that a resting palm presses nothing.
type decoder struct {
	c    Config
	ask  func() (input.State, error)
	emit func(hal.Touch)

	state   input.State
	lost    bool // events until the next report are incomplete
	tracked int  // slot of the finger that is followed, -1 none
	id      int32
	last    hal.Touch
	blocked bool // fingers are down that nobody follows
}

// newDecoder gives a decoder that calls emit with touches that lack their
// time. ask gives the device's present state, after events were lost.
func newDecoder(c Config, ask func() (input.State, error), emit func(hal.Touch)) *decoder {
	d := &decoder{c: c, ask: ask, emit: emit, tracked: -1}
	d.resync()
	return d
}

// resync adopts the device's state. The finger that is followed may still be
// down, which its tracking id tells; whoever touched while we did not look is
// not believed in.
func (d *decoder) resync() {
	s, err := d.ask()
	if err != nil {
		s = input.State{}
	}
	d.state = s
	if d.tracked >= 0 {
		if d.c.Multi && d.contact(d.tracked).id == d.id {
			d.move()
			return
		}
		d.leave(hal.TouchCancel)
	}
	d.blocked = d.down(-1)
}

// contact is one finger; id is -1 without one.
type contact struct{ id, x, y int32 }

func (d *decoder) count() int {
	if d.c.Multi {
		return len(d.state.Slots)
	}
	return 1
}

func (d *decoder) contact(i int) contact {
	s := &d.state
	if !d.c.Multi {
		if s.Keys.Has(input.BtnTouch) || s.Keys.Has(input.BtnLeft) {
			return contact{0, s.Abs[input.AbsX], s.Abs[input.AbsY]}
		}
		return contact{id: -1}
	}
	if i >= len(s.Slots) || s.Slots[i].Tool == input.ToolPalm {
		return contact{id: -1}
	}
	return contact{s.Slots[i].ID, s.Slots[i].X, s.Slots[i].Y}
}

// down tells whether a finger is down in any other slot than except.
func (d *decoder) down(except int) bool {
	for i := range d.count() {
		if i != except && d.contact(i).id >= 0 {
			return true
		}
	}
	return false
}

// fingers adds the places of those that are down.
func (d *decoder) fingers(places []image.Point) []image.Point {
	for i := range d.count() {
		if c := d.contact(i); c.id >= 0 {
			x, y := d.c.place(c.x, c.y)
			places = append(places, image.Pt(x, y))
		}
	}
	return places
}

// feed takes one event.
func (d *decoder) feed(e input.Event) {
	switch {
	case e.Type == input.Syn && e.Code == input.SynDropped:
		d.lost = true
	case e.Type == input.Syn && e.Code == input.SynReport:
		if d.lost {
			d.lost = false
			d.resync()
			return
		}
		d.report()
	case !d.lost:
		d.state.Apply(e)
	}
}

// end is told when the device is gone: nobody lifts the finger any more.
func (d *decoder) end() {
	if d.tracked >= 0 {
		d.leave(hal.TouchCancel)
	}
}

// report compares the state at the end of a packet with what was told before.
func (d *decoder) report() {
	if d.tracked >= 0 {
		slot := d.tracked
		switch {
		case d.contact(slot).id == d.id:
			d.move()
			return
		case d.palm(slot):
			d.leave(hal.TouchCancel)
		default: // lifted; a new finger in its slot is another touch
			d.leave(hal.TouchUp)
		}
		d.blocked = d.down(slot)
	}
	if d.blocked = d.blocked && d.down(-1); d.blocked {
		return
	}
	for i := range d.count() {
		if c := d.contact(i); c.id >= 0 {
			d.tracked, d.id = i, c.id
			d.tell(hal.TouchDown, c)
			return
		}
	}
}

// palm tells whether the panel thinks better of what it said was a finger.
func (d *decoder) palm(slot int) bool {
	s := d.state.Slots
	return d.c.Multi && slot < len(s) && s[slot].ID == d.id && s[slot].Tool == input.ToolPalm
}

func (d *decoder) tell(kind hal.TouchKind, c contact) {
	d.last.X, d.last.Y = d.c.place(c.x, c.y)
	d.last.Kind = kind
	d.emit(d.last)
}

func (d *decoder) move() {
	c := d.contact(d.tracked)
	x, y := d.c.place(c.x, c.y)
	dx, dy := x-d.last.X, y-d.last.Y
	if (dx != 0 || dy != 0) && dx*dx+dy*dy > d.c.Jitter*d.c.Jitter {
		d.tell(hal.TouchMove, c)
	}
}

// leave ends the touch under way; other fingers still down are not taken up.
func (d *decoder) leave(kind hal.TouchKind) {
	d.tracked = -1
	d.last.Kind = kind
	d.emit(d.last)
}
