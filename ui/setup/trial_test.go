package setup

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
)

func newTrial(name string) *Trial { return NewTrial(panels[name], time.Minute, noon) }

// Every pixel belongs to the tile that is drawn there.
func TestTilesAreWhatIsDrawn(t *testing.T) {
	for name, p := range panels {
		tr := newTrial(name)
		for i := range tr.cols {
			for _, x := range []int{edge(i, tr.cols, p.W), edge(i+1, tr.cols, p.W) - 1} {
				for j := range tr.rows {
					for _, y := range []int{edge(j, tr.rows, p.H), edge(j+1, tr.rows, p.H) - 1} {
						one := newTrial(name)
						one.Touch(touch(hal.TouchDown, x, y, 0))
						if !one.seen[j*tr.cols+i] || one.touched != 1 {
							t.Errorf("%s: %d,%d is not in tile %d,%d", name, x, y, i, j)
						}
					}
				}
			}
		}
		for _, at := range [][2]int{{-1, 0}, {0, -1}, {p.W, 0}, {0, p.H}} {
			tr.Touch(touch(hal.TouchDown, at[0], at[1], 0))
		}
		if tr.touched != 0 {
			t.Errorf("%s: a touch beside the screen is in a tile", name)
		}
		if tr.cols*tr.rows < 36 || tr.panel.mm(float64(p.W))/float64(tr.cols) > 2*tile {
			t.Errorf("%s: %d x %d tiles", name, tr.cols, tr.rows)
		}
	}
}

func TestHoldingDone(t *testing.T) {
	tr := newTrial("upright")
	d := tr.doneAt()
	x, y := d.X+10, d.Y+10
	step := func(e hal.Touch) {
		t.Helper()
		tr.Touch(e)
		if tr.Ended() != Running {
			t.Fatalf("ended at %v", e.At.Sub(noon))
		}
	}
	// A swipe that ends on it, and one that begins on it and leaves.
	step(touch(hal.TouchDown, x, y-300, 0))
	step(touch(hal.TouchMove, x, y, 100))
	step(touch(hal.TouchMove, x+1, y, 9000))
	step(touch(hal.TouchUp, x+1, y, 9100))
	step(touch(hal.TouchDown, x, y, 10_000))
	step(touch(hal.TouchMove, x, y-300, 10_100))
	step(touch(hal.TouchMove, x, y, 10_200))
	step(touch(hal.TouchUp, x, y, 19_000))
	// A panel that goes meanwhile.
	step(touch(hal.TouchDown, x, y, 20_000))
	tr.Device(hal.Health{State: hal.Absent, Key: hal.KeyTouchGone})
	tr.Tick(at(24_000))
	// Nearly, and then at last.
	step(touch(hal.TouchDown, x, y, 25_000))
	tr.Tick(at(27_900))
	step(touch(hal.TouchUp, x, y, 27_950))
	step(touch(hal.TouchDown, x, y, 28_000))
	tr.Tick(at(30_999))
	if tr.Ended() != Running {
		t.Fatal("ended a little early")
	}
	tr.Tick(at(31_000))
	if tr.Ended() != Finished {
		t.Error("held for three seconds, and not ended")
	}
	if f := tr.Findings(); f.Passed() || len(f.Missed)+f.Touched != f.Cols*f.Rows || f.Touches != 5 {
		t.Errorf("%+v", f)
	}
}

// A page that nobody touches ends, and so does one with a finger that never
// goes away.
func TestNobodyIsStuck(t *testing.T) {
	tr := newTrial("small")
	tr.Tick(at(59_999))
	if tr.Ended() != Running {
		t.Error("ended early")
	}
	tr.Tick(at(60_000))
	if tr.Ended() != TimedOut {
		t.Error("not ended")
	}
	tr = newTrial("small")
	tr.Touch(touch(hal.TouchDown, 1, 1, 1000))
	for ms := 1000; ms < 61_000; ms += 100 {
		if tr.Tick(at(ms)); tr.Ended() != Running {
			t.Fatalf("ended after %d ms with a finger on it", ms)
		}
	}
	if tr.Tick(at(61_000)); tr.Ended() != TimedOut {
		t.Error("a finger that lies there for ever holds the page up")
	}
}

