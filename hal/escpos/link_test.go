package escpos_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"escpos+serial:///dev/ttyS9?baud=9600":         "115200 or more",
		"escpos+serial:///dev/ttyS9?baud=fast":         "no number",
		"escpos+serial:///dev/ttyS9?baud=250000":       "want 115200, 230400",
		"escpos+serial:///dev/ttyS9?parity=mark":       "want none or even or odd",
		"escpos+serial:///dev/ttyS9?flow=dtrdsr":       "want none or rtscts or xonxoff",
		"escpos+tcp://127.0.0.1:1?baud=115200":         "unknown parameter",
		"escpos+tcp:///10.0.0.1":                       "after two slashes",
		"escpos+tcp://:9100":                           "after two slashes",
		"escpos+usb://dev/usb/lp0":                     "after three slashes",
		"escpos+serial://dev/ttyS9":                    "after three slashes",
		"escpos+usb:///dev/usb/lp0?width=12mm":         "want dots",
		"escpos+usb:///dev/usb/lp0?width=4000":         "want dots",
		"escpos+usb:///dev/usb/lp0?wide=576":           "unknown parameter",
		"escpos+usb:///dev/usb/lp0?serial=42":          "either the path",
		"escpos+usb:///?vid=4b8":                       "four hexadecimal digits",
		"escpos+usb:///nowhere/lp0":                    "device gone",
		"escpos+serial:///nowhere/ttyS0":               "device gone",
		"escpos+tcp://127.0.0.1:1":                     "device gone",
		"escpos+usb:///?vid=04b8&pid=ffff&serial=n%20": "device gone",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		o := quick
		o.Sysfs = t.TempDir()
		if d, err := escpos.Opener(o)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", uri, d, err, want)
		}
	}
}

// A page is refused with words that say what to do about it.
func TestNarrowPaper(t *testing.T) {
	s := newPress(t, "escpos+tcp", sim.Options{Width: 384}, escpos.Options{Width: 384})
	if w, _ := s.dev.Dots(); w != 384 {
		t.Fatalf("%d dots", w)
	}
	err := s.dev.Print(t.Context(), "wide", receipt(576, 100, 1))
	if !errors.Is(err, escpos.ErrPage) || !strings.Contains(err.Error(), "width=") {
		t.Fatalf("%v", err)
	}
	if err := s.dev.Print(t.Context(), "narrow", receipt(384, 700, 1)); err != nil {
		t.Fatal(err)
	}
	samePicture(t, s.Papers()[0], receipt(384, 700, 1))
}

// term makes a terminal raw, as the kernel's printer device always is.
func term(f *os.File) (*unix.Termios, error) {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return nil, err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	return t, unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
}

func TestSerialSettings(t *testing.T) {
	const in = unix.IGNBRK | unix.INPCK | unix.IGNPAR // breaks and broken bytes are no answers
	for query, want := range map[string]struct{ in, control, baud uint32 }{
		"":                                {in, 0, 115200},
		"baud=921600":                     {in, 0, 921600},
		"parity=even":                     {in, 0, 115200},
		"parity=odd&baud=230400":          {in, unix.PARODD, 230400},
		"flow=rtscts":                     {in, unix.CRTSCTS, 115200},
		"flow=xonxoff&parity=none":        {in | unix.IXON, 0, 115200},
		"flow=none&width=384&baud=460800": {in, 0, 460800},
	} {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse("escpos+serial://" + slave.Name() + "?" + query)
		d, err := escpos.Opener(escpos.Options{Reply: time.Millisecond})(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS2)
		if err != nil {
			t.Fatal(err)
		}
		// A pseudo terminal forgets PARENB: it has no wire to put it on.
		if control := got.Cflag &^ (unix.BOTHER | unix.CS8 | unix.CREAD | unix.CLOCAL | unix.PARENB); got.Iflag != want.in || control != want.control || got.Lflag != 0 || got.Oflag != 0 || got.Ispeed != want.baud || got.Ospeed != want.baud {
			t.Errorf("%q: input %x, control %x, local %x, output %x, %d and %d baud, want %+v", query, got.Iflag, control, got.Lflag, got.Oflag, got.Ispeed, got.Ospeed, want)
		}
		_ = d.Close()
		_ = slave.Close()
		_ = master.Close()
	}
}

