package haltest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/supervisor"
)

// healing is how soon a device works again that was put back.
const healing = 2 * time.Second

// Use works with a device as its user does, until the device or ctx ends, and
// calls works once it did what a user wants.
type Use[D hal.Device] func(ctx context.Context, d D, works func()) error

// Supervised keeps a device under a supervisor and pulls its plug again and
// again, for shorter and longer times. Each time the loss is told within a
// second, and the device works two seconds after it was put back; and after all
// of them nothing is left, neither running nor open.
//
// A virtual rig is tried with the pauses that a kiosk has, and the seconds are
// exact. On the real clock the pauses are short and the seconds end the test.
func Supervised[D hal.Device](t *testing.T, r Rig[D], use Use[D]) {
	t.Helper()
	r.run(t, "healed by a supervisor", func(t *testing.T) {
		closeInTime(t, r.open(t)) // the runtime opens what it keeps
		running, files := goroutines(), descriptors(t)
		s := r.supervise(t, use)
		s.becomes(t, hal.Ready, healing)
		chance := rand.New(rand.NewPCG(6, 6))
		some := func(most time.Duration) {
			if r.Virtual {
				<-time.After(time.Duration(chance.Int64N(int64(most))))
			}
		}
		for i := range r.cycles() {
			if some(500 * time.Millisecond); i%20 == 0 {
				some(2 * supervisor.Steady)
			}
			r.Unplug()
			s.becomes(t, hal.Absent, closing)
			// Away for long enough to be missed: who puts it back sooner, time
			// after time, is package supervisor's matter.
			if r.Virtual {
				<-time.After(supervisor.MaxPause)
			}
			some(3 * time.Second)
			r.Plug()
			s.becomes(t, hal.Ready, healing)
		}
		s.end(t)
		noneLeft(t, running)
		noneOpen(t, files)
	})
}

// watched is a device under its supervisor.
type watched struct {
	cancel context.CancelFunc
	health chan hal.Health
	works  chan struct{}
	done   chan error
}

func (r Rig[D]) supervise(t *testing.T, use Use[D]) *watched {
	ctx, cancel := context.WithCancel(t.Context())
	s := &watched{cancel: cancel, health: make(chan hal.Health, 16), works: make(chan struct{}, 1), done: make(chan error, 1)}
	o := supervisor.Options[D]{
		URI: "rig:", Key: "rig.gone",
		Registry: hal.Registry{"rig": r.opener()},
		OnHealth: func(h hal.Health) {
			select {
			case s.health <- h:
			case <-ctx.Done():
			}
		},
		Use: func(ctx context.Context, d D) error {
			return use(ctx, d, func() {
				select {
				case s.works <- struct{}{}:
				default:
				}
			})
		},
	}
	if !r.Virtual {
		o.Backoff = func(int) time.Duration { return time.Millisecond }
		o.Calm = o.Backoff
	}
	go func() { s.done <- supervisor.Run(ctx, o) }()
	return s
}

// becomes waits until the device is told to be absent, or works.
func (s *watched) becomes(t *testing.T, want hal.State, limit time.Duration) {
	t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	var last hal.Health
	for {
		select {
		case last = <-s.health:
			if want == hal.Absent && last.State == hal.Absent {
				if last.Key != "rig.gone" || !errors.Is(last.Err, hal.ErrGone) || last.Since.IsZero() {
					t.Fatalf("a device that was pulled out is told as %q since %v: %v", last.Key, last.Since, last.Err)
				}
				select {
				case <-s.works: // of the time before
				default:
				}
				return
			}
		case <-s.works:
			if want != hal.Absent {
				return
			}
		case <-late.C:
			t.Fatalf("no word of %v after %v; the last was %v %q: %v", want, limit, last.State, last.Key, last.Err)
		}
	}
}

func (s *watched) end(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := within(t, closing, "the supervisor", s.done); !errors.Is(err, context.Canceled) {
		t.Errorf("the supervisor ends with %v", err)
	}
}

// used makes a use of the suite's calls: what returns at once is called every so
// often, and the others all the time.
func used[D hal.Device](every time.Duration, calls map[string]func(D) error, blocking map[string]func(context.Context, D) error) Use[D] {
	return func(ctx context.Context, d D, works func()) error {
		ended := make(chan error, len(blocking))
		for _, call := range blocking {
			go func() { ended <- call(ctx, d) }()
		}
		left := len(blocking)
		defer func() {
			for range left {
				<-ended
			}
		}()
		again := time.NewTicker(every)
		defer again.Stop()
		for {
			for _, call := range calls {
				if err := call(d); err != nil {
					return err
				}
			}
			works()
			select {
			case err := <-ended:
				left--
				return err
			case <-again.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
