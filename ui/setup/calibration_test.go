package setup

import (
	"math"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/calibrate"
	"tram06/ui/scene"
)

// person stands before a panel whose glass tells places askew.
type person struct {
	*testing.T
	c     *Calibration
	glass evdev.Panel
	told  calibrate.Matrix
	ms    int
}

func newPerson(t *testing.T, panel string, rotate int, told calibrate.Matrix) *person {
	p := panels[panel]
	return &person{t, newCalibration(p, rotate), evdev.Panel{Width: p.W, Height: p.H, Rotate: rotate}, told, 0}
}

func (p *person) touch(kind hal.TouchKind, x, y int) {
	x, y = p.glass.Correct(p.told, x, y)
	p.c.Touch(touch(kind, x, y, p.ms))
}

// rest rests a finger on a place.
func (p *person) rest(x, y int) {
	p.touch(hal.TouchDown, x, y)
	for range 7 {
		p.ms += 100
		p.c.Tick(at(p.ms))
	}
	p.touch(hal.TouchUp, x, y)
	p.ms += 500
}

// asked is the cross that shows.
func (p *person) asked() (scene.Point, int) {
	p.Helper()
	if p.c.checking {
		p.Fatal("no cross shows")
	}
	return p.c.targets[p.c.ask[0]], p.c.ask[0]
}

// answer touches all crosses that are asked for.
func (p *person) answer() {
	p.Helper()
	for n := 0; !p.c.checking; n++ {
		if n > 20 {
			p.Fatal("asked again and again")
		}
		x, _ := p.asked()
		p.rest(x.X, x.Y)
	}
}

func (p *person) tap(x, y int) {
	p.touch(hal.TouchDown, x, y)
	p.ms += 50
	p.touch(hal.TouchUp, x, y)
	p.ms += 500
}

var glasses = map[string]calibrate.Matrix{
	"true":         calibrate.Identity,
	"resistive":    {0.84, 0.01, 0.07, -0.012, 0.8, 0.11},
	"mirrored":     {-1, 0, 1, 0, 1, 0},
	"axes swapped": {0, 1, 0, 1, 0, 0},
	"upside down":  {-0.9, 0, 0.95, 0, -0.9, 0.95},
}

func TestCalibrationFindsThePanel(t *testing.T) {
	for panel := range panels {
		for _, rotate := range []int{0, 90, 180, 270} {
			for name, told := range glasses {
				p := newPerson(t, panel, rotate, told)
				p.answer()
				yes, _ := p.c.answers()
				p.tap(yes.X+yes.W/2, yes.Y+yes.H/2)
				f, ok := p.c.Kept()
				if !ok || f.MostMM > max(0.6, 2*p.c.panel.Pitch) || f.Wanting {
					t.Errorf("%s on %s turned by %d: %+v, %v", name, panel, rotate, f, ok)
					continue
				}
				for _, at := range []scene.Point{{X: 5, Y: 9}, {X: p.glass.Width - 7, Y: 40}, {X: 300, Y: p.glass.Height - 20}} {
					tx, ty := p.glass.Correct(told, at.X, at.Y)
					x, y := p.glass.Correct(f.Matrix, tx, ty)
					if math.Hypot(float64(x-at.X), float64(y-at.Y)) > 4 {
						t.Errorf("%s on %s turned by %d: %v is told at %d,%d", name, panel, rotate, at, x, y)
					}
				}
			}
		}
	}
}

