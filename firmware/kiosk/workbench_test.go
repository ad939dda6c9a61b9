package kiosk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/hal"
)

// bench is a kiosk on a workbench: every device and the store are played by
// the test, so that each of their moods can be asked for.
type bench struct {
	t      *testing.T
	k      *Kiosk
	states chan session.State
	reader *fakeReader
	scans  chan hal.Scan
	prints chan printJob
	gone   map[string]chan struct{} // unplugs the device of this scheme

	mu       sync.Mutex
	saved    []dossier.Draft
	fail     error // of the store
	read     func(ctx context.Context, card hal.Card) (person.Person, error)
	progress func(session.CardProgress) // of the reading under way
	wiped    []uint64
	ended    []session.Ended
	last     session.State // shown
	shown    func(session.State)
	broken   func(session.State) error // how the display fails
	store    func()                    // called while a dossier is made durable

	once   sync.Once
	cancel context.CancelFunc
	ran    chan error
}

type printJob struct {
	id    string
	reply chan error
}

func newBench(t *testing.T) *bench {
	b := &bench{
		t: t, states: make(chan session.State, 256), scans: make(chan hal.Scan), prints: make(chan printJob),
		gone: map[string]chan struct{}{"reader": make(chan struct{}), "scanner": make(chan struct{}), "printer": make(chan struct{})},
		read: func(context.Context, hal.Card) (person.Person, error) { return someone, nil },
	}
	b.reader = &fakeReader{b: b, laid: make(chan struct{}), lifted: make(chan struct{})}
	text := service.Text{"vi": "x", "en": "x"}
	b.k = New(Options{
		Machine: session.New(session.Config{Services: []service.Service{{
			ID: "s", Code: "1", Version: "1", Name: text, Steps: []service.Step{{ID: "who", Kind: service.Show, Title: text}},
		}}}),
		Display: b, Store: b, Observe: b,
		ReadCard: func(ctx context.Context, card hal.Card, _ CardKey, progress func(session.CardProgress)) (person.Person, error) {
			progress(session.CardProgress{Stage: session.Names})
			b.mu.Lock()
			read := b.read
			b.mu.Unlock()
			b.mu.Lock()
			b.progress = progress
			b.mu.Unlock()
			return read(ctx, card)
		},
		Parse: func(scan hal.Scan) session.Event {
			if string(scan.Data) != "card" {
				return session.ScanRejected{Code: health.ScanNotCard}
			}
			return session.Scanned{QR: cccd.QR{Number: someone.Number}}
		},
		Compose: func(s session.Slip, dots int) (hal.Raster, error) {
			return hal.Raster{Width: dots, Height: 1, Stride: dots / 8, Bits: make([]byte, dots/8)}, nil
		},
		Registry: hal.Registry{
			"reader":  func(context.Context, *url.URL) (hal.Device, error) { return b.reader, nil },
			"scanner": func(context.Context, *url.URL) (hal.Device, error) { return &fakeScanner{b: b}, nil },
			"printer": func(context.Context, *url.URL) (hal.Device, error) { return &fakePrinter{b: b}, nil },
		},
		Reader: "reader:///", Scanner: "scanner:///", Printer: "printer:///",
	})
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.ran = cancel, make(chan error, 1)
	go func() { b.ran <- b.k.Run(ctx) }()
	t.Cleanup(b.stop)
	b.until("all devices ready", func(s session.State) bool {
		return s.Devices[session.Reader].Ready && s.Devices[session.Scanner].Ready && s.Devices[session.Printer].Ready
	})
	return b
}

