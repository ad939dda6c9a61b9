package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tram06/gateway/store"
)

// LearnKey implements store.Store. A key that is known already costs no write.
func (s *Store) LearnKey(ctx context.Context, k store.Key) error {
	if _, err := s.FindKey(ctx, k.Device, k.ID); err == nil {
		return nil
	}
	if _, err := s.db.ExecContext(ctx, `INSERT INTO device_key (device, id, der, seen) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, k.Device, k.ID, k.DER, k.Seen.UnixMilli()); err != nil {
		return fmt.Errorf("learn key: %w", err)
	}
	return nil
}

// FindKey implements store.Store.
func (s *Store) FindKey(ctx context.Context, device, id string) (store.Key, error) {
	k := store.Key{Device: device, ID: id}
	var seen int64
	err := s.db.QueryRowContext(ctx, `SELECT der, seen FROM device_key WHERE device = ? AND id = ?`, device, id).Scan(&k.DER, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Key{}, store.ErrNotFound
	}
	if err != nil {
		return store.Key{}, fmt.Errorf("find key: %w", err)
	}
	k.Seen = time.UnixMilli(seen).UTC()
	return k, nil
}

// Devices implements store.Store.
func (s *Store) Devices(ctx context.Context) ([]store.Device, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT d.device, (SELECT count(*) FROM device_key k WHERE k.device = d.device), r.at
		FROM (SELECT device FROM device_key UNION SELECT device FROM revoked) d
		LEFT JOIN revoked r ON r.device = d.device ORDER BY d.device`)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	defer rows.Close()
	var list []store.Device
	for rows.Next() {
		var d store.Device
		var at sql.NullInt64
		if err := rows.Scan(&d.Name, &d.Keys, &at); err != nil {
			return nil, fmt.Errorf("list devices: %w", err)
		}
		if at.Valid {
			d.Revoked = time.UnixMilli(at.Int64).UTC()
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Revoke implements store.Store.
func (s *Store) Revoke(ctx context.Context, device string, at time.Time) error {
	var err error
	if at.IsZero() {
		_, err = s.db.ExecContext(ctx, `DELETE FROM revoked WHERE device = ?`, device)
	} else {
		_, err = s.db.ExecContext(ctx, `INSERT INTO revoked (device, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, device, at.UnixMilli())
	}
	if err != nil {
		return fmt.Errorf("revoke device: %w", err)
	}
	return nil
}

// Revoked implements store.Store.
func (s *Store) Revoked(ctx context.Context, device string) (time.Time, error) {
	var at int64
	err := s.db.QueryRowContext(ctx, `SELECT at FROM revoked WHERE device = ?`, device).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look revocation up: %w", err)
	}
	return time.UnixMilli(at).UTC(), nil
}
