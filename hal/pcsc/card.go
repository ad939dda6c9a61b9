package pcsc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ebfe/scard"

	"tram06/hal"
)

// errShort: an APDU of fewer than four bytes; the binding cannot send none.
var errShort = errors.New("command APDU of fewer than 4 bytes")

type card struct {
	reader *Reader
	handle handle
	atr    []byte

	mu       sync.Mutex // one command at a time
	released bool
	failed   bool // a command got no answer
}

func (c *card) ATR() []byte { return bytes.Clone(c.atr) }

// Transmit sends one command. A context that is cancelled before it begins
// stops it; one that is cancelled meanwhile does not, for half an exchange
// would leave the chip's counters apart from ours.
func (c *card) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("transmit: %w", err)
	}
	if len(apdu) < 4 {
		return nil, errShort
	}
	apdu = bytes.Clone(apdu) // Close may return before the library has let go of it
	var rsp []byte
	var err error
	if e := c.reader.bounded(func() { rsp, err = c.transmit(apdu) }); e != nil {
		return nil, fmt.Errorf("transmit: %w", e)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("transmit: %w", classify(err))
	case len(rsp) < 2:
		return nil, fmt.Errorf("transmit: answer of %d bytes: %w", len(rsp), hal.ErrCardRemoved)
	}
	return bytes.Clone(rsp), nil // the binding's buffer holds 64 KB
}

func (c *card) transmit(apdu []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return nil, hal.ErrCardRemoved
	}
	rsp, err := c.handle.Transmit(apdu)
	c.failed = c.failed || err != nil || len(rsp) < 2 // a card torn off may answer nothing, without an error
	return rsp, err
}

// Release ends the transaction and resets the card, so that the next use
// begins with a chip that has forgotten this one. A card that failed is left
// alone until Wait: pcscd notices a removal up to 400 ms late, a reset in
// between makes it write the slot off as empty without telling anyone, and a
// card laid back quickly would then lie there unseen.
func (c *card) Release() error {
	var err error
	if e := c.reader.bounded(func() { err = c.release() }); e != nil {
		return nil // the context is being released, and the card with it
	}
	return err
}

func (c *card) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return nil
	}
	c.released = true
	end := scard.ResetCard
	if c.failed {
		end = scard.LeaveCard
		c.reader.shake(true)
	}
	err := errors.Join(c.handle.EndTransaction(scard.LeaveCard), c.handle.Disconnect(end))
	if errors.Is(classify(err), hal.ErrCardRemoved) {
		return nil // released by hand
	}
	if err != nil {
		return fmt.Errorf("release card: %w", classify(err))
	}
	return nil
}

// cardErrors say that the card is the trouble; all others are the reader's or
// the daemon's.
var cardErrors = []scard.Error{
	scard.ErrRemovedCard, scard.ErrResetCard, scard.ErrNoSmartcard, scard.ErrUnpoweredCard,
	scard.ErrUnresponsiveCard, scard.ErrNotTransacted, scard.ErrSharingViolation,
	scard.ErrProtoMismatch, scard.ErrUnsupportedCard,
}

// classify adds hal's sentinel to an error of PC/SC.
func classify(err error) error {
	if err == nil || errors.Is(err, hal.ErrCardRemoved) {
		return err
	}
	for _, ce := range cardErrors {
		if errors.Is(err, ce) {
			return fmt.Errorf("%w: %w", hal.ErrCardRemoved, err)
		}
	}
	return fmt.Errorf("%w: %w", hal.ErrGone, err)
}
