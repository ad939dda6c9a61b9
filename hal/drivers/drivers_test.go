package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/evdev"
	"tram06/hal/supervisor"
)

func TestEachSchemeLeadsToItsCapability(t *testing.T) {
	reg := drivers.Registry(drivers.Options{Panel: evdev.Panel{Width: 1080, Height: 1920}})
	tries := map[string]func(uri string) error{
		"sim+evdev:///nowhere?w=9&h=9": func(u string) error { _, err := hal.Open[hal.TouchScreen](t.Context(), reg, u); return err },
		"evdev:///nowhere":             func(u string) error { _, err := hal.Open[hal.TouchScreen](t.Context(), reg, u); return err },
		"serial:///nowhere":            func(u string) error { _, err := hal.Open[hal.Scanner](t.Context(), reg, u); return err },
		"escpos+usb:///nowhere":        func(u string) error { _, err := hal.Open[hal.Printer](t.Context(), reg, u); return err },
		"escpos+serial:///nowhere":     func(u string) error { _, err := hal.Open[hal.Printer](t.Context(), reg, u); return err },
		"escpos+tcp://127.0.0.1:1":     func(u string) error { _, err := hal.Open[hal.Printer](t.Context(), reg, u); return err },
		"pcsc:///?reader=none+of+them": func(u string) error { _, err := hal.Open[hal.CardReader](t.Context(), reg, u); return err },
		"pn532+serial:///nowhere":      func(u string) error { _, err := hal.Open[hal.CardReader](t.Context(), reg, u); return err },
		"pn532+i2c:///dev/i2c-99":      func(u string) error { _, err := hal.Open[hal.CardReader](t.Context(), reg, u); return err },
		"pn532+spi:///SPI99.0":         func(u string) error { _, err := hal.Open[hal.CardReader](t.Context(), reg, u); return err },
		"wedge:///nowhere":             func(u string) error { _, err := hal.Open[hal.Scanner](t.Context(), reg, u); return err },
		"evdev+keypad:///nowhere":      func(u string) error { _, err := hal.Open[hal.Keypad](t.Context(), reg, u); return err },
		"gpio+lamps:///?reader=none/1": func(u string) error { _, err := hal.Open[hal.Lamps](t.Context(), reg, u); return err },
		"gpio+switch:///none/1":        func(u string) error { _, err := hal.Open[hal.Switch](t.Context(), reg, u); return err },
		"gpio+buzzer:///none/1":        func(u string) error { _, err := hal.Open[hal.Buzzer](t.Context(), reg, u); return err },
		"pwm+buzzer:///none/1":         func(u string) error { _, err := hal.Open[hal.Buzzer](t.Context(), reg, u); return err },
		"gpio+fan:///none/1":           func(u string) error { _, err := hal.Open[hal.Fan](t.Context(), reg, u); return err },
		"hwmon+fan:///none":            func(u string) error { _, err := hal.Open[hal.Fan](t.Context(), reg, u); return err },
		"pwm+fan:///none/1":            func(u string) error { _, err := hal.Open[hal.Fan](t.Context(), reg, u); return err },
		"backlight:///none":            func(u string) error { _, err := hal.Open[hal.Backlight](t.Context(), reg, u); return err },
		"rtc:///dev/none":              func(u string) error { _, err := hal.Open[hal.Clock](t.Context(), reg, u); return err },
		"watchdog:///dev/none":         func(u string) error { _, err := hal.Open[hal.Watchdog](t.Context(), reg, u); return err },
		"sim+lamps://127.0.0.1:1/?reader=none/1": func(u string) error {
			_, err := hal.Open[hal.Lamps](t.Context(), reg, u)
			return err
		},
		"sim+thermometer:///?root=/nowhere": func(u string) error { _, err := hal.Open[hal.Thermometer](t.Context(), reg, u); return err },
	}
	for uri, open := range tries {
		if err := open(uri); !errors.Is(err, hal.ErrGone) {
			t.Errorf("%s: %v, want ErrGone: nothing is there", uri, err)
		}
	}
	for uri, open := range map[string]func(string) error{
		"floppy:///dev/fd0": tries["serial:///nowhere"],
		"escpos:///dev/lp0": tries["serial:///nowhere"],
	} {
		if err := open(uri); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", uri, err)
		}
	}
}

// The whole chain: a printer that is switched off and on again under a
// supervisor that opened it by URI.
func TestPrinterComesBack(t *testing.T) {
	pages := make(chan sim.Page, 4)
	s := sim.New(sim.Options{OnPage: func(p sim.Page) { pages <- p }})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served, supervised := make(chan error, 1), make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()

	health := make(chan string, 64)
	devices := make(chan hal.Printer)
	go func() {
		supervised <- supervisor.Run(ctx, supervisor.Options[hal.Printer]{
			URI:      "escpos+tcp://" + ln.Addr().String() + "?width=384",
			Registry: drivers.Registry(drivers.Options{Printer: escpos.Options{Poll: 20 * time.Millisecond}}),
			Key:      hal.KeyPrinterGone,
			OnHealth: func(h hal.Health) { health <- fmt.Sprint(h.State, " ", h.Key) },
			Backoff:  func(int) time.Duration { return 10 * time.Millisecond },
			Use: func(ctx context.Context, p hal.Printer) error {
				select {
				case devices <- p:
				case <-ctx.Done():
				}
				<-ctx.Done()
				return ctx.Err()
			},
		})
	}()
	page := hal.Raster{Width: 16, Height: 2, Stride: 2, Bits: []byte{1, 2, 3, 4}}
	for i := range 2 {
		if h := <-health; h != "ready " {
			t.Fatalf("health %q, want ready", h)
		}
		p := <-devices
		if w, _ := p.Dots(); w != 384 {
			t.Fatalf("width %d is not the URI's", w)
		}
		if err := p.Print(t.Context(), fmt.Sprint("job ", i), page); err != nil {
			t.Fatal(err)
		}
		<-pages
		s.SetPaper(0)
		if h := <-health; h != "fault printer.paper_out" {
			t.Fatalf("health %q, want paper out", h)
		}
		s.SetPaper(100000)
		if h := <-health; h != "ready " {
			t.Fatalf("health %q, want ready", h)
		}
		s.Off()
		if h := <-health; h != "absent printer.gone" {
			t.Fatalf("health %q, want absent", h)
		}
		s.On()
	}
	cancel()
	if err := <-supervised; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
