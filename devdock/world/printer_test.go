package world

import (
	"bytes"
	"errors"
	"image/png"
	"net"
	"testing"

	"tram06/devdock/portal"
	"tram06/devdock/web"
	"tram06/hal"
	"tram06/hal/escpos/sim"
)

// line connects to the world's printer.
func line(t *testing.T, w *World) net.Conn {
	t.Helper()
	w.mu.Lock()
	addr := w.out.addr
	w.mu.Unlock()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// black is a picture of so many black rows, as ESC/POS.
func black(rows int) []byte {
	b := []byte{0x1D, 'v', '0', 0, 72, 0, byte(rows), byte(rows >> 8)}
	return append(b, bytes.Repeat([]byte{0xFF}, 72*rows)...)
}

var cutIt = []byte{0x1D, 'V', 0}

func TestPaperGrowsAndIsTornOff(t *testing.T) {
	w := newWorld(t, Options{PaperSpeed: 150})
	c := line(t, w)
	if _, err := w.Paper(0); !errors.Is(err, web.ErrNone) {
		t.Errorf("paper that nobody printed: %v", err)
	}
	if _, err := c.Write(black(1200)); err != nil {
		t.Fatal(err)
	}
	first := until(t, w, "paper comes out", func(v web.View) bool { return v.Roll.Hanging > 0 }).Roll.Hanging
	v := until(t, w, "all of it", func(v web.View) bool { return v.Roll.Hanging == 1200 })
	if first >= 1200 || v.Roll.Rows != fullRoll-1200 {
		t.Errorf("%d rows at first, %+v in the end", first, v.Roll)
	}
	b, err := w.Paper(0)
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dy() != 1200 {
		t.Errorf("picture %v, %v", img.Bounds(), err)
	}
	if _, err := c.Write(cutIt); err != nil {
		t.Fatal(err)
	}
	v = until(t, w, "it is cut", func(v web.View) bool { return len(v.Papers) == 1 })
	if v.Papers[0].Taken || v.Roll.Hanging != 0 {
		t.Errorf("cut: %+v, %+v", v.Papers, v.Roll)
	}
	if err := w.Printer("tear"); err != nil {
		t.Fatal(err)
	}
	until(t, w, "it is taken", func(v web.View) bool { return v.Papers[0].Taken })

	// Torn off by force in the middle of a page.
	if _, err := c.Write(black(100)); err != nil {
		t.Fatal(err)
	}
	until(t, w, "the next page", func(v web.View) bool { return v.Roll.Hanging == 100 })
	if err := w.Printer("tear"); err != nil {
		t.Fatal(err)
	}
	v = until(t, w, "a second paper", func(v web.View) bool { return len(v.Papers) == 2 })
	if p := v.Papers[1]; !p.Taken || p.Note[:8] != "Torn off" {
		t.Errorf("torn off: %+v", p)
	}
}

// Days of printing are not kept, and each paper keeps its number.
func TestOldPaperIsThrownAway(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range maxPapers + 3 {
		w.paper(sim.Page{Cut: true, Raster: hal.Raster{Width: 8, Height: i + 1, Stride: 1, Bits: make([]byte, i+1)}})
	}
	v := w.View()
	if n := len(v.Papers); n != maxPapers || v.Papers[0].N != 4 || v.Papers[n-1].N != maxPapers+3 {
		t.Fatalf("%d papers, from %+v", n, v.Papers[0])
	}
	for _, n := range []int{4, maxPapers + 3} {
		b, err := w.Paper(n)
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dy() != n {
			t.Errorf("paper %d is %v, %v", n, img.Bounds(), err)
		}
	}
	for _, n := range []int{-1, 1, 3, maxPapers + 4} {
		if _, err := w.Paper(n); !errors.Is(err, web.ErrNone) {
			t.Errorf("paper %d: %v", n, err)
		}
	}
}

func TestPrinterWithoutItsCable(t *testing.T) {
	w := newWorld(t, Options{})
	c := line(t, w)
	if _, err := c.Write(black(50)); err != nil {
		t.Fatal(err)
	}
	until(t, w, "paper comes out", func(v web.View) bool { return v.Roll.Hanging == 50 })
	if err := w.Cable(printerCable); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the line is still there")
	}
	if c, err := net.Dial("tcp", c.RemoteAddr().String()); err == nil {
		c.Close()
		t.Error("a cable that is pulled takes a connection")
	}
	if v := w.View(); !on(v.Cables, printerCable) || v.Roll.Hanging != 50 {
		t.Errorf("pulled: %+v, %+v: the paper does not care", v.Cables, v.Roll)
	}
	if err := w.Cable(printerCable); err != nil {
		t.Fatal(err)
	}
	if _, err := line(t, w).Write(cutIt); err != nil {
		t.Fatal(err)
	}
	until(t, w, "what hung there is cut", func(v web.View) bool { return len(v.Papers) == 1 })
}

func TestPrinterTooHot(t *testing.T) {
	w := newWorld(t, Options{})
	for _, want := range []bool{true, false} {
		if err := w.Printer("heat"); err != nil {
			t.Fatal(err)
		}
		if on(w.View().Printer, "heat") != want {
			t.Errorf("hot is not %v", want)
		}
	}
}

func TestPortalOfThePage(t *testing.T) {
	p := portal.New(portal.Options{})
	w := newWorld(t, Options{Portal: p})
	for _, m := range portal.Modes() {
		if err := w.Portal(string(m)); err != nil {
			t.Fatal(err)
		}
		v := until(t, w, string(m), func(v web.View) bool { return on(v.Portal.Modes, string(m)) })
		for _, c := range v.Portal.Modes {
			if c.Text == "" {
				t.Errorf("%s has no words", c.ID)
			}
		}
	}
	if err := w.Portal("sleepy"); !errors.Is(err, web.ErrNone) {
		t.Errorf("an unknown mode: %v", err)
	}
	if err := newWorld(t, Options{}).Portal("ok"); !errors.Is(err, web.ErrNone) {
		t.Errorf("without a portal: %v", err)
	}
}
