package registry_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tram06/fleet/registry"
	"tram06/fleet/store"
	"tram06/fleet/store/sqlite"
	"tram06/fleet/wire"
)

const interval = 30 * time.Second

func TestPresence(t *testing.T) {
	seen := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		age  time.Duration
		bye  bool
		want registry.Presence
	}{
		{"just now", 0, false, registry.Online},
		{"one interval", interval, false, registry.Online},
		{"one lost", 2 * interval, false, registry.Online},
		{"below two and a half", interval*5/2 - 1, false, registry.Online},
		{"two and a half", interval * 5 / 2, false, registry.Late},
		{"ten", 10 * interval, false, registry.Late},
		{"above ten", 10*interval + 1, false, registry.Offline},
		{"a week", 7 * 24 * time.Hour, false, registry.Offline},
		{"clock set back", -time.Hour, false, registry.Online},
		{"goodbye", 0, true, registry.Offline},
	} {
		if got := registry.PresenceAt(seen.Add(c.age), seen, interval, c.bye); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := registry.PresenceAt(seen, time.Time{}, interval, false); got != registry.Offline {
		t.Errorf("never seen: %s, want offline", got)
	}
}

// world is a registry on a store with a clock that stands still.
type world struct {
	*testing.T
	store *sqlite.Store
	path  string
	now   time.Time
	*registry.Registry
}

