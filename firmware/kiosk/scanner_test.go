package kiosk

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"testing"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

// armed is a scanner that notes how it was told to be.
type armed struct {
	fakeScanner
	mu   sync.Mutex
	told []bool
}

func (s *armed) Arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, on)
}

// A scanner that is plugged in is as the session wants one to be: it hears
// nobody who is not asked for a code.
func TestAScannerIsArmedOnlyWhereACodeIsWanted(t *testing.T) {
	b := newBench(t)
	opened := make(chan *armed, 4)
	b.k.opt.Registry["scanner"] = func(context.Context, *url.URL) (hal.Device, error) {
		s := &armed{fakeScanner: fakeScanner{b: b}}
		opened <- s
		return s, nil
	}
	again := func(want bool) {
		t.Helper()
		b.unplug("scanner")
		s := <-opened
		b.until("the scanner is back", func(s session.State) bool { return s.Devices[session.Scanner].Ready })
		b.scan("nonsense") // it is in use
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.told) == 0 || slices.Contains(s.told, !want) {
			t.Errorf("told %v, want nothing but %v", s.told, want)
		}
	}
	again(false)
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	again(true)
}

// What was scanned and what is printed are somebody's, and are overwritten once
// they were used.
func TestScansAndPagesAreOverwritten(t *testing.T) {
	b := newBench(t)
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	code := []byte("card")
	b.scans <- hal.Scan{Data: code}
	b.lay()
	b.page(session.Confirm)
	if slices.ContainsFunc(code, func(c byte) bool { return c != 0 }) {
		t.Errorf("%d bytes of the code are left", len(code))
	}
	page := slices.Repeat([]byte{1}, 72)
	b.k.opt.Compose = func(session.Slip, int) (hal.Raster, error) {
		return hal.Raster{Width: 576, Height: 1, Stride: 72, Bits: page}, nil
	}
	b.do(session.ItsMe{}, session.ChooseService{ID: "s"}, session.Next{})
	b.page(session.Review)
	b.do(session.Submit{})
	s := b.until("the number", func(s session.State) bool { return s.Number != "" })
	b.do(session.Delivered{Dossier: s.Dossier})
	(<-b.prints).reply <- nil
	b.page(session.Done)
	b.until("printed", func(s session.State) bool { return s.Print == session.PrintDone })
	if slices.Contains(page, 1) {
		t.Error("the receipt is left")
	}
}

// observed notes which devices are told of outside.
type observed struct {
	mu    sync.Mutex
	names []string
}

func (*observed) Ended(session.Ended) {}
func (o *observed) Device(name string, _ hal.Health) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names = append(o.names, name)
}

// A terminal that was built without a printer has no trouble with it, which the
// fleet would show for ever; the session knows that there is none.
func TestADeviceThatATerminalIsWithout(t *testing.T) {
	b := &bench{t: t, states: make(chan session.State, 256), scans: make(chan hal.Scan)}
	o := &observed{}
	k := New(Options{
		Machine: session.New(session.Config{}), Display: b, Observe: o, Scanner: "scanner:",
		Registry: hal.Registry{"scanner": func(context.Context, *url.URL) (hal.Device, error) { return &fakeScanner{b: b}, nil }},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- k.Run(ctx) }()
	b.until("the terminal as it is", func(s session.State) bool {
		return s.Devices[session.Scanner].Ready && s.Devices[session.Printer].Code == health.PrinterGone && s.Devices[session.Reader].Code == health.ReaderGone
	})
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.names, []string{"scanner"}) {
		t.Errorf("told of %v", o.names)
	}
}
