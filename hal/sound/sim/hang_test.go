package sim

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/sound/remote"
	"tram06/hal/sound/speaker"
)

// hung is a card whose sound system hangs in one of its calls, until it is let go;
// it could be opened, which is its first run.
type hung struct {
	*odd
	in    string // that call
	letGo chan struct{}
}

func newHung(in string) *hung { return &hung{odd: newOdd(), in: in, letGo: make(chan struct{})} }

func (h *hung) step(call string) {
	if call == h.in {
		<-h.letGo
	}
}

func (h *hung) Run(hertz int, fill func([]float32)) error {
	if h.runs.Load() > 0 {
		h.step("Run")
	}
	return h.odd.Run(hertz, fill)
}

func (h *hung) Rest() error {
	h.step("Rest")
	return h.odd.Rest()
}

func (h *hung) Close() error {
	h.step("Close")
	return h.odd.Close()
}

// within runs f, and fails when it takes longer on the bubble's clock.
func within(t *testing.T, what string, most time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > most {
		t.Errorf("%s takes %v", what, took)
	}
}

// A sound system that hangs is gone, and hangs nobody: neither who plays, nor who
// closes. The card is closed once it answers again.
func TestACardThatHangs(t *testing.T) {
	sample := make([]int16, 100)
	for _, in := range []string{"Run", "Rest", "Close"} {
		t.Run(in, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHung(in)
				s, err := speaker.New("hung:", h, 50, nil)
				if err != nil {
					t.Fatal(err)
				}
				switch in {
				case "Run":
					within(t, "Play", 3*time.Second, func() {
						if err := s.Play(t.Context(), sample, 16000); !errors.Is(err, hal.ErrGone) {
							t.Errorf("Play gives %v, want ErrGone", err)
						}
					})
				case "Rest":
					within(t, "a rest", 5*time.Second, func() { <-s.Done() })
				}
				if in != "Close" && (s.Health().State != hal.Absent || s.Health().Key != hal.KeySoundGone) {
					t.Errorf("health is %v %q", s.Health().State, s.Health().Key)
				}
				within(t, "Close", 900*time.Millisecond, func() {
					if err := s.Close(); err == nil {
						t.Error("Close tells nothing of a card that hangs")
					}
				})
				if h.closed.Load() {
					t.Error("the card is closed in the middle of another call")
				}
				close(h.letGo)
				synctest.Wait()
				if !h.closed.Load() {
					t.Error("the card is never closed")
				}
			})
		})
	}
}

// Whoever closes does not wait for a card that another call still waits for.
func TestClosedWhileTheCardHangs(t *testing.T) {
	for _, in := range []string{"Run", "Rest"} {
		t.Run(in, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHung(in)
				s, err := speaker.New("hung:", h, 50, nil)
				if err != nil {
					t.Fatal(err)
				}
				played := make(chan error, 1)
				if in == "Run" {
					go func() { played <- s.Play(t.Context(), make([]int16, 100), 16000) }()
				} else {
					<-time.After(3100 * time.Millisecond) // it has begun to rest
					played <- hal.ErrGone
				}
				synctest.Wait()
				within(t, "Close", 900*time.Millisecond, func() { _ = s.Close() })
				if err := <-played; !errors.Is(err, hal.ErrGone) {
					t.Errorf("Play gives %v, want ErrGone", err)
				}
				close(h.letGo)
				synctest.Wait()
				if !h.closed.Load() {
					t.Error("the card is never closed")
				}
			})
		})
	}
}

// A card that cannot rest is gone before anybody else is let at it.
func TestACardThatCannotRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &restless{remote.NewCard(nil, func(remote.Chunk) {}, func() error { return nil })}
		s, err := speaker.New("restless:", c, 50, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		within(t, "a rest", 5*time.Second, func() { <-s.Done() })
		if err := s.Err(); !errors.Is(err, hal.ErrGone) || !errors.Is(err, errRestless) {
			t.Errorf("it is gone with %v", err)
		}
	})
}

type restless struct{ *remote.Card }

var errRestless = errors.New("restless")

func (restless) Rest() error { return errRestless }