func TestFindings(t *testing.T) {
	tr := newTrial("upright")
	swipe(tr.Touch, 3, 50, 1003, 50, 100, 0)
	f := tr.Findings()
	if f.Touches != 1 || f.Events != 102 || f.GapPixels != 10 || math.Abs(f.GapMM-10*268.0/1080) > 1e-9 {
		t.Errorf("%+v", f)
	}
	if f.Edges != [4]int{3, 50, 76, 1869} || f.Counted {
		t.Errorf("%+v", f)
	}
	if f.PerSecond < 98 || f.PerSecond > 104 {
		t.Errorf("%g events a second, told every 10 ms", f.PerSecond)
	}
	if !f.JitterKnown || f.Jitter != 0 {
		t.Errorf("jitter of a straight line: %g, %v", f.Jitter, f.JitterKnown)
	}
	// What the driver counts comes before what reached the page.
	tr.Count(evdev.Counts{Events: 700, Reports: 70, Dropped: 3, Most: 2}, nil, at(5000))
	tr.Count(evdev.Counts{Events: 1400, Reports: 140, Dropped: 4, Most: 1}, nil, at(5250))
	if f := tr.Findings(); !f.Counted || f.Lost != 4 || f.PerSecond != 280 {
		t.Errorf("%+v", f)
	}
	// The gap from one touch to the next is no gap.
	tr.Touch(touch(hal.TouchDown, 1000, 1900, 6000))
	if f := tr.Findings(); f.GapPixels != 10 {
		t.Errorf("gap %g", f.GapPixels)
	}
}

// The tremble of a panel is measured, however the finger moves.
func TestTremble(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 9))
	paths := map[string]func(s float64) (float64, float64){
		"at rest":  func(float64) (float64, float64) { return 400, 700 },
		"straight": func(s float64) (float64, float64) { return 100 + 300*s, 200 + 500*s },
		"round":    func(s float64) (float64, float64) { return 500 + 200*math.Cos(3*s), 500 + 200*math.Sin(3*s) },
	}
	for name, path := range paths {
		for _, noise := range []float64{0, 1.5, 4} {
			var tr tremble
			for i := range 400 {
				x, y := path(float64(i) / 100)
				e := touch(hal.TouchMove, int(math.Round(x+noise*rnd.NormFloat64())), int(math.Round(y+noise*rnd.NormFloat64())), 10*i)
				if i == 0 {
					e.Kind = hal.TouchDown
				}
				tr.add(e)
			}
			got, ok := tr.pixels()
			// Whole pixels are a noise of their own.
			if want := math.Hypot(noise, math.Sqrt(1.0/12)); !ok || math.Abs(got-want) > 0.3+0.1*noise {
				t.Errorf("%s with noise %g: %g", name, noise, got)
			}
		}
	}
	var few tremble
	swipe(few.add, 0, 0, 10, 10, 10, 0)
	if v, ok := few.pixels(); ok {
		t.Errorf("ten places tell a jitter of %g", v)
	}
	// A pause is no step: the finger moved on while nothing was told.
	var pause tremble
	for i := range 100 {
		pause.add(touch(hal.TouchMove, i*50, 0, 100*i))
	}
	if len(pause.squares) != 0 {
		t.Error("places that were told far apart were compared")
	}
}

// BenchmarkTrialScene is one picture of a test that is full of dots.
func BenchmarkTrialScene(b *testing.B) {
	f := fonts(b)
	tr := newTrial("upright")
	for i := range 2 * dotsShown {
		tr.Touch(touch(hal.TouchDown, i%1080, i%1920, 10*i))
	}
	tr.Scene(f)
	b.ReportAllocs()
	for b.Loop() {
		tr.Scene(f)
	}
}
