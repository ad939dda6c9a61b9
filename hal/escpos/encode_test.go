package escpos_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// receipt draws a page like a receipt: text lines with blank rows between,
// a QR-like block, a ruler, and a white end.
func receipt(width, height int, seed uint64) hal.Raster {
	r := rand.New(rand.NewPCG(seed, 6))
	page := hal.Raster{Width: width, Height: height, Stride: (width + 7) / 8}
	page.Bits = make([]byte, page.Stride*height)
	set := func(x, y int) { page.Bits[y*page.Stride+x/8] |= 0x80 >> (x % 8) }
	for y := range height {
		switch line := y / 40; {
		case y > height-60: // white
		case line%9 == 8: // a block of modules
			for x := range width / 2 {
				if (x/4*7+y/4*13)%5 < 2 {
					set(x, y)
				}
			}
		case y%40 < 24:
			for x := range min(width, 80+line*37%width) {
				if r.IntN(4) == 0 {
					set(x, y)
				}
			}
		}
	}
	return page
}

type paper struct {
	pages  []sim.Page
	faults []error
}

func newSim(o sim.Options) (*sim.Printer, *paper) {
	p := &paper{}
	o.OnPage = func(pg sim.Page) { p.pages = append(p.pages, pg) }
	o.OnError = func(err error) { p.faults = append(p.faults, err) }
	return sim.New(o), p
}

// feedAll prints bytes on a simulated printer without a driver.
func feedAll(t *testing.T, o sim.Options, data []byte) *paper {
	t.Helper()
	s, got := newSim(o)
	if err := s.Attach(t.Context(), &replay{Reader: bytes.NewReader(data)}); err != nil {
		t.Fatal(err)
	}
	return got
}

type replay struct{ *bytes.Reader }

func (*replay) Write(b []byte) (int, error) { return len(b), nil }

var setup = []byte{0x1B, '@', 0x1D, 'P', 203, 203}

func samePicture(t *testing.T, got, want hal.Raster) {
	t.Helper()
	if got.Height != want.Height {
		t.Fatalf("printed %d rows, want %d", got.Height, want.Height)
	}
	for y := range want.Height {
		for x := 0; x < want.Width; x += 8 {
			g, w := got.Bits[y*got.Stride+x/8], want.Bits[y*want.Stride+x/8]
			if n := want.Width - x; n < 8 {
				g, w = g>>(8-n), w>>(8-n)
			}
			// The one liberty of the encoder: a dot that breaks up a command.
			if g != w && !(w == 0x10 && g == 0x18) {
				t.Fatalf("dots from %d,%d are %08b, want %08b", x, y, g, w)
			}
		}
	}
}

func TestEncodedPageComesOutAsDrawn(t *testing.T) {
	for _, size := range [][2]int{{576, 1600}, {384, 700}, {571, 129}, {8, 1}, {576, 3}} {
		page := receipt(size[0], size[1], 1)
		prog, err := escpos.Encode(page, 576)
		if err != nil {
			t.Fatal(err)
		}
		got := feedAll(t, sim.Options{}, append(bytes.Clone(setup), prog.Bytes()...))
		if len(got.faults) > 0 {
			t.Fatalf("%v: the printer objects: %v", size, got.faults)
		}
		if len(got.pages) != 1 || !got.pages[0].Cut {
			t.Fatalf("%v: %d pages, want one that is cut", size, len(got.pages))
		}
		samePicture(t, got.pages[0].Raster, page)
	}
}

func TestPaddingBitsAreNotPrinted(t *testing.T) {
	page := hal.Raster{Width: 12, Height: 2, Stride: 2, Bits: []byte{0x80, 0x0F, 0x00, 0x1F}}
	prog, err := escpos.Encode(page, 576)
	if err != nil {
		t.Fatal(err)
	}
	got := feedAll(t, sim.Options{}, append(bytes.Clone(setup), prog.Bytes()...))
	samePicture(t, got.pages[0].Raster, page)
	for x := 12; x < 16; x++ {
		if got.pages[0].Raster.Bits[got.pages[0].Raster.Stride+1]>>(15-x)&1 == 1 {
			t.Fatal("a padding bit reached the paper")
		}
	}
}

func TestBlankRowsAndMarginsAreNotSent(t *testing.T) {
	page := hal.Raster{Width: 576, Height: 1600, Stride: 72, Bits: make([]byte, 72*1600)}
	page.Bits[72*800] = 0x80
	prog, err := escpos.Encode(page, 576)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(prog.Bytes()); n > 64 {
		t.Fatalf("one dot on a page takes %d bytes", n)
	}
	got := feedAll(t, sim.Options{}, append(bytes.Clone(setup), prog.Bytes()...))
	samePicture(t, got.pages[0].Raster, page)
}

// A picture may spell DLE EOT, DLE ENQ or DLE DC4; a printer would obey.
func TestPicturesNeverSpellRealTimeCommands(t *testing.T) {
	page := hal.Raster{Width: 576, Height: 4, Stride: 72, Bits: bytes.Repeat([]byte{0x10, 0x04, 0x01, 0x10, 0x05, 0x02, 0x10, 0x14, 0x08}, 32)}
	// The rarest place: the pair is split between two rows.
	page.Bits[71], page.Bits[72] = 0x10, 0x04
	prog, err := escpos.Encode(page, 576)
	if err != nil {
		t.Fatal(err)
	}
	b := prog.Bytes()
	for i := 0; i+1 < len(b); i++ {
		if b[i] == 0x10 && (b[i+1] == 0x04 || b[i+1] == 0x05 || b[i+1] == 0x14) {
			t.Fatalf("real-time command at %d: % X", i, b[i:i+3])
		}
	}
}

func TestRefusedPages(t *testing.T) {
	for name, page := range map[string]hal.Raster{
		"empty":     {},
		"too wide":  {Width: 577, Height: 1, Stride: 73, Bits: make([]byte, 73)},
		"truncated": {Width: 576, Height: 2, Stride: 72, Bits: make([]byte, 143)},
		"stride":    {Width: 576, Height: 1, Stride: 71, Bits: make([]byte, 72)},
		"negative":  {Width: 8, Height: -1, Stride: 1, Bits: []byte{1}},
	} {
		if _, err := escpos.Encode(page, 576); !errors.Is(err, escpos.ErrPage) {
			t.Errorf("%s: %v, want ErrPage", name, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add(uint16(576), []byte{1, 2, 3})
	f.Add(uint16(12), []byte{0x10, 0x04, 0x01, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, width uint16, data []byte) {
		stride := (int(width) + 7) / 8
		if width == 0 || width > 576 || len(data) < stride {
			return
		}
		page := hal.Raster{Width: int(width), Height: len(data) / stride, Stride: stride, Bits: data}
		prog, err := escpos.Encode(page, 576)
		if err != nil {
			t.Fatal(err)
		}
		got := feedAll(t, sim.Options{}, append(bytes.Clone(setup), prog.Bytes()...))
		if len(got.faults) > 0 || len(got.pages) != 1 || got.pages[0].Raster.Height != page.Height {
			t.Fatalf("faults %v, %d pages", got.faults, len(got.pages))
		}
	})
}