// stop ends the kiosk, whatever it is doing, and looks at what it leaves behind
// on the screen.
func (b *bench) stop() {
	b.once.Do(func() {
		b.cancel()
		if err := <-b.ran; err != nil {
			b.t.Errorf("the kiosk ended with %v", err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if s := b.last; s.Phase != session.Closed || s.Person.Name != "" || s.QR != nil || s.Number != "" {
			b.t.Errorf("page %v stays on the screen", s.Phase)
		}
	})
}

var someone = person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Assurance: person.ChipSigned}

// until waits for a state that fits, among those that were shown.
func (b *bench) until(what string, ok func(session.State) bool) session.State {
	b.t.Helper()
	var last session.State
	for {
		select {
		case last = <-b.states:
			if ok(last) {
				return last
			}
		case <-time.After(20 * time.Second): // a hang, not a measure of speed
			b.t.Fatalf("never: %s (page %v, sheet %v, problem %q)", what, last.Phase, last.Sheet, last.Problem)
		}
	}
}

func (b *bench) page(p session.Phase) session.State {
	b.t.Helper()
	return b.until("page "+p.String(), func(s session.State) bool { return s.Phase == p })
}

func (b *bench) do(evs ...session.Event) {
	for _, ev := range evs {
		b.k.Post(b.t.Context(), ev)
	}
}

func (b *bench) scan(text string) {
	select {
	case b.scans <- hal.Scan{Data: []byte(text)}:
	case <-time.After(20 * time.Second):
		b.t.Fatal("nobody reads the scanner")
	}
}

// The display, the store and the observer.

func (b *bench) Show(s session.State) error {
	b.mu.Lock()
	b.last = s
	shown, broken := b.shown, b.broken
	b.mu.Unlock()
	if shown != nil {
		shown(s)
	}
	if broken != nil {
		if err := broken(s); err != nil {
			return err
		}
	}
	select {
	case b.states <- s:
	default: // nobody looks any more
	}
	return nil
}
func (b *bench) Touch(hal.Touch) (session.Event, bool)  { return session.Start{}, false }
func (b *bench) Key(hal.KeyPress) (session.Event, bool) { return session.OpenHelp{}, false }
func (b *bench) Poll() []hal.Touch                      { return nil }
func (b *bench) PollEvery() time.Duration               { return 0 }
func (b *bench) Forget(n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wiped = append(b.wiped, n)
}

func (b *bench) Create(_ context.Context, d dossier.Draft) (Saved, error) {
	b.mu.Lock()
	store := b.store
	b.mu.Unlock()
	if store != nil {
		store()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return Saved{}, b.fail
	}
	b.saved = append(b.saved, d)
	return Saved{ID: fmt.Sprintf("d-%d", len(b.saved)), Number: "SM06-2311-0001", At: time.Now()}, nil
}

func (b *bench) Ended(e session.Ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = append(b.ended, e)
}
func (b *bench) Device(string, hal.Health) {}

// fakeDevice is what all three devices share.
type fakeDevice struct{ scheme string }

func (d fakeDevice) URI() string        { return d.scheme + ":///" }
func (d fakeDevice) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (d fakeDevice) Close() error       { return nil }

var errPulled = fmt.Errorf("pulled: %w", hal.ErrGone)

// unplug makes every pending call of a device fail, once.
func (b *bench) unplug(scheme string) {
	select {
	case b.gone[scheme] <- struct{}{}:
	case <-time.After(20 * time.Second):
		b.t.Fatalf("nobody waits on the %s", scheme)
	}
}

type fakeReader struct {
	b            *bench
	laid, lifted chan struct{}
}

func (r *fakeReader) URI() string        { return "reader:///" }
func (r *fakeReader) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (r *fakeReader) Close() error       { return nil }
func (r *fakeReader) Present() bool      { return false }
func (r *fakeReader) Wait(ctx context.Context) (hal.Card, error) {
	select {
	case <-r.laid:
		return fakeCard{}, nil
	case <-r.b.gone["reader"]:
		return nil, errPulled
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
func (r *fakeReader) WaitRemoval(ctx context.Context) error {
	select {
	case <-r.lifted:
		return nil
	case <-r.b.gone["reader"]:
		return errPulled
	case <-ctx.Done():
		return ctx.Err()
	}
}

type fakeCard struct{}

func (fakeCard) ATR() []byte { return []byte{0x3B} }
func (fakeCard) Transmit(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("not asked in these tests")
}
func (fakeCard) Release() error { return nil }

type fakeScanner struct {
	fakeDevice
	b *bench
}

func (s *fakeScanner) Arm(bool) {}
func (s *fakeScanner) Next(ctx context.Context) (hal.Scan, error) {
	select {
	case sc := <-s.b.scans:
		if len(sc.Data) > 4096 {
			return hal.Scan{}, hal.ErrOverlong
		}
		return sc, nil
	case <-s.b.gone["scanner"]:
		return hal.Scan{}, errPulled
	case <-ctx.Done():
		return hal.Scan{}, ctx.Err()
	}
}

type fakePrinter struct {
	fakeDevice
	b *bench
}

func (p *fakePrinter) Dots() (int, int) { return 576, 203 }
func (p *fakePrinter) Print(ctx context.Context, id string, _ hal.Raster) error {
	j := printJob{id: id, reply: make(chan error)}
	select {
	case p.b.prints <- j:
		return <-j.reply
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lay and lift move the card.
func (b *bench) lay()  { b.reader.laid <- struct{}{} }
func (b *bench) lift() { b.reader.lifted <- struct{}{} }
