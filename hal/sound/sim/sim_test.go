package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sound"
	"tram06/hal/sound/remote"
	"tram06/hal/sound/speaker"
)

func heard(d *Device) func() []haltest.Heard {
	return func() (out []haltest.Heard) {
		for _, s := range d.Heard() {
			out = append(out, haltest.Heard(s))
		}
		return out
	}
}

func TestConformance(t *testing.T) {
	d := New()
	haltest.Sound(t, haltest.Rig[hal.Sound]{
		Open:   func() (hal.Sound, error) { return d.Open(100, nil) },
		Unplug: d.Unplug, Plug: d.Plug, Virtual: true,
	}, heard(d))
}

// serve gives the URI of a card in "another program".
func serve(t *testing.T, d *Device) string {
	t.Helper()
	return "sim+sound://" + haltest.Serve(t, d.Serve) + "/"
}

func TestConformanceOverTCP(t *testing.T) {
	d := New()
	uri := serve(t, d)
	haltest.Sound(t, haltest.Rig[hal.Sound]{
		Open:   func() (hal.Sound, error) { return hal.Open[hal.Sound](t.Context(), remote.Registry(nil), uri) },
		Unplug: d.Unplug, Plug: d.Plug,
	}, nil)
}

// What is heard far away is what was played here.
func TestHeardOverTCP(t *testing.T) {
	d := New()
	s, err := hal.Open[hal.Sound](t.Context(), remote.Registry(nil), serve(t, d)+"?volume=100")
	if err != nil {
		t.Fatal(err)
	}
	want := sound.Look()
	if err := s.Play(t.Context(), want, sound.Hertz); err != nil {
		t.Fatal(err)
	}
	got, err := d.Next(t.Context())
	if err != nil || got.Hertz != sound.Hertz || len(got.Samples) < len(want)-2 {
		t.Fatalf("heard %d samples of %d, at %d Hz, %v", len(got.Samples), len(want), got.Hertz, err)
	}
	for i, x := range got.Samples { // its silent first sample is not heard
		if d := int(x) - int(want[i+1]); d > 1 || d < -1 {
			t.Fatalf("sample %d is %d, want %d", i, x, want[i+1])
		}
	}
	// A sound whose end is cut off by hanging up has ended, too.
	if err := s.Play(t.Context(), want, sound.Hertz); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got, err := d.Next(t.Context()); err != nil || len(got.Samples) < len(want)-2 {
		t.Fatalf("heard %d samples of %d after hanging up, %v", len(got.Samples), len(want), err)
	}
}

func TestVolume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		s, err := d.Open(50, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		loud := func() int {
			if err := s.Play(t.Context(), slices.Repeat([]int16{32000}, 500), 16000); err != nil {
				t.Fatal(err)
			}
			h := d.Heard()
			if len(h) == 0 {
				return 0
			}
			return int(slices.Max(h[0].Samples))
		}
		for _, c := range []struct{ percent, want int }{{50, 8000}, {100, 32000}, {20, 1280}, {0, 0}} {
			if c.percent != 50 {
				if err := s.SetVolume(c.percent); err != nil {
					t.Fatal(err)
				}
			}
			if got := loud(); got < c.want-1 || got > c.want+1 {
				t.Errorf("at %d %% 32000 is heard as %d, want %d", c.percent, got, c.want)
			}
		}
		if _, err := d.Open(101, nil); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("opened at 101 %% gives %v", err)
		}
	})
}

// A sound that is broken off ends soon, fades, and leaves the card to the next.
func TestBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		s, err := d.Open(100, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Play(ctx, slices.Repeat([]int16{30000}, 10*16000), 16000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a sound that is broken off gives %v", err)
		}
		if took := time.Since(began); took > 1050*time.Millisecond {
			t.Errorf("it goes on for %v", took)
		}
		h := d.Heard()
		if len(h) != 1 || len(h[0].Samples) < 15500 || len(h[0].Samples) > 16500 {
			t.Fatalf("heard %d sounds", len(h))
		}
		for i, x := range h[0].Samples[1:] {
			if step := int(h[0].Samples[i]) - int(x); step > 500 {
				t.Fatalf("it ends with a click: %d from one sample to the next", step)
			}
		}
		if err := s.Play(t.Context(), []int16{1000, 2000, 3000}, 16000); err != nil {
			t.Error(err)
		}
		if h := d.Heard(); len(h) != 1 || !slices.Equal(h[0].Samples, []int16{1000, 2000, 3000}) {
			t.Errorf("the next sound is heard as %v", h)
		}
	})
}

