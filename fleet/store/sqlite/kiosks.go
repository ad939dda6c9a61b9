package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tram06/fleet/store"
)

const bump = "UPDATE generation SET value = value + 1"

// Add lets a new kiosk in.
func (s *Store) Add(ctx context.Context, k store.Kiosk) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO kiosks (id, public_key, added_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
			k.ID, k.PublicKey, k.AddedAt.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, store.ErrExists)
		}
		_, err = tx.ExecContext(ctx, bump)
		return err
	})
	if err != nil {
		return fmt.Errorf("add kiosk %s: %w", k.ID, err)
	}
	return nil
}

// Renew gives a kiosk a new key.
func (s *Store) Renew(ctx context.Context, id, publicKey string) error {
	return s.change(ctx, "renew", id, "UPDATE kiosks SET public_key = ?, revoked_at = NULL WHERE id = ?", publicKey, id)
}

// Revoke shuts a kiosk out.
func (s *Store) Revoke(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, "revoke", id, "UPDATE kiosks SET revoked_at = ? WHERE id = ?", at.UnixMilli(), id)
}

func (s *Store) change(ctx context.Context, verb, id, query string, args ...any) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, store.ErrUnknown)
		}
		_, err = tx.ExecContext(ctx, bump)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s kiosk %s: %w", verb, id, err)
	}
	return nil
}

// ByKey finds the kiosk that speaks with a key.
func (s *Store) ByKey(ctx context.Context, publicKey string) (store.Kiosk, error) {
	k := store.Kiosk{PublicKey: publicKey}
	var added sql.NullInt64
	err := s.db.QueryRowContext(ctx, "SELECT id, added_at FROM kiosks WHERE public_key = ? AND revoked_at IS NULL", publicKey).Scan(&k.ID, &added)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrUnknown
	}
	if err != nil {
		return store.Kiosk{}, fmt.Errorf("kiosk by key: %w", err)
	}
	k.AddedAt = instant(added)
	return k, nil
}

// Kiosks gives all kiosks.
func (s *Store) Kiosks(ctx context.Context) ([]store.Kiosk, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, public_key, added_at, revoked_at FROM kiosks ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("list kiosks: %w", err)
	}
	defer rows.Close()
	var all []store.Kiosk
	for rows.Next() {
		var k store.Kiosk
		var added, revoked sql.NullInt64
		if err := rows.Scan(&k.ID, &k.PublicKey, &added, &revoked); err != nil {
			return nil, fmt.Errorf("list kiosks: %w", err)
		}
		k.AddedAt, k.RevokedAt = instant(added), instant(revoked)
		all = append(all, k)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list kiosks: %w", err)
	}
	return all, nil
}

// Generation changes whenever the device table does.
func (s *Store) Generation(ctx context.Context) (int64, error) {
	var n int64
	if err := s.db.QueryRowContext(ctx, "SELECT value FROM generation").Scan(&n); err != nil {
		return 0, fmt.Errorf("device table's generation: %w", err)
	}
	return n, nil
}

// SaveSeen writes what was heard of many kiosks.
func (s *Store) SaveSeen(ctx context.Context, seen []store.Seen) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO seen (id, received_at, bye_at, status)
			SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM kiosks WHERE id = ?1)
			ON CONFLICT (id) DO UPDATE SET received_at = excluded.received_at, bye_at = excluded.bye_at, status = excluded.status`)
		if err != nil {
			return err
		}
		defer put.Close()
		for _, x := range seen {
			if _, err := put.ExecContext(ctx, x.ID, x.ReceivedAt.UnixMilli(), millis(x.ByeAt), x.Status); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save statuses: %w", err)
	}
	return nil
}

// Seen gives what was heard of every kiosk.
func (s *Store) Seen(ctx context.Context) ([]store.Seen, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, received_at, bye_at, status FROM seen ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read statuses: %w", err)
	}
	defer rows.Close()
	var all []store.Seen
	for rows.Next() {
		var x store.Seen
		var received, bye sql.NullInt64
		if err := rows.Scan(&x.ID, &received, &bye, &x.Status); err != nil {
			return nil, fmt.Errorf("read statuses: %w", err)
		}
		x.ReceivedAt, x.ByeAt = instant(received), instant(bye)
		all = append(all, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read statuses: %w", err)
	}
	return all, nil
}
