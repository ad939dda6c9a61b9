// Package sim is a simulated receipt printer: it interprets ESC/POS bytes into
// a picture of the paper and has a printer's moods: paper near its end and
// out, cover open, cutter jammed, head too hot, switched off.
//
// It is as strict as a real one. It stops in the middle of a page, keeps what
// it holds and goes on with it when new paper comes; a jam that was cleared by
// hand keeps it stopped until it is told to go on; it obeys real-time commands
// even inside a picture; its buffer fills up; it takes one connection at a
// time; its paper hangs out until somebody tears it off; and whatever it does
// not know is reported instead of ignored.
package sim

import (
	"fmt"
	"sync"
	"time"
)

// Answers chooses how the printer answers questions.
type Answers uint8

// Kinds of printers found in the field.
const (
	Full     Answers = iota // all of DLE EOT, DLE DC4, GS r, GS a, GS I, GS ( H
	Silent                  // a clone that answers nothing
	Zeros                   // a clone that answers zero bytes
	NoOrder                 // answers DLE EOT only: nothing confirms the end
	Simple                  // DLE EOT and GS r; takes GS I and GS ( H for text
	Nameless                // all but GS I and GS ( H, which it takes for text
)

// tells is whether it has an automatic status and can forget what it holds.
func (a Answers) tells() bool { return a == Full || a == Nameless }

// garbles is whether it takes for text what it does not know.
func (a Answers) garbles() bool { return a == Simple || a == Nameless }

// Options of a printer; zero values choose the defaults.
type Options struct {
	Width   int // dots; 576
	Buffer  int // bytes it can hold; 65536
	Rows    int // of paper in it; 240000, a roll of 30 m
	NearEnd int // rows left at which the near-end sensor trips; 8000, one metre
	Answers Answers
	// Rich lets it draw letters, codes and graphics of its own, as programs
	// other than the kiosk want them. Otherwise they are reported.
	Rich bool
	// Speed of the paper in millimetres a second; 0 prints in no time.
	Speed int
	Clock Clock // the time of the motion; the real one
	Is    About // what it tells about itself; that it is a simulator
	// OnPage gets every piece of paper that leaves the printer. It may call the
	// printer's controls.
	OnPage func(Page)
	// OnError gets every violation of the protocol.
	OnError func(error)
}

// Printer is the simulated machine. Its methods are safe for concurrent use.
type Printer struct {
	opts Options

	mu      sync.Mutex
	changed *sync.Cond
	cover   bool
	jam     bool // the cutter will not move
	stuck   bool // it was asked to, and the printer stopped
	hot     bool
	off     bool
	epoch   int // counts power cuts: a connection of an older one is dead
	rows    int

	buf     []byte // received, not yet interpreted
	tail    []byte // the last bytes received, for real-time commands
	in      interpreter
	rest    time.Time   // when the motion under way ends
	timer   func() bool // ends the wait for it; nil when there is none
	outlet  int         // pieces that were cut and not taken
	asb     byte
	lastASB [4]byte

	out    []byte // answers not yet handed to the line
	pages  []Page // finished, not yet handed out
	faults []error
	line   *line
	onOff  func(off bool) // the server's
}

