package evdev

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Opener opens the scheme evdev. panel is the board's; now stamps touches.
func Opener(panel Panel, now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p, err := parseURI(u, panel)
		if err != nil {
			return nil, err
		}
		path := u.Path
		if p.name != "" {
			if path, err = find("/dev/input", p.name); err != nil {
				return nil, err
			}
		}
		return open(path, u.String(), p, now)
	}
}

// find looks for the device whose name holds want.
func find(dir, want string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "event*"))
	if err != nil {
		return "", fmt.Errorf("list input devices: %w", err)
	}
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			continue // another program's, or gone by now
		}
		name, err := deviceName(f)
		_ = f.Close()
		if err == nil && strings.Contains(strings.ToLower(name), strings.ToLower(want)) {
			return path, nil
		}
	}
	return "", fmt.Errorf("no input device is named like %q: %w", want, hal.ErrGone)
}

func open(path, uri string, p params, now func() time.Time) (hal.Device, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("touch device: %w: %w", hal.ErrGone, err)
	}
	c := Config{Panel: p.panel, Now: now}
	if err := describe(f, &c, p.grab); err != nil {
		return nil, errors.Join(fmt.Errorf("touch device: %w", err), f.Close())
	}
	return New(uri, f, c), nil
}

// absInfo is the kernel's struct input_absinfo.
type absInfo struct {
	Value, Min, Max, Fuzz, Flat, Resolution int32
}

// Request numbers of <linux/input.h>, built as _IOC(direction, 'E', nr, size).
func request(read bool, nr, size uintptr) uintptr {
	dir := uintptr(1)
	if read {
		dir = 2
	}
	return dir<<30 | size<<16 | 'E'<<8 | nr
}

func ioctl(f *os.File, req uintptr, arg unsafe.Pointer) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var no unix.Errno
	if err := conn.Control(func(fd uintptr) {
		_, _, no = unix.Syscall(unix.SYS_IOCTL, fd, req, uintptr(arg))
	}); err != nil {
		return err
	}
	if no != 0 {
		return no
	}
	return nil
}

func deviceName(f *os.File) (string, error) {
	b := make([]byte, 256)
	if err := ioctl(f, request(true, 0x06, uintptr(len(b))), unsafe.Pointer(&b[0])); err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(string(b), "\x00")
	return name, nil
}

func axis(f *os.File, code uintptr) (absInfo, error) {
	var a absInfo
	err := ioctl(f, request(true, 0x40+code, unsafe.Sizeof(a)), unsafe.Pointer(&a))
	return a, err
}

// axes gives the set of absolute axes that the device has.
func axes(f *os.File) (uint64, error) {
	var b [8]byte
	err := ioctl(f, request(true, 0x20+evAbs, uintptr(len(b))), unsafe.Pointer(&b[0]))
	return binary.LittleEndian.Uint64(b[:]), err
}

// describe fills c from the kernel.
func describe(f *os.File, c *Config, grab bool) error {
	has, err := axes(f)
	if err != nil {
		return fmt.Errorf("no input device: %w: %w", hal.ErrUnsupported, err)
	}
	c.Multi = has>>absSlot&1 == 1 && has>>absMultiX&1 == 1 && has>>absMultiY&1 == 1
	codeX, codeY := uintptr(absX), uintptr(absY)
	if c.Multi {
		codeX, codeY = absMultiX, absMultiY
	}
	if has>>codeX&1 == 0 || has>>codeY&1 == 0 {
		return fmt.Errorf("a device without absolute axes is no touch panel: %w", hal.ErrUnsupported)
	}
	x, errX := axis(f, codeX)
	y, errY := axis(f, codeY)
	if err := errors.Join(errX, errY); err != nil {
		return fmt.Errorf("axes: %w", err)
	}
	c.X, c.Y = Range{x.Min, x.Max}, Range{y.Min, y.Max}
	c.sync = func() (snapshot, error) { return ask(f, c.Multi) }
	if grab {
		// EVIOCGRAB takes its argument by value.
		if err := grabDevice(f); err != nil {
			return fmt.Errorf("grab: %w", err)
		}
	}
	return nil
}

func grabDevice(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		inner = unix.IoctlSetInt(int(fd), uint(request(false, 0x90, 4)), 1)
	})
	return errors.Join(err, inner)
}

// ask reads the kernel's present state.
func ask(f *os.File, multi bool) (snapshot, error) {
	s := snapshot{one: contact{id: -1}}
	if !multi {
		x, errX := axis(f, absX)
		y, errY := axis(f, absY)
		var keys [96]byte
		errK := ioctl(f, request(true, 0x18, uintptr(len(keys))), unsafe.Pointer(&keys[0]))
		s.one.x, s.one.y = x.Value, y.Value
		for _, k := range []int{btnTouch, btnLeft} {
			if keys[k/8]>>(k%8)&1 == 1 {
				s.one.id = 0
			}
		}
		return s, errors.Join(errX, errY, errK)
	}
	slot, err := axis(f, absSlot)
	if err != nil {
		return s, err
	}
	s.slot = int(slot.Value)
	s.slots = make([]contact, min(max(int(slot.Max)+1, 1), maxSlots))
	for code, set := range map[int32]func(c *contact, v int32){
		absTrackingID: func(c *contact, v int32) { c.id = v },
		absMultiX:     func(c *contact, v int32) { c.x = v },
		absMultiY:     func(c *contact, v int32) { c.y = v },
	} {
		// struct { __u32 code; __s32 values[] }
		req := make([]int32, 1+len(s.slots))
		req[0] = code
		if err := ioctl(f, request(true, 0x0A, uintptr(4*len(req))), unsafe.Pointer(&req[0])); err != nil {
			return s, err
		}
		for i := range s.slots {
			set(&s.slots[i], req[i+1])
		}
	}
	return s, nil
}
