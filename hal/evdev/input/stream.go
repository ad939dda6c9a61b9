package input

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
)

// Stream is the part of a driver that is the same for all input devices. It
// reads the device until that is gone and keeps what the driver makes of the
// events for whoever waits. Drivers embed one.
type Stream[T any] struct {
	*pulse.Pulse
	o   Options[T]
	dev Device

	done chan struct{} // closed when reading has ended
	more chan struct{} // has a value while the queue has items, at least
	once sync.Once     // closes dev

	mu     sync.Mutex
	closed bool
	queue  []T
}

// Options of a stream.
type Options[T any] struct {
	URI  string
	What string // names the device in errors
	Key  string // its condition once it is gone
	Now  func() time.Time
	// Add puts an item into the queue of those that nobody took yet, and keeps
	// that queue short.
	Add func(queue []T, item T) []T
	// Events takes what was read, in order, from one goroutine.
	Events func(events []Event)
	// End, if not nil, is called after the last events.
	End func()
}

// NewStream makes the stream of a device; the driver calls Start once it is
// ready for events.
func NewStream[T any](dev Device, o Options[T]) *Stream[T] {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Stream[T]{
		Pulse: pulse.New(o.Now, hal.Ready, hal.KeyOK),
		o:     o,
		dev:   dev,
		done:  make(chan struct{}),
		more:  make(chan struct{}, 1),
	}
}

// Start begins to read.
func (s *Stream[T]) Start() { go s.read() }

func (s *Stream[T]) read() {
	defer close(s.done)
	events := make([]Event, 64)
	for {
		n, err := s.dev.Read(events)
		s.o.Events(events[:n])
		clear(events[:n]) // keys may be somebody's name
		if err != nil {
			if s.o.End != nil {
				s.o.End()
			}
			s.Set(hal.Absent, s.o.Key, errors.Join(hal.ErrGone, err))
			// A pulled device keeps its descriptor and its minor number until
			// it is closed, and nobody may close it soon.
			s.once.Do(func() { _ = s.dev.Close() })
			return
		}
	}
}

// URI names the device.
func (s *Stream[T]) URI() string { return s.o.URI }

// Identity is what the device says of itself; input devices have one name for
// maker and model.
func (s *Stream[T]) Identity() hal.Identity {
	i := s.dev.Info()
	return hal.Identity{Model: hal.IdentityText(i.Name), Serial: hal.IdentityText(i.Uniq)}
}

// Now is the clock of the driver.
func (s *Stream[T]) Now() time.Time { return s.o.Now() }

// Done is closed when the device is gone and all its events were handled.
func (s *Stream[T]) Done() <-chan struct{} { return s.done }

// Close ends the device.
func (s *Stream[T]) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Clear()
	var err error
	s.once.Do(func() { err = s.dev.Close() })
	<-s.done
	if err != nil {
		return fmt.Errorf("close %s: %w", s.o.What, err)
	}
	return nil
}

// Push gives an item to whoever waits.
func (s *Stream[T]) Push(item T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.queue = s.o.Add(s.queue, item)
	s.signal()
}

// signal wakes one who waits; who takes an item wakes the next.
func (s *Stream[T]) signal() {
	if len(s.queue) == 0 {
		return
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// Clear drops what nobody took yet.
func (s *Stream[T]) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.queue)
	s.queue = s.queue[:0]
}

// Next waits for one item. What came in before the plug was pulled is still
// given out, until Close.
func (s *Stream[T]) Next(ctx context.Context) (T, error) {
	var none T
	for {
		if item, ok := s.pop(); ok {
			return item, nil
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			// Of two that are ready select takes either; none gets lost.
			if item, ok := s.pop(); ok {
				return item, nil
			}
			return none, fmt.Errorf("%s: %w", s.o.What, ctx.Err())
		case <-s.done:
			if item, ok := s.pop(); ok {
				return item, nil
			}
			return none, s.gone()
		}
	}
}

func (s *Stream[T]) gone() error {
	if err := s.Health().Err; err != nil && errors.Is(err, hal.ErrGone) {
		return fmt.Errorf("%s: %w", s.o.What, err)
	}
	return fmt.Errorf("%s: %w", s.o.What, hal.ErrGone)
}

func (s *Stream[T]) pop() (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none T
	if len(s.queue) == 0 {
		return none, false
	}
	item := s.queue[0]
	n := copy(s.queue, s.queue[1:])
	s.queue[n] = none // it may be somebody's data
	s.queue = s.queue[:n]
	s.signal()
	return item, true
}
