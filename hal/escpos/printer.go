package escpos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/pulse"
)

// Link is the two-way line to a printer. Close unblocks Read and Write.
type Link interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

// Options tune a printer; zero values choose the defaults.
type Options struct {
	Width   int              // printable dots; 576
	Poll    time.Duration    // between two health polls when idle; 3 s
	Reply   time.Duration    // wait for the answer to one question; 700 ms
	Stall   time.Duration    // a transfer without progress; 10 s
	Confirm time.Duration    // from the last byte to the confirmation; 30 s
	Now     func() time.Time // stamps health; time.Now
	Sysfs   string           // where the kernel tells of USB printers; /sys
	Dev     string           // and where their files are; /dev

	jobs   *ledger       // shared by all printers of one Opener
	broken *callers      // likewise
	is     hal.Identity  // what the line tells of the printer
	beat   time.Duration // how often a line has to be used to tell of its end; 0 if it need not
}

func (o Options) filled() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Poll, 3*time.Second)
	def(&o.Reply, 700*time.Millisecond)
	def(&o.Stall, 10*time.Second)
	def(&o.Confirm, 30*time.Second)
	if o.Width == 0 {
		o.Width = 576
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sysfs == "" {
		o.Sysfs = "/sys"
	}
	if o.Dev == "" {
		o.Dev = "/dev"
	}
	if o.jobs == nil {
		o.jobs = newLedger()
	}
	return o
}

// Printer is one open printer. One goroutine owns the conversation, a second
// one reads, and during a page a third one writes.
type Printer struct {
	*pulse.Pulse
	uri  string
	opts Options
	link Link

	jobs   chan job
	events chan event
	lost   chan struct{} // closed by the reader, after readErr is set
	stop   chan struct{}
	once   sync.Once
	done   chan struct{}
	known  chan struct{} // closed after the first poll
	met    chan struct{} // closed once there is nothing left to ask it
	is     atomic.Pointer[hal.Identity]

	readErr error

	// Owned by the loop.
	status   Status
	hotSince time.Time
	autos    int   // automatic statuses so far
	answers  bool  // the printer has answered DLE EOT at least once
	held     bool  // the line takes nothing, as with a printer that is busy
	missed   int   // polls in a row without an answer
	todo     []job // at most one: it came in the middle of a poll
	model    model
	mend     mend
	dirty    bool    // it may hold a part of a page that was given up
	debt     int     // bytes that the command it stopped in still swallows
	paid     int     // bytes that were sent since, which some models swallow
	asked    int     // questions GS r 1 so far
	acks     int     // and answers to them
	surplus  bool    // there were more answers than questions
	atEnd    bool    // the last of them said "no paper"
	printed  [4]byte // the name of the last page that is out
	page     underWay
}

// underWay is what is known of the page under way.
type underWay struct {
	name  [4]byte
	out   int   // bytes that went to the printer
	whole bool  // all did
	mark  int   // automatic statuses before its end
	hurt  error // the first trouble within it, even if it is over
}

var (
	_ hal.Printer    = (*Printer)(nil)
	_ hal.Identified = (*Printer)(nil)
)

type job struct {
	ctx  context.Context
	id   string
	page *Program
	done chan error
}

// New takes over link and begins to poll the printer's health.
func New(uri string, link Link, o Options) *Printer {
	o = o.filled()
	p := &Printer{
		// Nothing is known until the first answer or the lack of it.
		Pulse:  pulse.New(o.Now, hal.Degraded, hal.KeyPrinterUnknown),
		uri:    uri,
		opts:   o,
		link:   link,
		jobs:   make(chan job),
		events: make(chan event, 64),
		lost:   make(chan struct{}),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
		known:  make(chan struct{}),
		met:    make(chan struct{}),
		// What a former user left in its buffer is unknown.
		dirty: true,
	}
	p.is.Store(&o.is)
	go p.read()
	go p.loop()
	return p
}

// URI names the device.
func (p *Printer) URI() string { return p.uri }

