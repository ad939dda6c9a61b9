package escpos_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// desk is a simulated printer on TCP with a driver on it.
type desk struct {
	t     *testing.T
	sim   *sim.Printer
	uri   string
	pages chan sim.Page

	mu     sync.Mutex
	faults []error
}

var quick = escpos.Options{Poll: 20 * time.Millisecond, Reply: 2 * time.Second, Stall: 10 * time.Second, Confirm: 20 * time.Second}

func newDesk(t *testing.T, o sim.Options) *desk {
	t.Helper()
	d := &desk{t: t, pages: make(chan sim.Page, 16)}
	o.OnPage = func(p sim.Page) { d.pages <- p }
	o.OnError = func(err error) {
		d.mu.Lock()
		d.faults = append(d.faults, err)
		d.mu.Unlock()
	}
	d.sim = sim.New(o)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.uri = "escpos+tcp://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.sim.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("simulated printer ended: %v", err)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, err := range d.faults {
			t.Errorf("the printer objects: %v", err)
		}
	})
	return d
}

func (d *desk) open(o escpos.Options) *escpos.Printer {
	d.t.Helper()
	u, err := url.Parse(d.uri)
	if err != nil {
		d.t.Fatal(err)
	}
	dev, err := escpos.Opener(o)(d.t.Context(), u)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = dev.Close() })
	return dev.(*escpos.Printer)
}

// until waits for a health key.
func until(t *testing.T, p *escpos.Printer, state hal.State, key string) {
	t.Helper()
	watchdog := time.After(20 * time.Second)
	for {
		if h := p.Health(); h.State == state && h.Key == key {
			return
		}
		select {
		case <-p.HealthChanged():
		case <-watchdog:
			t.Fatalf("health is %+v, want %v %q", p.Health(), state, key)
		}
	}
}

func TestPrintIsConfirmed(t *testing.T) {
	d := newDesk(t, sim.Options{})
	p := d.open(quick)
	for i := range 3 {
		page := receipt(576, 1600, uint64(i))
		if err := p.Print(t.Context(), fmt.Sprint("job ", i), page); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-d.pages:
			samePicture(t, got.Raster, page)
			if !got.Cut {
				t.Fatal("the page is not cut")
			}
		default:
			t.Fatal("Print returned before the page was out")
		}
	}
	until(t, p, hal.Ready, hal.KeyOK)
	if w, dpi := p.Dots(); w != 576 || dpi != 203 {
		t.Fatalf("dots %d, %d", w, dpi)
	}
}

func TestPrinterIsAskedBefore(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*sim.Printer)
		want error
		key  string
		undo func(*sim.Printer)
	}{
		"paper": {func(s *sim.Printer) { s.SetPaper(0) }, hal.ErrNoPaper, hal.KeyPaperOut, func(s *sim.Printer) { s.SetPaper(100000) }},
		"cover": {func(s *sim.Printer) { s.OpenCover(true) }, hal.ErrCoverOpen, hal.KeyCoverOpen, func(s *sim.Printer) { s.OpenCover(false) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, sim.Options{})
			p := d.open(quick)
			c.do(d.sim)
			if err := p.Print(t.Context(), "job", receipt(576, 400, 1)); !errors.Is(err, c.want) || errors.Is(err, hal.ErrJobUnknown) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			until(t, p, hal.Fault, c.key)
			c.undo(d.sim)
			until(t, p, hal.Ready, hal.KeyOK)
			if s := d.sim.State(); s.Held != 0 || len(d.pages) != 0 {
				t.Fatalf("something was sent to a printer that cannot print: %+v", s)
			}
			page := receipt(576, 400, 2)
			if err := p.Print(t.Context(), "job", page); err != nil {
				t.Fatal(err)
			}
			samePicture(t, (<-d.pages).Raster, page)
		})
	}
}

// The rest of an interrupted page must not come out in front of the next one.
func TestPaperOutInTheMiddle(t *testing.T) {
	for name, buffer := range map[string]int{"large buffer": 64 << 10, "small buffer": 20 << 10} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, sim.Options{Rows: 700, NearEnd: 10, Buffer: buffer})
			p := d.open(quick)
			err := p.Print(t.Context(), "job", receipt(576, 1600, 1))
			if !errors.Is(err, hal.ErrNoPaper) || errors.Is(err, hal.ErrJobUnknown) {
				t.Fatalf("got %v, want ErrNoPaper", err)
			}
			part := <-d.pages
			if part.Raster.Height != 700 || part.Cut || !part.PaperOut {
				t.Fatalf("part of %d rows, cut %v, out %v", part.Raster.Height, part.Cut, part.PaperOut)
			}
			until(t, p, hal.Fault, hal.KeyPaperOut)
			d.sim.SetPaper(100000)
			until(t, p, hal.Ready, hal.KeyOK)
			page := receipt(576, 900, 2)
			if err := p.Print(t.Context(), "job 2", page); err != nil {
				t.Fatal(err)
			}
			samePicture(t, (<-d.pages).Raster, page)
			if len(d.pages) != 0 {
				t.Fatal("more paper came out than was asked for")
			}
		})
	}
}

