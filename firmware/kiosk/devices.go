package kiosk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/supervisor"
)

// startDevices runs a supervisor for each device until ctx ends; the function
// it returns waits for all of them. A kiosk starts with any of them missing.
func (k *Kiosk) startDevices(ctx context.Context) func() {
	var wg sync.WaitGroup
	if k.opt.OutOfService == "" {
		supervise(ctx, k, &wg, "reader", k.opt.Reader, session.Reader, hal.KeyReaderGone, k.reader.setServing, k.reader.use)
		supervise(ctx, k, &wg, "scanner", k.opt.Scanner, session.Scanner, hal.KeyScannerGone, nil, k.scanner.use)
		supervise(ctx, k, &wg, "printer", k.opt.Printer, session.Printer, hal.KeyPrinterGone, k.printer.setServing, k.printer.use)
	}
	f := &finger{k: k}
	follow[hal.TouchScreen](ctx, k, &wg, "touch", k.opt.Touch, hal.KeyTouchGone, f.touched, f.gone)
	follow[hal.Keypad](ctx, k, &wg, "keypad", k.opt.Keypad, hal.KeyKeypadGone, k.Pressed, func() {})
	return wg.Wait
}

// input is a device that people act on.
type input[E any] interface {
	hal.Device
	Next(ctx context.Context) (E, error)
}

// follow hands what people do on to the loop, for as long as there is a kiosk:
// also out of service, where help can be asked for. gone is called when the
// device is in use no more.
func follow[T input[E], E any](ctx context.Context, k *Kiosk, wg *sync.WaitGroup, name, uri, key string,
	hand func(context.Context, E), gone func()) {
	if uri == "" {
		return
	}
	wg.Go(func() {
		supervisor.Run(ctx, supervisor.Options[T]{
			URI: uri, Registry: k.opt.Registry, Key: key, Wake: k.wake(uri),
			OnHealth: func(h hal.Health) { k.observe(name, uri, h) },
			Use: func(ctx context.Context, d T) error {
				defer gone()
				for {
					e, err := d.Next(ctx)
					if err != nil {
						return err
					}
					hand(ctx, e)
				}
			},
		})
	})
}

// finger is the one on the panel. A panel that is pulled out under it may be
// closed before its last word was taken.
type finger struct {
	k    *Kiosk
	last hal.Touch
	down bool
}

func (f *finger) touched(ctx context.Context, t hal.Touch) {
	f.last, f.down = t, t.Kind == hal.TouchDown || t.Kind == hal.TouchMove
	f.k.Touched(ctx, t)
}

// gone lifts a finger that nobody sees any more; it presses nothing. The kiosk
// outlives the panel, so that a loop that is busy hears of it too.
func (f *finger) gone() {
	if !f.down {
		return
	}
	end := f.last
	end.Kind, end.At = hal.TouchCancel, f.k.opt.Clock()
	f.touched(f.k.done, end)
}

// supervise keeps a device in use. serving is told whether there is one before
// the session is, so that whatever the session wants of a device it knows to be
// there is taken, even a moment before use begins.
func supervise[T hal.Device](ctx context.Context, k *Kiosk, wg *sync.WaitGroup, name, uri string, d session.Device,
	key string, serving func(bool), use func(context.Context, T) error) {
	report := func(h hal.Health) {
		if serving != nil {
			serving(h.State != hal.Absent)
		}
		if uri != "" { // what was never there is nobody's trouble
			k.observe(name, uri, h)
		}
		ready := h.State == hal.Ready || h.State == hal.Degraded
		k.post(session.DeviceChanged{Device: d, Ready: ready, Code: deviceCode(h)})
	}
	wg.Go(func() {
		if uri == "" { // this terminal has none; the session is told so, once
			k.opt.Log.Info("no device", "name", name)
			report(hal.Health{State: hal.Absent, Key: key, Since: k.opt.Clock()})
			return
		}
		supervisor.Run(ctx, supervisor.Options[T]{URI: uri, Registry: k.opt.Registry, Key: key, Wake: k.wake(uri), OnHealth: report, Use: use})
	})
}

func (k *Kiosk) wake(uri string) <-chan struct{} {
	if k.opt.Wake == nil {
		return nil
	}
	return k.opt.Wake(uri)
}

// observe logs a device's health and tells it outside.
func (k *Kiosk) observe(name, uri string, h hal.Health) {
	if k.opt.Observe != nil {
		k.opt.Observe.Device(name, h)
	}
	if h.State == hal.Ready {
		k.opt.Log.Info("device ready", "name", name, "device", uri)
		return
	}
	k.opt.Log.Warn("device "+h.State.String(), "name", name, "device", uri, "code", deviceCode(h), "err", h.Err)
}

