//go:build guest

package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/e2e/bench/figure"
	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/haltest"
)

const (
	printerFile = "/dev/usb/lp0"
	printerURI  = "escpos+usb://" + printerFile + "?width=576"
	gadgetFile  = "/dev/g_printer0"
)

// desk is a USB printer: the kernel's usblp in front, a simulated print head
// behind the cable.
type desk struct {
	t     *testing.T
	cable *gadget
	head  *sim.Printer
	pages chan sim.Page
	wire  func(io.ReadWriteCloser) io.ReadWriteCloser // looks at what passes, or nil
	end   func()                                      // of the head's connection
}

func newDesk(t *testing.T, o sim.Options) *desk {
	t.Helper()
	d := &desk{t: t, pages: make(chan sim.Page, 16), cable: newGadget(t, "printer", 0, "printer.0", map[string]string{
		"pnp_string": "MFG:MAU;MDL:80;CMD:ESC/POS;", "q_len": "10",
	})}
	o.OnPage = func(p sim.Page) { d.pages <- p }
	o.OnError = func(err error) { t.Errorf("the printer was told nonsense: %v", err) }
	d.head = sim.New(o)
	t.Cleanup(func() {
		if d.end != nil {
			d.unplug()
		}
	})
	return d
}

// plug switches the printer on and puts its plug in.
func (d *desk) plug() {
	d.t.Helper()
	d.cable.plug()
	// The far end opens only once the near end has found it.
	appears(d.t, printerFile)
	f, err := os.OpenFile(gadgetFile, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	var line io.ReadWriteCloser = f
	if d.wire != nil {
		line = d.wire(f)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		// A line that breaks is the other side's affair.
		_ = d.head.Attach(ctx, line)
	})
	d.end = func() {
		cancel()
		running.Wait()
	}
}

// unplug pulls the plug in the middle of whatever goes on.
func (d *desk) unplug() {
	d.t.Helper()
	d.cable.unplug()
	d.end()
	d.end = nil
}

func (d *desk) open(o escpos.Options) hal.Printer {
	d.t.Helper()
	p, err := openPrinter(d.t.Context(), o)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func openPrinter(ctx context.Context, o escpos.Options) (hal.Printer, error) {
	return hal.Open[hal.Printer](ctx, hal.Registry{"escpos+usb": escpos.Opener(o)}, printerURI)
}

// newJob gives a job id that was not used before: each is printed once.
func newJob() string { return fmt.Sprint("job ", jobs.Add(1)) }

var jobs atomic.Int64

// receipt is a page as long and as black as a usual receipt: lines of writing
// with a margin at the right and space between them.
func receipt() hal.Raster {
	const rows, stride = 1600, 72
	r := hal.Raster{Width: stride * 8, Height: rows, Stride: stride, Bits: make([]byte, rows*stride)}
	ink := rand.New(rand.NewPCG(1, 2))
	for y := range rows {
		if y%48 >= 32 {
			continue
		}
		for x := range stride - 2 {
			// The driver changes a dot where the picture would be taken for a
			// question; the test's page has no such place.
			if b := byte(ink.Uint32() & ink.Uint32()); b != 0x10 {
				r.Bits[y*stride+x] = b
			}
		}
	}
	// The last line has ink, or the page would be cut before it.
	r.Bits[len(r.Bits)-stride] = 1
	return r
}

func TestPrinterConformance(t *testing.T) {
	d := newDesk(t, sim.Options{})
	d.plug()
	mute := false
	haltest.Printer(t,
		func(t *testing.T) hal.Printer { return d.open(escpos.Options{}) },
		func(t *testing.T) hal.Printer {
			if !mute {
				mute = true
				d.unplug()
				// Answers status, but never that it got to the end.
				d.head = sim.New(sim.Options{Answers: sim.NoOrder})
				d.plug()
			}
			return d.open(escpos.Options{Reply: 10 * time.Minute})
		})
}

func TestPrinterTellsHowItIs(t *testing.T) {
	d := newDesk(t, sim.Options{})
	d.plug()
	p := d.open(escpos.Options{})
	defer p.Close()
	changes := p.(interface{ HealthChanged() <-chan struct{} }).HealthChanged()
	page := receipt()
	for _, c := range []struct {
		key    string
		err    error
		do, un func()
	}{
		{hal.KeyCoverOpen, hal.ErrCoverOpen, func() { d.head.OpenCover(true) }, func() { d.head.OpenCover(false) }},
		{hal.KeyPaperOut, hal.ErrNoPaper, func() { d.head.SetPaper(0) }, func() { d.head.SetPaper(1 << 17) }},
		{hal.KeyPaperNearEnd, nil, func() { d.head.SetPaper(7000) }, func() { d.head.SetPaper(1 << 17) }},
	} {
		healthIs := func(key string) {
			t.Helper()
			for late := time.After(patience); p.Health().Key != key; {
				select {
				case <-changes:
				case <-late:
					t.Fatalf("health is %+v, want %q", p.Health(), key)
				}
			}
		}
		healthIs(hal.KeyOK)
		c.do()
		healthIs(c.key)
		if err := p.Print(t.Context(), newJob(), page); !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
			t.Errorf("Print gives %v, want %v", err, c.err)
		}
		c.un()
		if c.err == nil {
			<-d.pages
		}
		healthIs(hal.KeyOK)
	}
	if err := p.Print(t.Context(), newJob(), page); err != nil {
		t.Fatal(err)
	}
	if got := <-d.pages; !got.Cut || !bytes.Equal(inked(got.Raster), inked(page)) {
		t.Errorf("%d rows came out, cut: %v, and are not what was sent", got.Raster.Height, got.Cut)
	}
}

