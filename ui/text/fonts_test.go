package text

import (
	"slices"
	"strings"
	"testing"

	"tram06/ui/scene"
)

func load(t testing.TB) *Fonts {
	t.Helper()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is measured is what is drawn: the sum of the glyphs' advances.
func TestMeasureIsDraw(t *testing.T) {
	f := load(t)
	for _, s := range []string{"", "Đường Đá", "NGUYỄN VĂN MẪU", "Y Ŏ Niê Kđăm", "001 ••• ••• 638", "“Nộp hồ sơ” – 7.000 đồng"} {
		for _, size := range []int{28, 36, 42, 44, 54, 56, 64, 72, 88, 104} {
			for _, w := range []scene.Weight{scene.Regular, scene.Bold} {
				sum := 0
				for _, r := range s {
					m, off, adv := f.Glyph(r, size, w)
					sum += adv
					if m == nil {
						if r != ' ' {
							t.Errorf("%q draws nothing", r)
						}
						continue
					}
					if off.Y < -Ascent(size) || off.Y+m.Rect.Dy() > Descent(size) {
						t.Errorf("%q at %d leaves its line: %d..%d", r, size, off.Y, off.Y+m.Rect.Dy())
					}
				}
				if got := f.Measure(s, size, w); got != sum {
					t.Errorf("%q at %d: measured %d, drawn %d", s, size, got, sum)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	f := load(t)
	w := f.Measure("một hai ba", 36, scene.Regular)
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"một hai ba", []string{"một hai ba"}},
		{"một hai ba bốn", []string{"một hai", "ba bốn"}}, // no word alone
		{"một\nhai", []string{"một", "hai"}},
		{"một hai ba\u00a0bốn", []string{"một hai", "ba\u00a0bốn"}},
		{"", []string{""}},
		{"một  hai", []string{"một hai"}},
	} {
		if got := f.Wrap(c.in, 36, scene.Regular, w); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestWrapNeverOverflowsAndLosesNothing(t *testing.T) {
	f := load(t)
	text := "Ksor H’Plănghuyềnchiếuđíchtháp ở thôn Đường Đá, xã Suối Mây 0900\u00a0000\u00a0006"
	for width := 60; width < 900; width += 7 {
		lines := f.Wrap(text, 44, scene.Bold, width)
		for _, l := range lines {
			if w := f.Measure(l, 44, scene.Bold); w > width {
				t.Errorf("%q is %d wide in %d", l, w, width)
			}
		}
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if strip(strings.Join(lines, "")) != strip(text) {
			t.Errorf("width %d lost something: %q", width, lines)
		}
	}
}

func TestHas(t *testing.T) {
	f := load(t)
	for _, r := range "ĂĐƠƯẼỄặĭŏŭĕ•–…“”’·₫" {
		if !f.Has(r) {
			t.Errorf("no glyph for %q", r)
		}
	}
	if f.Has('漢') || f.Has('✓') {
		t.Error("claims a glyph that is not there")
	}
}

func FuzzWrap(f *testing.F) {
	fonts := load(f)
	f.Add("Tổ 4, thôn Đồng Xuyên", 200)
	f.Add("a\u00a0b\n\nc", 1)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) > 500 {
			return
		}
		for _, l := range fonts.Wrap(s, 28, scene.Regular, width) {
			if strings.Contains(l, "\n") {
				t.Fatal("a line break inside a line")
			}
		}
	})
}

func BenchmarkMeasure(b *testing.B) {
	f := load(b)
	for b.Loop() {
		f.Measure("Xác nhận thông tin về cư trú", 44, scene.Bold)
	}
}
