package gpio

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Consumer is what gpioinfo shows beside the lines that are ours.
const Consumer = "tram06"

// maxOffset is beyond any chip; a larger number is a global one of old times.
const maxOffset = 1 << 16

// Line names one line of one chip.
type Line struct {
	Chip      string // its label, or its name gpiochipN where labels are not unique
	Offset    int
	ActiveLow bool // a low level means "on"
}

func (l Line) String() string { return fmt.Sprintf("line %d of %s", l.Offset, l.Chip) }

// ParseLine reads chip/offset. The chip's label may itself hold slashes.
func ParseLine(text string) (Line, error) {
	i := strings.LastIndexByte(text, '/')
	if i <= 0 {
		return Line{}, fmt.Errorf("%q is no line: write the chip's label and the offset, such as pinctrl-bcm2711/17", text)
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil || n < 0 || n >= maxOffset || text[i+1] == '+' {
		return Line{}, fmt.Errorf("%q is no line: %q is no offset, which is a number from 0", text, text[i+1:])
	}
	return Line{Chip: text[:i], Offset: n}, nil
}

// wire is one line that is ours.
type wire struct{ lines Lines }

const onlyLine = 1 // the mask of a request's one line

func (w wire) on() (bool, error) {
	v := unix.GPIOV2LineValues{Mask: onlyLine}
	err := w.lines.Get(&v)
	return v.Bits&onlyLine != 0, err
}

func (w wire) set(on bool) error {
	v := unix.GPIOV2LineValues{Mask: onlyLine}
	if on {
		v.Bits = onlyLine
	}
	return w.lines.Set(&v)
}

// edges blocks until there were some and tells how many; more than the kernel
// queues are lost, which harms nobody here: levels are read anew.
func (w wire) edges(buf []byte) (int, error) {
	n, err := w.lines.Read(buf)
	return n / RecordSize, err
}

// queue is how many edges the kernel queues for a line by itself.
const queue = 16

// edgeBuffer holds as many records as are queued.
func edgeBuffer(queued uint32) []byte { return make([]byte, int(queued)*RecordSize) }

func (w wire) Close() error { return w.lines.Close() }

// output claims a line and drives it from the first instant as asked: claiming
// it first and setting it then would let a lamp flash and a lock open.
func output(k Kernel, l Line, on bool) (wire, error) {
	var r unix.GPIOV2LineRequest
	r.Config.Flags = FlagOutput
	r.Config.Num_attrs = 1
	r.Config.Attrs[0].Attr.Id = unix.GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
	r.Config.Attrs[0].Mask = onlyLine
	if on {
		r.Config.Attrs[0].Attr.Flags = onlyLine // a union with the values
	}
	return claim(k, l, &r)
}

// input claims a line for reading, and for edges if flags say so, of which so
// many are queued.
func input(k Kernel, l Line, flags uint64, queued uint32) (wire, error) {
	var r unix.GPIOV2LineRequest
	r.Event_buffer_size = queued
	r.Config.Flags = FlagInput | flags
	return claim(k, l, &r)
}

func claim(k Kernel, l Line, r *unix.GPIOV2LineRequest) (wire, error) {
	c, info, err := find(k, l.Chip)
	if err != nil {
		return wire{}, err
	}
	// The lines stay ours without their chip's file.
	defer c.Close()
	if uint32(l.Offset) >= info.Lines {
		return wire{}, fmt.Errorf("%v: the chip has %d lines, 0 to %d: %w", l, info.Lines, int(info.Lines)-1, hal.ErrUnsupported)
	}
	copy(r.Consumer[:], Consumer)
	r.Offsets[0] = uint32(l.Offset)
	r.Num_lines = 1
	if l.ActiveLow {
		r.Config.Flags |= FlagActiveLow
	}
	lines, err := c.Request(r)
	switch {
	case errors.Is(err, unix.EBUSY):
		who := "somebody"
		if i, err := c.Line(uint32(l.Offset)); err == nil && i.Consumer[0] != 0 {
			who = strconv.Quote(text(i.Consumer[:]))
		}
		return wire{}, fmt.Errorf("%v is in use by %s: %w", l, who, err)
	case gone(err):
		return wire{}, fmt.Errorf("%v: %w: %w", l, hal.ErrGone, err)
	case err != nil:
		return wire{}, fmt.Errorf("%v: %w", l, err)
	}
	return wire{lines}, nil
}

// find opens the chip of that label or name.
func find(k Kernel, want string) (Chip, unix.GPIOChipInfo, error) {
	var none unix.GPIOChipInfo
	paths, err := k.List()
	if err != nil {
		return nil, none, fmt.Errorf("list GPIO chips: %w", err)
	}
	var found Chip
	var is unix.GPIOChipInfo
	var labels []string
	var failed error
	for _, path := range paths {
		c, err := k.Open(path)
		if err != nil {
			if !gone(err) && !errors.Is(err, fs.ErrNotExist) {
				failed = errors.Join(failed, err)
			}
			continue
		}
		info, err := c.Info()
		if err != nil {
			_ = c.Close()
			continue // gone by now
		}
		label, name := text(info.Label[:]), text(info.Name[:])
		labels = append(labels, label)
		switch {
		case label != want && name != want, found != nil && is.Name == info.Name:
			// Another one; or the same one under a second path: some systems
			// link gpiochip4 to gpiochip0 for old programs.
			_ = c.Close()
		case found != nil:
			return nil, none, errors.Join(
				fmt.Errorf("two GPIO chips are labelled %q: write the name, %s or %s: %w", want, text(is.Name[:]), name, hal.ErrUnsupported),
				c.Close(), found.Close())
		default:
			found, is = c, info
		}
	}
	if found != nil {
		return found, is, nil
	}
	slices.Sort(labels)
	there := "none"
	if len(labels) > 0 {
		there = strings.Join(slices.Compact(labels), ", ")
	}
	err = fmt.Errorf("no GPIO chip is labelled %q (there: %s): %w", want, there, hal.ErrGone)
	return nil, none, errors.Join(err, failed)
}

// text is a string that ends with its first zero byte.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// gone tells the errors of a chip that was pulled out.
func gone(err error) bool { return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) }

// notGone drops the errors of a chip that was pulled out: there is nothing left
// to close.
func notGone(err error) error {
	if gone(err) {
		return nil
	}
	return err
}
