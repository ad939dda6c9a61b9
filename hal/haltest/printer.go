package haltest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tram06/hal"
)

// Press is a printer with somebody's hands on it.
type Press interface {
	Printer() hal.Printer
	Cover(open bool)
	// Paper puts a full roll in or takes it out.
	Paper(in bool)
	Unplug()
	// Plug gives the printer opened anew after Unplug.
	Plug() hal.Printer
	// Halfway calls do once, in the middle of the next page.
	Halfway(do func())
	// Papers gives the pieces that came out so far, and were cut.
	Papers() []hal.Raster
}

// testPage is large enough to have a middle, and no two of them are alike.
func testPage(seed byte) hal.Raster {
	p := hal.Raster{Width: 256, Height: 1200, Stride: 32}
	p.Bits = make([]byte, p.Stride*p.Height)
	x := uint32(seed) + 1
	for i := range p.Bits {
		x = x*1664525 + 1013904223
		if b := byte(x >> 24); b != 0x10 { // printers obey some pictures
			p.Bits[i] = b
		}
	}
	return p
}

// same tells whether a piece of paper shows the page at its left edge.
func same(got, want hal.Raster) bool {
	if got.Height != want.Height {
		return false
	}
	for y := range want.Height {
		if !bytes.Equal(got.Bits[y*got.Stride:][:want.Stride], want.Bits[y*want.Stride:][:want.Stride]) {
			return false
		}
	}
	return true
}

// Printers asks for what hal promises of pages; open gives a fresh press each
// time, ready to print.
func Printers(t *testing.T, open func(t *testing.T) Press) {
	printed := func(t *testing.T, s Press, p hal.Printer, id string, seed byte) {
		t.Helper()
		before := len(s.Papers())
		result := make(chan error, 1)
		go func() { result <- p.Print(t.Context(), id, testPage(seed)) }()
		if err := within(t, patience, "Print", result); err != nil {
			t.Fatal(err)
		}
		papers := s.Papers()
		if len(papers) != before+1 {
			t.Fatalf("%d pieces of paper for one page", len(papers)-before)
		}
		if !same(papers[before], testPage(seed)) {
			t.Fatal("the paper does not show the page")
		}
	}
	t.Run("what is confirmed is on paper, once", func(t *testing.T) {
		s := open(t)
		p := s.Printer()
		for i := range 3 {
			printed(t, s, p, string(rune('a'+i)), byte(i))
		}
		for i := range 3 {
			if err := p.Print(t.Context(), string(rune('a'+i)), testPage(byte(i))); !errors.Is(err, hal.ErrAlreadyPrinted) || errors.Is(err, hal.ErrJobUnknown) {
				t.Errorf("the same job again: %v, want ErrAlreadyPrinted", err)
			}
		}
		if n := len(s.Papers()); n != 3 {
			t.Errorf("%d pieces of paper for three jobs", n)
		}
		printed(t, s, p, "a, on somebody's word", 0)
	})
	for name, c := range map[string]struct {
		do, undo func(Press)
		want     error
	}{
		"no paper":   {func(s Press) { s.Paper(false) }, func(s Press) { s.Paper(true) }, hal.ErrNoPaper},
		"cover open": {func(s Press) { s.Cover(true) }, func(s Press) { s.Cover(false) }, hal.ErrCoverOpen},
	} {
		refused := func(t *testing.T, p hal.Printer) {
			t.Helper()
			err := p.Print(t.Context(), "job", testPage(7))
			if !errors.Is(err, c.want) || errors.Is(err, hal.ErrJobUnknown) {
				t.Fatalf("%v, want %v alone: it is certain", err, c.want)
			}
		}
		t.Run(name, func(t *testing.T) {
			s := open(t)
			c.do(s)
			refused(t, s.Printer())
			c.undo(s)
			if n := len(s.Papers()); n != 0 {
				t.Fatalf("%d pieces of paper of a page that was refused", n)
			}
			printed(t, s, s.Printer(), "job", 7) // the same job
		})
		t.Run(name+" in the middle", func(t *testing.T) {
			s := open(t)
			s.Halfway(func() { c.do(s) })
			refused(t, s.Printer())
			c.undo(s)
			whole := len(s.Papers())
			// What came out before hangs in front of the next page.
			if err := s.Printer().Print(t.Context(), "job", testPage(8)); err != nil {
				t.Fatal(err)
			}
			papers := s.Papers()
			if whole != 0 || len(papers) != 1 {
				t.Fatalf("%d whole pieces of paper before and %d after the second try", whole, len(papers))
			}
			end := papers[0]
			end.Bits = end.Bits[(end.Height-testPage(8).Height)*end.Stride:]
			end.Height = testPage(8).Height
			if !same(end, testPage(8)) {
				t.Fatal("the rest of the page that was given up came out")
			}
		})
	}
	t.Run("unplugged in the middle", func(t *testing.T) {
		s := open(t)
		p := s.Printer()
		s.Halfway(s.Unplug)
		result := make(chan error, 1)
		go func() { result <- p.Print(context.Background(), "job", testPage(1)) }()
		if err := within(t, patience, "Print", result); !errors.Is(err, hal.ErrJobUnknown) || !errors.Is(err, hal.ErrGone) {
			t.Fatalf("%v, want ErrJobUnknown and ErrGone", err)
		}
		closeInTime(t, p)
		p = s.Plug()
		if err := p.Print(t.Context(), "job", testPage(1)); !errors.Is(err, hal.ErrAlreadyPrinted) || !errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("the same job on the printer that is back: %v, want ErrAlreadyPrinted and ErrJobUnknown", err)
		}
		if n := len(s.Papers()); n != 0 {
			t.Fatalf("%d whole pieces of paper of a page that broke off", n)
		}
		printed(t, s, p, "job, on somebody's word", 2)
	})
	t.Run("a page that cannot be printed", func(t *testing.T) {
		s := open(t)
		p := s.Printer()
		w, _ := p.Dots()
		for _, page := range []hal.Raster{
			{}, {Width: w + 1, Height: 1, Stride: w/8 + 1, Bits: make([]byte, w/8+1)}, {Width: 8, Height: 9, Stride: 1, Bits: make([]byte, 8)},
		} {
			if err := p.Print(t.Context(), "job", page); err == nil || errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrJobUnknown) {
				t.Errorf("a page of %d x %d dots gives %v", page.Width, page.Height, err)
			}
		}
		printed(t, s, p, "job", 3)
	})
}
