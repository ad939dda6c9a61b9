package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
)

// horizon is farther ahead than any attempt is ever planned. A row beyond it
// was planned by a clock that has been set back since, and is due now.
const horizon = 2 * time.Hour

// State of a dossier in the outbox.
type State string

// The states.
const (
	Queued   State = "queued"
	Accepted State = "accepted"
	Refused  State = "refused"
)

// Item is a dossier to be delivered.
type Item struct {
	ID       string
	Number   string
	Envelope []byte
	Digest   dossier.Digest
	Attempts int // made so far
}

// Due gives up to limit dossiers whose time has come. A dossier that was never
// tried goes first, because its citizen is still standing there.
func (b *Outbox) Due(ctx context.Context, now time.Time, limit int) ([]Item, error) {
	rows, err := b.db.QueryContext(ctx, `
		SELECT id, number, envelope, digest, attempts FROM dossier
		WHERE state = 'queued' AND (next_attempt_at <= ?1 OR next_attempt_at > ?2)
		ORDER BY attempts > 0, next_attempt_at, attempts, id LIMIT ?3`,
		now.UnixMilli(), now.Add(horizon).UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("list due dossiers: %w", err)
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		var it Item
		var digest []byte
		if err := rows.Scan(&it.ID, &it.Number, &it.Envelope, &digest, &it.Attempts); err != nil {
			return nil, fmt.Errorf("list due dossiers: %w", err)
		}
		copy(it.Digest[:], digest)
		items = append(items, it)
	}
	return items, rows.Err()
}

// NextAt says when the next dossier becomes due; ok is false when none waits.
func (b *Outbox) NextAt(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	var ms sql.NullInt64
	err = b.db.QueryRowContext(ctx, `
		SELECT min(CASE WHEN next_attempt_at > ?2 THEN ?1 ELSE next_attempt_at END) FROM dossier WHERE state = 'queued'`,
		now.UnixMilli(), now.Add(horizon).UnixMilli()).Scan(&ms)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("find next attempt: %w", err)
	}
	return time.UnixMilli(ms.Int64), ms.Valid, nil
}

// Receipt is the gateway's word that it has a dossier.
type Receipt struct {
	Number string
	At     time.Time
}

// MarkAccepted records the gateway's receipt and erases the sealed body.
func (b *Outbox) MarkAccepted(ctx context.Context, id string, r Receipt) error {
	err := b.change(ctx, `UPDATE dossier SET state = 'accepted', envelope = NULL, code = '', attempts = attempts + 1,
		gateway_number = ?2, decided_at = ?3 WHERE id = ?1 AND state = 'queued'`, id, r.Number, r.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("mark accepted: %w", err)
	}
	// secure_delete wiped the body's pages; this drops their copies from the
	// write-ahead log. It changes nothing that is durable, so a failure only
	// leaves sealed bytes lying about until the next time.
	var busy, frames, moved int
	_ = b.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	return nil
}

// Delay says when to try again, and why not now.
type Delay struct {
	Code health.Code
	Next time.Time
	// NotBefore is the gateway's own wish (Retry-After); zero if it had none.
	NotBefore time.Time
}

// MarkDelayed plans the next attempt.
func (b *Outbox) MarkDelayed(ctx context.Context, id string, d Delay) error {
	next, hold := d.Next.UnixMilli(), int64(0)
	if !d.NotBefore.IsZero() {
		hold = d.NotBefore.UnixMilli()
		next = max(next, hold)
	}
	err := b.change(ctx, `UPDATE dossier SET attempts = attempts + 1, code = ?2, next_attempt_at = ?3, not_before = ?4
		WHERE id = ?1 AND state = 'queued'`, id, string(d.Code), next, hold)
	if err != nil {
		return fmt.Errorf("mark delayed: %w", err)
	}
	return nil
}

// MarkRefused records that the gateway will not take the dossier as it is. The
// sealed body is kept until a person decides.
func (b *Outbox) MarkRefused(ctx context.Context, id string, code health.Code) error {
	err := b.change(ctx, `UPDATE dossier SET state = 'refused', attempts = attempts + 1, code = ?2, decided_at = ?3
		WHERE id = ?1 AND state = 'queued'`, id, string(code), b.o.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("mark refused: %w", err)
	}
	return nil
}

