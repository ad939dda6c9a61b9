package world

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net"
	"slices"
	"time"

	"tram06/devdock/web"
	"tram06/hal/escpos/sim"
)

// Paper on the rolls that one can put in, in rows of the head: 30 m, and half a
// metre.
const (
	fullRoll = 240000
	endOfIt  = 4000
)

// Paper is one piece that came out of the printer.
type Paper struct {
	At   time.Time
	PNG  []byte
	Page sim.Page
	// Taken: it does not hang in the printer any more.
	Taken bool
}

// outlet is the printer with its cable, and the paper that came out. The world's
// lock guards what changes.
type outlet struct {
	printer *sim.Printer
	ctx     context.Context // of the world
	addr    string
	papers  []Paper
	gone    int       // older papers, which were thrown away
	state   sim.State // as last looked at
	cable   func()    // pulls it, and waits until it is out; nil while it is
}

// maxPapers is how many papers are kept: a kiosk may print for days.
const maxPapers = 200

// Simulated gives the printer, for tests that need more than the page does.
func (w *World) Simulated() *sim.Printer { return w.out.printer }

// paper takes a piece that was cut, or torn off by whatever happened to it.
func (w *World) paper(p sim.Page) {
	b, err := p.PNG()
	if err != nil {
		w.o.Log("paper: %v", err)
		return
	}
	w.mu.Lock()
	w.out.papers = append(w.out.papers, Paper{At: time.Now(), PNG: b, Page: p, Taken: !p.Cut})
	if old := len(w.out.papers) - maxPapers; old > 0 {
		w.out.papers, w.out.gone = slices.Delete(w.out.papers, 0, old), w.out.gone+old
	}
	w.mu.Unlock()
	w.changed()
}

// Papers gives what came out last, the newest at the end.
func (w *World) Papers() []Paper {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.out.papers)
}

// Paper gives the n-th piece of paper, from 1; 0 is what hangs out and is not
// cut yet.
func (w *World) Paper(n int) ([]byte, error) {
	if n == 0 {
		hanging := sim.Page{Raster: w.out.printer.Hanging()}
		if hanging.Raster.Height == 0 {
			return nil, fmt.Errorf("paper that hangs out: %w", web.ErrNone)
		}
		var b bytes.Buffer
		// It is looked at once, on this machine.
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		err := e.Encode(&b, hanging.Image())
		return b.Bytes(), err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	i := n - 1 - w.out.gone
	if i < 0 || i >= len(w.out.papers) {
		return nil, fmt.Errorf("paper %d: %w", n, web.ErrNone)
	}
	return w.out.papers[i].PNG, nil
}

// Printer does something to the printer.
func (w *World) Printer(do string) error {
	p := w.out.printer
	s := p.State()
	switch do {
	case "roll":
		p.SetPaper(fullRoll)
	case "near-end":
		p.SetPaper(endOfIt)
	case "empty":
		p.SetPaper(0)
	case "cover":
		p.OpenCover(!s.CoverOpen)
	case "jam":
		p.Jam(!s.Jammed)
	case "heat":
		p.Heat(!s.Hot)
	case "tear":
		w.tearOff()
	case "power":
		if s.On {
			p.Off()
		} else {
			p.On()
		}
	default:
		return fmt.Errorf("printer %q: %w", do, web.ErrNone)
	}
	w.changed()
	return nil
}

// tearOff takes all paper that hangs in the printer.
func (w *World) tearOff() {
	w.out.printer.Tear()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.out.papers {
		w.out.papers[i].Taken = true
	}
}

// plugPrinter serves the printer where the kiosk looks for it, until ctx ends or
// the cable is pulled.
func (w *World) plugPrinter(ctx context.Context) error {
	at := w.out.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		return fmt.Errorf("port of the simulated printer: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.out.printer.Serve(ctx, ln); err != nil && ctx.Err() == nil {
			w.o.Log("simulated printer: %v", err)
		}
	}()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.addr = ln.Addr().String()
	w.out.cable = func() {
		cancel()
		<-ended
	}
	return nil
}

// pullPrinter pulls the printer's cable, or plugs it in: what it holds and what
// hangs out stays there.
func (w *World) pullPrinter() error {
	if w.out.cable == nil {
		err := w.plugPrinter(w.out.ctx)
		w.changed()
		return err
	}
	w.out.cable()
	w.mu.Lock()
	w.out.cable = nil
	w.mu.Unlock()
	w.changed()
	return nil
}

// watchTime parts two looks at what tells nobody that it changed.
const watchTime = 120 * time.Millisecond

// look follows the paper as it comes out, and the panel's light, until ctx ends.
func (w *World) look(ctx context.Context) {
	tick := time.NewTicker(watchTime)
	defer tick.Stop()
	for {
		s, light, timed := w.out.printer.State(), w.files.light(), w.timers.look()
		for _, heard := range w.hands.sounds() {
			w.hear("", heard)
		}
		w.mu.Lock()
		same := w.out.state == s && w.light == light && w.timed == timed
		w.out.state, w.light, w.timed = s, light, timed
		w.mu.Unlock()
		if !same {
			w.changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
