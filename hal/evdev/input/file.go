package input

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/ioctl"
)

// Numbers of requests.
const (
	reqVersion = 0x01
	reqID      = 0x02
	reqName    = 0x06
	reqPhys    = 0x07
	reqUniq    = 0x08
	reqSlots   = 0x0A
	reqKeys    = 0x18
	reqBits    = 0x20 // and the event type
	reqAxis    = 0x40 // and the axis
	reqGrab    = 0x90
	reqClock   = 0xA0
)

// Directions of a request.
const (
	write = 1
	read  = 2
)

// request builds the number of a request as <linux/input.h> does, with _IOC.
func request(direction, number, size uintptr) uintptr {
	return direction<<30 | size<<16 | 'E'<<8 | number
}

// control does one request; b is what it fills or takes.
type control func(req uintptr, b []byte) error

// file is a device of the kernel.
type file struct {
	*records
	f    *os.File
	ask  control
	info Info
}

var _ Device = (*file)(nil)

// Open opens a device by its path. Nothing there gives hal.ErrGone, something
// that is no input device hal.ErrUnsupported.
func Open(path string) (Device, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("input device: %w: %w", hal.ErrGone, err)
	}
	d := &file{records: newRecords(f, Native), f: f, ask: controlOf(f)}
	if d.info, err = describe(d.ask); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	// The wall clock jumps when it is set, and what is timed by it with it.
	// Kernels before 3.4 have no other; they still work.
	_ = d.ask(request(write, reqClock, 4), word(unix.CLOCK_MONOTONIC))
	return d, nil
}

func controlOf(f *os.File) control {
	return func(req uintptr, b []byte) error { return ioctl.Do(f, uint(req), &b[0]) }
}

func word(v int32) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }

func (d *file) Info() Info { return d.info }

func (d *file) Close() error { return d.f.Close() }

// Grab takes its argument by value, unlike every other request: any pointer
// that is not nil would do, and one is what it gets.
func (d *file) Grab() error {
	if err := d.ask(request(write, reqGrab, 4), word(1)); err != nil {
		return fmt.Errorf("grab %q: %w", d.info.Name, err)
	}
	return nil
}

func (d *file) State() (State, error) { return stateOf(d.ask, d.info) }

func describe(ask control) (info Info, err error) {
	defer func() { err = pulled(err) }()
	var id [8]byte
	if err := ask(request(read, reqVersion, 4), make([]byte, 4)); errors.Is(err, unix.ENODEV) {
		return info, fmt.Errorf("input device: %w", err)
	} else if err != nil {
		return info, fmt.Errorf("no input device: %w: %w", hal.ErrUnsupported, err)
	}
	if err := ask(request(read, reqID, uintptr(len(id))), id[:]); err != nil {
		return info, fmt.Errorf("input device: %w", err)
	}
	half := func(i int) uint16 { return binary.NativeEndian.Uint16(id[2*i:]) }
	info.ID = ID{Bus: half(0), Vendor: half(1), Product: half(2), Version: half(3)}
	for req, into := range map[uintptr]*string{reqName: &info.Name, reqPhys: &info.Phys, reqUniq: &info.Uniq} {
		b := make([]byte, 256)
		// A device without the text gives an error; an empty text is the same.
		if ask(request(read, req, uintptr(len(b)-1)), b) == nil {
			*into, _, _ = strings.Cut(string(b), "\x00")
		}
	}
	var axes [absCount / 8]byte
	keys := ask(request(read, reqBits+Key, uintptr(len(info.Keys))), info.Keys[:])
	if err := errors.Join(keys, ask(request(read, reqBits+Abs, uintptr(len(axes))), axes[:])); err != nil {
		return info, fmt.Errorf("keys and axes of %q: %w", info.Name, err)
	}
	info.Axes = map[uint16]Axis{}
	for code := range uint16(absCount) {
		if axes[code/8]>>(code%8)&1 == 0 {
			continue
		}
		_, axis, err := axisOf(ask, code)
		if err != nil {
			return info, fmt.Errorf("axis %d of %q: %w", code, info.Name, err)
		}
		info.Axes[code] = axis
	}
	return info, nil
}

// pulled adds hal's word to the kernel's for a device whose plug was pulled since
// it was opened.
func pulled(err error) error {
	if errors.Is(err, unix.ENODEV) && !errors.Is(err, hal.ErrGone) {
		return fmt.Errorf("%w: %w", hal.ErrGone, err)
	}
	return err
}

// axisOf reads struct input_absinfo.
func axisOf(ask control, code uint16) (value int32, a Axis, err error) {
	var b [24]byte
	err = ask(request(read, reqAxis+uintptr(code), uintptr(len(b))), b[:])
	at := func(i int) int32 { return int32(binary.NativeEndian.Uint32(b[4*i:])) }
	return at(0), Axis{Min: at(1), Max: at(2), Fuzz: at(3), Flat: at(4), Resolution: at(5)}, err
}

// stateOf reads the device's present state.
func stateOf(ask control, info Info) (State, error) {
	var s State
	if err := ask(request(read, reqKeys, uintptr(len(s.Keys))), s.Keys[:]); err != nil {
		return s, fmt.Errorf("state of keys: %w", err)
	}
	for code := range info.Axes {
		v, axis, err := axisOf(ask, code)
		if err != nil {
			return s, fmt.Errorf("state of axis %d: %w", code, err)
		}
		s.Abs[code] = v
		if code == AbsSlot {
			s.Slot = int(v)
			s.Slots = make([]Slot, min(max(int(axis.Max)+1, 1), MaxSlots))
		}
	}
	for i := range s.Slots {
		s.Slots[i].ID = -1
	}
	for code, field := range map[uint16]func(c *Slot) *int32{
		AbsTrackingID: func(c *Slot) *int32 { return &c.ID },
		AbsMultiX:     func(c *Slot) *int32 { return &c.X },
		AbsMultiY:     func(c *Slot) *int32 { return &c.Y },
		AbsToolType:   func(c *Slot) *int32 { return &c.Tool },
	} {
		if !info.HasAxes(code) || len(s.Slots) == 0 {
			continue
		}
		// struct { __u32 code; __s32 values[] }
		b := append(word(int32(code)), make([]byte, 4*len(s.Slots))...)
		if err := ask(request(read, reqSlots, uintptr(len(b))), b); err != nil {
			return s, fmt.Errorf("state of fingers: %w", err)
		}
		for i := range s.Slots {
			*field(&s.Slots[i]) = int32(binary.NativeEndian.Uint32(b[4*(i+1):]))
		}
	}
	return s, nil
}
