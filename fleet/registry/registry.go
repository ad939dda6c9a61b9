// Package registry knows every kiosk of the fleet as it is now: what it last
// said, when, and whether it is online, late or offline.
//
// It is told of each message by Report and Event, and judges, writes and
// re-reads in Sweep, which its owner calls about once a second. Statuses are
// kept in memory and written by Sweep in one transaction; a crash loses at most
// what came since, and the next heartbeat replaces it. The store's device table
// decides who exists; Sweep follows it when it changed, so that a kiosk added
// or revoked by the command line is so within a second.
package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"tram06/fleet/store"
	"tram06/fleet/wire"
)

// Errors of messages, besides those of package wire.
var (
	ErrUnknown  = store.ErrUnknown
	ErrMismatch = errors.New("message names another kiosk than its subject")
)

// Kiosk is a snapshot of one kiosk.
type Kiosk struct {
	ID       string
	Presence Presence
	LastSeen time.Time     // by the server's clock; zero if never
	Bye      bool          // it said that it stops
	Revoked  bool          // it may not connect any more
	Skew     time.Duration // its clock minus the server's, when it last spoke
	Status   *wire.Status  // nil if never; not to be changed
}

// entry is what the registry holds of one kiosk.
type entry struct {
	Kiosk
	key   string // it connects with this; "" once revoked
	byeAt time.Time
	body  []byte // of Status, as it came
}

// Registry is safe for many goroutines.
type Registry struct {
	store store.Store
	now   func() time.Time
	log   *slog.Logger

	mu         sync.Mutex
	kiosks     map[string]*entry
	dirty      map[string]bool
	generation int64
	refused    map[string]int
	watchers   map[chan struct{}]bool
}

