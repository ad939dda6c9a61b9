package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tram06/fleet/store"
	"tram06/fleet/store/sqlite"
	"tram06/fleet/store/storetest"
)

func TestStore(t *testing.T) {
	// A name with what a URI would misread, were it not escaped.
	dir := filepath.Join(t.TempDir(), "Trạm 06 ?#%")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T, name string) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, name+".db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, name+".db")); err != nil {
			t.Errorf("the file is elsewhere: %v", err)
		}
		return s
	})
}

func TestOpenRefusesLaterVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fleet.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 7"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, sqlite.ErrNewer) {
		t.Errorf("Open = %v, want ErrNewer", err)
	}
}

// BenchmarkSaveSeen writes one heartbeat of 1,000 kiosks in one batch.
func BenchmarkSaveSeen(b *testing.B) {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "fleet.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	body := make([]byte, 600)
	batch := make([]store.Seen, 1_000)
	for i := range batch {
		id := fmt.Sprintf("SM%05d", i)
		if err := s.Add(ctx, store.Kiosk{ID: id, PublicKey: "U" + id, AddedAt: time.UnixMilli(1)}); err != nil {
			b.Fatal(err)
		}
		batch[i] = store.Seen{ID: id, ReceivedAt: time.UnixMilli(2), Status: body}
	}
	for b.Loop() {
		if err := s.SaveSeen(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
}
