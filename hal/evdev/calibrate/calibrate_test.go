package calibrate

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func near(a, b Point, eps float64) bool { return math.Hypot(a.X-b.X, a.Y-b.Y) <= eps }

// panels are maps from where people touch to what the panel tells.
var panels = map[string]Matrix{
	"true":          Identity,
	"shifted":       {1, 0, 0.05, 0, 1, -0.04},
	"resistive":     {0.84, 0.01, 0.07, -0.012, 0.8, 0.11},
	"mirrored":      {-1, 0, 1, 0, 1, 0},
	"axes swapped":  {0, 1, 0, 1, 0, 0},
	"turned askew":  {0.99, 0.1, -0.05, -0.1, 0.99, 0.06},
	"upside down":   {-0.9, 0, 0.95, 0, -0.9, 0.95},
	"a tenth of it": {0.11, 0, 0.4, 0, 0.11, 0.4},
}

func TestFitFindsThePanelBack(t *testing.T) {
	for name, panel := range panels {
		var pairs []Pair
		for _, p := range Targets() {
			pairs = append(pairs, Pair{Told: panel.Apply(p), Shown: p})
		}
		for _, n := range []int{4, 5} {
			r, err := Fit(pairs[:n])
			if err != nil || r.RMS > 1e-9 || r.Max > 1e-9 {
				t.Errorf("%s with %d touches: %+v, %v", name, n, r, err)
			}
			for _, p := range []Point{{0, 0}, {1, 0}, {0.3, 0.8}, {1, 1}} {
				if got := r.Matrix.Apply(panel.Apply(p)); !near(got, p, 1e-9) {
					t.Errorf("%s: %v becomes %v", name, p, got)
				}
			}
		}
		undo, err := panel.Inverse()
		if err != nil {
			t.Fatal(err)
		}
		if got := undo.After(panel).Apply(Point{0.2, 0.7}); !near(got, Point{0.2, 0.7}, 1e-12) {
			t.Errorf("%s: there and back is %v", name, got)
		}
	}
}

// Trembling hands: every finger lands up to 1 % beside its target.
func TestFitEvensOutTremble(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 9))
	tremble := func() float64 { return (rnd.Float64() - 0.5) / 50 }
	for name, panel := range panels {
		if name == "a tenth of it" {
			continue // there a tremble is a tenth of the panel
		}
		var pairs []Pair
		for _, p := range Targets() {
			told := panel.Apply(Point{p.X + tremble(), p.Y + tremble()})
			pairs = append(pairs, Pair{Told: told, Shown: p})
		}
		r, err := Fit(pairs)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range Targets() {
			if got := r.Matrix.Apply(panel.Apply(p)); !near(got, p, 0.02) {
				t.Errorf("%s: %v becomes %v", name, p, got)
			}
		}
	}
}

func TestFitRefuses(t *testing.T) {
	same := func(ps ...Point) (pairs []Pair) {
		for _, p := range ps {
			pairs = append(pairs, Pair{p, p})
		}
		return pairs
	}
	missed := same(Targets()...)
	missed[2].Told = Point{0.6, 0.9}
	wild := same(Targets()...)
	wild[0].Told.X = math.NaN()
	for name, c := range map[string]struct {
		pairs []Pair
		want  error
	}{
		"nothing":              {nil, ErrFew},
		"three":                {same(Targets()[:3]...), ErrFew},
		"one place four times": {same(Point{0.5, 0.5}, Point{0.5, 0.5}, Point{0.5, 0.5}, Point{0.5, 0.5}), ErrLine},
		"a line":               {same(Point{0.1, 0.1}, Point{0.3, 0.3}, Point{0.6, 0.6}, Point{0.9, 0.9}), ErrLine},
		"a corner missed":      {missed, ErrScatter},
		"not a number":         {wild, ErrScatter},
	} {
		r, err := Fit(c.pairs)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if name == "a corner missed" && r.Worst != 2 {
			t.Errorf("the touch to repeat is %d, want 2", r.Worst)
		}
	}
	// All shown at one place: the map would squeeze the panel.
	squeezed := same(Targets()...)
	for i := range squeezed {
		squeezed[i].Shown = Point{0.5, 0.5}
	}
	if _, err := Fit(squeezed); !errors.Is(err, ErrScatter) {
		t.Errorf("squeezed: %v", err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Matrix{
		"1 0 0 0 1 0": Identity,
		"# of 2026-11-22\n0.5,0,0.25,\n 0 , -1 ,1\n": {0.5, 0, 0.25, 0, -1, 1},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1 0 0 0 1", "1 0 0 0 1 0 0", "1 0 0 0 one 0", "0 0 0 0 0 0", "1 1 0 1 1 0", "NaN 0 0 0 1 0", "1 0 1e9 0 1 0", "1;0;0;0;1;0"} {
		if m, err := Parse(text); !errors.Is(err, ErrMatrix) {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	if _, err := (Matrix{1, 2, 0, 2, 4, 0}).Inverse(); !errors.Is(err, ErrMatrix) {
		t.Errorf("a line has an inverse: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 0 0 0 1 0")
	f.Add("# calibration\n-0.9,0.01,1,0,1.1,-5e-2")
	f.Add(strings.Repeat("9", 400))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(m.String())
		if err != nil || again != m {
			t.Fatalf("%v reads back as %v, %v", m, again, err)
		}
		p := m.Apply(Point{0.5, 0.5})
		if math.IsNaN(p.X) || math.IsNaN(p.Y) {
			t.Fatalf("%v maps the centre to %v", m, p)
		}
	})
}
