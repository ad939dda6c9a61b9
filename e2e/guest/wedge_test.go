//go:build guest

package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/wedge"
)

const (
	wedgeURI = "wedge:///?name=MAU+wedge"
	typed    = "001090000638|01011990|01072021"
)

// bootKeyboard describes reports of the boot protocol's eight bytes: modifiers,
// one that is reserved, and six keys that are down (HID 1.11, appendix B).
var bootKeyboard = []byte{
	0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, // a keyboard
	0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, // modifiers
	0x95, 0x01, 0x75, 0x08, 0x81, 0x03, // reserved
	0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, // keys
	0xC0,
}

// keys is a USB device that plays a keyboard: the kernel's usbhid in front.
type keys struct {
	t     *testing.T
	name  string // maker and product, as the kernel joins them
	cable *gadget
	out   *os.File // while it is plugged in
}

func newKeys(t *testing.T, product string) *keys {
	t.Helper()
	k := &keys{t: t, name: "MAU " + product, cable: newGadget(t, product, 2, "hid.0", map[string]string{
		"protocol": "1", "subclass": "1", "report_length": "8", "report_desc": string(bootKeyboard),
	})}
	t.Cleanup(func() {
		if k.out != nil {
			k.unplug()
		}
	})
	return k
}

// node is an input device's file, "" if there is none of that name.
func node(t *testing.T, name string) string {
	t.Helper()
	names, err := filepath.Glob("/sys/class/input/event*/device/name")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range names {
		// One that is being pulled has no name any more.
		if b, _ := os.ReadFile(path); strings.TrimSpace(string(b)) == name {
			return "/dev/input/" + filepath.Base(filepath.Dir(filepath.Dir(path)))
		}
	}
	return ""
}

// eavesdrop opens an input device as any other program might, and gives what it
// heard since the last look.
func eavesdrop(t *testing.T, name string) (hears func() []byte) {
	t.Helper()
	f, err := os.OpenFile(node(t, name), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return func() []byte {
		buf := make([]byte, 1<<16)
		n, err := unix.Read(int(f.Fd()), buf)
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		return buf[:max(n, 0)]
	}
}

func (k *keys) plug() {
	k.t.Helper()
	// The kernel takes a pulled keyboard away some time later.
	k.is(false)
	k.cable.plug()
	k.is(true)
	f, err := os.OpenFile("/dev/hidg0", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	k.out = f
}

// is waits until the kernel has found the keyboard, or has taken it away.
func (k *keys) is(there bool) {
	k.t.Helper()
	lookFor(k.t, patience, 20*time.Millisecond, fmt.Sprintf("the keyboard's presence is %v", there),
		func() bool { return (node(k.t, k.name) != "") == there })
}

func (k *keys) unplug() {
	k.t.Helper()
	k.cable.unplug()
	_ = k.out.Close()
	k.out = nil
}

// Keys of the HID usage tables, page 7, and a modifier of the boot protocol.
const (
	usageOne, usageZero, usageEnter, usageBackslash, usageUp = 0x1E, 0x27, 0x28, 0x31, 0x52
	shift                                                    = 0x02
)

// settles waits as the hand does that brings a code. The kernel drops what a
// keyboard sends within 50 ms of its first opening, which is by its console
// (usbhid_open); ours may come in the middle of that.
func (k *keys) settles() { <-time.After(100 * time.Millisecond) }

// holds presses a key down and leaves it there; 0 releases all.
func (k *keys) holds(modifiers, key byte) {
	k.t.Helper()
	if _, err := k.out.Write([]byte{modifiers, 0, key, 0, 0, 0, 0, 0}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keys) presses(modifiers, key byte) {
	k.t.Helper()
	k.holds(modifiers, key)
	k.holds(0, 0)
}

// types presses and releases the keys of a text, and Enter.
func (k *keys) types(text string) {
	k.t.Helper()
	for _, c := range []byte(text) {
		switch {
		case c == '0':
			k.presses(0, usageZero)
		case c >= '1' && c <= '9':
			k.presses(0, usageOne+c-'1')
		case c == '|':
			k.presses(shift, usageBackslash)
		default:
			k.t.Fatalf("no key for %q", c)
		}
	}
	k.presses(0, usageEnter)
}

func openWedge(ctx context.Context) (hal.Scanner, error) {
	return hal.Open[hal.Scanner](ctx, hal.Registry{"wedge": wedge.Opener(time.Now)}, wedgeURI)
}

func (k *keys) open(t *testing.T) hal.Scanner {
	t.Helper()
	return opened(t, openWedge)
}

func TestWedgeConformance(t *testing.T) {
	k := newKeys(t, "wedge")
	k.plug()
	haltest.Scanner(t, k.open)
}

// While the driver has it, nobody else hears a key; afterwards all do.
func TestWedgeIsGrabbed(t *testing.T) {
	k := newKeys(t, "wedge")
	k.plug()
	hears := eavesdrop(t, k.name)
	s := k.open(t)
	s.Arm(true)
	for range 3 {
		k.types(typed)
		scan, err := s.Next(t.Context())
		if err != nil || !bytes.Equal(scan.Data, []byte(typed)) || !scan.Lossy {
			t.Errorf("the driver gives %q, lossy %v, %v", scan.Data, scan.Lossy, err)
		}
	}
	if len(hears()) > 0 {
		t.Error("another program hears what is scanned")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k.types(typed)
	until(t, "keys are free again", func() bool { return len(hears()) > 0 })
}

func TestWedgeUnplugged(t *testing.T) {
	k := newKeys(t, "wedge")
	haltest.PlugCycles(t, score, func(t *testing.T) (hal.Scanner, func()) {
		k.plug()
		s := k.open(t)
		s.Arm(true)
		return s, func() {
			k.unplug()
			k.is(false)
			missing(t, openWedge)
		}
	}, next)
}

func TestWedgeHeals(t *testing.T) {
	k := newKeys(t, "wedge")
	k.plug()
	cord[hal.Scanner]{
		name: "keyboard scanner (usbhid)", uri: wedgeURI, key: hal.KeyScannerGone,
		open: wedge.Opener(time.Now), plug: k.plug, unplug: k.unplug,
		works: func(s hal.Scanner) error {
			s.Arm(true)
			k.settles()
			k.types(typed)
			scan, err := s.Next(t.Context())
			if err == nil && string(scan.Data) != typed {
				err = fmt.Errorf("%q came over, lossy: %v", scan.Data, scan.Lossy)
			}
			return err
		},
	}.heals(t)
}