// Requeue lets a refused dossier be tried again, after a person removed the
// cause.
func (b *Outbox) Requeue(ctx context.Context, id string) error {
	err := b.change(ctx, `UPDATE dossier SET state = 'queued', decided_at = NULL, code = '', next_attempt_at = ?2, not_before = 0
		WHERE id = ?1 AND state = 'refused'`, id, b.o.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("requeue: %w", err)
	}
	b.nudge()
	return nil
}

// Hasten makes every waiting dossier due, because the way to the gateway is
// open again. A time the gateway asked to be left alone is kept.
func (b *Outbox) Hasten(ctx context.Context) error {
	now := b.o.Now()
	_, err := b.db.ExecContext(ctx, `UPDATE dossier SET next_attempt_at = max(?1, not_before)
		WHERE state = 'queued' AND next_attempt_at > ?1 AND not_before <= ?2`, now.UnixMilli(), now.Add(horizon).UnixMilli())
	if err != nil {
		return fmt.Errorf("hasten: %w", err)
	}
	b.nudge()
	return nil
}

// Postpone puts off every dossier that was tried at least so many times and
// would be due before next. While the way is closed one probe is enough, and
// the freshest dossier, whose citizen may still be there, is the probe.
func (b *Outbox) Postpone(ctx context.Context, attempts int, next time.Time) error {
	_, err := b.db.ExecContext(ctx, `UPDATE dossier SET next_attempt_at = ?2
		WHERE state = 'queued' AND attempts >= max(1, ?1) AND next_attempt_at < ?2`, attempts, next.UnixMilli())
	if err != nil {
		return fmt.Errorf("postpone: %w", err)
	}
	return nil
}

func (b *Outbox) change(ctx context.Context, query string, args ...any) error {
	res, err := b.db.ExecContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n != 1 {
		return ErrUnknown
	}
	return err
}

// Record is what the outbox remembers of a dossier; nothing of it is personal.
type Record struct {
	ID            string
	Number        string
	Service       string
	CreatedAt     time.Time
	State         State
	Attempts      int
	Code          health.Code
	DecidedAt     time.Time // zero while queued
	GatewayNumber string
	HasBody       bool
}

// Lookup finds a dossier by its id.
func (b *Outbox) Lookup(ctx context.Context, id string) (Record, error) {
	r := Record{ID: id}
	var created int64
	var decided sql.NullInt64
	err := b.db.QueryRowContext(ctx, `SELECT number, service, created_at, state, attempts, code, decided_at,
		gateway_number, envelope IS NOT NULL FROM dossier WHERE id = ?`, id).Scan(
		&r.Number, &r.Service, &created, &r.State, &r.Attempts, &r.Code, &decided, &r.GatewayNumber, &r.HasBody)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, ErrUnknown
	}
	if err != nil {
		return Record{}, fmt.Errorf("look dossier up: %w", err)
	}
	r.CreatedAt = time.UnixMilli(created)
	if decided.Valid {
		r.DecidedAt = time.UnixMilli(decided.Int64)
	}
	return r, nil
}

// Stats is what the fleet may know.
type Stats struct {
	Depth    int       // queued
	Oldest   time.Time // of those, zero if none
	Refused  int       // waiting for a person
	Accepted int       // still remembered
}

// Stats counts.
func (b *Outbox) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	var oldest sql.NullInt64
	err := b.db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state = 'queued'), min(created_at) FILTER (WHERE state = 'queued'),
		count(*) FILTER (WHERE state = 'refused'), count(*) FILTER (WHERE state = 'accepted') FROM dossier`).Scan(
		&s.Depth, &oldest, &s.Refused, &s.Accepted)
	if err != nil {
		return Stats{}, fmt.Errorf("count dossiers: %w", err)
	}
	if oldest.Valid {
		s.Oldest = time.UnixMilli(oldest.Int64)
	}
	return s, nil
}

// Forget erases accepted dossiers' numbers that were decided before a time,
// when the site need not answer questions about them any more.
func (b *Outbox) Forget(ctx context.Context, before time.Time) (int, error) {
	res, err := b.db.ExecContext(ctx, `DELETE FROM dossier WHERE state = 'accepted' AND decided_at < ?`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("forget old dossiers: %w", err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}