// inked is a page without the blank rows before and after it, which a printer
// feeds as it needs.
func inked(r hal.Raster) []byte {
	return bytes.Trim(r.Bits, "\x00")
}

// brake passes a number of bytes to the print head and then no more.
type brake struct {
	io.ReadWriteCloser
	left   int
	full   chan struct{} // closed when the number has passed
	closed chan struct{}
	once   sync.Once
}

func (b *brake) Read(p []byte) (int, error) {
	if b.left <= 0 {
		close(b.full)
		<-b.closed
		return 0, os.ErrClosed
	}
	n, err := b.ReadWriteCloser.Read(p)
	b.left -= n
	return n, err
}

func (b *brake) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.ReadWriteCloser.Close()
}

func TestPrinterUnpluggedInMidPage(t *testing.T) {
	d := newDesk(t, sim.Options{})
	var b *brake
	d.wire = func(f io.ReadWriteCloser) io.ReadWriteCloser {
		b = &brake{ReadWriteCloser: f, left: 20 << 10, full: make(chan struct{}), closed: make(chan struct{})}
		return b
	}
	haltest.PlugCycles(t, score, func(t *testing.T) (hal.Printer, func()) {
		if _, err := openPrinter(t.Context(), escpos.Options{}); !errors.Is(err, hal.ErrGone) {
			t.Errorf("opening what is not there gives %v, want ErrGone", err)
		}
		d.plug()
		return d.open(escpos.Options{}), func() {
			within(t, patience, "a part of the page", b.full)
			d.unplug()
		}
	}, func(ctx context.Context, p hal.Printer) error {
		err := p.Print(ctx, newJob(), receipt())
		if !errors.Is(err, hal.ErrJobUnknown) {
			t.Errorf("Print gives %v, want ErrJobUnknown", err)
		}
		return err
	})
}

func TestPrinterHeals(t *testing.T) {
	d := newDesk(t, sim.Options{})
	d.plug()
	page := hal.Raster{Width: 16, Height: 2, Stride: 2, Bits: []byte{1, 2, 3, 4}}
	cord[hal.Printer]{
		name: "printer (usblp)", uri: printerURI, key: hal.KeyPrinterGone,
		open: escpos.Opener(escpos.Options{}), plug: d.plug, unplug: d.unplug,
		works: func(p hal.Printer) error {
			err := p.Print(t.Context(), newJob(), page)
			if err == nil {
				<-d.pages
			}
			return err
		},
	}.heals(t)
}