// Some printers hold up the line (XOFF) while they cannot print, so that they
// cannot even be asked. They are not gone, and Close is not held up either.
func TestPrinterThatHoldsUpTheLine(t *testing.T) {
	o := escpos.Options{Poll: 10 * time.Millisecond, Reply: 100 * time.Millisecond}
	s := newPress(t, "escpos+serial", sim.Options{}, o)
	_ = s.dev.Close()
	u, _ := url.Parse(s.uri + "?flow=xonxoff")
	d, err := s.open(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	p := d.(*escpos.Printer)
	s.dev = p
	if err := p.Print(t.Context(), "first", receipt(576, 900, 1)); err != nil {
		t.Fatal(err)
	}
	s.Cover(true)
	until(t, p, hal.Fault, hal.KeyCoverOpen)
	flow := func(b byte, want error) {
		t.Helper()
		probe, err := unix.Open(s.file, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(probe)
		if _, err := s.far.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for watchdog := time.After(20 * time.Second); ; {
			if _, err := unix.Write(probe, []byte{0}); err == want { // printers pass over NULs
				return
			}
			select {
			case <-look.C:
			case <-watchdog:
				t.Fatalf("the line does not heed %02X", b)
			}
		}
	}
	flow(0x13, unix.EAGAIN)
	for range 3 {
		if err := p.Print(t.Context(), "second", receipt(576, 900, 1)); !errors.Is(err, hal.ErrCoverOpen) {
			t.Fatalf("%v, want ErrCoverOpen", err)
		}
	}
	flow(0x11, nil)
	s.Cover(false)
	until(t, p, hal.Ready, hal.KeyOK)
	if err := p.Print(t.Context(), "second", receipt(576, 900, 1)); err != nil {
		t.Fatal(err)
	}
	flow(0x13, unix.EAGAIN)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// Some USB printers say "end of file" whenever they have nothing to tell, as
// this device does for ever.
func TestDeviceThatHasNothingToTell(t *testing.T) {
	u, _ := url.Parse("escpos+usb:///dev/null")
	d, err := escpos.Opener(escpos.Options{Reply: 10 * time.Millisecond})(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	p := d.(*escpos.Printer)
	until(t, p, hal.Degraded, hal.KeyPrinterUnknown)
	if err := p.Print(t.Context(), "job", receipt(64, 8, 1)); !errors.Is(err, hal.ErrJobUnknown) {
		t.Errorf("%v, want ErrJobUnknown", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// plant lays out what the kernel tells of a USB printer.
func plant(t *testing.T, sys, name string, attributes map[string]string) {
	t.Helper()
	face := filepath.Join(sys, "devices", name, "1-1:1.0")
	class := filepath.Join(sys, "class", "usbmisc", name)
	for _, dir := range []string{face, class} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(face, filepath.Join(class, "device")); err != nil {
		t.Fatal(err)
	}
	for file, value := range attributes {
		if err := os.WriteFile(filepath.Join(face, file), []byte(value+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUSBPrintersAreFound(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(dev, "usb"), 0o755); err != nil {
		t.Fatal(err)
	}
	plant(t, sys, "lp0", map[string]string{"../idVendor": "04b8", "../idProduct": "0e15", "../serial": "A1",
		"../manufacturer": "someone", "ieee1284_id": "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:\x01 0042 ;"})
	plant(t, sys, "lp1", map[string]string{"../idVendor": "0483", "../idProduct": "5743", "../serial": "B2",
		"../manufacturer": "Máy In", "../product": "POS80"})
	s := newPress(t, "escpos+usb", sim.Options{Is: sim.About{Maker: "told", Model: "told", Serial: "told", Firmware: "2.1"}}, quick)
	for _, name := range []string{"lp0", "lp1"} { // both lead to the one that there is
		if err := os.Symlink(s.file, filepath.Join(dev, "usb", name)); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.dev.Close()
	o := quick
	o.Sysfs, o.Dev = sys, dev
	open := escpos.Opener(o)
	for query, want := range map[string]hal.Identity{
		"vid=04B8":                    {Maker: "EPSON", Model: "TM-T20II", Serial: "0042", Firmware: "2.1"},
		"serial=A1&vid=04b8&pid=0e15": {Maker: "EPSON", Model: "TM-T20II", Serial: "0042", Firmware: "2.1"},
		"serial=B2":                   {Maker: "My In", Model: "POS80", Serial: "B2", Firmware: "2.1"},
	} {
		u, _ := url.Parse("escpos+usb:///?" + query)
		d, err := open(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		p := d.(*escpos.Printer)
		if err := p.Print(t.Context(), query, receipt(576, 40, 1)); err != nil {
			t.Fatal(err)
		}
		select { // a busy machine may need longer than Open waits
		case <-p.Met():
		case <-time.After(20 * time.Second):
			t.Fatal("the printer does not tell about itself")
		}
		if got := p.Identity(); got != want {
			t.Errorf("%s: %+v, want %+v", query, got, want)
		}
		_ = d.Close()
	}
	if err := os.Symlink("usb/lp1", filepath.Join(dev, "printer")); err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse("escpos+usb://" + filepath.Join(dev, "printer"))
	d, err := open(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.(hal.Identified).Identity(); got.Model != "POS80" {
		t.Errorf("by a name of udev's: %+v", got)
	}
	_ = d.Close()
	for query, want := range map[string]string{"": "lp0, lp1", "serial=C3": "no such USB printer among 2"} {
		u, _ := url.Parse("escpos+usb:?" + query)
		if d, err := open(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %q", query, d, err, want)
		}
	}
}
