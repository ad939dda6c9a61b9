package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
)

// DefaultPatience is how long one request to a portal may take.
const DefaultPatience = 20 * time.Second

// pollTime is how often the store is looked at although nobody called: another
// process may have changed something.
const pollTime = 15 * time.Second

// Store is what the forwarder needs of a gateway's store.
type Store interface {
	store.Deliveries
	Get(ctx context.Context, id string) (store.Record, error)
}

// Options of the forwarder.
type Options struct {
	Portal Portal
	// Name stays the same for as long as it is the same portal: a dossier whose
	// way is unclear is only ever asked about where it was tried.
	Name  string
	Store Store
	// Open gives the body of a dossier as its kiosk signed it.
	Open func(ctx context.Context, r store.Record) ([]byte, error)
	// Work tells that a dossier has come in; nil if nobody tells.
	Work     <-chan struct{}
	Patience time.Duration // DefaultPatience if zero
	Now      func() time.Time
	Rand     *rand.Rand
	Log      *slog.Logger
}

// Forward hands dossiers to one portal, one at a time, until ctx ends. It has
// no state of its own: what is to be done and when stands in the store.
func Forward(ctx context.Context, o Options) error {
	if o.Portal == nil || o.Name == "" || o.Store == nil || o.Open == nil || o.Now == nil || o.Rand == nil || o.Log == nil {
		return errors.New("forwarding needs Portal, Name, Store, Open, Now, Rand and Log")
	}
	if o.Patience <= 0 {
		o.Patience = DefaultPatience
	}
	f := forwarder{Options: o}
	f.Log = o.Log.With("portal", o.Name)
	for {
		wait, err := f.step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			// What is stored says how far each dossier is; nothing is lost.
			f.Log.Error("forwarding is out of order", "err", err)
			wait = firstDelay
		}
		if !f.sleep(ctx, min(wait, pollTime)) {
			return nil
		}
	}
}

type forwarder struct{ Options }

// sleep waits for the time or for work, and says false when ctx ended.
func (f *forwarder) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-f.Work:
	}
	return true
}

// step makes one try, if one is due, and gives the time until the next.
func (f *forwarder) step(ctx context.Context) (time.Duration, error) {
	pause, err := f.Store.Pause(ctx, f.Name)
	if err != nil {
		return 0, err
	}
	if wait := f.until(pause.Until); wait > 0 {
		return wait, nil
	}
	d, err := f.Store.NextDelivery(ctx, f.Name)
	if errors.Is(err, store.ErrNotFound) {
		return pollTime, nil
	}
	if err != nil {
		return 0, err
	}
	if wait := f.until(d.Next); wait > 0 {
		return wait, nil
	}
	err = f.try(ctx, d, pause)
	if errors.Is(err, store.ErrChanged) {
		return 0, nil // another process was faster
	}
	return 0, err
}

// until is the time from now to t. What is further away than anything is ever
// put off was written by a clock that was wrong.
func (f *forwarder) until(t time.Time) time.Duration {
	d := t.Sub(f.Now())
	if d > maxRetryAfter+maxDelay {
		return 0
	}
	return max(0, d)
}

// try brings one dossier a step further.
func (f *forwarder) try(ctx context.Context, d store.Delivery, pause store.Pause) error {
	r, err := f.Store.Get(ctx, d.ID)
	if err != nil {
		return err
	}
	body, err := f.Open(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		f.Log.Error("dossier cannot be opened", "dossier", d.ID, "code", Unreadable, "err", err)
		to := d
		to.Code, to.Reason, to.Next = string(Unreadable), "", f.Now().Add(maxDelay)
		return f.Store.Move(ctx, d, to)
	}
	out := Dossier{Key: d.ID, Digest: dossier.DigestOf(body).Field(), Body: body}
	before := d.Tries > 0
	if d, err = f.claim(ctx, d, d.Tries+1, !before); err != nil {
		return err
	}
	if before {
		r, err := f.ask(ctx, out)
		if !errors.Is(err, ErrUnknown) {
			return f.settle(ctx, d, pause, r, err, true)
		}
		// It is not there: now it may go out.
		if d, err = f.claim(ctx, d, d.Tries, true); err != nil {
			return err
		}
	}
	got, err := f.submit(ctx, out)
	return f.settle(ctx, d, pause, got, err, false)
}

// claim records that the portal is about to be spoken to, before a byte goes
// out: for longer than that may take, nobody else tries. out says that the
// dossier itself goes out, so that from now on it may be there.
func (f *forwarder) claim(ctx context.Context, d store.Delivery, tries int, out bool) (store.Delivery, error) {
	now := f.Now()
	to := d
	to.Portal, to.Tries, to.Next = f.Name, tries, now.Add(f.Patience+f.Patience/10)
	if out && d.State != store.Unclear {
		to.State, to.Since = store.Unclear, now
	}
	if to.Next.Equal(d.Next) {
		to.Next = to.Next.Add(time.Millisecond) // a claim differs from what it was
	}
	return to, f.Store.Move(ctx, d, to)
}