// odd is a card that can be deaf, and that counts.
type odd struct {
	*remote.Card
	deaf         bool // takes nothing more, and does not say why
	runs, rests  atomic.Int32
	gone, closed atomic.Bool
}

func newOdd() *odd {
	o := &odd{}
	o.Card = remote.NewCard(nil, func(remote.Chunk) {}, func() error { o.closed.Store(true); return nil })
	return o
}

func (o *odd) Run(hertz int, fill func([]float32)) error {
	o.runs.Add(1)
	if o.deaf {
		return nil
	}
	return o.Card.Run(hertz, fill)
}

func (o *odd) Rest() error {
	o.rests.Add(1)
	return o.Card.Rest()
}
func (o *odd) Present() bool { return !o.gone.Load() }

func TestACardThatStallsIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOdd()
		o.deaf = true
		s, err := speaker.New("odd:", o, 50, nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := s.Play(t.Context(), make([]int16, 100), 16000); !errors.Is(err, hal.ErrGone) {
			t.Errorf("Play gives %v, want ErrGone", err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it is noticed after %v", took)
		}
		if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeySoundGone {
			t.Errorf("Health gives %v %q", h.State, h.Key)
		}
		if err := s.Close(); err != nil || !o.closed.Load() {
			t.Errorf("Close gives %v, the card is closed: %v", err, o.closed.Load())
		}
	})
}

// A card that nobody wants rests, wakes for the next sound, and is missed when
// it is pulled out while it rests.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOdd()
		s, err := speaker.New("odd:", o, 50, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		pass := func(d time.Duration) { <-time.After(d) }
		for round := int32(1); round <= 3; round++ {
			pass(2 * time.Second)
			if o.rests.Load() != round-1 {
				t.Errorf("round %d: it rested %d times at once", round, o.rests.Load())
			}
			pass(time.Minute)
			if o.rests.Load() != round || s.Health().State != hal.Ready {
				t.Errorf("round %d: it rested %d times, and is %v", round, o.rests.Load(), s.Health().State)
			}
			if err := s.Play(t.Context(), make([]int16, 5*24000), 24000); err != nil {
				t.Error(err)
			}
			if o.rests.Load() != round || o.runs.Load() != round+1 {
				t.Errorf("round %d: while it played it rested %d times and ran %d times", round, o.rests.Load(), o.runs.Load())
			}
		}
		pass(time.Minute)
		o.gone.Store(true)
		pass(time.Second)
		if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeySoundGone {
			t.Errorf("pulled out while it rests it says %v %q", h.State, h.Key)
		}
	})
}

func TestBadURIs(t *testing.T) {
	for _, uri := range []string{"sim+sound:///", "sim+sound://127.0.0.1/", "sim+sound://127.0.0.1:1/card", "sim+sound://127.0.0.1:1/?volume=101", "sim+sound://127.0.0.1:1/?volume=loud", "sim+sound://127.0.0.1:1/?bass=3"} {
		if s, err := hal.Open[hal.Sound](t.Context(), remote.Registry(nil), uri); err == nil || errors.Is(err, hal.ErrGone) {
			t.Errorf("%s opens as %v, %v", uri, s, err)
		}
	}
	if _, err := hal.Open[hal.Sound](t.Context(), remote.Registry(nil), "sim+sound://127.0.0.1:1/"); !errors.Is(err, hal.ErrGone) {
		t.Errorf("nobody there gives %v, want ErrGone", err)
	}
}

func FuzzRead(f *testing.F) {
	var good bytes.Buffer
	if err := (remote.Chunk{Hertz: 24000, Samples: []int16{1, -1, 32767, -32768}}).Write(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0x5d, 0xc0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := remote.Read(bytes.NewReader(in))
		if err != nil {
			if !errors.Is(err, remote.ErrProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := c.Write(&out); err != nil || !bytes.HasPrefix(in, out.Bytes()) {
			t.Errorf("%x became %x, %v", in, out.Bytes(), err)
		}
	})
}
