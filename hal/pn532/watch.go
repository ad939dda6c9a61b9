package pn532

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tram06/hal"
)

// cooling is how long the reader is called faulty after the chip said so.
const cooling = 10 * time.Second

// watch is what the goroutine that owns the chip knows. Nobody else touches it.
type watch struct {
	chip *chip
	card *target // activated, or nil
	user *card   // who has it, or nil
	// proven: this card answers the presence check, so that silence means that
	// it is gone. Some never do (a JCOP 31 is known for it); those are deaf and
	// found by being activated again.
	proven, deaf bool
	slow         bool      // the higher bit rate failed with it
	several      bool      // there are more
	lit          bool      // the field is on
	dark         time.Time // since when it is not
	last         time.Time // when the card was last heard
	hot          time.Time // when the chip complained
	hurry        bool      // look again at once
	fatal        error     // what a job ended in
}

// run owns the chip from open to Close.
func (r *Reader) run() {
	defer close(r.done)
	err := r.attend()
	close(r.end) // first: that no card is there any more is no removal
	r.announce(false, false)
	r.Set(hal.Absent, hal.KeyReaderGone, fmt.Errorf("card reader: %w: %w", hal.ErrGone, err))
	if errors.Is(err, errStopped) {
		r.letGo()
	}
	_ = r.wire.close() // nothing can be done about a bus that refuses
}

// letGo switches the field off for whoever comes next.
func (r *Reader) letGo() {
	late := make(chan struct{})
	end := time.AfterFunc(parting, func() { close(late) })
	defer end.Stop()
	r.chip.link.stop = late
	_ = r.chip.field(false) // a courtesy
}

func (r *Reader) attend() error {
	timer := time.NewTimer(r.opts.Poll)
	defer timer.Stop()
	for {
		select {
		case <-r.stop: // first: Close does not wait for whoever talks to a card
			return errStopped
		default:
		}
		select {
		case <-r.stop:
			return errStopped
		case job := <-r.jobs:
			job()
			if r.fatal != nil {
				return r.fatal
			}
			if !r.hurry {
				continue
			}
		case <-timer.C:
		}
		r.hurry = false
		if err := r.look(); err != nil {
			return err
		}
		timer.Reset(r.opts.Poll)
	}
}

// look finds out what lies on the reader. An error is the end of the device.
func (r *Reader) look() error {
	switch {
	case r.user != nil && (r.deaf || time.Since(r.last) < r.opts.Poll):
		return nil
	case r.card == nil || r.deaf:
		return r.find()
	}
	err := r.chip.answers()
	r.last = time.Now()
	if err == nil {
		r.proven = true
		r.tell()
		return nil
	}
	if err := r.alive(err); err != nil {
		return err
	}
	if r.proven {
		r.forget()
		r.announce(false, false)
		return r.darken()
	}
	if err := r.find(); err != nil {
		return err
	}
	r.deaf = r.card != nil
	return nil
}

// alive tells whether a failure was the card's; an error is the device's end.
func (r *Reader) alive(err error) error {
	var s status
	if errors.As(err, &s) {
		if fault(s) {
			r.hot = time.Now()
			r.tell()
		}
		return nil
	}
	if errors.Is(err, errBus) || errors.Is(err, errStopped) || errors.Is(err, errSilent) {
		return err
	}
	// Only the talk broke off, and the chip was told to stop.
	if again := r.chip.identify(); again != nil {
		return errors.Join(err, again)
	}
	return nil
}

// forget drops the card. Whoever uses it hears of it at the next command.
func (r *Reader) forget() {
	r.card, r.user = nil, nil
	r.proven, r.deaf, r.slow = false, false, false
}

func (r *Reader) darken() error {
	r.lit, r.dark = false, time.Now()
	return r.chip.field(false)
}

// find activates a card that nobody uses, from a field that was off, so that
// the card has forgotten all.
func (r *Reader) find() error {
	found, err := r.search(2)
	if err != nil && !errors.Is(err, errTarget) {
		return err
	}
	r.several = len(found) > 1
	r.tell()
	i := slices.IndexFunc(found, func(t target) bool { return t.iso4 })
	if i < 0 {
		// Nothing, or something that is no card of ours.
		r.forget()
		r.announce(len(found) > 0 || err != nil, false)
		return r.darken()
	}
	if len(found) == 1 {
		// Looking for a second card the chip may have put the first one to
		// sleep. One that is alone is activated for good.
		if found, err = r.search(1); err == nil && (len(found) == 0 || !found[0].iso4) {
			err = statusTimeout // it is just being laid or lifted
		}
	}
	if err == nil {
		err = r.settle(found[i], found)
	}
	if err != nil {
		if err := r.alive(err); err != nil {
			return err
		}
		r.card = nil
		r.announce(true, false)
		return r.darken()
	}
	r.card, r.proven, r.last = &found[i], false, time.Now()
	r.announce(true, r.user == nil)
	return nil
}

// search lists up to so many cards in a fresh field.
func (r *Reader) search(most byte) ([]target, error) {
	if r.lit {
		if err := r.darken(); err != nil {
			return nil, err
		}
	}
	if rest := fieldPause - time.Since(r.dark); rest > 0 {
		time.Sleep(rest)
	}
	r.lit = true
	return r.chip.list(most)
}

// settle leaves the chip with one card, at the wanted speed.
func (r *Reader) settle(t target, found []target) error {
	for _, other := range found {
		if other.tg != t.tg {
			if err := r.chip.release(other.tg); err != nil {
				return err
			}
		}
	}
	if len(found) > 1 {
		if err := r.chip.pick(t.tg); err != nil {
			return err
		}
	}
	// The highest that both sides of the air can do, ISO/IEC 14443-4 5.3: only
	// directly after the answer to select.
	for rate := rates[r.opts.Rate]; rate > 0 && !r.slow; rate-- {
		if t.rates&(1<<(rate-1)) == 0 {
			continue
		}
		if err := r.chip.speed(t.tg, rate); err != nil {
			r.slow = true // it is found again, and left at 106 kbit/s
			return err
		}
		break
	}
	return nil
}

// tell sets the health of a reader that works.
func (r *Reader) tell() {
	switch {
	case !r.hot.IsZero() && time.Since(r.hot) < cooling:
		r.Set(hal.Fault, hal.KeyReaderFault, hal.ErrFault)
	case r.several:
		r.Set(hal.Degraded, hal.KeySeveralCards, nil)
	default:
		r.Set(hal.Ready, hal.KeyOK, nil)
	}
}
