package main

import (
	"path/filepath"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// A person who has a dossier go again knows that the portal is back: it goes at
// once, also if the portal is left alone for the hour that it wished for, and
// also if it came in meanwhile and was never tried.
func TestRetryEndsThePause(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "g.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	for _, tried := range []string{"ministry", ""} {
		r, _, err := st.Put(t.Context(), store.Record{
			ID: "of " + tried, Digest: dossier.DigestOf(nil), Device: "SM06", CreatedAt: now, ReceivedAt: now, Envelope: []byte("sealed"),
		})
		if err != nil {
			t.Fatal(err)
		}
		to := r.Delivery
		to.Portal, to.Next = tried, now.Add(time.Hour)
		if err := st.Move(t.Context(), r.Delivery, to); err != nil {
			t.Fatal(err)
		}
		if err := st.SetPause(t.Context(), "ministry", store.Pause{Failures: 1, Until: now.Add(time.Hour), Code: "portal-maintenance"}); err != nil {
			t.Fatal(err)
		}
		if err := retry(t.Context(), st, r.ID, now); err != nil {
			t.Fatal(err)
		}
		if p, err := st.Pause(t.Context(), "ministry"); err != nil || p != (store.Pause{}) {
			t.Errorf("tried at %q: the portal is left alone until %s (%v)", tried, p.Until, err)
		}
		if r, err := st.Get(t.Context(), r.ID); err != nil || !r.Delivery.Next.Equal(now) {
			t.Errorf("tried at %q: it goes at %s (%v)", tried, r.Delivery.Next, err)
		}
	}
}
