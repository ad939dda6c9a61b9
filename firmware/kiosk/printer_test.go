package kiosk

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

// hotPrinter takes no page before it is told to.
type hotPrinter struct {
	fakeDevice
	asked chan string
	cold  chan struct{}
}

func (p *hotPrinter) Dots() (int, int) { return 576, 203 }

func (p *hotPrinter) Print(ctx context.Context, id string, _ hal.Raster) error {
	p.asked <- id
	select {
	case <-p.cold:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A receipt that has to wait is not printed once its session is over.
func TestNoReceiptAfterItsSession(t *testing.T) {
	k := New(Options{
		Log:     slog.New(slog.DiscardHandler),
		Compose: func(session.Slip, int) (hal.Raster, error) { return hal.Raster{}, nil },
	})
	k.done = t.Context()
	k.printer.setServing(true)
	want := func(s uint64) session.Print {
		return session.Print{ID: session.ID{Session: s, Seq: 7}, Slip: session.Slip{Number: string(rune('a' + s))}}
	}
	d := &hotPrinter{asked: make(chan string), cold: make(chan struct{})}
	used := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { used <- k.printer.use(ctx, d) }()

	k.printer.print(want(1))
	if id := <-d.asked; id != "b#7" {
		t.Fatalf("job %q", id)
	}
	k.printer.print(want(2)) // waits behind it
	k.printer.forget(2)
	k.printer.forget(3) // nothing to forget
	k.printer.print(want(4))
	k.printer.forget(1)
	if ev, ok := (<-k.events).(session.PrintFailed); !ok || ev.ID.Session != 1 {
		t.Fatalf("%+v", ev)
	}
	if id := <-d.asked; id != "e#7" {
		t.Fatalf("job %q comes next", id)
	}
	close(d.cold)
	if ev, ok := (<-k.events).(session.Printed); !ok || ev.ID.Session != 4 {
		t.Fatalf("%+v", ev)
	}
	k.printer.forget(4) // too late, and harmless
	cancel()
	<-used
}

// A printer that is pulled while a receipt waits for it is gone, not jammed.
func TestAReceiptThatWaitsForAPrinterThatGoes(t *testing.T) {
	k := New(Options{Compose: func(session.Slip, int) (hal.Raster, error) { return hal.Raster{}, nil }})
	k.done = t.Context()
	k.printer.setServing(true)
	d := &hotPrinter{asked: make(chan string), cold: make(chan struct{})}
	ctx, gone := context.WithCancel(t.Context())
	used := make(chan error, 1)
	go func() { used <- k.printer.use(ctx, d) }()
	k.printer.print(session.Print{ID: session.ID{Session: 1, Seq: 7}})
	<-d.asked
	gone()
	if ev := <-k.events; ev != (session.PrintFailed{ID: session.ID{Session: 1, Seq: 7}, Code: health.PrinterGone}) {
		t.Errorf("%+v", ev)
	}
	<-used
}

// Whoever laid down another's card first goes on in the same session, and gets
// a receipt.
func TestAReceiptAfterAnothersCard(t *testing.T) {
	b := newBench(t)
	b.toConfirm()
	b.do(session.NotMe{})
	b.page(session.Identify)
	b.lift()
	b.scan("card")
	b.lay()
	b.page(session.Confirm)
	b.do(session.ItsMe{}, session.ChooseService{ID: "s"}, session.Next{})
	b.page(session.Review)
	b.do(session.Submit{})
	s := b.until("the number", func(s session.State) bool { return s.Number != "" })
	b.do(session.Delivered{Dossier: s.Dossier})
	select {
	case j := <-b.prints:
		j.reply <- nil
	case <-time.After(20 * time.Second): // a hang, not a measure of speed
		t.Fatal("no receipt is printed")
	}
	b.until("printed", func(s session.State) bool { return s.Print == session.PrintDone })
}
