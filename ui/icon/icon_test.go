package icon

import (
	"errors"
	"testing"
)

func cover(t *testing.T, name string, size int) float64 {
	t.Helper()
	m, err := Mask(name, size)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, v := range m.Pix {
		sum += int(v)
	}
	return float64(sum) / 255 / float64(size*size)
}

// Every icon shows something at every size used, and keeps its weight: how
// much of its square is covered does not depend on the size.
func TestAllIconsAtAllSizes(t *testing.T) {
	names := Names()
	if len(names) < 55 {
		t.Fatalf("only %d icons", len(names))
	}
	for _, n := range names {
		big := cover(t, n, 512)
		if big < 0.05 || big > 0.95 {
			t.Errorf("%s covers %.2f of its square", n, big)
		}
		for _, size := range []int{32, 40, 48, 64, 88, 136} {
			if c := cover(t, n, size); c < big-0.02 || c > big+0.02 {
				t.Errorf("%s at %d covers %.3f, at 512 %.3f", n, size, c, big)
			}
		}
	}
}

func TestKnownShapes(t *testing.T) {
	// A cross through the middle: its centre is covered, the sides are not.
	m, err := Mask("o-x", 48)
	if err != nil {
		t.Fatal(err)
	}
	if a := m.AlphaAt(24, 24).A; a != 255 {
		t.Errorf("centre of the cross has %d", a)
	}
	if a := m.AlphaAt(24, 6).A; a != 0 {
		t.Errorf("above the cross has %d", a)
	}
	// A filled disc with a tick cut out of it.
	m, err = Mask("f-circle-check", 96)
	if err != nil {
		t.Fatal(err)
	}
	if m.AlphaAt(48, 14).A != 255 || m.AlphaAt(2, 2).A != 0 || m.AlphaAt(44, 53).A > 40 {
		t.Errorf("disc %d, corner %d, tick %d", m.AlphaAt(48, 14).A, m.AlphaAt(2, 2).A, m.AlphaAt(44, 53).A)
	}
}

func TestUnknownAndBadSize(t *testing.T) {
	if _, err := Mask("f-nothing", 32); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown icon: %v", err)
	}
	for _, size := range []int{0, -1, 5000} {
		if _, err := Mask("o-x", size); err == nil {
			t.Errorf("size %d drawn", size)
		}
	}
}

func TestBadPaths(t *testing.T) {
	for _, d := range []string{"5 5", "L1 2", "M1", "M1 2 C3 4", "M1 2 A1 1 0 2 0 3 3", "M1 2 X", "M1 2 Z 4", "M1e9 2", "M. 2"} {
		if _, err := parse(d, 0.1); !errors.Is(err, errPath) {
			t.Errorf("%q: %v", d, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, ds := range paths() {
		for _, d := range ds {
			f.Add(d)
		}
	}
	f.Add("M1 2l-.5.5a1 1 0 01.5.5z")
	f.Fuzz(func(t *testing.T, d string) {
		lines, err := parse(d, 0.1)
		if err != nil {
			return
		}
		for _, l := range lines {
			if len(l.pts) == 0 {
				t.Fatal("a subpath without a point")
			}
		}
	})
}

func BenchmarkMask(b *testing.B) {
	for b.Loop() {
		if _, err := Mask("o-fingerprint-off", 64); err != nil {
			b.Fatal(err)
		}
	}
}
