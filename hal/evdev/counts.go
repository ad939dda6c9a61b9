package evdev

import (
	"sync"

	"tram06/hal/evdev/input"
)

// Counts is what a panel has told since it was opened, before fingers were
// followed and moves merged: how good the panel and its cable are.
type Counts struct {
	Events  uint64 // records of any kind
	Reports uint64 // what happened at one time: the panel's rate
	Dropped uint64 // times that the kernel lost events, since nobody read them
	Fingers int    // down now, those that are not followed too
	Most    int    // down at once, ever
}

// Counts gives the figures so far.
func (s *Screen) Counts() Counts { return s.meter.read() }

type meter struct {
	mu sync.Mutex
	c  Counts
}

func (m *meter) read() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.c
}

func (m *meter) count(events []input.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		switch {
		case e.Type != input.Syn:
		case e.Code == input.SynReport:
			m.c.Reports++
		case e.Code == input.SynDropped && m.c.Events > 0: // else it was before our time
			m.c.Dropped++
		}
		m.c.Events++
	}
}

func (m *meter) fingers(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.c.Fingers, m.c.Most = n, max(m.c.Most, n)
}
