// Package sqlite keeps the gateway's store in one SQLite file.
//
// Every commit is fsynced. Unlike a kiosk's outbox a damaged file is never
// replaced: here it holds the only copy of what the authority has taken, so
// the gateway refuses to start and a person restores the backup.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tram06/gateway/store"
)

// ErrDamaged is a file that fails SQLite's own check.
var ErrDamaged = errors.New("store is damaged; restore its backup")

const applicationID = 0x54303647 // "T06G"

// migrations lead from one schema version to the next. A published one is
// never edited.
var migrations = []string{`
	CREATE TABLE dossier (
		id           TEXT PRIMARY KEY,
		digest       BLOB NOT NULL CHECK (length(digest) = 32),
		device       TEXT NOT NULL,
		key_id       TEXT NOT NULL,
		kiosk_number TEXT NOT NULL,
		service      TEXT NOT NULL,
		version      TEXT NOT NULL,
		procedure    TEXT NOT NULL,
		created_at   INTEGER NOT NULL,  -- milliseconds, UTC
		received_at  INTEGER NOT NULL,
		number       TEXT NOT NULL UNIQUE,
		envelope     BLOB NOT NULL
	) STRICT;
	CREATE INDEX dossier_received ON dossier (received_at);
	CREATE TABLE day (
		day  TEXT PRIMARY KEY,
		last INTEGER NOT NULL
	) STRICT;
	CREATE TABLE device_key (
		device TEXT NOT NULL,
		id     TEXT NOT NULL,
		der    BLOB NOT NULL,
		seen   INTEGER NOT NULL,
		PRIMARY KEY (device, id)
	) STRICT;
	CREATE TABLE revoked (
		device TEXT PRIMARY KEY,
		at     INTEGER NOT NULL
	) STRICT;
	CREATE TABLE access (
		dossier  TEXT NOT NULL REFERENCES dossier (id),
		operator TEXT NOT NULL,
		at       INTEGER NOT NULL
	) STRICT;
	CREATE INDEX access_dossier ON access (dossier);
`, `
	CREATE TABLE delivery (
		dossier TEXT PRIMARY KEY REFERENCES dossier (id),
		state   TEXT NOT NULL CHECK (state IN ('waiting', 'unclear', 'sent', 'refused')),
		since   INTEGER NOT NULL,  -- milliseconds, UTC
		portal  TEXT NOT NULL DEFAULT '',
		tries   INTEGER NOT NULL DEFAULT 0,
		next    INTEGER NOT NULL,
		code    TEXT NOT NULL DEFAULT '',
		reason  TEXT NOT NULL DEFAULT '',
		portal_number TEXT NOT NULL DEFAULT ''
	) STRICT;
	CREATE INDEX delivery_next ON delivery (next, dossier) WHERE state IN ('waiting', 'unclear');
	INSERT INTO delivery (dossier, state, since, next)
		SELECT id, 'waiting', received_at, received_at FROM dossier;
	CREATE TABLE pause (
		portal   TEXT PRIMARY KEY,
		failures INTEGER NOT NULL,
		until    INTEGER NOT NULL,
		code     TEXT NOT NULL
	) STRICT;
`}

// Options of the store.
type Options struct {
	// Office begins every receipt number: "H00.00" gives
	// H00.00-20261123-0000042.
	Office string
	// Zone decides when a day begins; Vietnam's by default.
	Zone *time.Location
}

// Store is an open file.
type Store struct {
	db *sql.DB
	o  Options
}

var _ store.Store = (*Store)(nil)

var officeForm = regexp.MustCompile(`^[A-Z][A-Z0-9.]{1,15}$`)

// Open opens the file, making it and its folder if need be.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if !officeForm.MatchString(o.Office) {
		return nil, fmt.Errorf("open store: office %q: want a code such as H00.00", o.Office)
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*3600)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	// SQLite would make the file readable by others.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	f.Close()
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)",
	}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db.SetMaxOpenConns(4)
	if err := prepare(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		db.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &Store{db: db, o: o}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the file answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.db.QueryRowContext(ctx, "SELECT count(*) FROM revoked").Scan(&one)
}

func prepare(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return classify(err)
	}
	if verdict != "ok" {
		return ErrDamaged
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var app, have int
	if err := tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case app != applicationID && (have > 0 || app != 0):
		return fmt.Errorf("the file is the database of another program (application id %#x)", app)
	case have > len(migrations):
		return fmt.Errorf("%w: schema %d, this program knows %d", store.ErrNewer, have, len(migrations))
	}
	for v := have; v < len(migrations); v++ {
		mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, v+1)
		if _, err := tx.ExecContext(ctx, migrations[v]+mark); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", v+1, err)
		}
	}
	return tx.Commit()
}

// classify tells damage from a disk that is full, a folder that may not be
// written, or a start that was called off: only damage wants the backup.
func classify(err error) error {
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