// A finger that is lifted early, slides, or is thought better of is asked for
// again.
func TestOnlySteadyTouchesCount(t *testing.T) {
	p := newPerson(t, "upright", 0, calibrate.Identity)
	x, i := p.asked()
	try := func(what string, says words, play func()) {
		t.Helper()
		play()
		if _, now := p.asked(); now != i || p.c.told[i] != nil || p.c.said != says || !p.c.wrong {
			t.Errorf("%s: cross %d, told %v, says %q", what, now, p.c.told[i], p.c.said.en)
		}
	}
	try("early", sayEarly, func() {
		p.touch(hal.TouchDown, x.X, x.Y)
		p.ms += 480
		p.c.Tick(at(p.ms))
		p.touch(hal.TouchUp, x.X, x.Y)
	})
	try("thought better of", sayEarly, func() {
		p.touch(hal.TouchDown, x.X, x.Y)
		p.ms += 300
		p.touch(hal.TouchCancel, x.X, x.Y)
	})
	try("on a panel that went", sayEarly, func() {
		p.touch(hal.TouchDown, x.X, x.Y)
		p.ms += 300
		p.c.Tick(at(p.ms))
		p.c.Device(hal.Health{State: hal.Absent, Key: hal.KeyTouchGone})
		p.ms += 1000
		p.c.Tick(at(p.ms))
	})
	try("sliding", saySlid, func() {
		p.touch(hal.TouchDown, x.X, x.Y)
		for range 20 {
			p.ms += 100
			x.X += 30
			p.touch(hal.TouchMove, x.X, x.Y)
			p.c.Tick(at(p.ms))
		}
	})
	// It comes to rest where it slid to: there it counts.
	p.ms += 501
	p.c.Tick(at(p.ms))
	if got := p.c.told[i]; got == nil || got.X != x.X {
		t.Errorf("rested at %v, taken %v", x, got)
	}
	// And once only, until it is lifted.
	p.ms += 2000
	p.touch(hal.TouchMove, x.X+2, x.Y)
	p.c.Tick(at(p.ms))
	if _, now := p.asked(); now != i {
		t.Error("one touch was taken for two crosses")
	}
	p.touch(hal.TouchUp, x.X, x.Y)
	if _, now := p.asked(); now != i+1 {
		t.Errorf("cross %d is asked for", now)
	}
}

// Each place counts for as long as it was the newest; the landing does not.
func TestSteadyIsTheMeanOverTime(t *testing.T) {
	s := steady{radius: 40}
	s.touch(touch(hal.TouchDown, 100, 500, 0))
	s.touch(touch(hal.TouchMove, 110, 500, 80))
	s.touch(touch(hal.TouchMove, 130, 510, 395)) // 110 for 315 of 420 ms
	if got := s.tick(at(500)); got != took {
		t.Fatalf("step %d", got)
	}
	if x, y := s.place(); x != 115 || y != 503 {
		t.Errorf("%d,%d", x, y)
	}
}

// A corner that was missed cannot be told from the opposite one: both are asked
// for again, and nothing else.
func TestAMissedCross(t *testing.T) {
	for missed, again := range map[int][]int{0: {0, 2}, 1: {1, 3}, 2: {0, 2}, 3: {1, 3}, 4: {4}} {
		for name, told := range glasses {
			p := newPerson(t, "upright", 90, told)
			for range 5 {
				x, i := p.asked()
				if i == missed {
					x.X, x.Y = x.X+150, x.Y+100
					if i == 1 || i == 2 {
						x.X -= 300
					}
				}
				p.rest(x.X, x.Y)
			}
			var asked []int
			for !p.c.checking {
				x, i := p.asked()
				if p.c.said.vi == "" && len(asked) == 0 {
					t.Errorf("%s, cross %d missed: nobody says so", name, missed)
				}
				asked = append(asked, i)
				p.rest(x.X, x.Y)
				if len(asked) > 9 {
					break
				}
			}
			if len(asked) != len(again) || asked[0] != again[0] || asked[len(asked)-1] != again[len(again)-1] {
				t.Errorf("%s, cross %d missed: asked for %v", name, missed, asked)
			}
			if p.c.found.MostMM > 0.6 {
				t.Errorf("%s, cross %d missed: %+v", name, missed, p.c.found)
			}
		}
	}
}

func TestBeginsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		says words
		at   func(i int, x scene.Point) scene.Point
	}{
		"three missed":     {sayNoFit, func(i int, x scene.Point) scene.Point { return scene.Point{X: x.X + 90*i*(i%2), Y: x.Y - 70*i} }},
		"one place":        {sayOnePlace, func(int, scene.Point) scene.Point { return scene.Point{X: 500, Y: 700} }},
		"a line":           {sayOnePlace, func(i int, x scene.Point) scene.Point { return scene.Point{X: 100 + 150*i, Y: 100 + 150*i} }},
		"a corner of it":   {sayNoFit, func(i int, x scene.Point) scene.Point { return scene.Point{X: x.X / 22, Y: x.Y / 22} }},
		"wrong way around": {sayNoFit, func(i int, x scene.Point) scene.Point { return newCalibration(panels["upright"], 0).targets[(i*3+1)%5] }},
	} {
		p := newPerson(t, "upright", 0, calibrate.Identity)
		for range 5 {
			x, i := p.asked()
			x = c.at(i, x)
			p.rest(x.X, x.Y)
		}
		if p.c.checking || len(p.c.ask) != 5 || p.c.said != c.says || !p.c.wrong {
			t.Errorf("%s: checking %v, asks for %v, says %q", name, p.c.checking, p.c.ask, p.c.said.en)
		}
		p.answer() // and then it works
	}
}

