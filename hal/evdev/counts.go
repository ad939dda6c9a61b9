package evdev

import (
	"image"
	"slices"
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

// Fingers gives the places of all fingers that are down, followed or not: also
// those that nobody has, which a panel with a broken cable tells of.
func (s *Screen) Fingers() []image.Point {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	return slices.Clone(s.meter.places)
}

type meter struct {
	mu     sync.Mutex
	c      Counts
	places []image.Point
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

// look takes where a decoder's fingers are.
func (m *meter) look(d *decoder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places = d.fingers(m.places[:0])
	m.c.Fingers, m.c.Most = len(m.places), max(m.c.Most, len(m.places))
}
