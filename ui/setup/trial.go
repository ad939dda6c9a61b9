package setup

import (
	"image"
	"math"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
)

// Trial is the test of a touch panel: every tile of a grid is to be touched.
type Trial struct {
	panel      Panel
	cols, rows int
	seen       []bool
	touched    int

	dots    []dot // the newest places, a ring
	nextDot int
	down    bool
	last    hal.Touch
	holding time.Time // since when Done is held; zero: it is not

	edges   [4]int // least distance from left, top, right, bottom
	touches int
	events  int
	gap     float64 // pixels
	tremble tremble
	rate    rate
	perSec  float64

	counted bool // the driver counts
	counts  evdev.Counts
	fingers []image.Point // all that are down, followed or not

	device
	quiet
	end End
}

// dot is a place that was told; the touches have colours in turn.
type dot struct{ x, y, touch int }

const (
	// Hold is how long Done is held: longer than any swipe rests by chance.
	Hold = 3 * time.Second
	// tile is how wide a tile is, about: two fingers.
	tile = 32.0
	// dotsShown is how much of the past is shown.
	dotsShown = 600
)

// NewTrial begins a test that ends by itself after limit without a touch.
func NewTrial(p Panel, limit time.Duration, now time.Time) *Trial {
	t := &Trial{panel: p, quiet: quiet{limit, now, now}}
	n := func(pixels int) int { return min(max(int(math.Round(p.mm(float64(pixels))/tile)), 6), 24) }
	t.cols, t.rows = n(p.W), n(p.H)
	t.seen = make([]bool, t.cols*t.rows)
	t.edges = [4]int{p.W, p.H, p.W, p.H}
	return t
}

// Touch takes one touch.
func (t *Trial) Touch(e hal.Touch) {
	t.since, t.now = later(t.since, e.At), later(t.now, e.At)
	t.events++
	t.tremble.add(e)
	if !t.counted {
		t.perSec = t.rate.add(e.At, 1)
	}
	switch e.Kind {
	case hal.TouchDown:
		t.touches++
		t.down, t.holding = true, time.Time{}
		if t.doneAt().Contains(e.X, e.Y) {
			t.holding = e.At
		}
	case hal.TouchMove:
		if !t.down {
			return
		}
		t.gap = max(t.gap, math.Hypot(float64(e.X-t.last.X), float64(e.Y-t.last.Y)))
	default:
		t.down, t.holding = false, time.Time{}
		return
	}
	t.last = e
	if !t.doneAt().Contains(e.X, e.Y) {
		t.holding = time.Time{}
	}
	t.place(e.X, e.Y)
	t.finish()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (t *Trial) place(x, y int) {
	if x < 0 || y < 0 || x >= t.panel.W || y >= t.panel.H {
		return
	}
	if i := y*t.rows/t.panel.H*t.cols + x*t.cols/t.panel.W; !t.seen[i] {
		t.seen[i] = true
		t.touched++
	}
	for i, d := range [4]int{x, y, t.panel.W - 1 - x, t.panel.H - 1 - y} {
		t.edges[i] = min(t.edges[i], d)
	}
	d := dot{x, y, t.touches}
	if len(t.dots) < dotsShown {
		t.dots = append(t.dots, d)
		return
	}
	t.dots[t.nextDot] = d
	t.nextDot = (t.nextDot + 1) % dotsShown
}

// Count takes what the driver has counted so far, and where it sees fingers.
func (t *Trial) Count(c evdev.Counts, fingers []image.Point, at time.Time) {
	t.perSec = t.rate.add(at, int(c.Reports-t.counts.Reports))
	t.counted, t.counts, t.fingers = true, c, fingers
}

// Tick tells the time.
func (t *Trial) Tick(now time.Time) {
	t.now = later(t.now, now)
	if !t.counted {
		t.perSec = t.rate.add(t.now, 0)
	}
	if t.down && now.Sub(t.since) < t.limit {
		// A finger that rests tells nothing, and is there all the same; one
		// that rests for a whole time-out is a panel that lies.
		t.finish()
		return
	}
	if t.end == Running && t.over() {
		t.end = TimedOut
	}
}

func (t *Trial) finish() {
	if t.end == Running && !t.holding.IsZero() && t.now.Sub(t.holding) >= Hold {
		t.end = Finished
	}
}

// Device tells how the panel is. A finger on a panel that went is gone too.
func (t *Trial) Device(h hal.Health) {
	t.h = h
	if h.State == hal.Absent {
		t.down, t.holding = false, time.Time{}
	}
}

// Ended tells whether the test is over, and why.
func (t *Trial) Ended() End { return t.end }

// Findings are what a test has shown so far.
type Findings struct {
	Cols, Rows, Touched int
	Missed              []Cell
	Touches, Events     int
	PerSecond           float64 // the most events a second
	GapPixels, GapMM    float64 // largest step within one touch
	Jitter              float64 // pixels
	JitterKnown         bool
	Edges               [4]int // pixels that stayed free at left, top, right, bottom
	Counted             bool   // Lost and Fingers are known
	Lost                uint64 // times that the kernel dropped events
	Fingers             int    // most at once
}

// Cell is a tile by its column and row, from zero.
type Cell struct{ Col, Row int }

// Passed tells whether every tile was touched.
func (f Findings) Passed() bool { return f.Touched == f.Cols*f.Rows }

// Findings gives what was found so far.
func (t *Trial) Findings() Findings {
	f := Findings{Cols: t.cols, Rows: t.rows, Touched: t.touched, Touches: t.touches, Events: t.events,
		PerSecond: t.rate.peak, GapPixels: t.gap, GapMM: t.panel.mm(t.gap), Edges: t.edges,
		Counted: t.counted, Lost: t.counts.Dropped, Fingers: t.counts.Most}
	f.Jitter, f.JitterKnown = t.tremble.pixels()
	for i, seen := range t.seen {
		if !seen {
			f.Missed = append(f.Missed, Cell{i % t.cols, i / t.cols})
		}
	}
	return f
}
