package uevent

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Hub passes events on to those who asked.
type Hub struct {
	src  Source
	done chan struct{}

	mu     sync.Mutex
	subs   map[*sub]bool
	err    error
	closed bool
}

type sub struct {
	subsystems []string // all if empty
	tell       func(Event)
}

// Lost is the action of the event that says that others were lost; it is of
// every subsystem.
const Lost = "lost"

// NewHub reads src until Close, or until src fails.
func NewHub(src Source) *Hub {
	h := &Hub{src: src, done: make(chan struct{}), subs: map[*sub]bool{}}
	go h.read()
	return h
}

func (h *Hub) read() {
	defer close(h.done)
	buf := make([]byte, largest)
	for {
		n, err := h.src.Read(buf)
		switch {
		case errors.Is(err, ErrLost):
			h.pass(Event{Action: Lost})
			continue
		case err != nil:
			h.mu.Lock()
			defer h.mu.Unlock()
			if !h.closed {
				h.err = fmt.Errorf("kernel events: %w", err)
			}
			return
		}
		if e, err := Parse(buf[:n]); err == nil {
			h.pass(e)
		}
	}
}

func (h *Hub) pass(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if len(s.subsystems) == 0 || e.Action == Lost || slices.Contains(s.subsystems, e.Subsystem) {
			s.tell(e)
		}
	}
}

// Subscribe calls tell with each event of the subsystems, of all if none is
// given, until the function that it gives is called. tell must not wait, nor
// call the hub.
func (h *Hub) Subscribe(tell func(Event), subsystems ...string) (cancel func()) {
	s := &sub{subsystems, tell}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs[s] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, s)
	}
}

// Done is closed when the hub hears no more.
func (h *Hub) Done() <-chan struct{} { return h.done }

// Err tells why, unless it was closed.
func (h *Hub) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Close ends the hub. Devices are still found, at the end of each pause.
func (h *Hub) Close() error {
	h.mu.Lock()
	first := !h.closed
	h.closed = true
	h.mu.Unlock()
	var err error
	if first {
		err = h.src.Close()
	}
	<-h.done
	return err
}

// Alarm rings when something of the subsystems was plugged in, or a driver took
// it. It rings once for what comes together: udev makes links and sets
// permissions some milliseconds later, and it is for whoever looks then to look
// again soon, as package supervisor does.
type Alarm struct {
	// C has one reader; a ring that nobody waits for is kept, once.
	C <-chan struct{}

	cancel func()
}

// Alarm makes an alarm, which rings until its Close or the hub's.
func (h *Hub) Alarm(subsystems ...string) *Alarm {
	ring := make(chan struct{}, 1)
	return &Alarm{C: ring, cancel: h.Subscribe(func(e Event) {
		switch e.Action {
		case Add, Bind, Change, Lost:
			select {
			case ring <- struct{}{}:
			default:
			}
		}
	}, subsystems...)}
}

// Close ends the alarm. C stays open and silent.
func (a *Alarm) Close() { a.cancel() }
