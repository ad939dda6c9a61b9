package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
)

// A file of the first version, which had no deliveries, is brought up to date:
// what lies in it waits for the portal.
func TestFirstVersionIsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	digest := dossier.DigestOf([]byte("sealed"))
	if _, err := db.Exec(migrations[0]+`PRAGMA application_id = 0x54303647; PRAGMA user_version = 1;
		INSERT INTO dossier VALUES ('id', ?, 'SM06', 'kid', 'SM06-2311-0001', 's', '1', 'p', ?, ?, 'H00.00-20261123-0000001', ?)`,
		digest[:], at.UnixMilli(), at.UnixMilli(), []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is up to date
		s, err := Open(t.Context(), path, Options{Office: "H00.00"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(t.Context(), "id")
		want := store.Delivery{ID: "id", State: store.Waiting, Since: at, Next: at}
		if err != nil || r.Delivery != want || string(r.Envelope) != "sealed" || r.Number != "H00.00-20261123-0000001" {
			t.Errorf("got %+v (%v)", r, err)
		}
		if d, err := s.NextDelivery(t.Context(), "any"); err != nil || d != want {
			t.Errorf("next %+v (%v)", d, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