// New reads the store.
func New(ctx context.Context, s store.Store, now func() time.Time, log *slog.Logger) (*Registry, error) {
	r := &Registry{store: s, now: now, log: log,
		kiosks: map[string]*entry{}, dirty: map[string]bool{}, refused: map[string]int{}, watchers: map[chan struct{}]bool{}}
	if err := r.reload(ctx); err != nil {
		return nil, err
	}
	seen, err := s.Seen(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range seen {
		e := r.kiosks[x.ID]
		if e == nil {
			continue
		}
		if x.Status != nil {
			st, err := wire.DecodeStatus(x.Status)
			if err != nil {
				// Written by another version; the next heartbeat mends it.
				log.Warn("stored status not understood", "kiosk", x.ID, "err", err)
				continue
			}
			e.Status, e.body, e.Skew = &st, x.Status, st.SentAt.Sub(x.ReceivedAt)
		}
		e.LastSeen, e.byeAt, e.Bye = x.ReceivedAt, x.ByeAt, !x.ByeAt.IsZero()
		e.judge(now())
	}
	return r, nil
}

// Report takes a status that came on subject. A refused one changes nothing
// but the count of refusals.
func (r *Registry) Report(subject string, body []byte) error {
	st, err := wire.DecodeStatus(body)
	return r.take(subject, st.ID, err, func(e *entry, now time.Time) {
		e.Status, e.body, e.Skew = &st, slices.Clone(body), st.SentAt.Sub(now)
		e.LastSeen, e.byeAt, e.Bye = now, time.Time{}, false
	})
}

// Event takes an event that came on subject.
func (r *Registry) Event(subject string, body []byte) error {
	ev, err := wire.DecodeEvent(body)
	return r.take(subject, ev.ID, err, func(e *entry, now time.Time) {
		e.LastSeen, e.byeAt, e.Bye = now, now, true
	})
}

func (r *Registry) take(subject, id string, err error, apply func(*entry, time.Time)) error {
	owner, ok := wire.KioskOf(subject)
	if ok && err == nil && !r.admits(owner) {
		// A kiosk that was added or renewed a moment ago connects before the
		// next sweep, and its next status may be long in coming.
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		defer cancel()
		if err := r.follow(ctx); err != nil {
			r.log.Error("device table", "err", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.kiosks[owner]
	switch {
	case err != nil:
	case !ok || e == nil || e.Revoked:
		err = ErrUnknown
	case owner != id:
		err = ErrMismatch
	}
	if err != nil {
		r.refused[reason(err)]++
		return err
	}
	now := r.now()
	apply(e, now)
	e.judge(now)
	r.dirty[owner] = true
	r.notify()
	return nil
}

// lookTimeout bounds a look at the device table while a message waits.
const lookTimeout = 2 * time.Second

func (r *Registry) admits(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.kiosks[id]
	return e != nil && !e.Revoked
}

// follow reads the device table again if it changed.
func (r *Registry) follow(ctx context.Context) error {
	gen, err := r.store.Generation(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	same := gen == r.generation
	r.mu.Unlock()
	if same {
		return nil
	}
	return r.reload(ctx)
}

// reason names a refusal in a few fixed words, for counting.
func reason(err error) string {
	for word, e := range map[string]error{"too_large": wire.ErrTooLarge, "syntax": wire.ErrSyntax, "field": wire.ErrField,
		"value": wire.ErrValue, "mismatch": ErrMismatch, "unknown_kiosk": ErrUnknown} {
		if errors.Is(err, e) {
			return word
		}
	}
	return "other"
}

// judge sets the presence and says whether it changed.
func (e *entry) judge(now time.Time) bool {
	interval := wire.MaxInterval
	if e.Status != nil {
		interval = e.Status.Interval()
	}
	was := e.Presence
	e.Presence = PresenceAt(now, e.LastSeen, interval, e.Bye || e.Revoked)
	return e.Presence != was
}

// Sweep follows the device table, judges who is late, and writes what is new.
func (r *Registry) Sweep(ctx context.Context) error {
	if err := r.follow(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	changed, now := false, r.now()
	for id, e := range r.kiosks {
		if was := e.Presence; e.judge(now) {
			changed = true
			r.log.Info("kiosk "+string(e.Presence), "kiosk", id, "was", was)
		}
	}
	batch := make([]store.Seen, 0, len(r.dirty))
	for id := range r.dirty {
		if e := r.kiosks[id]; e != nil {
			batch = append(batch, store.Seen{ID: id, ReceivedAt: e.LastSeen, ByeAt: e.byeAt, Status: e.body})
		}
	}
	clear(r.dirty)
	if changed {
		r.notify()
	}
	r.mu.Unlock()

	if len(batch) == 0 {
		return nil
	}
	if err := r.store.SaveSeen(ctx, batch); err != nil {
		r.mu.Lock()
		for _, x := range batch {
			r.dirty[x.ID] = true // once more at the next sweep
		}
		r.mu.Unlock()
		return fmt.Errorf("write %d statuses: %w", len(batch), err)
	}
	return nil
}

// reload makes the kiosks those of the device table. The generation is read
// first: a change between the two reads is seen again at the next sweep.
func (r *Registry) reload(ctx context.Context) error {
	gen, err := r.store.Generation(ctx)
	if err != nil {
		return err
	}
	table, err := r.store.Kiosks(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	next := make(map[string]*entry, len(table))
	for _, k := range table {
		e := r.kiosks[k.ID]
		if e == nil {
			e = &entry{Kiosk: Kiosk{ID: k.ID, Presence: Offline}}
		}
		e.Revoked, e.key = !k.RevokedAt.IsZero(), k.PublicKey
		if e.Revoked {
			e.key = ""
		}
		next[k.ID] = e
	}
	r.kiosks, r.generation = next, gen
	r.notify()
	return nil
}

// Kiosks gives all kiosks, ordered by id.
func (r *Registry) Kiosks() []Kiosk {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Kiosk, 0, len(r.kiosks))
	for _, e := range r.kiosks {
		all = append(all, e.Kiosk)
	}
	slices.SortFunc(all, func(a, b Kiosk) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Kiosk gives one of them; ErrUnknown if there is none of that id.
func (r *Registry) Kiosk(id string) (Kiosk, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.kiosks[id]; e != nil {
		return e.Kiosk, nil
	}
	return Kiosk{}, ErrUnknown
}

// Keys gives the public key of each kiosk that may connect.
func (r *Registry) Keys() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := make(map[string]string, len(r.kiosks))
	for id, e := range r.kiosks {
		if e.key != "" {
			keys[id] = e.key
		}
	}
	return keys
}

// Refused counts the messages that were refused, by reason.
func (r *Registry) Refused() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.refused)
}

// Watch gives a channel that holds a token after anything changed. A slow
// watcher misses nothing but repetitions.
func (r *Registry) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[c] = true
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, c)
	}
}

func (r *Registry) notify() {
	for c := range r.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
