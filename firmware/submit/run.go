package submit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tram06/firmware/health"
	"tram06/firmware/outbox"
)

// The delays between attempts. The first is short, so that a hiccup heals
// while the citizen still waits; the ceiling keeps a thousand kiosks from
// pressing on a gateway that just came back.
const (
	firstDelay    = 2 * time.Second
	minDelay      = 200 * time.Millisecond
	maxDelay      = 5 * time.Minute
	maxRetryAfter = time.Hour
)

// Outbox is what the loop needs of package outbox.
type Outbox interface {
	Due(ctx context.Context, now time.Time, limit int) ([]outbox.Item, error)
	NextAt(ctx context.Context, now time.Time) (time.Time, bool, error)
	MarkAccepted(ctx context.Context, id string, r outbox.Receipt) error
	MarkDelayed(ctx context.Context, id string, d outbox.Delay) error
	MarkRefused(ctx context.Context, id string, code health.Code) error
	Hasten(ctx context.Context) error
	Postpone(ctx context.Context, attempts int, next time.Time) error
	Work() <-chan struct{}
}

// Putter hands one dossier over; a *Client does.
type Putter interface {
	Put(ctx context.Context, it outbox.Item) (outbox.Receipt, error)
}

// Result is the outcome of one attempt: Accepted, Delayed or Refused.
type Result interface{ result() }

type (
	// Accepted: the gateway has the dossier. Number is the gateway's.
	Accepted struct {
		ID     string
		At     time.Time
		Number string
	}
	// Delayed: not yet. Next is when it is tried again.
	Delayed struct {
		ID   string
		Code health.Code
		Next time.Time
	}
	// Refused: the gateway will never take it as it is.
	Refused struct {
		ID   string
		Code health.Code
	}
)

func (Accepted) result() {}
func (Delayed) result()  {}
func (Refused) result()  {}

// Options of the loop.
type Options struct {
	Outbox Outbox
	Client Putter
	// Notify is told of every outcome, in order, after it was recorded. It must
	// not block.
	Notify func(Result)
	// Restored makes everything due that waits, as when the network came back;
	// nil for none.
	Restored <-chan struct{}
	Now      func() time.Time
	Rand     *rand.Rand
	Log      *slog.Logger
}

// Run delivers until ctx ends. It has no state of its own: what is to be done
// and when stands in the outbox, so a restart goes on where the last run
// stopped.
func Run(ctx context.Context, o Options) error {
	if o.Outbox == nil || o.Client == nil || o.Notify == nil || o.Now == nil || o.Rand == nil || o.Log == nil {
		return errors.New("submit needs Outbox, Client, Notify, Now, Rand and Log")
	}
	l := loop{Options: o}
	for {
		wait, err := l.drain(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			// The store could not be read or written. The dossiers are as safe
			// as they were; the gateway knows what it has already.
			o.Log.Error("outbox is out of order", "err", err)
			wait = firstDelay
		}
		if !l.sleep(ctx, wait) {
			return nil
		}
	}
}

type loop struct {
	Options
	closed bool // the last attempt did not reach the gateway
}

// drain tries everything that is due and gives the time until the next.
// A negative time means that nothing waits.
func (l *loop) drain(ctx context.Context) (time.Duration, error) {
	for ctx.Err() == nil {
		// One at a time: a new dossier goes before the rest of a long queue.
		items, err := l.Outbox.Due(ctx, l.Now(), 1)
		if err != nil {
			return 0, err
		}
		if len(items) == 0 {
			break
		}
		if err := l.attempt(ctx, items[0]); err != nil {
			return 0, err
		}
	}
	next, ok, err := l.Outbox.NextAt(ctx, l.Now())
	if err != nil || !ok {
		return -1, err
	}
	return max(0, next.Sub(l.Now())), nil
}

// sleep waits for the time, for work, or for the network to return. It says
// false when ctx ended.
func (l *loop) sleep(ctx context.Context, d time.Duration) bool {
	var alarm <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		alarm = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-alarm:
	case <-l.Outbox.Work():
	case <-l.Restored:
		if err := l.Outbox.Hasten(ctx); err != nil {
			l.Log.Error("outbox is out of order", "err", err)
		}
	}
	return true
}

func (l *loop) attempt(ctx context.Context, it outbox.Item) error {
	log := l.Log.With("dossier", it.ID, "attempt", it.Attempts+1)
	receipt, err := l.Client.Put(ctx, it)
	if ctx.Err() != nil && err != nil {
		return nil // called off: unclear, so it is sent again later
	}
	var f *Failure
	switch {
	case err == nil:
		if err := l.Outbox.MarkAccepted(ctx, it.ID, receipt); err != nil {
			return fmt.Errorf("record acceptance: %w", err)
		}
		log.Info("dossier accepted", "number", receipt.Number)
		l.Notify(Accepted{ID: it.ID, At: receipt.At, Number: receipt.Number})
		if l.closed {
			l.closed = false
			return l.Outbox.Hasten(ctx)
		}
		return nil
	case errors.As(err, &f) && f.Final:
		if err := l.Outbox.MarkRefused(ctx, it.ID, f.Code); err != nil {
			return fmt.Errorf("record refusal: %w", err)
		}
		log.Error("dossier refused", "code", f.Code, "status", f.Status, "problem", f.Problem)
		l.Notify(Refused{ID: it.ID, Code: f.Code})
		return nil
	case f == nil:
		f = &Failure{Code: health.NetDown, cause: err}
	}
	now := l.Now()
	d := outbox.Delay{Code: f.Code, Next: now.Add(l.delay(it.Attempts))}
	if f.RetryAfter > 0 {
		d.NotBefore = now.Add(min(f.RetryAfter, maxRetryAfter))
	}
	if err := l.Outbox.MarkDelayed(ctx, it.ID, d); err != nil {
		return fmt.Errorf("record delay: %w", err)
	}
	log.Warn("dossier delayed", "code", f.Code, "status", f.Status, "problem", f.Problem, "next", d.Next, "err", f.cause)
	l.Notify(Delayed{ID: it.ID, Code: f.Code, Next: d.Next})
	// 409 and its like concern this dossier; everything else the whole way.
	if f.Status == 0 || f.Status >= 500 {
		l.closed = true
		return l.Outbox.Postpone(ctx, it.Attempts+1, d.Next)
	}
	return nil
}

// delay is the pause after an attempt: exponential with full jitter, that is
// evenly between nothing and the growing bound.
func (l *loop) delay(attempts int) time.Duration {
	b := backoff.ExponentialBackOff{
		InitialInterval: firstDelay, Multiplier: 2, MaxInterval: maxDelay,
		// The bound is taken bare and the dice are ours, so that a run can be
		// replayed.
		RandomizationFactor: 0,
	}
	b.Reset()
	bound := b.NextBackOff()
	for i := 0; i < attempts && bound < maxDelay; i++ {
		bound = b.NextBackOff()
	}
	return minDelay + time.Duration(l.Rand.Int64N(int64(bound-minDelay)))
}
