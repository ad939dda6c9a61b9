//go:build guest

package guest

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/gpio"
)

// adapter is a USB adapter with four wires, Microchip's MCP2221: the kernel's
// hid-mcp2221 and its GPIO in front, and behind uhid a program that does what
// the chip's data sheet (DS20005565) says.
type adapter struct {
	t   *testing.T
	end func() // of the program, while it is plugged in

	mu     sync.Mutex
	high   [wires]bool
	output [wires]bool
}

const (
	wires   = 4
	message = 64

	lampsURI = "gpio+lamps:///?reader=mcp2221_gpio/0&printer=mcp2221_gpio/1,low"
	door     = 2
	doorURI  = "gpio+switch:///mcp2221_gpio/2?debounce=10ms"
)

// wireReports describes reports of 64 bytes both ways that only a driver of its
// own understands.
var wireReports = []byte{
	0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, // a vendor's own
	0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, message,
	0x09, 0x02, 0x81, 0x02, 0x09, 0x03, 0x91, 0x02, // in and out
	0xC0,
}

func newAdapter(t *testing.T) *adapter {
	t.Helper()
	// They would look for their chips on the adapter's I2C bus, at which this
	// kernel's hid-mcp2221 waits four seconds each time (it is deaf until it is
	// set up; kernels from 6.6 are not).
	for _, m := range []string{lm75, amc6821} {
		if err := unix.DeleteModule(m, 0); err != nil {
			t.Fatalf("unload %s: %v", m, err)
		}
		t.Cleanup(func() {
			if err := load("/modules/"+m, ""); err != nil {
				t.Errorf("load %s: %v", m, err)
			}
		})
	}
	a := &adapter{t: t}
	t.Cleanup(func() {
		if a.end != nil {
			a.unplug()
		}
	})
	return a
}

