package scenetest

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tram06/ui/scene"
)

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b uint32
		want float64
	}{
		{0x000000, 0xFFFFFF, 21}, {0xFFFFFF, 0x000000, 21}, {0x1C3F94, 0x1C3F94, 1},
		{0x767676, 0xFFFFFF, 4.54}, {0x0000FF, 0xFFFFFF, 8.59}, {0xFF0000, 0xFFFFFF, 4.00},
	} {
		if got := Contrast(scene.RGB(c.a), scene.RGB(c.b)); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%06X on %06X has %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.txt")
	if err := Golden(path, "a\nb\n", false); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "-update") {
		t.Errorf("without a golden: %v", err)
	}
	if err := Golden(path, "a\nb\n", true); err != nil {
		t.Fatal(err)
	}
	for got, where := range map[string]string{
		"a\nb\n": "", "a\nc\n": "line 2\n  want b\n  got  c", "a\nb\nc\n": "line 3\n  want \n  got  c", "a\nb": "line 3\n  want \n  got  nothing",
		"": "line 1\n  want a\n  got  ",
	} {
		err := Golden(path, got, false)
		if (err == nil) != (where == "") || err != nil && (!errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), where)) {
			t.Errorf("%q: %v, want %q", got, err, where)
		}
	}
}
