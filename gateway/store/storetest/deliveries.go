package storetest

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tram06/gateway/store"
)

// waiting is the delivery that Put makes for a record.
func waiting(n int) store.Delivery {
	r := record(n)
	return store.Delivery{ID: r.ID, State: store.Waiting, Since: r.ReceivedAt, Next: r.ReceivedAt}
}

func sameDelivery(a, b store.Delivery) bool {
	return a.ID == b.ID && a.State == b.State && a.Since.Equal(b.Since) && a.Portal == b.Portal && a.Tries == b.Tries &&
		a.Next.Equal(b.Next) && a.Code == b.Code && a.Reason == b.Reason && a.Number == b.Number
}

// fill stores dossiers from 1 to n.
func fill(t *testing.T, s store.Store, n int) {
	t.Helper()
	for i := range n {
		if _, created, err := s.Put(t.Context(), record(i+1)); err != nil || !created {
			t.Fatal(created, err)
		}
	}
}

func deliver(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	fill(t, s, 1)
	first, err := s.NextDelivery(ctx, "north")
	if err != nil || !sameDelivery(first, waiting(1)) {
		t.Fatalf("next %+v (%v), want %+v", first, err, waiting(1))
	}
	begun := first
	begun.State, begun.Since, begun.Portal = store.Unclear, noon.Add(time.Minute), "north"
	begun.Tries, begun.Next, begun.Code = 1, noon.Add(2*time.Minute), "portal-slow"
	if err := s.Move(ctx, first, begun); err != nil {
		t.Fatal(err)
	}
	// Whoever still thinks that it was not begun must not begin it.
	if err := s.Move(ctx, first, begun); !errors.Is(err, store.ErrChanged) {
		t.Errorf("moved twice: %v", err)
	}
	s = reopen(t, s)
	if got, err := s.NextDelivery(ctx, "north"); err != nil || !sameDelivery(got, begun) {
		t.Errorf("next %+v (%v), want %+v", got, err, begun)
	}
	if got, err := s.NextDelivery(ctx, "south"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another portal gets %+v (%v), which is the first one's", got, err)
	}
	for _, end := range []store.State{store.Refused, store.Waiting, store.Sent} {
		done := begun
		done.State, done.Number, done.Reason = end, "MP-1", "bad-content"
		if err := s.Move(ctx, begun, done); err != nil {
			t.Fatal(err)
		}
		for _, state := range store.States() {
			want := 0
			if state == end {
				want = 1
			}
			if list, err := s.List(ctx, 10, state); err != nil || len(list) != want {
				t.Errorf("%s: %d are listed as %s (%v), want %d", end, len(list), state, err, want)
			}
		}
		if list, err := s.List(ctx, 10, store.Sent, end); err != nil || len(list) != 1 || !sameDelivery(list[0].Delivery, done) {
			t.Errorf("%s: listed %+v (%v)", end, list, err)
		}
		if r, err := s.Get(ctx, first.ID); err != nil || !sameDelivery(r.Delivery, done) {
			t.Errorf("stored %+v (%v), want %+v", r.Delivery, err, done)
		}
		_, err := s.NextDelivery(ctx, "north")
		if want := end != store.Waiting; errors.Is(err, store.ErrNotFound) != want {
			t.Errorf("%s: next %v", end, err)
		}
		begun = done
	}
	wrong := begun
	wrong.State = "lost"
	if err := s.Move(ctx, begun, wrong); err == nil || errors.Is(err, store.ErrChanged) {
		t.Errorf("took an unknown state: %v", err)
	}
	if err := s.Move(ctx, store.Delivery{ID: "nobody"}, begun); !errors.Is(err, store.ErrChanged) {
		t.Errorf("moved a delivery that does not exist: %v", err)
	}
}