func (f *forwarder) submit(ctx context.Context, d Dossier) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Patience)
	defer cancel()
	return checked(f.Portal.Submit(ctx, d))(d)
}

func (f *forwarder) ask(ctx context.Context, d Dossier) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Patience)
	defer cancel()
	return checked(f.Portal.Ask(ctx, d.Key))(d)
}

// checked holds a receipt against what was handed over.
func checked(r Receipt, err error) func(Dossier) (Receipt, error) {
	return func(d Dossier) (Receipt, error) {
		switch {
		case err != nil:
			return Receipt{}, err
		case r.Digest != "" && r.Digest != d.Digest:
			return Receipt{}, &Failure{Kind: ErrRefused, Code: Conflict, Only: true}
		}
		return r, nil
	}
}

// settle records how a try ended. asked says that it was a question.
func (f *forwarder) settle(ctx context.Context, d store.Delivery, pause store.Pause, r Receipt, err error, asked bool) error {
	stopped := ctx.Err() != nil
	// What is known now is written down even if the gateway is stopping.
	ctx = context.WithoutCancel(ctx)
	now := f.Now()
	to := d
	to.Next, to.Code, to.Reason = now, "", ""
	become := func(s store.State) {
		if to.State != s {
			to.State, to.Since = s, now
		}
	}
	log := f.Log.With("dossier", d.ID, "tries", d.Tries)
	fail := asFailure(err)
	switch {
	case err == nil:
		become(store.Sent)
		to.Number = r.Number
		log.Info("dossier is at the portal", "number", r.Number, "asked", asked)
	case errors.Is(fail.Kind, ErrRefused):
		become(store.Refused)
		to.Code, to.Reason = string(fail.Code), fail.Reason
		log.Error("dossier refused by the portal", "code", fail.Code, "reason", fail.Reason, "status", fail.Status)
	case stopped:
		to.Code = string(CalledOff)
		log.Info("try called off", "code", CalledOff)
		return f.Store.Move(ctx, d, to)
	default:
		if !asked && !errors.Is(fail.Kind, ErrUnclear) {
			become(store.Waiting) // as the portal said
		}
		to.Code, to.Reason = string(fail.Code), fail.Reason
		to.Next = now.Add(max(f.delay(d.Tries, maxDelay), min(fail.RetryAfter, maxRetryAfter)))
		log.Warn("dossier not at the portal yet", "code", fail.Code, "reason", fail.Reason, "status", fail.Status,
			"state", to.State, "next", to.Next, "err", fail.Cause)
		if !fail.Only {
			end, err := f.pause(ctx, pause, fail)
			if err != nil {
				return err
			}
			// Where it may be the dossier that the portal fails at, it steps back
			// behind the others.
			if own := fail.Code == Failed || fail.Code == Unexpected || fail.Code == AnswerLost; !own || to.Next.Before(end) {
				to.Next = end
			}
			return f.Store.Move(ctx, d, to)
		}
	}
	if err := f.resume(ctx, pause); err != nil {
		return err
	}
	return f.Store.Move(ctx, d, to)
}

// asFailure is err as a failure; what an adapter did not understand may have
// left the dossier there.
func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) && f.Kind != nil {
		return f
	}
	return &Failure{Kind: ErrUnclear, Code: Unexpected, Cause: err}
}

// pause keeps everything away from the portal for a while and gives its end.
func (f *forwarder) pause(ctx context.Context, p store.Pause, why *Failure) (time.Time, error) {
	wait := max(f.delay(p.Failures+1, maxPause), min(why.RetryAfter, maxRetryAfter))
	if p.Code != string(why.Code) {
		f.Log.Warn("portal takes nothing now", "code", why.Code, "text", Means(why.Code).Text, "remedy", Means(why.Code).Remedy)
	}
	to := store.Pause{Failures: p.Failures + 1, Until: f.Now().Add(wait), Code: string(why.Code)}
	if err := f.Store.SetPause(ctx, f.Name, to); err != nil {
		return time.Time{}, fmt.Errorf("record pause: %w", err)
	}
	return to.Until, nil
}

// resume ends a pause: the portal has answered as it should.
func (f *forwarder) resume(ctx context.Context, p store.Pause) error {
	if p == (store.Pause{}) {
		return nil
	}
	f.Log.Info("portal answers again", "after", p.Failures)
	return f.Store.SetPause(ctx, f.Name, store.Pause{})
}