// A panel that is not even is doubted once, and shown as what it is then.
func TestAnUnevenPanel(t *testing.T) {
	p := newPerson(t, "upright", 0, calibrate.Identity)
	off := p.c.panel.pixels(7)
	n := 0
	for !p.c.checking {
		x, i := p.asked()
		if i == 4 {
			x.Y += off
		}
		p.rest(x.X, x.Y)
		n++
	}
	if n != 6 || !p.c.found.Wanting || p.c.found.MostMM < 5 || p.c.found.MeanMM >= p.c.found.MostMM {
		t.Errorf("%d touches, %+v", n, p.c.found)
	}
}

func TestCheck(t *testing.T) {
	p := newPerson(t, "landscape", 180, glasses["resistive"])
	p.answer()
	// The cross goes where the finger is.
	p.touch(hal.TouchDown, 700, 300)
	if f := p.c.finger; f == nil || math.Hypot(float64(f.X-700), float64(f.Y-300)) > 3 {
		t.Errorf("the cross is at %v", f)
	}
	p.touch(hal.TouchUp, 700, 300)
	yes, no := p.c.answers()
	mid := func(r scene.Rect) (int, int) { return r.X + r.W/2, r.Y + r.H/2 }
	// What was pressed and left is not meant.
	x, y := mid(yes)
	p.touch(hal.TouchDown, x, y)
	if p.c.ptr.Pressed() != "keep" {
		t.Error("keep does not show that it is pressed")
	}
	p.touch(hal.TouchMove, x, y-300)
	p.touch(hal.TouchUp, x, y-300)
	p.ms += 1000
	p.touch(hal.TouchDown, x, y)
	p.c.Device(hal.Health{State: hal.Absent, Key: hal.KeyTouchGone})
	p.touch(hal.TouchUp, x, y)
	if _, ok := p.c.Kept(); ok || p.c.Ended() != Running {
		t.Fatal("kept by a finger that left")
	}
	p.ms += 1000
	x, y = mid(no)
	p.tap(x, y)
	if _, first := p.asked(); first != 0 || len(p.c.ask) != 5 {
		t.Errorf("again begins with %v", p.c.ask)
	}
	p.answer()
	// Nobody can touch Keep with a calibration that is wrong: it ends by itself.
	p.c.Tick(p.c.since.Add(time.Minute))
	if _, ok := p.c.Kept(); ok || p.c.Ended() != TimedOut {
		t.Errorf("ended %d", p.c.Ended())
	}
}

// Where the page takes a touch for an answer is where it draws it.
func TestAnswersAreWhereTheyAreDrawn(t *testing.T) {
	f := fonts(t)
	for name, panel := range panels {
		c := newCalibration(panel, 0)
		all(c)
		yes, no := c.answers()
		for _, x := range c.Scene(f).Targets {
			if r := map[string]scene.Rect{"keep": yes, "again": no}[x.ID]; x.Rect != r.Inset(-6) {
				t.Errorf("%s: %s at %v, taken at %v", name, x.ID, x.Rect, r)
			}
		}
	}
}

// Everything that a touch panel's health can say has words on these pages.
func TestTroublesHaveWords(t *testing.T) {
	for _, key := range []string{hal.KeyTouchGone, hal.KeyTouchUncalibrated} {
		if w, ok := (device{hal.Health{Key: key}}).trouble(); !ok || w.vi == "" || w.en == "" {
			t.Errorf("%s: %q, %v", key, w, ok)
		}
	}
	if _, ok := (device{hal.Health{State: hal.Ready}}).trouble(); ok {
		t.Error("a panel that is well has trouble")
	}
}
