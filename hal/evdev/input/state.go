package input

import "slices"

// Bits is a set of codes.
type Bits [keyCount / 8]byte

// Has tells whether code is in the set.
func (b *Bits) Has(code uint16) bool {
	return int(code) < keyCount && b[code/8]>>(code%8)&1 == 1
}

// Set puts code into the set, or takes it out.
func (b *Bits) Set(code uint16, on bool) {
	if int(code) >= keyCount {
		return
	}
	if b[code/8] &^= 1 << (code % 8); on {
		b[code/8] |= 1 << (code % 8)
	}
}

// Axis is an absolute axis as the kernel describes it.
type Axis struct {
	Min, Max   int32
	Fuzz, Flat int32 // noise that the kernel filters already
	Resolution int32 // units a millimetre; 0: not told
}

// ID is how a bus knows the device.
type ID struct{ Bus, Vendor, Product, Version uint16 }

// Info describes a device.
type Info struct {
	Name string // the maker's words
	Phys string // where it is plugged in
	Uniq string // its serial number, mostly empty
	ID   ID
	Keys Bits
	Axes map[uint16]Axis
}

// HasAxes tells whether the device has all of the axes.
func (i Info) HasAxes(codes ...uint16) bool {
	for _, c := range codes {
		if _, ok := i.Axes[c]; !ok {
			return false
		}
	}
	return true
}

// HasKeys tells whether the device has all of the keys.
func (i Info) HasKeys(codes ...uint16) bool {
	for _, c := range codes {
		if !i.Keys.Has(c) {
			return false
		}
	}
	return true
}

// Slot is one contact of a multitouch device of type B.
type Slot struct {
	ID   int32 // tracking id; -1: nothing touches
	X, Y int32
	Tool int32
}

// State is where a device's events have led to.
type State struct {
	Keys  Bits // that are down
	Abs   [absCount]int32
	Slot  int // that events speak about
	Slots []Slot
}

// Clone gives a copy that shares nothing.
func (s State) Clone() State {
	s.Slots = slices.Clone(s.Slots)
	return s
}

// Idle tells whether the device is as if nobody had ever touched it.
func (s State) Idle() bool {
	for _, c := range s.Slots {
		if c.ID >= 0 || c.X != 0 || c.Y != 0 {
			return false
		}
	}
	return s.Keys == Bits{} && s.Abs == [absCount]int32{}
}

// Apply changes the state as one event says. It keeps no more than MaxSlots
// contacts, whatever it is fed.
func (s *State) Apply(e Event) {
	switch e.Type {
	case Key:
		s.Keys.Set(e.Code, e.Value != Released)
	case Abs:
		if e.Code >= absCount {
			return
		}
		if e.Code == AbsSlot {
			s.Slot = int(e.Value)
		}
		s.Abs[e.Code] = e.Value
		c := s.current(e.Code)
		if c == nil {
			return
		}
		switch e.Code {
		case AbsTrackingID:
			c.ID = max(e.Value, -1)
		case AbsMultiX:
			c.X = e.Value
		case AbsMultiY:
			c.Y = e.Value
		case AbsToolType:
			c.Tool = e.Value
		}
	}
}

// current gives the contact that an event of the axis speaks about, nil for
// other axes and for a slot out of reason.
func (s *State) current(axis uint16) *Slot {
	switch axis {
	case AbsTrackingID, AbsMultiX, AbsMultiY, AbsToolType:
	default:
		return nil
	}
	if s.Slot < 0 || s.Slot >= MaxSlots {
		return nil
	}
	for len(s.Slots) <= s.Slot {
		s.Slots = append(s.Slots, Slot{ID: -1})
	}
	return &s.Slots[s.Slot]
}
