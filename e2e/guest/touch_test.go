//go:build guest

package guest

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/haltest"
)

const (
	glassName = "Tram 06 test glass"
	glassURI  = "evdev:///?name=Tram+06+test+glass&w=1080&h=1920"
	glassMax  = 4095
)

// Numbers of <linux/input-event-codes.h>.
const (
	evSyn, evKey, evAbs     = 0, 1, 3
	btnTouch                = 0x14A
	absX, absY              = 0, 1
	mtSlot, mtX, mtY, mtID  = 0x2F, 0x35, 0x36, 0x39
	propDirect              = 1
	busUSB                  = 3
	sizeSetup, sizeAbsSetup = 92, 28
)

// Requests of <linux/uinput.h>: _IOW('U', number, size).
func request(number, size uintptr) uintptr { return 1<<30 | size<<16 | 'U'<<8 | number }

var (
	uiCreate   = uintptr('U'<<8 | 1)
	uiSetup    = request(3, sizeSetup)
	uiAbsSetup = request(4, sizeAbsSetup)
	uiEvBit    = request(100, 4)
	uiKeyBit   = request(101, 4)
	uiAbsBit   = request(103, 4)
	uiPropBit  = request(110, 4)
)

// glass is a multitouch panel; its maker is this program.
type glass struct {
	t *testing.T
	f *os.File // nil while it is unplugged
	n int32    // fingers so far
}

func newGlass(t *testing.T) *glass {
	g := &glass{t: t}
	t.Cleanup(func() {
		if g.f != nil {
			g.unplug()
		}
	})
	return g
}

func (g *glass) ioctl(req, arg uintptr) {
	g.t.Helper()
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, g.f.Fd(), req, arg); no != 0 {
		g.t.Fatalf("uinput: request %#x: %v", req, no)
	}
}

func (g *glass) plug() {
	g.t.Helper()
	f, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	g.f = f
	g.ioctl(uiEvBit, evKey)
	g.ioctl(uiEvBit, evAbs)
	g.ioctl(uiKeyBit, btnTouch)
	g.ioctl(uiPropBit, propDirect)
	for axis, top := range map[uint16]uint32{absX: glassMax, absY: glassMax, mtSlot: 9, mtX: glassMax, mtY: glassMax, mtID: 65535} {
		g.ioctl(uiAbsBit, uintptr(axis))
		var a [sizeAbsSetup]byte // code, filling, then value, min, max, fuzz, flat, resolution
		binary.NativeEndian.PutUint16(a[:], axis)
		binary.NativeEndian.PutUint32(a[12:], top)
		g.ioctl(uiAbsSetup, uintptr(unsafe.Pointer(&a)))
	}
	var s [sizeSetup]byte // bus, vendor, product, version, name, force feedback
	binary.NativeEndian.PutUint16(s[:], busUSB)
	binary.NativeEndian.PutUint16(s[2:], 0x0525)
	copy(s[8:], glassName)
	g.ioctl(uiSetup, uintptr(unsafe.Pointer(&s)))
	g.ioctl(uiCreate, 0)
}

// unplug is what closing does: whoever has it open gets ENODEV.
func (g *glass) unplug() {
	g.t.Helper()
	if err := g.f.Close(); err != nil {
		g.t.Fatal(err)
	}
	g.f = nil
}

// says writes events, each of type, code and value, and a report behind them.
func (g *glass) says(events ...[3]int32) {
	g.t.Helper()
	var b []byte
	for _, e := range append(events, [3]int32{evSyn, 0, 0}) {
		b = append(b, make([]byte, 16)...) // the kernel takes the time itself
		b = binary.NativeEndian.AppendUint16(b, uint16(e[0]))
		b = binary.NativeEndian.AppendUint16(b, uint16(e[1]))
		b = binary.NativeEndian.AppendUint32(b, uint32(e[2]))
	}
	if _, err := g.f.Write(b); err != nil {
		g.t.Fatal(err)
	}
}

func (g *glass) down(x, y int32) {
	g.n++
	g.says([3]int32{evAbs, mtSlot, 0}, [3]int32{evAbs, mtID, g.n}, [3]int32{evAbs, mtX, x}, [3]int32{evAbs, mtY, y},
		[3]int32{evKey, btnTouch, 1}, [3]int32{evAbs, absX, x}, [3]int32{evAbs, absY, y})
}

func (g *glass) up() {
	g.says([3]int32{evAbs, mtSlot, 0}, [3]int32{evAbs, mtID, -1}, [3]int32{evKey, btnTouch, 0})
}

func openGlass(ctx context.Context) (hal.TouchScreen, error) {
	return hal.Open[hal.TouchScreen](ctx, hal.Registry{"evdev": evdev.Opener(evdev.Panel{}, time.Now)}, glassURI)
}

func (g *glass) open(t *testing.T) hal.TouchScreen {
	t.Helper()
	s, err := openGlass(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTouchConformance(t *testing.T) {
	g := newGlass(t)
	g.plug()
	haltest.TouchScreen(t, g.open)
}

func TestTouchGivesThePlace(t *testing.T) {
	g := newGlass(t)
	g.plug()
	s := g.open(t)
	defer s.Close()
	var slowest time.Duration
	next := func(kind hal.TouchKind, x, y int) {
		t.Helper()
		began := time.Now()
		got, err := s.Next(t.Context())
		slowest = max(slowest, time.Since(began))
		if err != nil || got.Kind != kind || got.X != x || got.Y != y {
			t.Fatalf("%+v, %v, want kind %d at %d, %d", got, err, kind, x, y)
		}
	}
	const rounds = 50
	for range rounds {
		for _, c := range []struct{ rx, ry, x, y int32 }{
			{0, 0, 0, 0}, {glassMax, glassMax, 1079, 1919}, {0, glassMax, 0, 1919}, {2048, 2048, 540, 960},
		} {
			g.down(c.rx, c.ry)
			next(hal.TouchDown, int(c.x), int(c.y))
			g.up()
			next(hal.TouchUp, int(c.x), int(c.y))
		}
	}
	measured(t, "touch: the kernel's event until the driver gives it", slowest, 5*time.Millisecond,
		"evdev; the longest of %d", rounds*8)
}

func TestTouchUnplugged(t *testing.T) {
	g := newGlass(t)
	haltest.PlugCycles(t, score, func(t *testing.T) (hal.TouchScreen, func()) {
		if _, err := openGlass(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Errorf("opening what is not there gives %v, want ErrGone", err)
		}
		g.plug()
		return g.open(t), g.unplug
	}, func(ctx context.Context, s hal.TouchScreen) error {
		_, err := s.Next(ctx)
		if !errors.Is(err, unix.ENODEV) {
			t.Errorf("Next gives %v, want ENODEV", err)
		}
		return err
	})
}

func TestTouchHeals(t *testing.T) {
	g := newGlass(t)
	g.plug()
	cord[hal.TouchScreen]{
		name: "touch panel (evdev)", uri: glassURI, key: hal.KeyTouchGone,
		open: evdev.Opener(evdev.Panel{}, time.Now), plug: g.plug, unplug: g.unplug,
		works: func(s hal.TouchScreen) error {
			g.down(0, 0)
			g.up()
			for _, kind := range []hal.TouchKind{hal.TouchDown, hal.TouchUp} {
				if got, err := s.Next(t.Context()); err != nil || got.Kind != kind {
					return errors.Join(errors.New("a tap came over wrong"), err)
				}
			}
			return nil
		},
	}.heals(t)
}
