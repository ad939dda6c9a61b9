package pn532

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"tram06/hal"
)

var (
	// errShort: an APDU of fewer than four bytes is none.
	errShort = errors.New("command APDU of fewer than 4 bytes")
	// errLong: ISO/IEC 7816-4 knows no longer one.
	errLong = errors.New("command APDU of more than 65544 bytes")
)

const (
	minCommand = 4
	maxCommand = 4 + 3 + 65535 + 2
)

type card struct {
	reader *Reader
	atr    []byte
}

// take hands the card out.
func (r *Reader) take() (*card, error) {
	if r.card == nil || r.user != nil {
		return nil, nil
	}
	if r.fatal = r.look(); r.fatal != nil { // it may have gone since the last look
		return nil, r.gone()
	}
	if r.card == nil {
		return nil, nil
	}
	r.user = &card{reader: r, atr: r.card.atr}
	r.announce(true, false)
	return r.user, nil
}

func (c *card) ATR() []byte { return bytes.Clone(c.atr) }

// Transmit sends one command. A context that is cancelled before it begins
// stops it; one that is cancelled meanwhile does not, for half an exchange
// would leave the card's counters apart from ours.
func (c *card) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	switch {
	case len(apdu) < minCommand:
		return nil, errShort
	case len(apdu) > maxCommand:
		return nil, errLong
	}
	apdu = bytes.Clone(apdu) // Close may return before the chip has let go of it
	var answer []byte
	var err error
	if e := c.reader.do(ctx, func() { answer, err = c.reader.transmit(c, apdu) }); e != nil {
		return nil, fmt.Errorf("transmit: %w", e)
	}
	if err != nil {
		return nil, fmt.Errorf("transmit: %w", err)
	}
	return answer, nil
}

func (r *Reader) transmit(c *card, apdu []byte) ([]byte, error) {
	if r.user != c || r.card == nil {
		return nil, hal.ErrCardRemoved
	}
	answer, err := r.chip.exchange(r.card.tg, apdu, max(r.opts.Wait, 3*r.card.wait))
	r.last = time.Now()
	if err == nil && len(answer) >= 2 {
		return answer, nil
	}
	if err == nil {
		err = fmt.Errorf("answer of %d bytes: %w", len(answer), errNoise)
	}
	r.forget()
	r.announce(true, false) // whether it still lies there is found out at once
	r.hurry = true
	if r.fatal = r.alive(err); r.fatal != nil {
		return nil, fmt.Errorf("%w: %w", hal.ErrGone, err)
	}
	return nil, removed(err)
}

// Release deselects the card and switches the field off, so that the next use
// begins with a chip that has forgotten this one.
func (c *card) Release() error {
	var err error
	if e := c.reader.do(context.Background(), func() { err = c.reader.release(c) }); e != nil {
		return nil // the field is off, or nobody can switch it off any more
	}
	return err
}

func (r *Reader) release(c *card) error {
	if r.user != c {
		return nil
	}
	tg := r.card.tg
	r.forget()
	r.announce(true, false)
	if err := r.chip.release(tg); err != nil { // a card lifted meanwhile does not answer
		if r.fatal = r.alive(err); r.fatal != nil {
			return nil // Health says so
		}
	}
	r.fatal = r.darken()
	return nil
}
