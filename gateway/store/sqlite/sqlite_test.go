package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
	"tram06/gateway/store/storetest"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Office: "H00.00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	dirs := map[string]string{} // one a test
	storetest.Run(t, func(t *testing.T, old store.Store) store.Store {
		if old != nil {
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
		} else {
			dirs[t.Name()] = t.TempDir()
		}
		return open(t, filepath.Join(dirs[t.Name()], "g.db"))
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Run("damaged", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "g.db")
		junk := []byte(strings.Repeat("junk", 3000))
		if err := os.WriteFile(path, junk, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{Office: "H00.00"})
		if !errors.Is(err, sqlite.ErrDamaged) {
			t.Errorf("got %v, want ErrDamaged", err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(junk) {
			t.Errorf("the damaged file was touched (%v)", err)
		}
	})
	t.Run("called off", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "g.db")
		open(t, path).Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		// "Damaged" has a person restore an older backup.
		_, err := sqlite.Open(ctx, path, sqlite.Options{Office: "H00.00"})
		if !errors.Is(err, context.Canceled) || errors.Is(err, sqlite.ErrDamaged) {
			t.Errorf("got %v, want that it was called off", err)
		}
	})
	for name, c := range map[string]struct{ sql, want string }{
		"newer":   {"PRAGMA user_version = 99", "newer version"},
		"foreign": {"PRAGMA application_id = 1", "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "g.db")
			open(t, path).Close()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if _, err := sqlite.Open(t.Context(), path, sqlite.Options{Office: "H00.00"}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("office", func(t *testing.T) {
		if _, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "g.db"), sqlite.Options{Office: "h 1"}); err == nil {
			t.Error("opened")
		}
	})
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "g.db")
	open(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if st, err := os.Stat(name); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", filepath.Base(name), st.Mode().Perm(), err, want)
		}
	}
}