func order(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	if d, err := s.NextDelivery(ctx, "north"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an empty store has %+v (%v)", d, err)
	}
	fill(t, s, 3)
	// The first goes behind the others.
	late := waiting(1)
	late.Next = noon.Add(time.Hour)
	if err := s.Move(ctx, waiting(1), late); err != nil {
		t.Fatal(err)
	}
	for _, want := range []store.Delivery{waiting(2), waiting(3), late} {
		d, err := s.NextDelivery(ctx, "north")
		if err != nil || !sameDelivery(d, want) {
			t.Fatalf("next %+v (%v), want %+v", d, err, want)
		}
		done := d
		done.State = store.Sent
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 4 { // one of many that try at once
			wg.Go(func() {
				switch err := s.Move(ctx, d, done); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, store.ErrChanged):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d moved it, want 1", won.Load())
		}
	}
}

func pause(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	same := func(a, b store.Pause) bool {
		return a.Failures == b.Failures && a.Until.Equal(b.Until) && a.Code == b.Code
	}
	check := func(portal string, want store.Pause) {
		t.Helper()
		if got, err := s.Pause(ctx, portal); err != nil || !same(got, want) {
			t.Errorf("pause of %s %+v (%v), want %+v", portal, got, err, want)
		}
	}
	check("north", store.Pause{})
	for n := range 2 {
		p := store.Pause{Failures: n + 1, Until: noon.Add(time.Duration(n) * time.Hour), Code: "portal-maintenance"}
		if err := s.SetPause(ctx, "north", p); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s)
		check("north", p)
	}
	check("south", store.Pause{})
	for range 2 {
		if err := s.SetPause(ctx, "north", store.Pause{}); err != nil {
			t.Fatal(err)
		}
		check("north", store.Pause{})
	}
}

func portals(t *testing.T, reopen func(*testing.T, store.Store) store.Store) {
	s := reopen(t, nil)
	ctx := t.Context()
	if list, err := s.Portals(ctx); err != nil || len(list) != 0 {
		t.Errorf("an empty store has %+v (%v)", list, err)
	}
	fill(t, s, 6)
	for n, to := range map[int]store.Delivery{
		1: {Portal: "north", State: store.Sent, Since: noon},
		2: {Portal: "north", State: store.Unclear, Since: noon.Add(time.Hour)},
		3: {Portal: "north", State: store.Waiting, Since: noon.Add(time.Minute)},
		4: {Portal: "north", State: store.Waiting, Since: noon.Add(2 * time.Hour)},
		5: {Portal: "south", State: store.Refused, Since: noon},
	} {
		to.ID, to.Tries, to.Next = record(n).ID, 1, noon
		if err := s.Move(ctx, waiting(n), to); err != nil {
			t.Fatal(err)
		}
	}
	paused := store.Pause{Failures: 2, Until: noon.Add(time.Minute), Code: "portal-slow"}
	for _, name := range []string{"east", "north"} {
		if err := s.SetPause(ctx, name, paused); err != nil {
			t.Fatal(err)
		}
	}
	s = reopen(t, s)
	got, err := s.Portals(ctx)
	want := []store.Portal{
		{Name: "", Counts: map[store.State]int{store.Waiting: 1}, Oldest: waiting(6).Since},
		{Name: "east", Counts: map[store.State]int{}, Pause: paused},
		{Name: "north", Counts: map[store.State]int{store.Sent: 1, store.Unclear: 1, store.Waiting: 2}, Oldest: noon.Add(time.Minute), Pause: paused},
		{Name: "south", Counts: map[store.State]int{store.Refused: 1}},
	}
	if err != nil || !slices.EqualFunc(got, want, func(a, b store.Portal) bool {
		return a.Name == b.Name && maps.Equal(a.Counts, b.Counts) && a.Oldest.Equal(b.Oldest) && a.Pause.Failures == b.Pause.Failures &&
			a.Pause.Until.Equal(b.Pause.Until) && a.Pause.Code == b.Pause.Code
	}) {
		t.Errorf("portals %+v (%v), want %+v", got, err, want)
	}
}
