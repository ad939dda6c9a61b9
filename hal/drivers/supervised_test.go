package drivers_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/haltest"
)

// A printer that is switched off and on a thousand times, or whose cable is
// pulled, and that prints a page each time.
func TestPrinterSupervised(t *testing.T) {
	// A pseudo terminal takes its time to hang up; the printers' own tests pull
	// it a thousand times.
	cycles := map[string]int{"serial line": 200}
	for name, bench := range map[string]func(*testing.T, *sim.Printer) (uri string, unplug, plug func()){
		"network": network, "serial line": serialLine,
	} {
		t.Run(name, func(t *testing.T) {
			s := sim.New(sim.Options{})
			uri, unplug, plug := bench(t, s)
			reg := drivers.Registry(drivers.Options{Printer: escpos.Options{Poll: 20 * time.Millisecond}})
			page := hal.Raster{Width: 16, Height: 2, Stride: 2, Bits: []byte{1, 2, 3, 4}}
			haltest.Supervised(t, haltest.Rig[hal.Printer]{
				Open:   func() (hal.Printer, error) { return hal.Open[hal.Printer](t.Context(), reg, uri) },
				Unplug: unplug, Plug: plug, Cycles: cycles[name],
			}, func(ctx context.Context, p hal.Printer, works func()) error {
				if err := p.Print(ctx, "", page); err != nil {
					return err
				}
				works()
				<-ctx.Done()
				return ctx.Err()
			})
		})
	}
}

func network(t *testing.T, s *sim.Printer) (uri string, unplug, plug func()) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return "escpos+tcp://" + ln.Addr().String() + "?width=384", s.Off, s.On
}

// serialLine is a printer behind a pseudo terminal, whose plug is the far end.
func serialLine(t *testing.T, s *sim.Printer) (uri string, unplug, plug func()) {
	link := filepath.Join(t.TempDir(), "printer")
	var ran sync.WaitGroup
	var cut func() error
	plug = func() {
		master, slave, err := pty.Open()
		if err != nil {
			t.Error(err)
			return
		}
		if err := os.Symlink(slave.Name(), link); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ran.Go(func() { _ = s.Attach(ctx, master) }) // it ends with the line
		cut = func() error {
			cancel()
			// Open until now, so that a driver's Close is no end of the line.
			err := errors.Join(os.Remove(link), slave.Close())
			_ = master.Close() // or the simulator did
			ran.Wait()
			return err
		}
	}
	unplug = func() {
		if err := cut(); err != nil {
			t.Error(err)
		}
	}
	plug()
	t.Cleanup(func() { unplug() })
	return "escpos+serial://" + link + "?baud=115200", unplug, plug
}
