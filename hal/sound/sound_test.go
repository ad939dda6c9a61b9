package sound

import (
	"math"
	"testing"
	"time"
)

// level is the share of the energy of s that lies at a frequency (Goertzel).
func level(s []int16, hertz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/Hertz)
	var a, b, all float64
	for _, x := range s {
		v := float64(x)
		a, b = v+c*a-b, a
		all += v * v
	}
	if all == 0 {
		return 0
	}
	return 2 * (a*a + b*b - c*a*b) / (all * float64(len(s)))
}

func TestToneIsATone(t *testing.T) {
	for _, hertz := range []float64{220, 440, 1000, 1760, 4000} {
		s := Tone(hertz, 300*time.Millisecond)
		if len(s) != 7200 {
			t.Errorf("%g Hz for 300 ms is %d samples", hertz, len(s))
		}
		if l := level(s, hertz); l < 0.95 {
			t.Errorf("only %.2f of a tone of %g Hz is there", l, hertz)
		}
		for _, other := range []float64{hertz / 2, hertz * 2, hertz * 3, hertz + 100} {
			if l := level(s, other); l > 0.001 {
				t.Errorf("%.4f of a tone of %g Hz is at %g", l, hertz, other)
			}
		}
	}
	for _, d := range []time.Duration{0, time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
		if got, want := len(Tone(440, d)), int(d*Hertz/time.Second); got != want {
			t.Errorf("a tone of %v is %d samples, want %d", d, got, want)
		}
	}
}

// cues with the notes that they are made of, in order.
var cues = map[string]struct {
	make  func() []int16
	notes []float64
}{
	"well":  {Well, []float64{1318.5}},
	"look":  {Look, []float64{659.3, 880}},
	"wrong": {Wrong, []float64{311.1, 233.1}},
}

func TestCuesAreWhatTheySay(t *testing.T) {
	for name, c := range cues {
		s := c.make()
		part := len(s) / len(c.notes)
		for i, note := range c.notes {
			p := s[i*part : (i+1)*part]
			if l := level(p, note); l < 0.4 {
				t.Errorf("%s: only %.2f of note %d is at %g Hz", name, l, i, note)
			}
			for other, o := range cues {
				for _, foreign := range o.notes {
					if l := level(p, foreign); other != name && l > 0.1 {
						t.Errorf("%s: %.2f of note %d is at %g Hz, a note of %s", name, l, i, foreign, other)
					}
				}
			}
		}
	}
}

// Calm: short, soft at both ends, with headroom, and nothing shrill.
func TestCuesAreCalm(t *testing.T) {
	for name, c := range cues {
		s := c.make()
		if d := time.Duration(len(s)) * time.Second / Hertz; d < 200*time.Millisecond || d > 600*time.Millisecond {
			t.Errorf("%s lasts %v", name, d)
		}
		loudest, step, sum := 0, 0, 0
		for i, x := range s {
			loudest = max(loudest, int(x), -int(x))
			sum += int(x)
			if i > 0 {
				step = max(step, int(x)-int(s[i-1]), int(s[i-1])-int(x))
			}
		}
		if loudest > math.MaxInt16/2+1 || loudest < math.MaxInt16/2-1 {
			t.Errorf("%s is as loud as %d", name, loudest)
		}
		if s[0] != 0 || s[len(s)-1] != 0 || s[1] > 500 || s[len(s)-2] > 500 {
			t.Errorf("%s begins with %v and ends with %v", name, s[:2], s[len(s)-2:])
		}
		if m := sum / len(s); m > 20 || m < -20 {
			t.Errorf("%s rests at %d", name, m)
		}
		// The steepest that the three have is the bell's own swing.
		if step > 10000 {
			t.Errorf("%s clicks: %d from one sample to the next", name, step)
		}
		shrill := 0.0
		for hertz := 5000.0; hertz < Hertz/2; hertz += 10 {
			shrill += level(s, hertz)
		}
		if shrill > 0.02 {
			t.Errorf("%.3f of %s is above 5 kHz", shrill, name)
		}
	}
}
