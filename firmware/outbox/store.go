package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tram06/firmware/health"
)

// applicationID marks the file as an outbox: "T06O".
const applicationID = 0x5430364f

// migrations lead from one schema version to the next. A published one is
// never edited.
var migrations = []string{`
	CREATE TABLE dossier (
		id              TEXT PRIMARY KEY,
		number          TEXT NOT NULL,
		service         TEXT NOT NULL,
		created_at      INTEGER NOT NULL,  -- milliseconds, UTC
		state           TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'accepted', 'refused')),
		envelope        BLOB,
		digest          BLOB NOT NULL CHECK (length(digest) = 32),
		attempts        INTEGER NOT NULL DEFAULT 0,
		next_attempt_at INTEGER NOT NULL,
		not_before      INTEGER NOT NULL DEFAULT 0,  -- the gateway's Retry-After
		code            TEXT NOT NULL DEFAULT '',
		decided_at      INTEGER,
		gateway_number  TEXT NOT NULL DEFAULT '',
		CHECK ((state = 'accepted') = (envelope IS NULL)),
		CHECK ((state = 'queued') = (decided_at IS NULL))
	) STRICT;
	CREATE INDEX dossier_due ON dossier (next_attempt_at) WHERE state = 'queued';
	CREATE TABLE day (
		day  TEXT PRIMARY KEY,
		last INTEGER NOT NULL
	) STRICT;
`}

// errCorrupt is a file that is damaged, or no database at all.
var errCorrupt = errors.New("store is corrupt")

// openStore opens path, or sets it aside when it is corrupt and opens a fresh
// one in its place.
func openStore(ctx context.Context, path string, o Options) (*sql.DB, error) {
	db, err := openFile(ctx, path)
	if !errors.Is(err, errCorrupt) {
		return db, err
	}
	aside, err := setAside(path, o.Now().UTC().Format("20060102T150405Z"))
	if err != nil {
		return nil, fmt.Errorf("set corrupt store aside: %w", err)
	}
	if db, err = openFile(ctx, path); err != nil {
		return nil, err
	}
	if err := skipNumbers(ctx, db, o.Now().In(o.Zone)); err != nil {
		db.Close()
		return nil, err
	}
	o.Report(health.StoreReplaced, filepath.Base(aside))
	return db, nil
}

func openFile(ctx context.Context, path string) (*sql.DB, error) {
	// SQLite would make the file readable by others.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)",
	}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	// One connection: there is one writer, and readers never wait long for it.
	db.SetMaxOpenConns(1)
	if err := prepare(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	// The file's name must survive a power cut as surely as its content.
	if err := syncDir(filepath.Dir(path)); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// prepare checks the file and brings its schema up to date.
func prepare(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return classify(err)
	}
	if verdict != "ok" {
		return errCorrupt
	}
	var app, have int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return classify(err)
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return classify(err)
	}
	if app != applicationID && (have > 0 || app != 0) {
		return fmt.Errorf("the file is the database of another program (application id %#x)", app)
	}
	if have > len(migrations) {
		return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, have, len(migrations))
	}
	for v := have; v < len(migrations); v++ {
		if err := migrate(ctx, db, v); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", v+1, classify(err))
		}
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB, v int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, v+1)
	if _, err := tx.ExecContext(ctx, migrations[v]+mark); err != nil {
		return err
	}
	return tx.Commit()
}

// classify tells damage, which a fresh file mends, from everything else.
func classify(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", errCorrupt, err)
		}
	}
	return err
}

// setAside renames the store and its companions; nothing is deleted.
func setAside(path, when string) (string, error) {
	aside := path + ".corrupt-" + when
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.corrupt-%s-%d", path, when, n)
	}
	// The journal goes first: a fresh store must never meet the old one's.
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return aside, syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
