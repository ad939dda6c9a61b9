// Package sound makes the sounds of the kiosk as samples: plain tones with soft
// edges, and the three cues. They are calm, well below full scale, short, and
// so different that they are told apart in a noisy hall: the good one is a high
// bell, the one that asks rises, the bad one falls and is low.
package sound

import (
	"math"
	"time"
)

// Hertz is the rate of all samples that this package makes.
const Hertz = 24000

const (
	// peak leaves headroom: what is added by a mixer must not clip.
	peak = 0.5 * math.MaxInt16
	// edge is how long a tone takes to come and to go, so that it does not click.
	edge = 8 * time.Millisecond
)

// Tone is a plain tone.
func Tone(hertz float64, d time.Duration) []int16 {
	return loud(tone(hertz, d, 0, 1))
}

// Well is the sound of what went well: one bell.
func Well() []int16 {
	return loud(tone(1318.5, 450*time.Millisecond, 110*time.Millisecond, 1, 0.35, 0.12))
}

// Look asks to look at the screen: two notes that rise.
func Look() []int16 {
	n := 150 * time.Millisecond
	return loud(tone(659.3, n, 0, 1, 0.25), rest(50*time.Millisecond), tone(880, n, 0, 1, 0.25))
}

// Wrong is the sound of what did not work: two low notes that fall. The
// overtones are for small speakers, which do not reach down to the notes.
func Wrong() []int16 {
	n := 200 * time.Millisecond
	return loud(tone(311.1, n, 0, 1, 0.5, 0.3), rest(60*time.Millisecond), tone(233.1, n, 0, 1, 0.5, 0.3))
}

func frames(d time.Duration) int { return int(d * Hertz / time.Second) }

func rest(d time.Duration) []float64 { return make([]float64, frames(d)) }

// tone is a note with overtones, partials[0] being the note itself. With a
// decay it fades like a bell, to a third in that time.
func tone(hertz float64, d, decay time.Duration, partials ...float64) []float64 {
	out := make([]float64, frames(d))
	n := float64(min(frames(edge), len(out)/2))
	for i := range out {
		t := float64(i) / Hertz
		for k, a := range partials {
			out[i] += a * math.Sin(2*math.Pi*hertz*float64(k+1)*t)
		}
		if decay > 0 {
			out[i] *= math.Exp(-t / decay.Seconds())
		}
		// A quarter of a wave at both ends.
		if from := min(float64(i), float64(len(out)-1-i)); from < n {
			out[i] *= math.Sin(from / n * math.Pi / 2)
		}
	}
	return out
}

// loud joins parts and makes their loudest sample as loud as all others are.
func loud(parts ...[]float64) []int16 {
	most, n := 0.0, 0
	for _, p := range parts {
		n += len(p)
		for _, x := range p {
			most = max(most, math.Abs(x))
		}
	}
	out := make([]int16, 0, n)
	for _, p := range parts {
		for _, x := range p {
			if most > 0 {
				x *= peak / most
			}
			out = append(out, int16(math.Round(x)))
		}
	}
	return out
}
