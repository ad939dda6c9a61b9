// Package pulse keeps the health snapshot of one device and tells when it
// changes. Every driver embeds one, so that Health costs no I/O and a
// supervisor need not poll.
package pulse

import (
	"sync"
	"time"

	"tram06/hal"
)

// Pulse is the health of one device. It is safe for concurrent use.
type Pulse struct {
	now     func() time.Time
	changed chan struct{}

	mu sync.Mutex
	h  hal.Health
}

// New begins with the given state and key; now is the clock that stamps Since.
func New(now func() time.Time, s hal.State, key string) *Pulse {
	return &Pulse{
		now:     now,
		changed: make(chan struct{}, 1),
		h:       hal.Health{State: s, Key: key, Since: now()},
	}
}

// Set enters a state. Only a new state or key counts as a change: an error
// whose wording differs is the same trouble to everyone who waits.
func (p *Pulse) Set(s hal.State, key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.h.State == s && p.h.Key == key {
		return
	}
	p.h = hal.Health{State: s, Key: key, Err: err, Since: p.now()}
	select {
	case p.changed <- struct{}{}:
	default: // a change is already announced and not yet looked at
	}
}

// Health gives the snapshot.
func (p *Pulse) Health() hal.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.h
}

// HealthChanged yields a value after one or more changes. It has one reader:
// the supervisor of the device.
func (p *Pulse) HealthChanged() <-chan struct{} { return p.changed }