// chips lists the machine's GPIO chips.
func chips(t *testing.T) []string {
	t.Helper()
	found, err := gpio.Linux{}.List()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (a *adapter) plug() {
	a.t.Helper()
	a.mu.Lock()
	a.output = [wires]bool{} // inputs, after a reset
	a.mu.Unlock()
	f, err := os.OpenFile("/dev/uhid", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		a.t.Fatal(err)
	}
	// Name, place and serial number, size, bus, maker, product, version, country.
	e := binary.NativeEndian.AppendUint32(nil, uhidCreate)
	e = append(e, make([]byte, 128+64+64)...)
	copy(e[4:], "MAU wires")
	e = binary.NativeEndian.AppendUint16(e, uint16(len(wireReports)))
	e = binary.NativeEndian.AppendUint16(e, busUSB)
	for _, v := range []uint32{0x04D8, 0x00DD, 0, 0} {
		e = binary.NativeEndian.AppendUint32(e, v)
	}
	e = append(e, wireReports...)
	if _, err := f.Write(e); err != nil {
		a.t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { a.serve(f) })
	a.end = func() {
		_ = f.Close() // pulls the plug
		running.Wait()
	}
	// Deaf as it is, the kernel's driver asks six times in vain.
	lookFor(a.t, time.Minute, 100*time.Millisecond, "the kernel shows its wires", func() bool { return len(chips(a.t)) == 1 })
}

func (a *adapter) unplug() {
	a.t.Helper()
	a.end()
	a.end = nil
}

// Events of <linux/uhid.h>.
const (
	uhidOutput = 6
	uhidCreate = 11
	uhidInput  = 12

	uhidEvent = 4380 // the size of the longest
	uhidData  = 4096
)

// serve answers until the plug is pulled.
func (a *adapter) serve(f *os.File) {
	e := make([]byte, uhidEvent)
	for {
		n, err := f.Read(e)
		if err != nil {
			return
		}
		clear(e[n:])
		if binary.NativeEndian.Uint32(e) != uhidOutput {
			continue // opened or closed
		}
		size := int(binary.NativeEndian.Uint16(e[4+uhidData:]))
		// Commands are as long as they need be, answers full.
		b := make([]byte, message)
		copy(b, e[4:4+size])
		a.answer(b)
		in := binary.NativeEndian.AppendUint32(nil, uhidInput)
		in = binary.NativeEndian.AppendUint16(in, message)
		if _, err := f.Write(append(in, b...)); err != nil {
			return
		}
	}
}

// answer turns a command into its answer.
func (a *adapter) answer(b []byte) {
	const status, setWires, getWires, unknown = 0x10, 0x50, 0x51, 1
	a.mu.Lock()
	defer a.mu.Unlock()
	b[1] = 0
	switch b[0] {
	case status: // of its I2C bus, which nobody uses
	case setWires: // for each: change it, high, change its direction, input
		for i := range wires {
			w := b[2+4*i:]
			if w[0] != 0 {
				a.high[i] = w[1] != 0
			}
			if w[2] != 0 {
				a.output[i] = w[3] == 0
			}
		}
	case getWires: // for each: high, input
		// Some kernels' drivers take the second for the first, this one's among
		// them, and none needs the direction, which it sets itself.
		for i := range wires {
			b[2+2*i], b[3+2*i] = one(a.high[i]), one(a.high[i])
		}
	default:
		b[1] = unknown
	}
}

func one(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// level is what is on a wire.
func (a *adapter) level(wire int) (high, output bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.high[wire], a.output[wire]
}

// turn opens and shuts the door.
func (a *adapter) turn(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.output[door] {
		a.t.Error("the driver drives a wire that it should only read")
	}
	a.high[door] = on
}

func onWire[D hal.Device](t *testing.T, uri string) func() (D, error) {
	return func() (D, error) { return hal.Open[D](t.Context(), gpio.Registry(gpio.Linux{}, time.Now), uri) }
}

// shows holds the levels of the lamps' wires; the printer's is lit by a low one.
func (a *adapter) shows(what string, reader, printer bool) {
	a.t.Helper()
	r, readerOut := a.level(0)
	p, printerOut := a.level(1)
	if !readerOut || !printerOut || r != reader || p == printer {
		a.t.Errorf("%s: levels are %v and %v, outputs %v and %v", what, r, p, readerOut, printerOut)
	}
}

func (a *adapter) lampsShine(d hal.Lamps) {
	a.t.Helper()
	a.shows("opened", false, false)
	for _, c := range []struct {
		lamp            string
		pattern         hal.Pattern
		reader, printer bool
	}{
		{"reader", hal.Steady, true, false}, {"printer", hal.Steady, true, true},
		{"reader", hal.Dark, false, true}, {"printer", hal.Dark, false, false},
	} {
		if err := d.Set(c.lamp, c.pattern); err != nil {
			a.t.Fatal(err)
		}
		a.shows(c.lamp, c.reader, c.printer)
	}
	if err := d.Set("reader", hal.Invite); err != nil {
		a.t.Fatal(err)
	}
	for range 3 {
		for _, want := range []bool{true, false} {
			until(a.t, "the lamp blinks", func() bool { lit, _ := a.level(0); return lit == want })
		}
	}
	if _, err := onWire[hal.Lamps](a.t, lampsURI)(); !errors.Is(err, unix.EBUSY) {
		a.t.Errorf("opened a second time it gives %v, want EBUSY", err)
	}
}

// doorMoves is for a chip that cannot tell of edges, so that it is looked at.
func (a *adapter) doorMoves(d hal.Switch) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	for _, want := range []bool{true, false, true, false} {
		a.turn(want)
		if on, err := d.Next(ctx); err != nil || on != want || d.On() != want {
			a.t.Fatalf("Next gives %v, %v, want %v", on, err, want)
		}
	}
}

// Package hal's own tests pull such plugs a thousand times; here the kernel takes
// half a minute to find the adapter.
func TestWiresUnplugged(t *testing.T) {
	a := newAdapter(t)
	files := 0
	for i := range 3 {
		a.plug()
		lamps, err := onWire[hal.Lamps](t, lampsURI)()
		if err != nil {
			t.Fatal(err)
		}
		contact, err := onWire[hal.Switch](t, doorURI)()
		if err != nil {
			t.Fatal(err)
		}
		a.lampsShine(lamps)
		a.doorMoves(contact)
		if i == 0 {
			// Closed while they are there: the lamps go out.
			if err := errors.Join(lamps.Set("printer", hal.Steady), lamps.Close(), contact.Close()); err != nil {
				t.Error(err)
			}
			a.shows("closed", false, false)
			a.unplug()
			files = descriptors(t)
			continue
		}
		result := make(chan error, 1)
		go func() {
			_, err := contact.Next(context.Background())
			result <- err
		}()
		a.unplug()
		if err, _ := within(t, seenWithin, "Next after the plug was pulled", result); !errors.Is(err, hal.ErrGone) {
			t.Errorf("Next gives %v, want ErrGone", err)
		}
		lookFor(t, seenWithin, 4*time.Millisecond, "the lamps are missed", func() bool { return lamps.Health().State == hal.Absent })
		if err := lamps.Set("reader", hal.Steady); !errors.Is(err, hal.ErrGone) {
			t.Errorf("Set gives %v after the plug was pulled, want ErrGone", err)
		}
		for _, d := range []hal.Device{lamps, contact} {
			if h := d.Health(); h.State != hal.Absent || h.Key == hal.KeyOK || !errors.Is(h.Err, hal.ErrGone) {
				t.Errorf("%s is %v %q %v", d.URI(), h.State, h.Key, h.Err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := onWire[hal.Lamps](t, lampsURI)(); !errors.Is(err, hal.ErrGone) {
			t.Errorf("opening what is not there gives %v, want ErrGone", err)
		}
		if n := descriptors(t); n > files {
			t.Errorf("%d files are open, %d before", n, files)
		}
	}
}
