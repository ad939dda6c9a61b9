package pcsc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ebfe/scard"

	"tram06/hal"
)

// until waits for the presence of a card, or its absence.
func (r *Reader) until(ctx context.Context, want bool) error {
	for {
		present, ended, change := r.look()
		select {
		case <-r.stop:
			return r.gone()
		default:
		}
		if ended {
			return r.gone()
		}
		if present == want {
			return nil
		}
		select {
		case <-change:
		case <-r.stop:
			return r.gone()
		case <-ctx.Done():
			return fmt.Errorf("card reader: %w", ctx.Err())
		}
	}
}

// WaitRemoval blocks until no card lies on the reader.
func (r *Reader) WaitRemoval(ctx context.Context) error { return r.until(ctx, false) }

// Wait blocks until a card lies on the reader and answers.
func (r *Reader) Wait(ctx context.Context) (hal.Card, error) {
	if r.isShaken() && r.Present() {
		// Lifted or not, by then pcscd knows.
		if err := r.rest(ctx, settle); err != nil {
			return nil, err
		}
	}
	for {
		if err := r.until(ctx, true); err != nil {
			return nil, err
		}
		c, err := r.connect(ctx)
		if c != nil || err != nil {
			return c, err
		}
		if err := r.rest(ctx, retry); err != nil {
			return nil, err
		}
	}
}

// rest waits for a while, or until a card comes or goes.
func (r *Reader) rest(ctx context.Context, d time.Duration) error {
	_, _, change := r.look()
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-change:
	case <-pause.C:
	case <-r.stop:
	case <-ctx.Done():
		return fmt.Errorf("card reader: %w", ctx.Err())
	}
	return nil
}

func (r *Reader) shake(on bool) {
	r.mu.Lock()
	r.shaken = on
	r.mu.Unlock()
}

func (r *Reader) isShaken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shaken
}

// connect activates the card; neither a card nor an error means: not yet.
func (r *Reader) connect(ctx context.Context) (hal.Card, error) {
	type outcome struct {
		card *card
		err  error
	}
	if !r.begin() {
		return nil, r.gone()
	}
	result := make(chan outcome, 1)
	go func() {
		defer r.end()
		c, err := r.activate()
		result <- outcome{c, err}
	}()
	discard := func() {
		go func() { // nobody waits for the card any more
			if o := <-result; o.card != nil {
				_ = o.card.Release()
			}
		}()
	}
	select {
	case o := <-result:
		if o.card != nil {
			return o.card, nil
		}
		if errors.Is(classify(o.err), hal.ErrGone) {
			return nil, fmt.Errorf("activate card: %w", classify(o.err))
		}
		return nil, nil
	case <-r.stop:
		discard()
		return nil, r.gone()
	case <-ctx.Done():
		discard()
		return nil, fmt.Errorf("card reader: %w", ctx.Err())
	}
}

func (r *Reader) activate() (*card, error) {
	h, err := r.work.Connect(r.name, scard.ShareShared, scard.ProtocolT0|scard.ProtocolT1)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*card, error) {
		return nil, errors.Join(err, h.Disconnect(scard.LeaveCard))
	}
	if r.isShaken() {
		// It may be another card by now, or the old one in mid-protocol.
		if err := h.Reconnect(scard.ShareShared, scard.ProtocolT0|scard.ProtocolT1, scard.ResetCard); err != nil {
			return fail(err)
		}
		r.shake(false)
	}
	// The binding panics on other protocols.
	if p := h.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return fail(scard.ErrProtoMismatch)
	}
	if err := h.BeginTransaction(); err != nil {
		return fail(err)
	}
	st, err := h.Status()
	if err != nil {
		return fail(errors.Join(err, h.EndTransaction(scard.LeaveCard)))
	}
	return &card{reader: r, handle: h, atr: st.Atr}, nil
}
