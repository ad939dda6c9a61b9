package gpio

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/tether"
)

const (
	defaultDebounce = 30 * time.Millisecond
	maxDebounce     = 5 * time.Second
	maxStuck        = 7 * 24 * time.Hour
	// poll is for chips that cannot tell of edges: people open doors slower.
	poll = 50 * time.Millisecond
	// queued changes wait for Next; when there are more, the oldest go.
	queued = 16
)

// storm is how long a contact may bounce until somebody should look at it.
func storm(debounce time.Duration) time.Duration { return max(time.Second, 20*debounce) }

// Switch is a contact on a wire.
type Switch struct {
	*tether.Tether
	wire     wire
	debounce time.Duration
	stuck    time.Duration
	now      func() time.Time

	edges    chan struct{} // edges that nobody has looked at; nil when polled
	on       atomic.Bool
	bouncing atomic.Bool
	changes  chan bool
	ran      sync.WaitGroup
	once     sync.Once

	since time.Time // when the contact last came to rest; of the goroutine that settles
}

var _ hal.Switch = (*Switch)(nil)

// OpenSwitch opens the contact of a gpio+switch URI.
func OpenSwitch(k Kernel, u *url.URL, now func() time.Time) (*Switch, error) {
	if now == nil {
		now = time.Now
	}
	p, line := parse("switch", u)
	pull := p.OneOf("pull", "as-is", "up", "down", "none")
	s := &Switch{
		Tether:   tether.New(u.String(), "switch", hal.KeySwitchGone, now),
		debounce: p.Duration("debounce", defaultDebounce, 0, maxDebounce),
		stuck:    p.Duration("stuck", 0, time.Second, maxStuck),
		now:      now,
		edges:    make(chan struct{}, 1),
		changes:  make(chan bool, queued),
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	bias := map[string]uint64{"up": FlagPullUp, "down": FlagPullDown, "none": FlagNoPull}[pull]
	var err error
	s.wire, err = input(k, line, bias|FlagEdgeRising|FlagEdgeFalling, queue)
	if gone(err) {
		// So says also a chip without interrupts.
		s.edges = nil
		s.wire, err = input(k, line, bias, queue)
	}
	if err != nil {
		return nil, fmt.Errorf("switch: %w", err)
	}
	on, err := s.wire.on()
	if gone(err) {
		err = fmt.Errorf("%v: %w: %w", line, hal.ErrGone, err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("switch: %w", err), s.wire.Close())
	}
	s.on.Store(on)
	s.since = now()
	if s.edges != nil {
		s.ran.Go(s.listen)
	}
	s.ran.Go(func() {
		if err := s.run(); err != nil {
			s.Cut(err)
		}
	})
	return s, nil
}

// On is the state in which the contact last came to rest.
func (s *Switch) On() bool { return s.on.Load() }

// Next waits for a change.
func (s *Switch) Next(ctx context.Context) (bool, error) {
	if err := s.Err(); err != nil {
		return false, err
	}
	select {
	case on := <-s.changes:
		return on, nil
	case <-ctx.Done():
		return false, s.Errorf("%w", ctx.Err())
	case <-s.Done():
		return false, s.Err()
	}
}

// Close gives the line back.
func (s *Switch) Close() (err error) {
	s.once.Do(func() {
		s.Cut(nil)
		err = notGone(s.wire.Close()) // which ends listen
		s.ran.Wait()
		if err != nil {
			err = s.Errorf("close: %w", err)
		}
	})
	return err
}

// calm is how long edges wait in the kernel once the contact is known to bounce:
// so short that one who waits for it to come to rest hears of each new unrest.
func calm(debounce time.Duration) time.Duration { return min(debounce/2, 10*time.Millisecond) }

// listen reports edges. A contact that swings thousands of times a second, as a
// wire does that was torn off, must not keep us busy.
func (s *Switch) listen() {
	buf := edgeBuffer(queue)
	for {
		if _, err := s.wire.edges(buf); err != nil {
			s.Cut(err)
			return
		}
		select {
		case s.edges <- struct{}{}:
		case <-s.Done():
			return
		}
		if !s.bouncing.Load() {
			continue
		}
		select {
		case <-time.After(calm(s.debounce)):
		case <-s.Done():
			return
		}
	}
}

// run follows the contact until the device is gone.
func (s *Switch) run() error {
	every := look
	if s.edges == nil {
		every = poll
	}
	tick := beat.New(every)
	defer tick.Stop()
	rest := time.NewTimer(maxDebounce)
	defer rest.Stop()
	rest.Stop()
	var began time.Time // of the unrest; zero when there is none
	for {
		select {
		case <-s.Done():
			return nil
		case <-s.edges:
			if began.IsZero() {
				began = s.now()
			}
			// The contact must rest from here on.
			rest.Reset(s.debounce)
		case <-tick.C:
			on, err := s.wire.on()
			if err != nil {
				return err
			}
			switch {
			case !began.IsZero(): // edges or an earlier look are being dealt with
				if s.now().Sub(began) >= storm(s.debounce) {
					s.bouncing.Store(true)
				}
			case on != s.On():
				began = s.now()
				rest.Reset(s.debounce)
			}
		case <-rest.C:
			on, err := s.wire.on()
			if err != nil {
				return err
			}
			began = time.Time{}
			s.bouncing.Store(false)
			s.settle(on)
		}
		s.tell()
	}
}

// settle takes the state in which the contact rests.
func (s *Switch) settle(on bool) {
	if on == s.On() {
		return
	}
	s.on.Store(on)
	s.since = s.now()
	for {
		select {
		case s.changes <- on:
			return
		default:
		}
		// Two go at a time, so that what is left still alternates.
		for range 2 {
			select {
			case <-s.changes:
			default:
			}
		}
	}
}

// tell says how well the contact does.
func (s *Switch) tell() {
	switch {
	case s.bouncing.Load():
		s.Set(hal.Degraded, hal.KeySwitchBouncing, s.Errorf("does not come to rest"))
	case s.stuck > 0 && s.On() && s.now().Sub(s.since) >= s.stuck:
		s.Set(hal.Degraded, hal.KeySwitchStuck, s.Errorf("on for %v and longer", s.stuck))
	default:
		s.Set(hal.Ready, hal.KeyOK, nil)
	}
}
