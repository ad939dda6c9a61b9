package uevent

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
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

// Echoes are when an alarm rings again after something was plugged in: udev
// takes some milliseconds for its links and permissions, and a driver up to a
// second for a device that has to wake up first.
var echoes = [...]time.Duration{100 * time.Millisecond, 400 * time.Millisecond, time.Second}

// Alarm rings when something of the subsystems was plugged in: at once, and a
// few times in the second after. C suits the Wake of package supervisor.
type Alarm struct {
	// C has one reader; a ring that nobody waits for is kept, once.
	C <-chan struct{}

	ring   chan struct{}
	cancel func()

	mu     sync.Mutex
	timer  *time.Timer // the next echo
	echo   int
	closed bool
}

// Alarm makes an alarm, which rings until its Close.
func (h *Hub) Alarm(subsystems ...string) *Alarm {
	a := &Alarm{ring: make(chan struct{}, 1)}
	a.C = a.ring
	a.cancel = h.Subscribe(func(e Event) {
		switch e.Action {
		case Add, Bind, Change, Lost:
			a.start()
		}
	}, subsystems...)
	return a
}

func (a *Alarm) start() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.now()
	if a.timer != nil {
		a.timer.Stop()
	}
	a.echo = 0
	a.timer = time.AfterFunc(echoes[0], a.again)
}

func (a *Alarm) now() {
	select {
	case a.ring <- struct{}{}:
	default:
	}
}

func (a *Alarm) again() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.now()
	if a.echo++; a.echo < len(echoes) {
		a.timer = time.AfterFunc(echoes[a.echo]-echoes[a.echo-1], a.again)
	}
}

// Close ends the alarm. C stays open and silent.
func (a *Alarm) Close() {
	a.cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if a.timer != nil {
		a.timer.Stop()
	}
}
