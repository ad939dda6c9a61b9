package sim_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tram06/hal/escpos/sim"
)

// printOther prints bytes that another program made.
func printOther(t *testing.T, name string) sim.Page {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var pages []sim.Page
	s := sim.New(sim.Options{Rich: true,
		OnPage:  func(p sim.Page) { pages = append(pages, p) },
		OnError: func(err error) { t.Errorf("%s: %v", name, err) },
	})
	attach(t, s, string(data))
	s.Tear()
	for _, p := range pages[min(1, len(pages)):] {
		if bytes.Trim(p.Raster.Bits, "\x00") != nil { // what hangs out behind the cut is white
			t.Errorf("%s: a second piece of paper with something on it", name)
		}
	}
	if len(pages) == 0 || !pages[0].Cut {
		t.Fatalf("%s: %d pieces of paper, want one that is cut", name, len(pages))
	}
	return pages[0]
}

// Codes drawn by the printer and codes drawn by the program are read by a
// third one from what comes out.
func TestOtherProgramsReceipts(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is needed (Debian package zbar-tools): ", err)
	}
	for name, want := range map[string]string{
		"encoder-receipt.bin":             "https://example.vn/receipt?id=SM06-2311-0042",
		"receiptline-escpos-receipt.bin":  "https://example.vn/receipt?id=SM06-2311-0043",
		"receiptline-generic-receipt.bin": "https://example.vn/receipt?id=SM06-2311-0043",
	} {
		page := printOther(t, name)
		b, err := page.PNG()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "paper.png")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(zbar, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: zbarimg reads %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestOtherProgramsPictures(t *testing.T) {
	drawn, err := os.ReadFile("testdata/image.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(drawn))
	page := printOther(t, "encoder-image.bin").Raster
	if page.Height < len(want) {
		t.Fatalf("%d rows, want %d", page.Height, len(want))
	}
	for y, row := range want {
		for x, c := range row {
			if black := page.Bits[y*page.Stride+x/8]&(0x80>>(x%8)) != 0; black != (c == '#') {
				t.Fatalf("dot %d,%d is black: %v", x, y, black)
			}
		}
	}
	// receiptline dithers, so only its size and its outline are known.
	page = printOther(t, "receiptline-escpos-image.bin").Raster
	for _, at := range [][2]int{{256, 0}, {319, 0}, {256, 63}} { // in the middle of 576 dots
		if page.Bits[at[1]*page.Stride+at[0]/8]&(0x80>>(at[0]%8)) == 0 {
			t.Errorf("dot %d,%d is white", at[0], at[1])
		}
	}
	if page.Bits[255/8]&1 != 0 || page.Bits[320/8]&0x80 != 0 {
		t.Error("the picture is wider than it was")
	}
}

// The line of letters: sizes, places, inverse, and the paper that it takes.
func TestLetters(t *testing.T) {
	r := play(t, sim.Options{Rich: true}, "AB\x1d!\x11C\n\x1d!\x00\x1dB\x01 \n\x1dB\x00\x1b$\x64\x00D\n\x1dV\x00", nil)
	if len(r.pages) != 1 || len(r.faults) > 0 {
		t.Fatalf("%d pages, faults %v", len(r.pages), r.faults)
	}
	page := r.pages[0].Raster
	inked := func(x0, x1, y0, y1 int) (n int) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				if page.Bits[y*page.Stride+x/8]&(0x80>>(x%8)) != 0 {
					n++
				}
			}
		}
		return n
	}
	if page.Height != 48+30+30 {
		t.Errorf("%d rows", page.Height)
	}
	small, large := inked(0, 24, 0, 48), inked(24, 48, 0, 48)
	if small == 0 || large == 0 || inked(0, 24, 0, 24) != 0 || inked(48, 576, 0, 48) != 0 {
		t.Errorf("two small letters of %d dots, a large one of %d", small, large)
	}
	if n := inked(0, 12, 48, 72); n != 12*24 || inked(0, 576, 48, 78) != n {
		t.Errorf("an inverse blank of %d dots", n)
	}
	if inked(0, 100, 78, 108) != 0 || inked(100, 112, 78, 108) == 0 || inked(112, 576, 78, 108) != 0 {
		t.Error("a letter is not where it was put")
	}
}

func TestNonsenseOfOtherPrograms(t *testing.T) {
	for data, want := range map[string]string{
		"A\x1dv0\x00\x01\x00\x01\x00\xff":                "in the middle",
		"\x1d(k\x03\x002C\x06":                           "unknown code",
		"\x1d(k\x03\x001Z\x06":                           "unknown function of a code",
		"\x1d(k\x03\x001C\x63\x1d(k\x03\x001Q0":          "cannot be drawn",
		"\x1d(k\x03\x001P0":                              "anything to say",
		"\x1d(L\x02\x0001":                               "unknown function 49 of graphics",
		"\x1d(L\x0b\x000p0\x01\x011\x08\x00\x02\x00\xff": "graphics of 8 x 2",
		"\x1d8L\xff\xff\xff\xff":                         "unknown command",
	} {
		if r := play(t, sim.Options{Rich: true}, data, nil); len(r.faults) == 0 || !strings.Contains(r.faults[0], want) {
			t.Errorf("%q: faults %v, want %q", data, r.faults, want)
		}
	}
}