// New makes a printer that is switched on, with paper and a closed cover.
func New(o Options) *Printer {
	if o.Width == 0 {
		o.Width = 576
	}
	if o.Buffer == 0 {
		o.Buffer = 64 << 10
	}
	if o.Rows == 0 {
		o.Rows = 240000
	}
	if o.NearEnd == 0 {
		o.NearEnd = 8000
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Is == (About{}) {
		o.Is = About{Maker: "TRAM06", Model: "SIMULATED PRINTER", Serial: "SIM0001", Firmware: "1.00"}
	}
	p := &Printer{opts: o, rows: o.Rows}
	p.changed = sync.NewCond(&p.mu)
	p.reset()
	return p
}

func (p *Printer) reset() {
	p.buf, p.tail, p.asb, p.stuck = nil, nil, 0, false
	p.in = newInterpreter(p.opts.Width)
	p.rest = time.Time{}
	if p.timer != nil {
		p.timer()
		p.timer = nil
	}
}

// State is a snapshot of the printer for people.
type State struct {
	On, CoverOpen, Jammed, Hot, PaperOut, NearEnd bool

	Stopped  bool // after a jam, until it is told to go on
	RowsLeft int
	Held     int // bytes received and not printed
	Hanging  int // rows of paper that came out since the last cut
	Outlet   int // pieces that were cut and lie in the outlet
}

// State tells how the printer is.
func (p *Printer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return State{
		On: !p.off, CoverOpen: p.cover, Jammed: p.jam, Hot: p.hot, PaperOut: p.rows == 0,
		NearEnd: p.rows <= p.opts.NearEnd, Stopped: p.stuck, RowsLeft: p.rows, Held: len(p.buf),
		Hanging: p.in.paper.height, Outlet: p.outlet,
	}
}

// SetPaper puts in a roll with so many rows left; 0 takes the paper out.
func (p *Printer) SetPaper(rows int) {
	p.control(func() {
		p.rows = max(rows, 0)
		if p.rows == 0 {
			p.tear(false)
		}
	})
}

// OpenCover opens or closes the cover. Closing it ends the stop after a jam that
// was cleared.
func (p *Printer) OpenCover(open bool) {
	p.control(func() {
		if p.cover && !open && !p.jam {
			p.stuck = false
		}
		p.cover = open
	})
}

// Jam blocks or frees the cutter. A blocked one is noticed at the next cut; then
// the printer stands still until it is freed, with what hung in it torn off, and
// told to go on.
func (p *Printer) Jam(on bool) {
	p.control(func() {
		p.jam = on
		if !on && p.stuck {
			p.tear(false)
		}
	})
}

// Heat makes the head too hot or lets it cool down. A printer whose head is too
// hot pauses and goes on by itself.
func (p *Printer) Heat(on bool) { p.control(func() { p.hot = on }) }

// Tear takes the paper away: what was cut, and by force what was not.
func (p *Printer) Tear() {
	p.control(func() {
		p.outlet = 0
		p.tear(false)
	})
}

// Off pulls the plug: the connection drops, what was in the buffer is lost,
// and paper that was printed on hangs out. On plugs it in again.
func (p *Printer) Off() { p.power(true) }

// On is the counterpart of Off.
func (p *Printer) On() { p.power(false) }

func (p *Printer) power(off bool) {
	p.mu.Lock()
	if p.off == off {
		p.mu.Unlock()
		return
	}
	p.off = off
	p.epoch++
	p.tear(false)
	p.reset()
	l, onOff := p.line, p.onOff
	p.changed.Broadcast()
	p.mu.Unlock()
	if l != nil {
		l.hangUp()
	}
	if onOff != nil {
		onOff(off)
	}
	p.deliver()
}

// control changes the machine and lets it go on with what it holds.
func (p *Printer) control(f func()) {
	p.mu.Lock()
	f()
	p.run()
	p.changed.Broadcast()
	p.mu.Unlock()
	p.deliver()
}

func (p *Printer) offline() bool { return p.cover || p.stuck || p.hot || p.rows == 0 || p.off }

// receive takes bytes from the line; it blocks while the buffer is full. ok is
// false once the power was cut.
func (p *Printer) receive(b []byte, epoch int, gone func() bool) (ok bool) {
	for len(b) > 0 {
		p.mu.Lock()
		for len(p.buf) >= p.opts.Buffer && p.epoch == epoch && !gone() {
			p.changed.Wait()
		}
		if p.epoch != epoch || gone() {
			p.mu.Unlock()
			return false
		}
		n := min(len(b), p.opts.Buffer-len(p.buf))
		for _, c := range b[:n] {
			p.buf = append(p.buf, c)
			p.realtime(c)
		}
		b = b[n:]
		p.run()
		p.mu.Unlock()
		p.deliver()
	}
	return true
}

// run interprets the buffer until it is empty or the printer stops.
func (p *Printer) run() {
	i := 0
	for !p.offline() && !p.moving(lead) {
		did, busy := p.in.work(p)
		if did {
			continue
		}
		if busy || i == len(p.buf) {
			break
		}
		i += p.in.feed(p, p.buf[i:])
	}
	p.buf = p.buf[:copy(p.buf, p.buf[i:])]
	p.automatic()
}

// deliver hands out pages first, answers after them: a confirmed page is there.
func (p *Printer) deliver() {
	p.mu.Lock()
	pages, faults := p.pages, p.faults
	p.pages, p.faults = nil, nil
	p.mu.Unlock()
	for _, f := range faults {
		if p.opts.OnError != nil {
			p.opts.OnError(f)
		}
	}
	for _, page := range pages {
		if p.opts.OnPage != nil {
			p.opts.OnPage(page)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pages) > 0 || len(p.out) == 0 {
		return // another goroutine's delivery takes care of them
	}
	if p.line != nil {
		p.line.queue(p.out)
	}
	p.out = nil
}

func (p *Printer) fault(format string, a ...any) {
	p.faults = append(p.faults, fmt.Errorf(format, a...))
}

// feedRow moves the paper by one row, with dots on it or blank. It reports
// whether there was paper.
func (p *Printer) feedRow(row []byte) bool {
	if p.rows == 0 {
		return false
	}
	p.rows--
	p.move()
	p.in.paper.add(row)
	if p.in.paper.height >= maxPage {
		p.fault("page of more than %d rows without a cut", maxPage)
		p.tear(false)
	}
	if p.rows == 0 {
		p.tear(false)
	}
	return true
}

// cut separates the page, or gets stuck.
func (p *Printer) cut() {
	if p.jam {
		p.stuck = true
		return
	}
	if p.in.paper.height > 0 {
		p.outlet++
	}
	p.tear(true)
}

// tear hands out what is on the paper so far.
func (p *Printer) tear(cut bool) {
	if p.in.paper.height == 0 {
		return
	}
	p.pages = append(p.pages, Page{Raster: p.in.paper.take(), Cut: cut, PaperOut: p.rows == 0})
}
