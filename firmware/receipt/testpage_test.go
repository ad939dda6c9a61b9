package receipt

import (
	"errors"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tram06/fonts"
	"tram06/hal"
)

func aTestPage() TestPage {
	return TestPage{Machine: "Trạm 06 1 · SM06 · UBND xã Suối Mây", Version: "v0.1.0", At: time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC), DPI: 203,
		QR: "TRAM06 IN THU SM06 2026-11-22 10:30:00"}
}

func composed(t *testing.T, width int) (*sheet, hal.Raster) {
	t.Helper()
	set, err := ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		t.Fatal(err)
	}
	s, height, err := composeTest(aTestPage(), width, set)
	if err != nil {
		t.Fatal(err)
	}
	return s, s.raster(height)
}

func black(r hal.Raster, x, y int) bool { return r.Bits[y*r.Stride+x>>3]&(0x80>>(x&7)) != 0 }

// widths are those of 58 and 80 mm paper.
var widths = []int{384, 576}

func TestTestPageCanBeScanned(t *testing.T) {
	for _, w := range widths {
		_, r := composed(t, w)
		out, err := exec.Command("zbarimg", "--quiet", "--raw", savePNG(t, "page.png", r)).Output()
		if err != nil || strings.TrimSpace(string(out)) != aTestPage().QR {
			t.Errorf("%d dots: %q, %v", w, out, err)
		}
	}
}

// Somewhere on the page there is a row with all dots, and a comb that burns each
// by itself: both neighbours stay white.
func TestTestPageUsesEachElement(t *testing.T) {
	for _, w := range widths {
		_, r := composed(t, w)
		full, alone := 0, make([]bool, w)
		for y := range r.Height {
			n := 0
			for x := range w {
				if !black(r, x, y) {
					continue
				}
				n++
				if (x == 0 || !black(r, x-1, y)) && (x == w-1 || !black(r, x+1, y)) {
					alone[x] = true
				}
			}
			if n == w {
				full++
			}
		}
		if full < barHeight {
			t.Errorf("%d dots: only %d full rows", w, full)
		}
		for x, ok := range alone {
			if !ok {
				t.Fatalf("%d dots: column %d is never alone", w, x)
			}
		}
	}
}

// The rulers are right to a dot, over their whole length.
func TestTestPageMeasures(t *testing.T) {
	for _, w := range widths {
		_, r := composed(t, w)
		const perMM = 203 / 25.4
		// The ruler across is the first row that is black from edge to edge, two
		// dots high; its ticks begin there.
		top := 0
		for !fullRow(r, top) {
			top++
		}
		row := top + tickShort - 1
		for mm := 0; mm < int(float64(w)/perMM); mm++ {
			if x := int(math.Round(float64(mm) * perMM)); !black(r, x, row) || !black(r, x+1, row) || black(r, x+3, row) {
				t.Fatalf("%d dots: no tick at %d mm", w, mm)
			}
		}
		// The upright one stands at the margin, from a tick as long as any.
		y0 := top + tickLong + 2 + small.line
		for !black(r, side, y0) || !black(r, side+tickLong-1, y0) {
			y0++
		}
		for mm := 0; mm <= measured; mm++ {
			if y := y0 + int(math.Round(float64(mm)*perMM)); !black(r, side+tickShort-1, y) || black(r, side+tickShort-1, y+3) {
				t.Fatalf("%d dots: no upright tick at %d mm", w, mm)
			}
		}
	}
}

func fullRow(r hal.Raster, y int) bool {
	for x := range r.Width {
		if !black(r, x, y) {
			return false
		}
	}
	return true
}

// Each step of the wedge is darker than the one before, from white to black.
func TestTestPageGreys(t *testing.T) {
	set, err := ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{sheet: newSheet(576), set: newSetter(set)}
	p.greys(0, 0, 9*64)
	r := p.raster(9 * 64)
	before := -1.0
	for i := range wedgeSteps {
		n, all := 0, 0
		for y := i*64 + 4; y < i*64+wedgeHigh-4; y++ {
			for x := 4; x < 200; x++ { // left of the figure
				all++
				if black(r, x, y) {
					n++
				}
			}
		}
		dark := float64(n) / float64(all)
		if want := float64(i) / (wedgeSteps - 1); math.Abs(dark-want) > 0.02 || dark <= before {
			t.Errorf("step %d is %.2f dark, want %.2f", i, dark, want)
		}
		before = dark
	}
}

// The page has every letter of the alphabet, each vowel with each tone, small
// and capital.
func TestTestPageHasEveryLetter(t *testing.T) {
	for _, w := range widths {
		s, _ := composed(t, w)
		var said strings.Builder
		for _, l := range s.lines {
			said.WriteString(l.text + " ")
			if l.x < 0 || l.x+l.w > w {
				t.Errorf("%d dots: %q does not fit", w, l.text)
			}
		}
		text := said.String()
		for _, v := range "aăâeêioôơuưy" {
			for _, tone := range []string{"", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"} {
				letter := norm.NFC.String(string(v) + tone)
				for _, l := range []string{letter, strings.ToUpper(letter)} {
					if !strings.Contains(text, l) {
						t.Errorf("%d dots: no %s", w, l)
					}
				}
			}
		}
		for _, want := range []string{"Không phải biên nhận", "TRANG IN THỬ", "22/11/2026", "v0.1.0", "203 dpi"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d dots: no %q", w, want)
			}
		}
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r != '\u0306' && r != '\u0302' && r != '\u031b' {
			return -1 // a tone; breve, circumflex and horn belong to the letter
		}
		return r
	}, norm.NFD.String(strings.ToLower(pangram)))
	plain = norm.NFC.String(plain)
	for _, l := range "aăâbcdđeêghiklmnoôơpqrstuưvxy" {
		if !strings.ContainsRune(plain, l) {
			t.Errorf("the pangram has no %c", l)
		}
	}
	for _, tone := range []string{"\u0300", "\u0309", "\u0303", "\u0301", "\u0323"} {
		if !strings.Contains(norm.NFD.String(pangram), tone) {
			t.Errorf("the pangram has no tone %+q", tone)
		}
	}
}

func TestTestPageRefuses(t *testing.T) {
	set, err := ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		t.Fatal(err)
	}
	d := aTestPage()
	for _, w := range []int{0, 200, 5000} {
		if _, err := RenderTest(d, w, set); !errors.Is(err, ErrWidth) {
			t.Errorf("%d dots: %v", w, err)
		}
	}
	d.DPI = 0
	if _, err := RenderTest(d, 576, set); !errors.Is(err, ErrWidth) {
		t.Errorf("no resolution: %v", err)
	}
	d = aTestPage()
	d.QR = strings.Repeat("A", 1500)
	if _, err := RenderTest(d, 384, set); !errors.Is(err, ErrWidth) {
		t.Errorf("an endless code: %v", err)
	}
}
