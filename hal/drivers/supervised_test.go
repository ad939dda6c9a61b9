package drivers_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/haltest"
)

// A printer on the network that is switched off and on a thousand times, and
// prints a page each time.
func TestPrinterSupervised(t *testing.T) {
	s := sim.New(sim.Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	reg := drivers.Registry(drivers.Options{Printer: escpos.Options{Poll: 20 * time.Millisecond}})
	page := hal.Raster{Width: 16, Height: 2, Stride: 2, Bits: []byte{1, 2, 3, 4}}
	haltest.Supervised(t, haltest.Rig[hal.Printer]{
		Open: func() (hal.Printer, error) {
			return hal.Open[hal.Printer](t.Context(), reg, "escpos+tcp://"+ln.Addr().String()+"?width=384")
		},
		Unplug: s.Off, Plug: s.On,
	}, func(ctx context.Context, p hal.Printer, works func()) error {
		if err := p.Print(ctx, "", page); err != nil {
			return err
		}
		works()
		<-ctx.Done()
		return ctx.Err()
	})
	cancel()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
