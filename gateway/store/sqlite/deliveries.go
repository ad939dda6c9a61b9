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

// Portals implements store.Store.
func (s *Store) Portals(ctx context.Context) ([]store.Portal, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT d.portal, coalesce(v.state, ''), coalesce(v.n, 0), coalesce(v.oldest, 0), coalesce(p.failures, 0), coalesce(p.until, 0), coalesce(p.code, '')
		FROM (SELECT portal FROM delivery UNION SELECT portal FROM pause) d
		LEFT JOIN (SELECT portal, state, count(*) n, min(since) oldest FROM delivery GROUP BY portal, state) v ON v.portal = d.portal
		LEFT JOIN pause p ON p.portal = d.portal
		ORDER BY d.portal`)
	if err != nil {
		return nil, fmt.Errorf("sum up portals: %w", err)
	}
	defer rows.Close()
	var list []store.Portal
	for rows.Next() {
		var name string
		var state store.State
		var n int
		var oldest, until int64
		var p store.Pause
		if err := rows.Scan(&name, &state, &n, &oldest, &p.Failures, &until, &p.Code); err != nil {
			return nil, fmt.Errorf("sum up portals: %w", err)
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			if until != 0 {
				p.Until = time.UnixMilli(until).UTC()
			}
			list = append(list, store.Portal{Name: name, Counts: map[store.State]int{}, Pause: p})
		}
		at := &list[len(list)-1]
		if n > 0 {
			at.Counts[state] = n
		}
		if since := time.UnixMilli(oldest).UTC(); (state == store.Waiting || state == store.Unclear) && (at.Oldest.IsZero() || since.Before(at.Oldest)) {
			at.Oldest = since
		}
	}
	return list, rows.Err()
}
