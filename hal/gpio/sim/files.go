package sim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
)

// chipFile is an open chip.
type chipFile struct {
	chip *Chip
	plug int
}

// dead tells that the chip was pulled out since.
func (c *Chip) dead(plug int) bool { return c.gone || c.plug != plug }

func (f *chipFile) Info() (i unix.GPIOChipInfo, err error) {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead(f.plug) {
		return i, unix.ENODEV
	}
	copy(i.Name[:], c.name)
	copy(i.Label[:], c.label)
	i.Lines = uint32(len(c.lines))
	return i, nil
}

func (f *chipFile) Line(offset uint32) (i unix.GPIOV2LineInfo, err error) {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.dead(f.plug):
		return i, unix.ENODEV
	case offset >= uint32(len(c.lines)):
		return i, unix.EINVAL
	}
	l := c.lines[offset]
	i.Offset = offset
	if who := l.user(); who != "" {
		i.Flags |= gpio.FlagUsed
		copy(i.Consumer[:], who)
	}
	return i, nil
}

func (f *chipFile) Close() error { return nil }

// Request claims a line. Where the kernel allows up to 64 lines in a request,
// this takes one.
func (f *chipFile) Request(r *unix.GPIOV2LineRequest) (gpio.Lines, error) {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	flags := r.Config.Flags
	if err := validate(flags); err != nil {
		return nil, err
	}
	switch {
	case c.dead(f.plug):
		return nil, unix.ENODEV
	case r.Num_lines != 1 || r.Offsets[0] >= uint32(len(c.lines)), r.Config.Num_attrs > uint32(len(r.Config.Attrs)):
		return nil, unix.EINVAL
	case c.lines[r.Offsets[0]].user() != "":
		return nil, unix.EBUSY
	case c.noEdges && flags&(gpio.FlagEdgeRising|gpio.FlagEdgeFalling) != 0:
		return nil, unix.ENXIO
	}
	on := false
	for _, a := range r.Config.Attrs[:r.Config.Num_attrs] {
		if a.Attr.Id != unix.GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES || flags&gpio.FlagOutput == 0 {
			return nil, fmt.Errorf("attribute %d: %w", a.Attr.Id, unix.EINVAL)
		}
		on = a.Mask&a.Attr.Flags&1 != 0
	}
	name, _, _ := bytes.Cut(r.Consumer[:], []byte{0})
	lf := &lineFile{chip: c, plug: c.plug, offset: int(r.Offsets[0]), consumer: string(name), queue: fifo}
	if n := r.Event_buffer_size; n > 0 {
		lf.queue = int(min(n, most))
	}
	c.changeLocked(lf.offset, func(l *line) {
		l.flags = flags
		if flags&gpio.FlagOutput != 0 {
			l.out = on != (flags&gpio.FlagActiveLow != 0)
		}
	})
	c.lines[lf.offset].owner = lf
	return lf, nil
}

// validate refuses what the kernel refuses.
func validate(flags uint64) error {
	const known = gpio.FlagActiveLow | gpio.FlagInput | gpio.FlagOutput | gpio.FlagEdgeRising |
		gpio.FlagEdgeFalling | gpio.FlagPullUp | gpio.FlagPullDown | gpio.FlagNoPull
	in, out := flags&gpio.FlagInput != 0, flags&gpio.FlagOutput != 0
	bias := flags & (gpio.FlagPullUp | gpio.FlagPullDown | gpio.FlagNoPull)
	switch {
	case flags&^known != 0,
		in == out, // the kernel allows neither, to leave a line as it is
		!in && flags&(gpio.FlagEdgeRising|gpio.FlagEdgeFalling) != 0,
		bias&(bias-1) != 0: // more than one
		return unix.EINVAL
	}
	return nil
}

// lineFile is one claimed line.
type lineFile struct {
	chip     *Chip
	plug     int
	offset   int
	consumer string
	queue    int

	// Guarded by the chip's mutex.
	closed bool
	seq    uint32
	events []unix.GPIOV2LineEvent
}

// check gives the error that every call gives now, if any.
func (f *lineFile) check() error {
	switch {
	case f.closed:
		return os.ErrClosed
	case f.chip.dead(f.plug):
		return unix.ENODEV
	}
	return nil
}

func (f *lineFile) Get(v *unix.GPIOV2LineValues) error {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := f.check(); err != nil {
		return err
	}
	if v.Mask != 1 {
		return unix.EINVAL
	}
	l := c.lines[f.offset]
	v.Bits = 0
	if l.level() != (l.flags&gpio.FlagActiveLow != 0) {
		v.Bits = 1
	}
	return nil
}

func (f *lineFile) Set(v *unix.GPIOV2LineValues) error {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := f.check(); err != nil {
		return err
	}
	switch {
	case v.Mask != 1:
		return unix.EINVAL
	case c.lines[f.offset].flags&gpio.FlagOutput == 0:
		return unix.EPERM
	}
	c.changeLocked(f.offset, func(l *line) {
		l.out = v.Bits&1 != 0 != (l.flags&gpio.FlagActiveLow != 0)
	})
	return nil
}

// Read blocks until there are edges, and gives as many as fit.
func (f *lineFile) Read(b []byte) (n int, err error) {
	if len(b) < gpio.RecordSize {
		return 0, unix.EINVAL
	}
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if err := f.check(); err != nil {
			return 0, err
		}
		if len(f.events) > 0 {
			break
		}
		c.moved.Wait()
	}
	for len(f.events) > 0 && len(b)-n >= gpio.RecordSize {
		if _, err := binary.Encode(b[n:], binary.NativeEndian, f.events[0]); err != nil {
			return n, err
		}
		f.events = f.events[1:]
		n += gpio.RecordSize
	}
	return n, nil
}

// Close gives the line back; an output keeps its level.
func (f *lineFile) Close() error {
	c := f.chip
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	if l := c.lines[f.offset]; l.owner == f {
		l.owner = nil
		l.flags &= gpio.FlagOutput
	}
	c.moved.Broadcast()
	return nil
}
