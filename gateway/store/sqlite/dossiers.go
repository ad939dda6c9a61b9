package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tram06/gateway/store"
)

const columns = `id, digest, device, key_id, kiosk_number, service, version, procedure, created_at, received_at, number`

// joined is the dossiers with their deliveries.
const joined = columns + `, ` + deliveryColumns + ` FROM dossier JOIN delivery v ON v.dossier = id`

// withEnvelope reads the envelope too.
const withEnvelope = `SELECT envelope, ` + joined

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, r store.Record) (store.Record, bool, error) {
	// A commit that began is not called off: the caller's client may be gone,
	// and will ask again.
	ctx = context.WithoutCancel(ctx)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return store.Record{}, false, fmt.Errorf("store dossier: %w", err)
	}
	defer tx.Rollback()
	old, err := scan(tx.QueryRowContext(ctx, withEnvelope+` WHERE id = ?`, r.ID), true)
	switch {
	case err == nil:
		return old, false, nil
	case !errors.Is(err, store.ErrNotFound):
		return store.Record{}, false, fmt.Errorf("store dossier: %w", err)
	}
	day := r.ReceivedAt.In(s.o.Zone)
	var n int
	if err := tx.QueryRowContext(ctx,
		`INSERT INTO day (day, last) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last`,
		day.Format(time.DateOnly)).Scan(&n); err != nil {
		return store.Record{}, false, fmt.Errorf("mint number: %w", err)
	}
	r.Number = fmt.Sprintf("%s-%s-%07d", s.o.Office, day.Format("20060102"), n)
	r.ReceivedAt = r.ReceivedAt.UTC().Truncate(time.Millisecond)
	if _, err := tx.ExecContext(ctx, `INSERT INTO dossier (`+columns+`, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Digest[:], r.Device, r.KeyID, r.KioskNumber, r.Service, r.Version, r.Procedure,
		r.CreatedAt.UnixMilli(), r.ReceivedAt.UnixMilli(), r.Number, r.Envelope); err != nil {
		return store.Record{}, false, fmt.Errorf("store dossier: %w", err)
	}
	r.Delivery = store.Delivery{ID: r.ID, State: store.Waiting, Since: r.ReceivedAt, Next: r.ReceivedAt}
	if _, err := tx.ExecContext(ctx, `INSERT INTO delivery (dossier, state, since, next) VALUES (?, ?, ?, ?)`,
		r.ID, r.Delivery.State, r.Delivery.Since.UnixMilli(), r.Delivery.Next.UnixMilli()); err != nil {
		return store.Record{}, false, fmt.Errorf("store delivery: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return store.Record{}, false, fmt.Errorf("store dossier: %w", err)
	}
	return r, true, nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	return scan(s.db.QueryRowContext(ctx, withEnvelope+` WHERE id = ?`, id), true)
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, limit int, states ...store.State) ([]store.Record, error) {
	if len(states) == 0 {
		states = store.States()
	}
	var args []any
	for _, v := range states {
		args = append(args, v)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+joined+` WHERE v.state IN (?`+strings.Repeat(", ?", len(states)-1)+`)
		ORDER BY received_at DESC, number DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list dossiers: %w", err)
	}
	defer rows.Close()
	var list []store.Record
	for rows.Next() {
		r, err := scan(rows, false)
		if err != nil {
			return nil, fmt.Errorf("list dossiers: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner, envelope bool) (store.Record, error) {
	var r store.Record
	var digest []byte
	var created, received int64
	var dest []any
	if envelope {
		dest = append(dest, &r.Envelope)
	}
	dest = append(dest, &r.ID, &digest, &r.Device, &r.KeyID, &r.KioskNumber, &r.Service, &r.Version, &r.Procedure,
		&created, &received, &r.Number)
	delivery, done := deliveryDest(&r.Delivery)
	dest = append(dest, delivery...)
	if err := row.Scan(dest...); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return store.Record{}, store.ErrNotFound
		}
		return store.Record{}, err
	}
	done()
	r.Delivery.ID = r.ID
	copy(r.Digest[:], digest)
	r.CreatedAt = time.UnixMilli(created).UTC()
	r.ReceivedAt = time.UnixMilli(received).UTC()
	return r, nil
}

// NoteAccess implements store.Store.
func (s *Store) NoteAccess(ctx context.Context, id, operator string, at time.Time) error {
	if _, err := s.db.ExecContext(ctx, `INSERT INTO access (dossier, operator, at) VALUES (?, ?, ?)`, id, operator, at.UnixMilli()); err != nil {
		return fmt.Errorf("note access: %w", err)
	}
	return nil
}

// Accesses implements store.Store.
func (s *Store) Accesses(ctx context.Context, id string) ([]store.Access, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT operator, at FROM access WHERE dossier = ? ORDER BY at, rowid`, id)
	if err != nil {
		return nil, fmt.Errorf("list accesses: %w", err)
	}
	defer rows.Close()
	var list []store.Access
	for rows.Next() {
		var a store.Access
		var at int64
		if err := rows.Scan(&a.Operator, &at); err != nil {
			return nil, fmt.Errorf("list accesses: %w", err)
		}
		a.At = time.UnixMilli(at).UTC()
		list = append(list, a)
	}
	return list, rows.Err()
}