// Dots gives the head's width and resolution.
func (p *Printer) Dots() (width, dotsPerInch int) { return p.opts.Width, dpi }

// Identity is what the printer and its line have told so far: a printer is
// asked when it stands idle for the first time. Makers are known to borrow
// each other's names.
func (p *Printer) Identity() hal.Identity { return *p.is.Load() }

// Close ends the conversation. A page under way ends as ErrJobUnknown.
func (p *Printer) Close() error {
	var err error
	p.once.Do(func() {
		close(p.stop)
		err = p.link.Close()
	})
	if errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) {
		err = nil // the line broke before and the loop has closed it
	}
	<-p.done
	<-p.lost
	p.Set(hal.Absent, hal.KeyPrinterGone, hal.ErrGone)
	if err != nil {
		return fmt.Errorf("close printer: %w", err)
	}
	return nil
}

// Print sends one page. ctx ends the wait for the printer's turn; once the
// first byte is out, the page is finished whatever becomes of ctx.
//
// A job id is printed once, whatever becomes of the line in between: another
// call with it gives ErrAlreadyPrinted, unless it is certain that the page did
// not come out whole.
func (p *Printer) Print(ctx context.Context, jobID string, page hal.Raster) error {
	fail := func(err error) error { return fmt.Errorf("print %s: %w", jobID, err) }
	prog, err := Encode(page, p.opts.Width)
	if err != nil {
		return fail(err)
	}
	j := job{ctx: ctx, id: jobID, page: prog, done: make(chan error, 1)}
	select {
	case <-p.done: // first: a closed printer says so whatever ctx is
		return fail(hal.ErrGone)
	default:
	}
	select {
	case p.jobs <- j:
	case <-ctx.Done():
		return fail(ctx.Err())
	case <-p.done:
		return fail(hal.ErrGone)
	}
	if err := <-j.done; err != nil {
		return fail(err)
	}
	return nil
}

func (p *Printer) read() {
	defer close(p.lost)
	var dec decoder
	buf := make([]byte, 256)
	for {
		n, err := p.link.Read(buf)
		for _, b := range buf[:n] {
			ev, ok := dec.feed(b)
			if !ok {
				continue
			}
			select {
			case p.events <- ev:
			case <-p.done:
				return
			}
		}
		if err != nil {
			p.readErr = err
			return
		}
	}
}

func (p *Printer) loop() {
	defer close(p.done)
	// Closing the link here also covers a line that broke by itself.
	defer p.link.Close()
	tick := beat.New(p.opts.Poll)
	defer tick.Stop()
	var beats <-chan time.Time
	if p.opts.beat > 0 {
		b := beat.New(p.opts.beat)
		defer b.Stop()
		beats = b.C
	}
	err := p.poll()
	close(p.known)
	for err == nil {
		if p.curious() == nil && !isClosed(p.met) {
			close(p.met)
		}
		if len(p.todo) > 0 {
			j := p.todo[0]
			p.todo = nil
			err = p.serve(j)
			continue
		}
		select {
		case <-p.stop:
			err = hal.ErrGone
		case <-p.lost:
			err = p.gone(p.readErr)
		case ev := <-p.events:
			err = p.hear(ev)
		case j := <-p.jobs:
			err = p.serve(j)
		case <-tick.C:
			err = p.poll()
		case <-beats:
			err = p.greet()
		case <-p.curious():
			err = p.learn()
		}
	}
	for _, j := range p.todo {
		j.done <- err
	}
	p.Set(hal.Absent, hal.KeyPrinterGone, err)
}

func (p *Printer) serve(j job) error {
	result, dead := p.run(j)
	if dead != nil { // whoever hears of it finds the health to match
		p.Set(hal.Absent, hal.KeyPrinterGone, dead)
	}
	j.done <- result
	return dead
}

// gone wraps the reason why the line is dead.
func (p *Printer) gone(why error) error {
	return errors.Join(fmt.Errorf("printer line: %w", hal.ErrGone), why)
}
