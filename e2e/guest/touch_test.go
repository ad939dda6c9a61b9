//go:build guest

package guest

import (
	"bytes"
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
	synDropped              = 3
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
	if _, err := g.f.Write(record(append(events, [3]int32{evSyn, 0, 0}))); err != nil {
		g.t.Fatal(err)
	}
}

func record(events [][3]int32) (b []byte) {
	for _, e := range events {
		b = append(b, make([]byte, 16)...) // the kernel takes the time itself
		b = binary.NativeEndian.AppendUint16(b, uint16(e[0]))
		b = binary.NativeEndian.AppendUint16(b, uint16(e[1]))
		b = binary.NativeEndian.AppendUint32(b, uint32(e[2]))
	}
	return b
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
	return opened(t, openGlass)
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

func TestTouchIsGrabbed(t *testing.T) {
	g := newGlass(t)
	g.plug()
	hears := eavesdrop(t, glassName)
	s, err := hal.Open[hal.TouchScreen](t.Context(), hal.Registry{"evdev": evdev.Opener(evdev.Panel{}, time.Now)}, glassURI+"&grab=1")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		g.down(100, 100)
		g.up()
		for _, kind := range []hal.TouchKind{hal.TouchDown, hal.TouchUp} {
			if got, err := s.Next(t.Context()); err != nil || got.Kind != kind {
				t.Errorf("%+v, %v, want kind %d", got, err, kind)
			}
		}
	}
	if len(hears()) > 0 {
		t.Error("another program feels where the glass is touched")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	g.down(100, 100)
	if len(hears()) == 0 {
		t.Error("the glass is still grabbed after Close")
	}
}

// flood writes so many reports at once that the kernel's queue runs over: while
// a raw call is under way nothing else of this program runs on the machine's
// only processor.
func (g *glass) flood(events [][3]int32) {
	g.t.Helper()
	b := record(events)
	if n, _, no := unix.RawSyscall(unix.SYS_WRITE, g.f.Fd(), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))); no != 0 || int(n) != len(b) {
		g.t.Fatalf("uinput took %d of %d bytes: %v", n, len(b), no)
	}
}

// What the kernel had to drop shows in no wrong place, and in no finger that
// stays on the glass for ever.
func TestTouchThatTheKernelDropped(t *testing.T) {
	g := newGlass(t)
	g.plug()
	s := g.open(t)
	defer s.Close()
	hears := eavesdrop(t, glassName)
	dropped := record([][3]int32{{evSyn, synDropped, 0}})[16:]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	drag := func(lift bool) (events [][3]int32) {
		for n := range int32(2000) {
			events = append(events, [3]int32{evAbs, mtX, n}, [3]int32{evAbs, mtY, 2 * n}, [3]int32{evSyn, 0, 0})
		}
		if lift {
			events = append(events, [3]int32{evAbs, mtID, -1}, [3]int32{evKey, btnTouch, 0}, [3]int32{evSyn, 0, 0})
		}
		return events
	}
	for i := range 5 {
		lift := i%2 == 0
		g.down(0, 0)
		if touch, err := s.Next(ctx); err != nil || touch.Kind != hal.TouchDown {
			t.Fatalf("%+v, %v, want a finger", touch, err)
		}
		g.flood(drag(lift))
		if !bytes.Contains(hears(), dropped) {
			t.Error("the kernel has dropped nothing")
		}
		for last, is := (hal.Touch{}), false; !is; {
			touch, err := s.Next(ctx)
			if err != nil {
				t.Fatalf("after %+v: %v", last, err)
			}
			if last = touch; lift {
				is = touch.Kind == hal.TouchUp || touch.Kind == hal.TouchCancel
			} else {
				is = touch.X == 1999*1080/(glassMax+1) // the last place
			}
		}
		if !lift {
			g.up()
			if touch, err := s.Next(ctx); err != nil || touch.Kind != hal.TouchUp {
				t.Errorf("%+v, %v, want the finger to lift", touch, err)
			}
		}
	}
}

func TestTouchUnplugged(t *testing.T) {
	g := newGlass(t)
	haltest.PlugCycles(t, score, func(t *testing.T) (hal.TouchScreen, func()) {
		missing(t, openGlass)
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
