// Package storetest is the suite that every implementation of the gateway's
// store passes.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// Run runs the suite. reopen closes a store, if it is not nil, and opens it
// again on the same data; the office must be "H00.00".
func Run(t *testing.T, reopen func(t *testing.T, old store.Store) store.Store) {
	for name, test := range map[string]func(*testing.T, func(*testing.T, store.Store) store.Store){
		"put":        put,
		"concurrent": concurrent,
		"list":       list,
		"keys":       keys,
		"revoke":     revoke,
		"access":     access,
		"days":       days,
		"deliver":    deliver,
		"order":      order,
		"pause":      pause,
		"portals":    portals,
	} {
		t.Run(name, func(t *testing.T) { test(t, reopen) })
	}
}

func record(n int) store.Record {
	env := []byte(fmt.Sprintf("envelope %d", n))
	return store.Record{
		ID: fmt.Sprintf("019aa8f2-0c00-7abc-8def-%012d", n), Digest: dossier.DigestOf(env), Device: "SM06", KeyID: "kid",
		KioskNumber: fmt.Sprintf("SM06-2311-%04d", n), Service: "s", Version: "1", Procedure: "1.010041",
		CreatedAt: noon.Add(-time.Minute), ReceivedAt: noon.Add(time.Duration(n) * time.Second), Envelope: env,
	}
}

func same(a, b store.Record) bool {
	return a.ID == b.ID && a.Digest == b.Digest && a.Device == b.Device && a.KeyID == b.KeyID && a.KioskNumber == b.KioskNumber &&
		a.Service == b.Service && a.Version == b.Version && a.Procedure == b.Procedure && a.CreatedAt.Equal(b.CreatedAt) &&
		a.ReceivedAt.Equal(b.ReceivedAt) && a.Number == b.Number && bytes.Equal(a.Envelope, b.Envelope) &&
		sameDelivery(a.Delivery, b.Delivery)
}

func put(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	if err := s.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	first, created, err := s.Put(ctx, record(1))
	if err != nil || !created || first.Number != "H00.00-20261123-0000001" {
		t.Fatalf("put %+v %v %v", first, created, err)
	}
	want := record(1)
	want.Number, want.Delivery = first.Number, waiting(1)
	s = reopen(t, s)
	got, err := s.Get(ctx, want.ID)
	if err != nil || !same(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	other := record(1)
	other.Envelope, other.Device = []byte("another"), "SM07"
	again, created, err := s.Put(ctx, other)
	if err != nil || created || !same(again, want) {
		t.Errorf("again: %+v %v %v, want what was stored", again, created, err)
	}
	second, _, err := s.Put(ctx, record(2))
	if err != nil || second.Number != "H00.00-20261123-0000002" {
		t.Errorf("second got %s (%v): the repetition used up a number?", second.Number, err)
	}
	if _, err := s.Get(ctx, "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	// A Put whose caller is gone is finished all the same.
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, created, err := s.Put(gone, record(3)); err != nil || !created {
		t.Errorf("caller gone: %v %v", created, err)
	}
}

func concurrent(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	var mu sync.Mutex
	made, numbers := 0, map[string]bool{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for n := range 5 {
				r, created, err := s.Put(t.Context(), record(n))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				numbers[r.Number] = true
				if created {
					made++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if made != 5 || len(numbers) != 5 {
		t.Errorf("created %d under %d numbers, want 5 and 5", made, len(numbers))
	}
}

func list(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	for n := range 4 {
		if _, _, err := s.Put(t.Context(), record(n)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.List(t.Context(), 3)
	if err != nil || len(got) != 3 {
		t.Fatalf("listed %d (%v), want 3", len(got), err)
	}
	for i, r := range got {
		if r.ID != record(3-i).ID || r.Envelope != nil || !sameDelivery(r.Delivery, waiting(3-i)) {
			t.Errorf("place %d: %s, envelope %d bytes", i, r.ID, len(r.Envelope))
		}
	}
}

func keys(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	k := store.Key{Device: "SM06", ID: "one", DER: []byte{1, 2}, Seen: noon}
	for range 2 {
		if err := s.LearnKey(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.LearnKey(ctx, store.Key{Device: "SM06", ID: "two", DER: []byte{3}, Seen: noon}); err != nil {
		t.Fatal(err)
	}
	// The same key id under a device's name never replaces the key.
	if err := s.LearnKey(ctx, store.Key{Device: "SM06", ID: "one", DER: []byte{9}, Seen: noon}); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	got, err := s.FindKey(ctx, "SM06", "one")
	if err != nil || !bytes.Equal(got.DER, k.DER) || !got.Seen.Equal(noon) || got.Device != "SM06" || got.ID != "one" {
		t.Errorf("key %+v (%v)", got, err)
	}
	for _, x := range [][2]string{{"SM07", "one"}, {"SM06", "three"}} {
		if _, err := s.FindKey(ctx, x[0], x[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: got %v, want ErrNotFound", x, err)
		}
	}
}

func revoke(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	if err := s.LearnKey(ctx, store.Key{Device: "B", ID: "k", DER: []byte{1}, Seen: noon}); err != nil {
		t.Fatal(err)
	}
	check := func(want time.Time) {
		t.Helper()
		if at, err := s.Revoked(ctx, "A"); err != nil || !at.Equal(want) {
			t.Errorf("revoked %v (%v), want %v", at, err, want)
		}
	}
	check(time.Time{})
	if err := s.Revoke(ctx, "A", noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(ctx, "A", noon.Add(time.Hour)); err != nil { // the first time counts
		t.Fatal(err)
	}
	s = reopen(t, s)
	check(noon)
	got, err := s.Devices(ctx)
	want := []store.Device{{Name: "A", Revoked: noon}, {Name: "B", Keys: 1}}
	if err != nil || !slices.EqualFunc(got, want, func(a, b store.Device) bool {
		return a.Name == b.Name && a.Keys == b.Keys && a.Revoked.Equal(b.Revoked)
	}) {
		t.Errorf("devices %+v (%v), want %+v", got, err, want)
	}
	if err := s.Revoke(ctx, "A", time.Time{}); err != nil {
		t.Fatal(err)
	}
	check(time.Time{})
}

func access(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	r, _, err := s.Put(ctx, record(1))
	if err != nil {
		t.Fatal(err)
	}
	for i, who := range []string{"lan", "minh"} {
		if err := s.NoteAccess(ctx, r.ID, who, noon.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	s = reopen(t, s)
	got, err := s.Accesses(ctx, r.ID)
	if err != nil || len(got) != 2 || got[0].Operator != "lan" || got[1].Operator != "minh" || !got[0].At.Equal(noon) {
		t.Errorf("accesses %+v (%v)", got, err)
	}
	if err := s.NoteAccess(ctx, "nobody", "lan", noon); err == nil {
		t.Error("noted a look at a dossier that does not exist")
	}
}

func days(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	late := time.Date(2026, 11, 23, 16, 59, 59, 0, time.UTC) // 23:59:59 in Vietnam
	for i, want := range []string{"H00.00-20261123-0000001", "H00.00-20261124-0000001", "H00.00-20261124-0000002"} {
		r := record(i)
		r.ReceivedAt = late.Add(time.Duration(i) * time.Second)
		if got, _, err := s.Put(t.Context(), r); err != nil || got.Number != want {
			t.Errorf("number %s (%v), want %s", got.Number, err, want)
		}
	}
}
