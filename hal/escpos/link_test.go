package escpos_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"escpos+serial:///dev/ttyS9?baud=9600": "115200 or more",
		"escpos+serial:///dev/ttyS9?baud=fast": "no number",
		"escpos+usb:///dev/usb/lp0?width=12mm": "want dots",
		"escpos+usb:///dev/usb/lp0?wide=576":   "unknown parameter",
		"escpos+usb:///nowhere/lp0":            "device gone",
		"escpos+serial:///nowhere/ttyS0":       "device gone",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := escpos.Opener(quick)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", uri, d, err, want)
		}
	}
}

// A serial printer and a USB printer, both played by a pseudo terminal.
func TestDeviceFiles(t *testing.T) {
	for _, scheme := range []string{"escpos+serial", "escpos+usb"} {
		t.Run(scheme, func(t *testing.T) {
			master, slave, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer slave.Close()
			if _, err := term(slave); err != nil {
				t.Fatal(err)
			}
			pages := make(chan sim.Page, 1)
			s := sim.New(sim.Options{Width: 384, OnPage: func(p sim.Page) { pages <- p }, OnError: func(err error) { t.Error(err) }})
			done := make(chan error, 1)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() { done <- s.Attach(ctx, master) }()
			u, _ := url.Parse(scheme + "://" + slave.Name() + "?width=384")
			dev, err := escpos.Opener(quick)(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			p := dev.(*escpos.Printer)
			page := receipt(384, 800, 5)
			if err := p.Print(t.Context(), "job", page); err != nil {
				t.Fatal(err)
			}
			samePicture(t, (<-pages).Raster, page)
			s.Off() // closes the master: an unplugged cable
			until(t, p, hal.Absent, hal.KeyPrinterGone)
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			<-done
		})
	}
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
