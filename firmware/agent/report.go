package agent

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"tram06/firmware/health"
	"tram06/fleet/wire"
	"tram06/hal"
)

// Identity is what never changes while the kiosk runs.
type Identity struct {
	Site    string // from site.yaml
	Board   string // from board.yaml
	Version string // of the firmware
}

// Report collects what the kiosk's parts know and makes a status of it. Every
// method is safe for many goroutines and returns at once.
type Report struct {
	now     func() time.Time
	changed chan struct{}

	mu      sync.Mutex
	status  wire.Status
	oldest  time.Time // of the outbox
	devices map[string]wire.Device
	day     string // that SessionsToday counts
}

// NewReport starts an empty report. Now is the kiosk's clock; its location
// decides when a day begins.
func NewReport(id Identity, now func() time.Time) *Report {
	return &Report{
		now:     now,
		changed: make(chan struct{}, 1),
		status:  wire.Status{Site: id.Site, Board: id.Board, Version: id.Version, StartedAt: now()},
		devices: map[string]wire.Device{},
	}
}

// Changed asks for a report now; for Options.Changed.
func (r *Report) Changed() <-chan struct{} { return r.changed }

// Device sets the health of a device, by its name in board.yaml. Only its state
// and code leave the kiosk, never the error.
func (r *Report) Device(name string, h hal.Health) {
	d := wire.Device{Name: name, State: h.State.String(), Since: h.Since}
	if c, ok := health.ByKey(h.Key); ok && h.Key != hal.KeyOK {
		d.Code = string(c.Code)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Since.IsZero() {
		d.Since = r.now()
	}
	if old, ok := r.devices[name]; ok && old.State == d.State && old.Code == d.Code {
		return
	}
	r.devices[name] = d
	r.notify()
}

// Outbox sets how many dossiers wait and since when the oldest does.
func (r *Report) Outbox(depth int, oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Outbox.Depth != depth {
		r.notify()
	}
	r.status.Outbox.Depth, r.oldest = depth, oldest
}

// SessionEnded counts a session. Outcome is the word of session.Outcome.
func (r *Report) SessionEnded(outcome string, began, ended time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	r.status.SessionsToday++
	r.status.LastSession = &wire.Session{EndedAt: ended, Outcome: outcome, DurationMS: max(0, ended.Sub(began).Milliseconds())}
	r.notify()
}

// Status gives what is known now; for Options.Status.
func (r *Report) Status() wire.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	s := r.status
	if s.Outbox.Depth > 0 && !r.oldest.IsZero() {
		// Kept under a clock that was wrong, it may seem older than a status can say.
		s.Outbox.OldestMS = min(max(0, r.now().Sub(r.oldest)), wire.MaxSpan).Milliseconds()
	}
	s.Devices = make([]wire.Device, 0, len(r.devices))
	for _, d := range r.devices {
		s.Devices = append(s.Devices, d)
	}
	slices.SortFunc(s.Devices, func(a, b wire.Device) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// turn begins a new day's count.
func (r *Report) turn() {
	if day := r.now().Format(time.DateOnly); day != r.day {
		r.day, r.status.SessionsToday = day, 0
	}
}

func (r *Report) notify() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}
