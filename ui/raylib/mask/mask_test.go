package mask

import (
	"bytes"
	"image"
	"math"
	"testing"

	"tram06/ui/scene"
)

func sum(m *image.Alpha) float64 {
	total := 0
	for _, a := range m.Pix {
		total += int(a)
	}
	return float64(total) / 255
}

// The covered area is that of the shape: nothing is drawn too fat or too thin.
func TestAreas(t *testing.T) {
	quarter := func(r float64) float64 { return math.Pi * r * r / 4 }
	pts := func(xy ...int) (out []scene.Point) {
		for i := 0; i < len(xy); i += 2 {
			out = append(out, scene.Point{X: xy[i], Y: xy[i+1]})
		}
		return out
	}
	poly, _ := Polygon(pts(0, 0, 40, 0, 0, 30))
	stroke, _ := Stroke(pts(3, 5, 43, 5), 6)
	slant, _ := Stroke(pts(0, 0, 30, 40), 6)
	dot, _ := Stroke(pts(9, 9), 10)
	for _, c := range []struct {
		name string
		m    *image.Alpha
		want float64
	}{
		{"corner 1", Corner(1), quarter(1)}, {"corner 2", Corner(2), quarter(2)},
		{"corner 24", Corner(24), quarter(24)}, {"corner 105", Corner(105), quarter(105)},
		{"ring 24,3", RingCorner(24, 3), quarter(24) - quarter(21)},
		{"ring 24,24", RingCorner(24, 24), quarter(24)},
		{"ring 5,9", RingCorner(5, 9), 81 - (25 - quarter(5))},
		{"whole ring", Arc(100, 100, 10, 0, 360), math.Pi * (50*50 - 40*40)},
		{"more than whole", Arc(100, 100, 10, 30, 400), math.Pi * (50*50 - 40*40)},
		{"third of a ring", Arc(100, 100, 10, 17, 120), math.Pi * (50*50 - 40*40) / 3},
		{"backwards", Arc(100, 100, 10, 17, -120), math.Pi * (50*50 - 40*40) / 3},
		{"disc", Arc(60, 60, 30, 0, 360), math.Pi * 30 * 30},
		{"slice", Arc(60, 60, 30, 0, 90), math.Pi * 30 * 30 / 4},
		{"wide box", Arc(100, 60, 30, 0, 360), math.Pi * 30 * 30},
		{"triangle", poly, 600}, {"stroke", stroke, 40*6 + math.Pi*9},
		{"slanted stroke", slant, 50*6 + math.Pi*9}, {"dot", dot, math.Pi * 25},
	} {
		if got := sum(c.m); math.Abs(got-c.want) > 0.012*c.want+0.05 {
			t.Errorf("%s covers %.2f pixels, want %.2f", c.name, got, c.want)
		}
	}
}

func TestArcDirection(t *testing.T) {
	m := Arc(100, 100, 20, 0, 90) // from twelve to three o'clock
	for _, c := range []struct {
		x, y int
		want uint8
	}{{60, 10, 255}, {88, 40, 255}, {40, 10, 0}, {88, 60, 0}, {10, 40, 0}, {50, 50, 0}} {
		if got := m.AlphaAt(c.x, c.y).A; got != c.want {
			t.Errorf("(%d,%d) is %d, want %d", c.x, c.y, got, c.want)
		}
	}
}

// Neighbouring segments leave neither a gap nor a bump where they meet.
func TestJointsDoNotShow(t *testing.T) {
	whole, at := Stroke([]scene.Point{{X: 0, Y: 10}, {X: 60, Y: 10}}, 7)
	parts, atParts := Stroke([]scene.Point{{X: 0, Y: 10}, {X: 20, Y: 10}, {X: 41, Y: 10}, {X: 60, Y: 10}}, 7)
	if at != atParts || whole.Rect != parts.Rect || !bytes.Equal(whole.Pix, parts.Pix) {
		t.Error("a line in three parts looks other than in one")
	}
}

func TestMirror(t *testing.T) {
	m := RingCorner(9, 4)
	if !bytes.Equal(Mirror(Mirror(m, true, false), true, false).Pix, m.Pix) {
		t.Error("mirrored twice is not the same")
	}
	f := Mirror(m, true, true)
	if f.AlphaAt(8, 8) != m.AlphaAt(0, 0) || f.AlphaAt(0, 3) != m.AlphaAt(8, 5) {
		t.Error("mirrored both ways is not turned by half")
	}
	corner := Corner(13)
	for y := range 13 {
		for x := range 13 {
			if d := int(corner.AlphaAt(x, y).A) - int(corner.AlphaAt(y, x).A); d > 6 || d < -6 {
				t.Fatalf("corner is not symmetric at (%d,%d): %d", x, y, d)
			}
		}
	}
}

func TestNothing(t *testing.T) {
	two := []scene.Point{{X: 1, Y: 1}, {X: 5, Y: 5}}
	flat := []scene.Point{{X: 1, Y: 1}, {X: 5, Y: 1}, {X: 9, Y: 1}}
	for name, f := range map[string]func() (*image.Alpha, image.Point){
		"polygon of two points": func() (*image.Alpha, image.Point) { return Polygon(two) },
		"polygon without area":  func() (*image.Alpha, image.Point) { return Polygon(flat) },
		"stroke of no points":   func() (*image.Alpha, image.Point) { return Stroke(nil, 5) },
		"stroke of no width":    func() (*image.Alpha, image.Point) { return Stroke(two, 0) },
	} {
		if m, _ := f(); m != nil {
			t.Errorf("%s is something", name)
		}
	}
	if m := Corner(0); !m.Rect.Empty() {
		t.Error("a corner of radius 0 is something")
	}
}