func TestCutterJam(t *testing.T) {
	d := newDesk(t, sim.Options{})
	p := d.open(quick)
	d.sim.Jam(true)
	if err := p.Print(t.Context(), "job", receipt(576, 300, 1)); !errors.Is(err, hal.ErrFault) {
		t.Fatalf("got %v, want ErrFault", err)
	}
	until(t, p, hal.Fault, hal.KeyPrinterFault)
	d.sim.Jam(false)
	until(t, p, hal.Ready, hal.KeyOK)
}

func TestNearEndStillPrints(t *testing.T) {
	d := newDesk(t, sim.Options{Rows: 5000})
	p := d.open(quick)
	until(t, p, hal.Degraded, hal.KeyPaperNearEnd)
	if err := p.Print(t.Context(), "job", receipt(576, 300, 1)); err != nil {
		t.Fatal(err)
	}
}

// hooked calls do once, when n bytes were written through it.
type hooked struct {
	net.Conn
	left int
	do   func()
}

func (h *hooked) Write(b []byte) (int, error) {
	n, err := h.Conn.Write(b)
	if h.left > 0 && h.left <= n {
		h.do()
	}
	h.left -= n
	return n, err
}

func (d *desk) dial() net.Conn {
	d.t.Helper()
	u, _ := url.Parse(d.uri)
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func TestSwitchedOffInTheMiddleIsUnknown(t *testing.T) {
	d := newDesk(t, sim.Options{})
	p := escpos.New(d.uri, &hooked{Conn: d.dial(), left: 20000, do: d.sim.Off}, quick)
	defer p.Close()
	err := p.Print(t.Context(), "job", receipt(576, 1600, 1))
	if !errors.Is(err, hal.ErrJobUnknown) || !errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrJobUnknown and ErrGone", err)
	}
	until(t, p, hal.Absent, hal.KeyPrinterGone)
	if err := p.Print(t.Context(), "job", receipt(576, 100, 1)); !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrJobUnknown) {
		t.Fatalf("printing on a dead line: %v, want plain ErrGone", err)
	}
	u, _ := url.Parse(d.uri)
	if _, err := escpos.Opener(quick)(t.Context(), u); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("opening a printer that is off: %v", err)
	}
	d.sim.On()
	again := d.open(quick)
	for len(d.pages) > 0 { // the piece that hung out when the power went
		<-d.pages
	}
	page := receipt(576, 500, 2)
	if err := again.Print(t.Context(), "job", page); err != nil {
		t.Fatal(err)
	}
	samePicture(t, (<-d.pages).Raster, page)
}

func TestCancelledInTheMiddleIsFinished(t *testing.T) {
	d := newDesk(t, sim.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	p := escpos.New(d.uri, &hooked{Conn: d.dial(), left: 20000, do: cancel}, quick)
	defer p.Close()
	page := receipt(576, 1600, 1)
	if err := p.Print(ctx, "job", page); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil {
		t.Fatal("the test did not cancel in the middle")
	}
	samePicture(t, (<-d.pages).Raster, page)
	if err := p.Print(ctx, "job 2", page); !errors.Is(err, context.Canceled) {
		t.Fatalf("printing with a dead context: %v", err)
	}
	if err := p.Print(t.Context(), "job 3", page); err != nil || len(d.pages) != 1 {
		t.Fatalf("%v, %d pages: a cancelled job was printed", err, len(d.pages))
	}
}

// A cover that opens in mid-page, seen by a driver whose page then does not
// continue behind the next person's back.
func TestCoverOpensInTheMiddle(t *testing.T) {
	d := newDesk(t, sim.Options{})
	p := escpos.New(d.uri, &hooked{Conn: d.dial(), left: 20000, do: func() { d.sim.OpenCover(true) }}, quick)
	defer p.Close()
	err := p.Print(t.Context(), "job", receipt(576, 1600, 1))
	if !errors.Is(err, hal.ErrCoverOpen) {
		t.Fatalf("got %v, want ErrCoverOpen", err)
	}
	d.sim.OpenCover(false)
	until(t, p, hal.Ready, hal.KeyOK)
	if held := d.sim.State().Held; held != 0 {
		t.Fatalf("%d bytes of the abandoned page are still held", held)
	}
	page := receipt(576, 200, 3)
	if err := p.Print(t.Context(), "job", page); err != nil {
		t.Fatal(err)
	}
	// What was printed before the cover opened hangs in front of this page.
	got := (<-d.pages).Raster
	got.Bits = got.Bits[(got.Height-200)*got.Stride:]
	got.Height = 200
	samePicture(t, got, page)
}

func TestClosedInTheMiddle(t *testing.T) {
	d := newDesk(t, sim.Options{})
	var p *escpos.Printer
	closing := make(chan error, 1)
	p = escpos.New(d.uri, &hooked{Conn: d.dial(), left: 20000, do: func() {
		go func() { closing <- p.Close() }()
		// The cover holds the page up, so that it cannot be over before.
		d.sim.OpenCover(true)
	}}, quick)
	err := p.Print(t.Context(), "job", receipt(576, 1600, 1))
	if !errors.Is(err, hal.ErrCoverOpen) && !errors.Is(err, hal.ErrJobUnknown) {
		t.Fatalf("got %v", err)
	}
	if err := <-closing; err != nil {
		t.Fatal(err)
	}
	if err := p.Print(t.Context(), "job", receipt(576, 100, 1)); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("after Close: %v, want ErrGone", err)
	}
}
