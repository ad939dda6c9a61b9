package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tram06/firmware/dossier"
)

// Entry is a dossier that must not be lost any more.
type Entry struct {
	ID     string // UUIDv7
	Number string // receipt number of this kiosk
	At     time.Time
}

// Create makes a draft durable. In one transaction it mints the id and the
// receipt number, seals the body and stores it; it returns after the commit
// was fsynced. On an error nothing was kept, and errors.Is(err, ErrNotKept).
//
// A Create that has begun is not called off by ctx: between "kept" and "not
// kept" there must be nothing a citizen could be told wrong.
func (b *Outbox) Create(ctx context.Context, d dossier.Draft) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	e, err := b.create(context.WithoutCancel(ctx), d)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	b.nudge()
	return e, nil
}

func (b *Outbox) create(ctx context.Context, d dossier.Draft) (Entry, error) {
	id, err := uuid.NewV7FromReader(b.o.Rand)
	if err != nil {
		return Entry{}, fmt.Errorf("mint id: %w", err)
	}
	now := b.o.Now().Truncate(time.Millisecond)
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return Entry{}, err
	}
	defer tx.Rollback()
	number, err := nextNumber(ctx, tx, b.o.Prefix, now.In(b.o.Zone))
	if err != nil {
		return Entry{}, err
	}
	body, err := dossier.NewBody(d, dossier.Stamp{
		ID: id.String(), Number: number, Site: b.o.Site, Kiosk: b.o.Kiosk, At: now,
	})
	if err != nil {
		return Entry{}, err
	}
	sealed, err := b.o.Seal(body)
	if err != nil {
		return Entry{}, err
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO dossier (id, number, service, created_at, envelope, digest, next_attempt_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		body.ID, number, body.Service, now.UnixMilli(), sealed.Envelope, sealed.Digest[:], now.UnixMilli()); err != nil {
		return Entry{}, err
	}
	if err := tx.Commit(); err != nil {
		return Entry{}, err
	}
	return Entry{ID: body.ID, Number: number, At: now}, nil
}

// nextNumber counts the day's dossiers: SM06-2311-0042.
func nextNumber(ctx context.Context, tx *sql.Tx, prefix string, now time.Time) (string, error) {
	var n int
	err := tx.QueryRowContext(ctx,
		`INSERT INTO day (day, last) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last`,
		now.Format(time.DateOnly)).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("count the day's dossiers: %w", err)
	}
	return fmt.Sprintf("%s-%s-%04d", prefix, now.Format("0201"), n), nil
}

// skipNumbers makes a store that replaces a corrupt one go on behind every
// number that may have been given out this day: at most one each ten seconds,
// since no citizen is faster.
func skipNumbers(ctx context.Context, db *sql.DB, now time.Time) error {
	passed := now.Hour()*360 + now.Minute()*6 + now.Second()/10 + 1
	_, err := db.ExecContext(ctx, `INSERT INTO day (day, last) VALUES (?, ?)`, now.Format(time.DateOnly), passed)
	return err
}