// scanner feeds codes into the loop. Whether it is armed outlives the device:
// a scanner plugged in while the citizen waits is armed at once.
type scanner struct {
	k     *Kiosk
	mu    sync.Mutex
	dev   hal.Scanner
	armed bool
}

func (s *scanner) arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = on
	if s.dev != nil {
		s.dev.Arm(on)
	}
}

func (s *scanner) use(ctx context.Context, d hal.Scanner) error {
	s.mu.Lock()
	s.dev = d
	d.Arm(s.armed)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.dev = nil
		s.mu.Unlock()
	}()
	for {
		scan, err := d.Next(ctx)
		switch {
		case errors.Is(err, hal.ErrOverlong):
			s.reject(health.ScanGarbage)
		case err != nil:
			return err
		default:
			ev := s.k.opt.Parse(scan)
			clear(scan.Data)
			if r, ok := ev.(session.ScanRejected); ok {
				s.reject(r.Code)
				continue
			}
			s.k.post(ev)
		}
	}
}

// reject tells the session and the log that a code was none of a card. What it
// said is nobody's business.
func (s *scanner) reject(code health.Code) {
	s.k.opt.Log.Info("scan rejected", "code", code)
	s.k.post(session.ScanRejected{Code: code})
}

// printer prints one receipt at a time.
type printer struct {
	k    *Kiosk
	jobs chan session.Print
	mu   sync.Mutex
	on   bool
	now  uint64             // the session whose receipt is being printed
	end  context.CancelFunc // ends the wait for the printer's turn
	over uint64             // the last session that ended
}

func newPrinter(k *Kiosk) *printer { return &printer{k: k, jobs: make(chan session.Print, 1)} }

// print hands a job to the device, or says at once that there is none. The
// channel holds one job: the session never wants two at a time.
func (p *printer) print(e session.Print) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on {
		select {
		case p.jobs <- e:
			return
		default:
		}
	}
	go p.k.post(session.PrintFailed{ID: e.ID, Code: health.PrinterGone})
}

// forget calls off the receipt of a session that is over, unless its first byte
// is out: a printer that waits, say because it is hot, must not bring it out in
// front of the next citizen.
func (p *printer) forget(session uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = session
	select {
	case e := <-p.jobs:
		if e.ID.Session != session {
			p.jobs <- e // nobody else puts one there without the lock
		}
	default:
	}
	if p.end != nil && p.now == session {
		p.end()
	}
}

func (p *printer) use(ctx context.Context, d hal.Printer) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-p.jobs:
			ctx, cancel := context.WithCancel(ctx)
			p.turn(e.ID.Session, cancel)
			err := p.job(ctx, d, e)
			p.turn(0, nil)
			cancel()
			if err != nil {
				return err
			}
		}
	}
}

func (p *printer) turn(session uint64, end context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.end = session, end
	if end != nil && session <= p.over { // it ended a moment ago
		end()
	}
}

// setServing turns the printer on or off, and refuses what came in while the
// device went away.
func (p *printer) setServing(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on = on; on {
		return
	}
	select {
	case e := <-p.jobs:
		go p.k.post(session.PrintFailed{ID: e.ID, Code: health.PrinterGone})
	default:
	}
}

func (p *printer) job(ctx context.Context, d hal.Printer, e session.Print) error {
	dots, _ := d.Dots()
	page, err := p.k.opt.Compose(e.Slip, dots)
	if err != nil {
		p.k.opt.Log.Error("receipt not composed", "number", e.Slip.Number, "err", err)
		p.k.post(session.PrintFailed{ID: e.ID, Code: health.PrinterFault})
		return nil
	}
	// A job id is printed once. Each wish for a receipt has its own, so that
	// printing again is the citizen's word and nobody else's.
	err = d.Print(ctx, fmt.Sprintf("%s#%d", e.Slip.Number, e.ID.Seq), page)
	clear(page.Bits)
	if err != nil {
		code, maybe := PrintCode(err)
		if over := ctx.Err(); over != nil && errors.Is(err, over) && !maybe {
			// Nothing went out: the printer is gone, or whoever it was for.
			code = health.PrinterGone
			p.k.opt.Log.Info("receipt called off", "number", e.Slip.Number)
		} else {
			p.k.opt.Log.Warn("receipt not confirmed", "number", e.Slip.Number, "code", code, "maybe", maybe, "err", err)
		}
		p.k.post(session.PrintFailed{ID: e.ID, Code: code, Maybe: maybe})
		if errors.Is(err, hal.ErrGone) {
			return err
		}
		return nil
	}
	p.k.opt.Log.Info("receipt printed", "number", e.Slip.Number)
	p.k.post(session.Printed{ID: e.ID})
	return nil
}