func newWorld(t *testing.T, ids ...string) *world {
	w := &world{T: t, path: filepath.Join(t.TempDir(), "fleet.db"), now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	var err error
	if w.store, err = sqlite.Open(t.Context(), w.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, id := range ids {
		w.add(id)
	}
	w.restart()
	return w
}

func (w *world) add(id string) {
	w.Helper()
	if err := w.store.Add(w.Context(), store.Kiosk{ID: id, PublicKey: "U" + id, AddedAt: w.now}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) restart() {
	w.Helper()
	var err error
	if w.Registry, err = registry.New(w.Context(), w.store, func() time.Time { return w.now }, slog.New(slog.DiscardHandler)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) sweep() {
	w.Helper()
	if err := w.Sweep(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) report(id string, change func(*wire.Status)) {
	w.Helper()
	if err := w.Report(wire.StatusSubject(id), w.status(id, change)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) status(id string, change func(*wire.Status)) []byte {
	w.Helper()
	s := wire.Status{V: 1, ID: id, Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0", StartedAt: w.now, SentAt: w.now,
		IntervalMS: interval.Milliseconds(), Devices: []wire.Device{}}
	if change != nil {
		change(&s)
	}
	b, err := wire.Encode(s)
	if err != nil {
		w.Fatal(err)
	}
	return b
}

func (w *world) want(id string, p registry.Presence) registry.Kiosk {
	w.Helper()
	k, err := w.Kiosk(id)
	if err != nil {
		w.Fatal(err)
	}
	if k.Presence != p {
		w.Errorf("%s is %s, want %s", id, k.Presence, p)
	}
	return k
}

func TestLifeOfAKiosk(t *testing.T) {
	w := newWorld(t, "SM06")
	w.want("SM06", registry.Offline)
	w.report("SM06", nil)
	w.want("SM06", registry.Online)

	for _, step := range []struct {
		after time.Duration
		want  registry.Presence
	}{{2 * interval, registry.Online}, {interval, registry.Late}, {7 * interval, registry.Late}, {interval, registry.Offline}} {
		w.now = w.now.Add(step.after)
		w.sweep()
		w.want("SM06", step.want)
	}

	w.report("SM06", nil)
	w.want("SM06", registry.Online)
	bye, err := wire.Encode(wire.Event{V: 1, ID: "SM06", Kind: wire.Bye, SentAt: w.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Event(wire.EventSubject("SM06"), bye); err != nil {
		t.Fatal(err)
	}
	if k := w.want("SM06", registry.Offline); !k.Bye {
		t.Error("the goodbye was forgotten")
	}
	w.report("SM06", nil)
	if k := w.want("SM06", registry.Online); k.Bye {
		t.Error("the goodbye outlives the return")
	}
}

// TestWrongClock: presence is judged by the server's clock alone, and the
// difference is told.
func TestWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{50 * 365 * 24 * time.Hour, -50 * 365 * 24 * time.Hour} {
		w := newWorld(t, "SM06")
		w.report("SM06", func(s *wire.Status) { s.SentAt = w.now.Add(skew) })
		if k := w.want("SM06", registry.Online); k.Skew != skew {
			t.Errorf("skew = %v, want %v", k.Skew, skew)
		}
		w.now = w.now.Add(11 * interval)
		w.sweep()
		w.want("SM06", registry.Offline)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, "SM06", "SM07")
	good := w.status("SM06", nil)
	for _, c := range []struct {
		name, subject, body string
		want                error
		reason              string
	}{
		{"garbage", "kiosk.SM06.status", "\x00\xff", wire.ErrSyntax, "syntax"},
		{"a megabyte", "kiosk.SM06.status", strings.Repeat("x", 1<<20), wire.ErrTooLarge, "too_large"},
		{"unknown field", "kiosk.SM06.status", strings.Replace(string(good), `"v":1`, `"v":1,"name":"X"`, 1), wire.ErrField, "field"},
		{"value", "kiosk.SM06.status", strings.Replace(string(good), `"v":1`, `"v":9`, 1), wire.ErrValue, "value"},
		{"for another kiosk", "kiosk.SM07.status", string(good), registry.ErrMismatch, "mismatch"},
		{"kiosk not in the table", "kiosk.SM99.status", string(w.status("SM99", nil)), registry.ErrUnknown, "unknown_kiosk"},
		{"no kiosk's subject", "status", string(good), registry.ErrUnknown, "unknown_kiosk"},
	} {
		before := w.Refused()[c.reason]
		if err := w.Report(c.subject, []byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if n := w.Refused()[c.reason] - before; n != 1 {
			t.Errorf("%s: counted %d times as %s", c.name, n, c.reason)
		}
	}
	for _, k := range w.Kiosks() {
		if k.Status != nil || !k.LastSeen.IsZero() {
			t.Errorf("a refused status left a trace on %s", k.ID)
		}
	}
}

func TestFollowsTheDeviceTable(t *testing.T) {
	w := newWorld(t, "SM06")
	w.add("SM07") // as the command line does, beside the server
	if _, err := w.Kiosk("SM07"); !errors.Is(err, registry.ErrUnknown) {
		t.Errorf("before the sweep: %v", err)
	}
	w.sweep()
	w.report("SM07", nil)
	w.want("SM07", registry.Online)

	if err := w.store.Revoke(t.Context(), "SM07", w.now); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if k := w.want("SM07", registry.Offline); !k.Revoked {
		t.Error("revocation not seen")
	}
	if err := w.Report(wire.StatusSubject("SM07"), w.status("SM07", nil)); !errors.Is(err, registry.ErrUnknown) {
		t.Errorf("a revoked kiosk was heard: %v", err)
	}
	if d := cmp.Diff(map[string]string{"SM06": "USM06"}, w.Keys()); d != "" {
		t.Errorf("keys:\n%s", d)
	}
}

// TestHearsAKioskAddedThisMoment: it connects before the next sweep, and its
// next status may be an hour away.
func TestHearsAKioskAddedThisMoment(t *testing.T) {
	w := newWorld(t)
	w.add("SM06")
	w.report("SM06", nil)
	w.want("SM06", registry.Online)
}

func TestRestart(t *testing.T) {
	w := newWorld(t, "SM06", "SM07", "SM08")
	w.report("SM06", func(s *wire.Status) { s.Outbox.Depth = 3 })
	w.report("SM07", nil)
	bye, err := wire.Encode(wire.Event{V: 1, ID: "SM07", Kind: wire.Bye, SentAt: w.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Event(wire.EventSubject("SM07"), bye); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	before := w.Kiosks()

	w.restart()
	if d := cmp.Diff(before, w.Kiosks()); d != "" {
		t.Errorf("after a restart:\n%s", d)
	}
	w.now = w.now.Add(20 * interval)
	w.restart()
	if k := w.want("SM06", registry.Offline); k.Status == nil || k.Status.Outbox.Depth != 3 {
		t.Error("the last status is lost")
	}
}

// failing breaks writes while it is told to.
type failing struct {
	store.Store
	broken bool
}

func (f *failing) SaveSeen(ctx context.Context, s []store.Seen) error {
	if f.broken {
		return errors.New("disk full")
	}
	return f.Store.SaveSeen(ctx, s)
}

func TestWritesAgainAfterAFailure(t *testing.T) {
	w := newWorld(t, "SM06")
	f := &failing{Store: w.store, broken: true}
	var err error
	if w.Registry, err = registry.New(t.Context(), f, func() time.Time { return w.now }, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	w.report("SM06", nil)
	if err := w.Sweep(t.Context()); err == nil {
		t.Fatal("a failed write went unnoticed")
	}
	w.want("SM06", registry.Online) // watching goes on without the disk
	f.broken = false
	w.sweep()
	seen, err := w.store.Seen(t.Context())
	if err != nil || len(seen) != 1 {
		t.Errorf("after the disk is back: %v, %v", seen, err)
	}
}

func TestWatch(t *testing.T) {
	w := newWorld(t, "SM06")
	changed, stop := w.Watch()
	told := func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	w.report("SM06", nil)
	w.report("SM06", nil)
	if !told() || told() {
		t.Error("two reports must leave one token")
	}
	w.sweep()
	if told() {
		t.Error("a sweep without news told some")
	}
	w.now = w.now.Add(3 * interval)
	w.sweep()
	if !told() {
		t.Error("nobody was told that the kiosk is late")
	}
	stop()
	w.report("SM06", nil)
	if told() {
		t.Error("told after stop")
	}
}
