// Package storetest is the suite that every engine of the fleet's store passes.
package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tram06/fleet/store"
)

// Run checks an engine. Open is called with the same name again to reopen what
// was closed, as after a restart.
func Run(t *testing.T, open func(t *testing.T, name string) store.Store) {
	t.Run("device table", func(t *testing.T) { deviceTable(t, open(t, "table")) })
	t.Run("two handles", func(t *testing.T) { twoHandles(t, open) })
	t.Run("restart", func(t *testing.T) { restart(t, open) })
	t.Run("batches", func(t *testing.T) { batches(t, open(t, "batches")) })
}

var added = time.UnixMilli(1_795_000_000_123).UTC()

func deviceTable(t *testing.T, s store.Store) {
	defer closeStore(t, s)
	ctx := t.Context()
	gen := generation(t, s)
	if err := s.Add(ctx, store.Kiosk{ID: "SM06", PublicKey: "UA", AddedAt: added}); err != nil {
		t.Fatal(err)
	}
	if now := generation(t, s); now == gen {
		t.Error("adding a kiosk left the generation as it was")
	} else {
		gen = now
	}
	if err := s.Add(ctx, store.Kiosk{ID: "SM06", PublicKey: "UB", AddedAt: added}); !errors.Is(err, store.ErrExists) {
		t.Errorf("second kiosk of one id: %v, want ErrExists", err)
	}
	if err := s.Add(ctx, store.Kiosk{ID: "SM07", PublicKey: "UA", AddedAt: added}); err == nil {
		t.Error("two kiosks with one key were let in")
	}
	k, err := s.ByKey(ctx, "UA")
	if err != nil || k.ID != "SM06" || !k.AddedAt.Equal(added) {
		t.Errorf("ByKey = %+v, %v", k, err)
	}
	if _, err := s.ByKey(ctx, "UB"); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("key that nobody has: %v, want ErrUnknown", err)
	}
	if err := s.Revoke(ctx, "SM06", added.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByKey(ctx, "UA"); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("key of a revoked kiosk: %v, want ErrUnknown", err)
	}
	if generation(t, s) == gen {
		t.Error("revoking a kiosk left the generation as it was")
	}
	if err := s.Renew(ctx, "SM06", "UC"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByKey(ctx, "UA"); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("key before the renewal: %v, want ErrUnknown", err)
	}
	all, err := s.Kiosks(ctx)
	want := []store.Kiosk{{ID: "SM06", PublicKey: "UC", AddedAt: added}}
	if err != nil || !cmp.Equal(all, want) {
		t.Errorf("Kiosks: %v\n%s", err, cmp.Diff(want, all))
	}
	for verb, err := range map[string]error{"renew": s.Renew(ctx, "SM99", "UD"), "revoke": s.Revoke(ctx, "SM99", added)} {
		if !errors.Is(err, store.ErrUnknown) {
			t.Errorf("%s a kiosk that is not there: %v, want ErrUnknown", verb, err)
		}
	}
}

// twoHandles: the command line adds a kiosk while the server runs.
func twoHandles(t *testing.T, open func(*testing.T, string) store.Store) {
	server, tool := open(t, "shared"), open(t, "shared")
	defer closeStore(t, server)
	defer closeStore(t, tool)
	before := generation(t, server)
	if err := tool.Add(t.Context(), store.Kiosk{ID: "SM06", PublicKey: "UA", AddedAt: added}); err != nil {
		t.Fatal(err)
	}
	if generation(t, server) == before {
		t.Error("the server does not see that the table changed")
	}
	if _, err := server.ByKey(t.Context(), "UA"); err != nil {
		t.Errorf("the server does not see the new kiosk: %v", err)
	}
}

func restart(t *testing.T, open func(*testing.T, string) store.Store) {
	s := open(t, "restart")
	add(t, s, "SM06", "SM07")
	want := []store.Seen{
		{ID: "SM06", ReceivedAt: added, Status: []byte(`{"v":1}`)},
		{ID: "SM07", ReceivedAt: added.Add(time.Second), ByeAt: added.Add(2 * time.Second), Status: []byte(`{"v":1}`)},
	}
	if err := s.SaveSeen(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = open(t, "restart")
	defer closeStore(t, s)
	got, err := s.Seen(t.Context())
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("after reopening: %v\n%s", err, cmp.Diff(want, got))
	}
}

func batches(t *testing.T, s store.Store) {
	defer closeStore(t, s)
	add(t, s, "SM06", "SM07")
	ctx := t.Context()
	if err := s.SaveSeen(ctx, nil); err != nil {
		t.Errorf("empty batch: %v", err)
	}
	first := []store.Seen{
		{ID: "SM06", ReceivedAt: added, ByeAt: added},
		{ID: "SM98", ReceivedAt: added}, // not in the device table
		{ID: "SM07", ReceivedAt: added, Status: []byte("{}")},
	}
	if err := s.SaveSeen(ctx, first); err != nil {
		t.Fatalf("a kiosk that is not in the table broke the batch: %v", err)
	}
	// A kiosk that comes back is no longer gone: the bye must go too.
	if err := s.SaveSeen(ctx, []store.Seen{{ID: "SM06", ReceivedAt: added.Add(time.Minute), Status: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	want := []store.Seen{
		{ID: "SM06", ReceivedAt: added.Add(time.Minute), Status: []byte("{}")},
		{ID: "SM07", ReceivedAt: added, Status: []byte("{}")},
	}
	got, err := s.Seen(ctx)
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("Seen: %v\n%s", err, cmp.Diff(want, got))
	}
}

func add(t *testing.T, s store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.Add(t.Context(), store.Kiosk{ID: id, PublicKey: "U" + id, AddedAt: added}); err != nil {
			t.Fatal(err)
		}
	}
}

func generation(t *testing.T, s store.Store) int64 {
	t.Helper()
	n, err := s.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func closeStore(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
