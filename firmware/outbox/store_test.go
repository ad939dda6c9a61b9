package outbox

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/person"
)

func testOptions() Options {
	return Options{
		Seal: func(b dossier.Body) (dossier.Sealed, error) {
			env := []byte(strings.Repeat("x", 20000))
			return dossier.Sealed{ID: b.ID, Envelope: env, Digest: dossier.DigestOf(env)}, nil
		},
		Prefix: "SM06", Kiosk: "SM06", Site: "Mẫu", Rand: rand.Reader,
		Now: func() time.Time { return time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) },
	}
}

// SQLite's own limit on pages fails just where a full disk does: in the write
// of the transaction, with SQLITE_FULL.
func TestFullDisk(t *testing.T) {
	b, err := Open(t.Context(), filepath.Join(t.TempDir(), "o.db"), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d := dossier.Draft{
		Service: "s", ServiceVersion: "1", Procedure: "1", Lang: "vi", ConsentAt: b.o.Now(),
		Person: person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Assurance: person.ChipRead},
	}
	kept, err := b.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := b.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		var got int
		if err := b.db.QueryRow("PRAGMA max_page_count = " + strconv.Itoa(n)).Scan(&got); err != nil || got != n {
			t.Fatalf("limit %d, want %d (%v)", got, n, err)
		}
	}
	limit(pages)
	if _, err := b.Create(t.Context(), d); !errors.Is(err, ErrNotKept) {
		t.Fatalf("on a full disk: got %v, want ErrNotKept", err)
	}
	// What was kept stays, and room that is made is used.
	items, err := b.Due(t.Context(), b.o.Now(), 10)
	if err != nil || len(items) != 1 || items[0].ID != kept.ID {
		t.Errorf("due %d (%v), want the one that was kept", len(items), err)
	}
	limit(pages + 100)
	next, err := b.Create(t.Context(), d)
	if err != nil || next.Number != "SM06-2311-0002" {
		t.Errorf("after room was made: %s (%v)", next.Number, err)
	}
}

// The settings that durability rests on are read back from SQLite.
func TestSettings(t *testing.T) {
	b, err := Open(t.Context(), filepath.Join(t.TempDir(), "o.db"), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "5000",
		"user_version": "1", "application_id": strconv.Itoa(applicationID),
	} {
		var got string
		if err := b.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
	if _, err := b.db.Exec("INSERT INTO day (day, last) VALUES ('x', 'many')"); err == nil {
		t.Error("tables are not STRICT")
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want string
	}{
		"newer":   {"PRAGMA user_version = 99", "newer version"},
		"foreign": {"PRAGMA application_id = 1", "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "o.db")
			b, err := Open(t.Context(), path, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.db.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			b.Close()
			if _, err := Open(t.Context(), path, testOptions()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			aside, _ := filepath.Glob(path + ".corrupt*")
			if len(aside) != 0 {
				t.Errorf("set aside %v", aside)
			}
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var n int
			if err := db.QueryRow("SELECT count(*) FROM dossier").Scan(&n); err != nil {
				t.Errorf("the file was touched: %v", err)
			}
		})
	}
}
