package kiosk

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"testing"

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
	again := func(want ...bool) {
		t.Helper()
		b.unplug("scanner")
		s := <-opened
		b.until("the scanner is back", func(s session.State) bool { return s.Devices[session.Scanner].Ready })
		b.scan("nonsense") // it is in use
		s.mu.Lock()
		defer s.mu.Unlock()
		if !slices.Equal(s.told, want) {
			t.Errorf("told %v, want %v", s.told, want)
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