// A printer is found by what the kernel knows of it, and tells what it is.
func TestPrinterIsFound(t *testing.T) {
	d := newDesk(t, sim.Options{})
	d.plug()
	registry := hal.Registry{"escpos+usb": escpos.Opener(escpos.Options{})}
	for _, query := range []string{"vid=0525&pid=a4a8", "serial=0001", "vid=0525&pid=a4a8&serial=0001&width=576"} {
		p, err := hal.Open[hal.Printer](t.Context(), registry, "escpos+usb:///?"+query)
		if err != nil {
			t.Fatal(err)
		}
		until(t, "the printer is ready", func() bool { return p.Health().State == hal.Ready })
		if is := p.(hal.Identified).Identity(); is.Maker == "" || is.Model == "" || is.Serial == "" {
			t.Errorf("it says that it is %+v", is)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, query := range []string{"vid=0526", "serial=0002", "vid=0525&pid=a4a9"} {
		if _, err := hal.Open[hal.Printer](t.Context(), registry, "escpos+usb:///?"+query); !errors.Is(err, hal.ErrGone) {
			t.Errorf("%s gives %v, want ErrGone", query, err)
		}
	}
}

// stopwatch notes when the first picture arrives, and the processor time that
// the print head takes: in a kiosk that is another processor's.
type stopwatch struct {
	io.ReadWriteCloser
	mu    sync.Mutex
	own   bool // the head has a thread of its own
	bytes int
	first time.Time
	busy  time.Duration
}

func (s *stopwatch) Read(p []byte) (int, error) {
	if !s.own {
		s.own = true
		runtime.LockOSThread()
	}
	s.note(nil)
	n, err := s.ReadWriteCloser.Read(p)
	s.note(p[:n])
	return n, err
}

func (s *stopwatch) note(p []byte) {
	busy := processor(unix.CLOCK_THREAD_CPUTIME_ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() && bytes.Contains(p, []byte("\x1dv0")) {
		s.first = time.Now()
	}
	s.bytes += len(p)
	s.busy = busy
}

// begin gives the head's processor time so far.
func (s *stopwatch) begin() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first, s.bytes = time.Time{}, 0
	return s.busy
}

// processor is the time that a clock of the processor's work shows.
func processor(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(err) // every kernel has it
	}
	return time.Duration(t.Nano())
}

func TestPrinterSpeed(t *testing.T) {
	d := newDesk(t, sim.Options{})
	var w *stopwatch
	d.wire = func(f io.ReadWriteCloser) io.ReadWriteCloser { w = &stopwatch{ReadWriteCloser: f}; return w }
	d.plug()
	p := d.open(escpos.Options{})
	defer p.Close()
	page := receipt()
	const times = 5
	var first, whole, all, head, own time.Duration
	most := 0
	for range times {
		headWas, allWas := w.begin(), processor(unix.CLOCK_PROCESS_CPUTIME_ID)
		began := time.Now()
		if err := p.Print(t.Context(), newJob(), page); err != nil {
			t.Fatal(err)
		}
		took, worked := time.Since(began), processor(unix.CLOCK_PROCESS_CPUTIME_ID)-allWas
		<-d.pages
		w.mu.Lock()
		busy := w.busy - headWas
		first = max(first, w.first.Sub(began))
		most = max(most, w.bytes)
		w.mu.Unlock()
		all, head = max(all, took), max(head, busy)
		whole, own = max(whole, took-busy), max(own, worked-busy)
	}
	// A printer's head works beside the kiosk, this one instead of it: the two
	// share the machine's only processor.
	const how = "usblp at high speed, served every 0.125 ms; a page of 1,600 rows, %d bytes; the longest of %d times"
	measured(t, "receipt: Print until the printer has the first byte of the picture", first, 50*time.Millisecond, how, most, times)
	measured(t, "receipt: Print until the printer confirmed the end", whole, 40*time.Millisecond,
		how+", each without what the simulated print head took of the same processor: %s of %s ms",
		most, times, figure.Number(head.Seconds()*1e3), figure.Number(all.Seconds()*1e3))
	measured(t, "receipt: the driver's own processor time", own, 0, "of the time above; with usblp's and the controller's")
}
