package beeper_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/beeper"
)

// horn is hardware that notes what is done with it, and fails where told to.
type horn struct {
	mu    sync.Mutex
	did   []string
	fails map[string]error
}

func (h *horn) do(what string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if what != "look" {
		h.did = append(h.did, what)
	}
	return h.fails[what]
}

func (h *horn) fail(what string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails = map[string]error{what: err}
}

// done gives what was done since the last time.
func (h *horn) done() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.did = nil }()
	return strings.Join(h.did, " ")
}

func (h *horn) Sound(wait func(<-chan time.Time) error, _ int, d time.Duration) error {
	if err := h.do("sound"); err != nil {
		return err
	}
	return wait(time.After(d))
}
func (h *horn) Silence() error { return h.do("silence") }
func (h *horn) Look() error    { return h.do("look") }
func (h *horn) Close() error   { return h.do("close") }

func newHorn(t *testing.T) (*horn, *beeper.Beeper) {
	h := &horn{}
	b := beeper.New("horn:", h, 5000, nil)
	t.Cleanup(func() { _ = b.Close() })
	return h, b
}

func TestOneWhoNoLongerWaitsHearsNothing(t *testing.T) {
	h, b := newHorn(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if err := b.Beep(ctx, 440, time.Second); !errors.Is(err, context.Canceled) {
			t.Fatalf("Beep gives %v", err)
		}
	}
	if did := h.done(); did != "" {
		t.Errorf("the hardware does: %s", did)
	}
}

// Sounds follow each other, each ended before the next, and none after Close.
func TestSoundsFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b := newHorn(t)
		ended := make(chan error, 3)
		began := time.Now()
		for range 2 {
			go func() { ended <- b.Beep(t.Context(), 440, time.Second) }()
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if did, took := h.done(), time.Since(began); did != "sound silence sound silence" || took != 2*time.Second {
			t.Errorf("two sounds of a second take %v: %s", took, did)
		}
		for range 3 {
			go func() { ended <- b.Beep(t.Context(), 440, time.Minute) }()
		}
		synctest.Wait()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for range 3 {
			if err := <-ended; !errors.Is(err, hal.ErrGone) {
				t.Errorf("closed, Beep gives %v", err)
			}
		}
		if did := h.done(); did != "sound silence close" {
			t.Errorf("closed in the middle of a sound it does: %s", did)
		}
	})
}

var errBurnt = errors.New("burnt")

func TestHardwareThatIsLost(t *testing.T) {
	for _, where := range []string{"look", "sound", "silence"} {
		synctest.Test(t, func(t *testing.T) {
			h, b := newHorn(t)
			h.fail(where, beeper.Lost(errBurnt))
			if where == "look" {
				<-time.After(time.Second)
				synctest.Wait()
			} else if err := b.Beep(t.Context(), 440, time.Millisecond); !errors.Is(err, hal.ErrGone) || !errors.Is(err, errBurnt) {
				t.Errorf("%s: Beep gives %v", where, err)
			}
			if s := b.Health(); s.State != hal.Absent || s.Key != hal.KeyBuzzerGone || !errors.Is(s.Err, errBurnt) {
				t.Errorf("%s: health is %+v", where, s)
			}
			if err := b.Close(); err != nil {
				t.Errorf("%s: Close of what is gone gives %v", where, err)
			}
		})
	}
}

// What the hardware refuses is told, by the device's name, once.
func TestHardwareThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b := newHorn(t)
		for _, where := range []string{"look", "sound", "silence"} {
			h.fail(where, errBurnt)
			<-time.After(time.Second)
			err := b.Beep(t.Context(), 440, time.Millisecond)
			if told := errors.Is(err, errBurnt); told != (where != "look") || errors.Is(err, hal.ErrGone) {
				t.Errorf("%s: Beep gives %v", where, err)
			}
			if told := err != nil && err.Error() != "buzzer: burnt"; told {
				t.Errorf("%s: it is told as %q", where, err)
			}
			if s := b.Health(); s.State != hal.Ready {
				t.Errorf("%s: health is %+v", where, s)
			}
		}
		h.fail("close", errBurnt)
		if err := b.Close(); !errors.Is(err, errBurnt) || err.Error() != "buzzer: close: burnt" {
			t.Errorf("Close gives %v", err)
		}
		if err := b.Close(); err != nil {
			t.Errorf("and again %v", err)
		}
	})
}

func TestTonesThatCannotBe(t *testing.T) {
	h, b := newHorn(t)
	for _, x := range []struct {
		hertz int
		d     time.Duration
	}{{-1, time.Second}, {0, time.Second}, {19, time.Second}, {5001, time.Second}, {440, -1}} {
		if err := b.Beep(t.Context(), x.hertz, x.d); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("%d Hz for %v gives %v", x.hertz, x.d, err)
		}
	}
	for _, hertz := range []int{20, 5000} {
		if err := b.Beep(t.Context(), hertz, 0); err != nil {
			t.Errorf("%d Hz gives %v", hertz, err)
		}
	}
	if did := strings.Fields(h.done()); len(did) != 4 || slices.Contains(did, "close") {
		t.Errorf("the hardware does %v", did)
	}
}
