package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/supervisor"
)

// promised is how soon a device that was put back works again.
const promised = 2 * time.Second

// socket is where a lamp is plugged in and out, within a synctest bubble.
type socket struct {
	cancel context.CancelFunc
	done   chan error
	wake   chan struct{}

	mu      sync.Mutex    // guards all below
	takes   time.Duration // an opening
	plugged bool
	in      *lamp // that was opened last
	opened  []time.Time
	uses    []time.Time
	health  []hal.Health
}

// powered starts a supervisor over an empty socket.
func powered(t *testing.T, o supervisor.Options[hal.Device]) *socket {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &socket{cancel: cancel, done: make(chan error, 1), wake: make(chan struct{}, 1)}
	o.URI, o.Key, o.Wake = "lamp:", "lamp.gone", s.wake
	o.OnHealth = func(h hal.Health) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.health = append(s.health, h)
	}
	o.Registry = hal.Registry{"lamp": func(ctx context.Context, _ *url.URL) (hal.Device, error) {
		s.mu.Lock()
		s.opened = append(s.opened, time.Now())
		takes := time.After(s.takes)
		s.mu.Unlock()
		select {
		case <-takes:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.plugged {
			return nil, hal.ErrGone
		}
		s.in = newLamp()
		return s.in, nil
	}}
	o.Use = func(ctx context.Context, _ hal.Device) error {
		s.mu.Lock()
		s.uses = append(s.uses, time.Now())
		s.mu.Unlock()
		<-ctx.Done()
		return ctx.Err()
	}
	go func() { s.done <- supervisor.Run(ctx, o) }()
	synctest.Wait()
	return s
}

// end ends the supervisor.
func (s *socket) end(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := <-s.done; !errors.Is(err, context.Canceled) {
		t.Errorf("the supervisor ends with %v", err)
	}
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (s *socket) plug() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plugged = true
}

func (s *socket) unplug() {
	s.mu.Lock()
	s.plugged = false
	if s.in != nil {
		s.in.Set(hal.Absent, "lamp.gone", hal.ErrGone)
	}
	s.mu.Unlock()
	synctest.Wait()
}

// slow sets how long an opening takes.
func (s *socket) slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes = d
}

// tried gives when it was tried to open the device.
func (s *socket) tried() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.opened)
}

func (s *socket) told() []hal.Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.health)
}

// worksSince tells whether the device has been in use since no later than at.
func (s *socket) worksSince(at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uses) > 0 && !s.uses[len(s.uses)-1].After(at) && s.in.Health().State != hal.Absent
}

// Whatever happened to a device before, it works two seconds after it was put
// back: left in for a moment or for long, taken out for a second or for minutes.
func TestHealsWhateverHappenedBefore(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 6))
			// Short times are as likely as long ones.
			some := func(least, most time.Duration) time.Duration {
				d := least
				for d < most && chance.IntN(3) > 0 {
					d *= 3
				}
				return d + time.Duration(chance.Int64N(int64(d)))
			}
			s := powered(t, supervisor.Options[hal.Device]{})
			takes := time.Duration(chance.IntN(300)) * time.Millisecond
			s.slow(takes)
			for range 20 {
				// It is away for long enough to be missed.
				pass(some(supervisor.MaxPause+2*takes, time.Minute))
				s.plug()
				back := time.Now()
				if stays := some(20*time.Millisecond, time.Minute); stays >= promised {
					pass(stays)
					if !s.worksSince(back.Add(promised)) {
						t.Fatalf("seed %d: a device is not in use %v after it was put back", seed, promised)
					}
				} else {
					pass(stays) // another one is tried, or somebody kicks the cable
				}
				s.unplug()
			}
			s.end(t)
		})
	}
}

// A cable that is kicked several times, each time for less than a pause, so that
// nobody saw the device away.
func TestHealsAfterQuickKicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{})
		s.plug()
		pass(time.Minute)
		for range 4 {
			s.unplug()
			s.plug()
			back := time.Now()
			pass(promised)
			if !s.worksSince(back.Add(promised)) {
				t.Fatal("not healed after a kick")
			}
		}
		s.end(t)
	})
}

// The kernel's word ends any pause, that of a device which does not stay too;
// and a link that udev makes late is found soon.
func TestWakeFindsALateLink(t *testing.T) {
	for _, late := range []time.Duration{0, 10 * time.Millisecond, 99 * time.Millisecond, 250 * time.Millisecond, 600 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := powered(t, supervisor.Options[hal.Device]{Backoff: func(n int) time.Duration {
				if n == 1 {
					return 24 * time.Hour // asleep
				}
				return supervisor.Exponential(supervisor.MinPause, supervisor.MaxPause, func() float64 { return 0 })(n - 1)
			}})
			pass(time.Minute)
			if n := len(s.tried()); n != 1 {
				t.Fatalf("it was looked for %d times", n)
			}
			s.end(t)

			s = powered(t, supervisor.Options[hal.Device]{})
			pass(time.Minute)
			tried := s.tried()
			pass(time.Until(tried[len(tried)-1].Add(60 * time.Millisecond)))
			s.wake <- struct{}{}
			rang := time.Now()
			synctest.Wait()
			pass(late)
			s.plug()
			pass(promised)
			// The pauses after a ring double from the shortest, more or less.
			if by := rang.Add(max(3*late, late+supervisor.MinPause)); !s.worksSince(by) {
				t.Errorf("a link that is %v late is not found by %v after the ring", late, by.Sub(rang))
			}
			s.end(t)
		})
	}
}

func TestWakeEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{Backoff: func(int) time.Duration { return time.Hour }})
		pass(10 * time.Minute)
		s.plug()
		rang := time.Now()
		s.wake <- struct{}{}
		synctest.Wait()
		if !s.worksSince(rang) {
			t.Error("a ring does not end a pause")
		}
		s.end(t)
	})
}

// A hundred rings a second, as of a hub with a bad cable, do not become a
// hundred attempts.
func TestAStormOfRingsIsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{})
		pass(time.Minute)
		before := len(s.tried())
		for range 1000 {
			select {
			case s.wake <- struct{}{}:
			default:
			}
			pass(10 * time.Millisecond)
		}
		if n := len(s.tried()) - before; n > 250 || n < 100 {
			t.Errorf("%d attempts in ten seconds", n)
		}
		s.end(t)
	})
}

// Even a device that is trusted gets a breath before it is opened again: what it
// was torn from may still be letting go of it.
func TestABreathBeforeItIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{})
		s.plug()
		pass(time.Minute)
		lost := time.Now()
		s.unplug()
		s.plug()
		pass(promised)
		tried := s.tried()
		if breath := tried[len(tried)-1].Sub(lost); breath < supervisor.MinPause/2 || breath > 2*supervisor.MinPause {
			t.Errorf("it was opened %v after it was lost", breath)
		}
		s.end(t)
	})
}

// A device that is there each time it is opened, and is lost each time.
func TestOneThatDoesNotStayIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{open: func() (hal.Device, error) { return newLamp(), nil }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		defer func() {
			// Whoever reads the log sees that it is no matter of a cable.
			if last := b.errs[len(b.errs)-1]; !errors.Is(last, hal.ErrGone) || !strings.Contains(last.Error(), "times in a row") {
				t.Errorf("the last loss is told as %v", last)
			}
		}()
		_ = b.run(ctx, func(context.Context, hal.Device) error { return hal.ErrGone })
		pauses := make([]time.Duration, len(b.opened)-1)
		for i := range pauses {
			pauses[i] = b.opened[i+1] - b.opened[i]
		}
		for i, p := range pauses[:4] {
			if p >= promised {
				t.Errorf("pause %d is %v already", i+1, p)
			}
		}
		for i, p := range pauses[8:] {
			if p < supervisor.MaxCalm*3/4 {
				t.Fatalf("pause %d is %v only", i+9, p)
			}
		}
	})
}

// Once it stayed, or was seen away, the next loss is as good as the first.
func TestOneThatStaysIsTrustedAgain(t *testing.T) {
	for _, how := range []string{"stayed", "was away"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := powered(t, supervisor.Options[hal.Device]{})
				s.plug()
				pass(promised)
				for range 20 { // it does not stay
					s.unplug()
					s.plug()
					pass(supervisor.MaxCalm)
				}
				if !s.worksSince(time.Now()) {
					t.Fatal("it is given up")
				}
				if how == "stayed" {
					pass(supervisor.Steady)
					s.unplug()
				} else {
					s.unplug()
					pass(supervisor.MaxCalm + supervisor.MaxPause)
				}
				for range 4 {
					s.plug()
					back := time.Now()
					pass(promised)
					if !s.worksSince(back.Add(promised)) {
						t.Fatal("it is still distrusted")
					}
					s.unplug()
				}
				s.end(t)
			})
		})
	}
}

// An opening that takes long is a part of the pause, and one that does not end
// is told.
func TestSlowOpenings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{})
		s.slow(700 * time.Millisecond)
		pass(time.Minute)
		tried := s.tried()[20:]
		for i := range tried[1:] {
			if gap := tried[i+1].Sub(tried[i]); gap > supervisor.MaxPause {
				t.Fatalf("attempts begin %v apart", gap)
			}
		}
		s.end(t)
	})
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		hang := make(chan struct{})
		var told []string
		b := &bench{open: func() (hal.Device, error) { <-hang; return newLamp(), nil }}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.run(ctx, sleepOn) }()
		pass(3 * time.Second)
		told = slices.Clone(b.health)
		if want := []string{"absent lamp.gone"}; !slices.Equal(told, want) {
			t.Errorf("after %v of opening: %q, want %q", time.Since(begin), told, want)
		}
		close(hang)
		synctest.Wait()
		if want := []string{"absent lamp.gone", "ready "}; !slices.Equal(b.health, want) {
			t.Errorf("opened at last: %q, want %q", b.health, want)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// Since when: of the loss, however often it was looked for after it.
func TestAbsenceSaysSinceWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := powered(t, supervisor.Options[hal.Device]{})
		s.plug()
		pass(time.Minute)
		lost := time.Now()
		s.unplug()
		pass(time.Minute)
		told := s.told()
		got := told[len(told)-1]
		if got.State != hal.Absent || !got.Since.Equal(lost) || !errors.Is(got.Err, hal.ErrGone) {
			t.Errorf("%v %v since %v, want absent since %v", got.State, got.Err, got.Since, lost)
		}
		var states []string
		for _, h := range told {
			states = append(states, fmt.Sprint(h.State))
		}
		if want := []string{"absent", "ready", "absent"}; !slices.Equal(states, want) {
			t.Errorf("told %q, want %q", states, want)
		}
		s.end(t)
	})
}
