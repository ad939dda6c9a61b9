package gpio

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"tram06/hal/ioctl"
)

// Kernel is the kernel's character-device interface to GPIO chips, version 2.
// Package sim has another behind the same methods.
type Kernel interface {
	// List gives the paths of the chips.
	List() ([]string, error)
	Open(path string) (Chip, error)
}

// Chip is an open chip; its methods are ioctls.
type Chip interface {
	Info() (unix.GPIOChipInfo, error)
	Line(offset uint32) (unix.GPIOV2LineInfo, error)
	Request(r *unix.GPIOV2LineRequest) (Lines, error)
	Close() error
}

// Lines are the lines of one request. Levels are those of the wire, unless the
// request said that they are active low. Read gives whole records of edges and
// blocks until there is one; Close ends it.
type Lines interface {
	Get(v *unix.GPIOV2LineValues) error
	Set(v *unix.GPIOV2LineValues) error
	Read(records []byte) (int, error)
	Close() error
}

// Flags of <linux/gpio.h>, which x/sys has not.
const (
	FlagUsed        = 1 << 0
	FlagActiveLow   = 1 << 1
	FlagInput       = 1 << 2
	FlagOutput      = 1 << 3
	FlagEdgeRising  = 1 << 4
	FlagEdgeFalling = 1 << 5
	FlagPullUp      = 1 << 8
	FlagPullDown    = 1 << 9
	FlagNoPull      = 1 << 10
)

// RecordSize is the size of a record that tells of an edge.
const RecordSize = int(unsafe.Sizeof(unix.GPIOV2LineEvent{}))

// Linux is this machine's kernel.
type Linux struct{}

// List gives the paths of the chips' device files.
func (Linux) List() ([]string, error) { return filepath.Glob("/dev/gpiochip*") }

// Open opens a chip, which takes none of its lines.
func (Linux) Open(path string) (Chip, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return linuxChip{f}, nil
}

type linuxChip struct{ f *os.File }

func (c linuxChip) Info() (i unix.GPIOChipInfo, err error) {
	err = ioctl.Do(c.f, unix.GPIO_GET_CHIPINFO_IOCTL, &i)
	return i, err
}

func (c linuxChip) Line(offset uint32) (unix.GPIOV2LineInfo, error) {
	i := unix.GPIOV2LineInfo{Offset: offset}
	err := ioctl.Do(c.f, unix.GPIO_V2_GET_LINEINFO_IOCTL, &i)
	return i, err
}

func (c linuxChip) Request(r *unix.GPIOV2LineRequest) (Lines, error) {
	if err := ioctl.Do(c.f, unix.GPIO_V2_GET_LINE_IOCTL, r); err != nil {
		return nil, err
	}
	// Not blocking, it joins the runtime's poller, so that Close ends a Read.
	if err := unix.SetNonblock(int(r.Fd), true); err != nil {
		return nil, errors.Join(err, unix.Close(int(r.Fd)))
	}
	return &linuxLines{f: os.NewFile(uintptr(r.Fd), "gpio-line")}, nil
}

func (c linuxChip) Close() error { return c.f.Close() }

type linuxLines struct {
	f    *os.File
	once sync.Once
}

func (l *linuxLines) Get(v *unix.GPIOV2LineValues) error {
	return ioctl.Do(l.f, unix.GPIO_V2_LINE_GET_VALUES_IOCTL, v)
}

func (l *linuxLines) Set(v *unix.GPIOV2LineValues) error {
	return ioctl.Do(l.f, unix.GPIO_V2_LINE_SET_VALUES_IOCTL, v)
}

func (l *linuxLines) Read(records []byte) (int, error) { return l.f.Read(records) }

func (l *linuxLines) Close() (err error) {
	l.once.Do(func() { err = l.f.Close() })
	return err
}
