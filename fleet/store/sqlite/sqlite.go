// Package sqlite keeps the fleet's store in one SQLite file, through the driver
// in pure Go, with write-ahead logging and every commit synced.
//
// A heartbeat that a power cut takes is no loss, the next one replaces it; a
// revocation that it took would be. So there is one way to write, the safe one,
// and heartbeats come in batches.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver, by its name "sqlite"

	"tram06/fleet/store"
)

// schema is version 1. A later version adds a step, it never edits this one.
const schema = `
CREATE TABLE kiosks (
	id         TEXT PRIMARY KEY,
	public_key TEXT NOT NULL UNIQUE,
	added_at   INTEGER NOT NULL, -- milliseconds of Unix time, as all below
	revoked_at INTEGER           -- null while it may connect
) STRICT;
CREATE TABLE seen (
	id          TEXT PRIMARY KEY REFERENCES kiosks (id),
	received_at INTEGER NOT NULL,
	bye_at      INTEGER,
	status      BLOB
) STRICT;
CREATE TABLE generation (
	only  INTEGER PRIMARY KEY CHECK (only = 1),
	value INTEGER NOT NULL
) STRICT;
INSERT INTO generation VALUES (1, 1);
PRAGMA user_version = 1;
`

// ErrNewer says that the file was written by a later version of the program.
var ErrNewer = errors.New("database is of a later version than this program")

// Store is a store.Store in a file.
type Store struct{ db *sql.DB }

var _ store.Store = (*Store)(nil)

// Open opens the file, and makes it if it is not there.
func Open(ctx context.Context, path string) (*Store, error) {
	q := url.Values{}
	for _, p := range []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(ON)"} {
		q.Add("_pragma", p)
	}
	// Immediate: two processes that both read and then write would deadlock
	// on the upgrade, and busy_timeout does not help there.
	q.Set("_txlock", "immediate")
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open fleet store: %w", err)
	}
	db.SetMaxOpenConns(1) // one writer, and no read here is long
	s := &Store{db}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open fleet store: %w", err), db.Close())
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var v int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
			return err
		}
		switch {
		case v == 1:
			return nil
		case v > 1:
			return fmt.Errorf("version %d: %w", v, ErrNewer)
		}
		_, err := tx.ExecContext(ctx, schema)
		return err
	})
}

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// millis writes a time, and nil for none.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
