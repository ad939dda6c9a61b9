package setup

import (
	"math"
	"slices"
	"time"

	"tram06/hal"
)

// rateOver is how long events are counted for a rate.
const rateOver = 500 * time.Millisecond

// rate counts events a second, over the last half of one.
type rate struct {
	marks []mark
	peak  float64
}

type mark struct {
	at time.Time
	n  int
}

// add takes n events of a moment, and gives the present rate.
func (r *rate) add(at time.Time, n int) float64 {
	if n > 0 {
		r.marks = append(r.marks, mark{at, n})
	}
	r.marks = slices.DeleteFunc(r.marks, func(m mark) bool { return at.Sub(m.at) >= rateOver })
	sum := 0
	for _, m := range r.marks {
		sum += m.n
	}
	v := float64(sum) / rateOver.Seconds()
	r.peak = max(r.peak, v)
	return v
}

// Bounds of what counts as one trace for the tremble: a panel that has not
// told anything for so long has not measured either.
const (
	together = 50 * time.Millisecond
	recent   = 512
	enough   = 32
)

// Of noise, the mean square of the smaller nine tenths is this part of the
// whole; the greatest tenth is left out, since a finger turns round.
const trimmed = 0.623

// tremble measures the noise of places, of a finger that moves or rests: the
// second differences of a smooth trace are small, those of noise are √6 of it.
type tremble struct {
	last    [2]hal.Touch
	n       int // of last that are filled
	squares []float64
	next    int
}

func (t *tremble) add(e hal.Touch) {
	if e.Kind != hal.TouchDown && e.Kind != hal.TouchMove {
		t.n = 0
		return
	}
	if e.Kind == hal.TouchDown || t.n > 0 && e.At.Sub(t.last[1].At) > together {
		t.n = 0
	}
	if t.n == 2 {
		for _, d := range []int{e.X - 2*t.last[1].X + t.last[0].X, e.Y - 2*t.last[1].Y + t.last[0].Y} {
			t.keep(float64(d * d))
		}
	}
	t.last[0], t.last[1] = t.last[1], e
	t.n = min(t.n+1, 2)
}

func (t *tremble) keep(square float64) {
	if len(t.squares) < recent {
		t.squares = append(t.squares, square)
		return
	}
	t.squares[t.next] = square
	t.next = (t.next + 1) % recent
}

// pixels of noise along one axis; ok is false while too little is known.
func (t *tremble) pixels() (v float64, ok bool) {
	if len(t.squares) < enough {
		return 0, false
	}
	s := slices.Clone(t.squares)
	slices.Sort(s)
	s = s[:len(s)*9/10]
	sum := 0.0
	for _, x := range s {
		sum += x
	}
	return math.Sqrt(sum / float64(len(s)) / trimmed / 6), true
}
