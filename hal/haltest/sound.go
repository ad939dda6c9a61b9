package haltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tram06/hal"
)

// Heard is one sound that came out of a speaker, without the silence around it.
type Heard struct {
	Hertz   int
	Samples []int16
}

// soundRate is that of the suite's sounds.
const soundRate = 16000

// beepOf is a rectangle of the given half period: crude, and easy to know again.
func beepOf(half, samples int) []int16 {
	out := make([]int16, samples)
	for i := range out {
		out[i] = 20000
		if i/half%2 == 1 {
			out[i] = -20000
		}
	}
	return out
}

// Sound runs the suite on a sound card. heard gives what came out of it since
// the last call; nil if nobody can tell.
func Sound(t *testing.T, r Rig[hal.Sound], heard func() []Heard) {
	fitting(t, r, map[string]func(hal.Sound) error{
		"SetVolume": func(d hal.Sound) error { return d.SetVolume(50) },
	}, map[string]func(context.Context, hal.Sound) error{"Play": playLong})
	plays(t, r, heard)
}

// SoundCard runs the suite on a card whose plug nobody can pull.
func SoundCard(t *testing.T, open func() (hal.Sound, error)) {
	r := Rig[hal.Sound]{Open: open}
	suite(t, r.open, func(d hal.Sound) []wait {
		return []wait{{"Play", func(ctx context.Context) error { return playLong(ctx, d) }}}
	})
	plays(t, r, nil)
}

// minute of silence, of which two thousand would be much garbage.
var minute = make([]int16, 60*soundRate)

func playLong(ctx context.Context, d hal.Sound) error { return d.Play(ctx, minute, soundRate) }

func plays(t *testing.T, r Rig[hal.Sound], heard func() []Heard) {
	r.run(t, "what cannot be is refused", func(t *testing.T) {
		d := r.open(t)
		defer closeInTime(t, d)
		for _, ok := range []int{0, 1, 100} {
			if err := d.SetVolume(ok); err != nil {
				t.Errorf("SetVolume(%d) gives %v", ok, err)
			}
		}
		for _, bad := range []int{-1, 101} {
			if err := d.SetVolume(bad); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("SetVolume(%d) gives %v, want ErrUnsupported", bad, err)
			}
		}
		for _, bad := range []int{0, -8000, 7999, 1 << 20} {
			if err := d.Play(t.Context(), beepOf(8, 100), bad); !errors.Is(err, hal.ErrUnsupported) {
				t.Errorf("%d samples a second give %v, want ErrUnsupported", bad, err)
			}
		}
		if err := d.Play(t.Context(), nil, soundRate); err != nil {
			t.Errorf("nothing to play gives %v", err)
		}
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Play(dead, beepOf(8, 100), soundRate); !errors.Is(err, context.Canceled) {
			t.Errorf("a dead context gives %v, want context.Canceled", err)
		}
	})
	r.run(t, "Play returns when all was heard", func(t *testing.T) { whole(t, r, heard) })
	r.run(t, "sounds wait for each other", func(t *testing.T) { queue(t, r, heard) })
}

// whole plays sounds of several lengths and rates.
func whole(t *testing.T, r Rig[hal.Sound], heard func() []Heard) {
	d := r.open(t)
	defer closeInTime(t, d)
	if err := d.SetVolume(100); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ samples, hertz int }{{1, 8000}, {100, 8000}, {1234, 22050}, {4321, 48000}, {999, 48000}} {
		if heard != nil {
			heard()
		}
		sent := beepOf(7, c.samples)
		began := time.Now()
		if err := d.Play(t.Context(), sent, c.hertz); err != nil {
			t.Fatalf("%d samples at %d Hz give %v", c.samples, c.hertz, err)
		}
		// In a rig with a time of its own it is known how long that takes.
		if least := time.Duration(c.samples) * time.Second / time.Duration(c.hertz); r.Virtual && time.Since(began) < least {
			t.Errorf("%d samples at %d Hz were played in %v, want %v", c.samples, c.hertz, time.Since(began), least)
		}
		if heard == nil {
			continue
		}
		got := heard()
		if len(got) != 1 || got[0].Hertz != c.hertz || !alike(got[0].Samples, sent) {
			t.Errorf("%d samples at %d Hz are heard as %d sounds, or as others", c.samples, c.hertz, len(got))
		}
	}
}

// queue plays several at once: all are heard, none over another.
func queue(t *testing.T, r Rig[hal.Sound], heard func() []Heard) {
	d := r.open(t)
	defer closeInTime(t, d)
	if err := d.SetVolume(100); err != nil {
		t.Fatal(err)
	}
	if heard != nil {
		heard()
	}
	const n = 5
	results := make(chan error, n)
	for i := range n {
		go func() { results <- d.Play(t.Context(), beepOf(3+i, 800*(i+1)), soundRate) }()
	}
	for range n {
		if err := within(t, patience, "Play", results); err != nil {
			t.Errorf("Play gives %v", err)
		}
	}
	if heard == nil {
		return
	}
	var all, want int
	for _, h := range heard() {
		all += len(h.Samples)
		for _, x := range h.Samples {
			if x > 20001 || x < -20001 {
				t.Fatalf("a sample of %d: two sounds were heard at once", x)
			}
		}
	}
	for i := range n {
		want += 800 * (i + 1)
	}
	if all < want {
		t.Errorf("%d samples were heard, want %d", all, want)
	}
}

// alike forgives what a mixer rounds.
func alike(a, b []int16) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if d := int(a[i]) - int(b[i]); d > 1 || d < -1 {
			return false
		}
	}
	return true
}
