package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tram06/gateway/store"
)

const deliveryColumns = `v.state, v.since, v.portal, v.tries, v.next, v.code, v.reason, v.portal_number`

// deliveryDest gives where the columns go, and what is to be done after.
func deliveryDest(d *store.Delivery) (dest []any, done func()) {
	var since, next int64
	return []any{&d.State, &since, &d.Portal, &d.Tries, &next, &d.Code, &d.Reason, &d.Number}, func() {
		d.Since, d.Next = time.UnixMilli(since).UTC(), time.UnixMilli(next).UTC()
	}
}

// NextDelivery implements store.Deliveries.
func (s *Store) NextDelivery(ctx context.Context, portal string) (store.Delivery, error) {
	var d store.Delivery
	dest, done := deliveryDest(&d)
	err := s.db.QueryRowContext(ctx, `SELECT v.dossier, `+deliveryColumns+` FROM delivery v
		WHERE v.state IN ('waiting', 'unclear') AND (v.portal = '' OR v.portal = ?)
		ORDER BY v.next, v.dossier LIMIT 1`, portal).Scan(append([]any{&d.ID}, dest...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Delivery{}, store.ErrNotFound
	}
	if err != nil {
		return store.Delivery{}, fmt.Errorf("find the next delivery: %w", err)
	}
	done()
	return d, nil
}

// Move implements store.Deliveries. Every move changes the state, the tries or
// the time of the next one, so these tell whether from is what is stored.
func (s *Store) Move(ctx context.Context, from, to store.Delivery) error {
	r, err := s.db.ExecContext(ctx, `UPDATE delivery SET state = ?, since = ?, portal = ?, tries = ?, next = ?, code = ?, reason = ?, portal_number = ?
		WHERE dossier = ? AND state = ? AND tries = ? AND next = ?`,
		to.State, to.Since.UnixMilli(), to.Portal, to.Tries, to.Next.UnixMilli(), to.Code, to.Reason, to.Number,
		from.ID, from.State, from.Tries, from.Next.UnixMilli())
	if err != nil {
		return fmt.Errorf("move delivery: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(store.ErrChanged, err)
	}
	return nil
}

// Pause implements store.Deliveries.
func (s *Store) Pause(ctx context.Context, portal string) (store.Pause, error) {
	var p store.Pause
	var until int64
	err := s.db.QueryRowContext(ctx, `SELECT failures, until, code FROM pause WHERE portal = ?`, portal).Scan(&p.Failures, &until, &p.Code)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Pause{}, nil
	}
	if err != nil {
		return store.Pause{}, fmt.Errorf("find pause: %w", err)
	}
	p.Until = time.UnixMilli(until).UTC()
	return p, nil
}

// SetPause implements store.Deliveries.
func (s *Store) SetPause(ctx context.Context, portal string, p store.Pause) error {
	var err error
	if p == (store.Pause{}) {
		_, err = s.db.ExecContext(ctx, `DELETE FROM pause WHERE portal = ?`, portal)
	} else {
		_, err = s.db.ExecContext(ctx, `INSERT INTO pause (portal, failures, until, code) VALUES (?, ?, ?, ?)
			ON CONFLICT (portal) DO UPDATE SET failures = excluded.failures, until = excluded.until, code = excluded.code`,
			portal, p.Failures, p.Until.UnixMilli(), p.Code)
	}
	if err != nil {
		return fmt.Errorf("set pause: %w", err)
	}
	return nil
}
