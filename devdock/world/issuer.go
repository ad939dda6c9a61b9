package world

import (
	"fmt"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/web"
	"tram06/firmware/emrtd/chipsim"
)

// Whether the kiosk knows the authority that signs the cards of this world.
const (
	issuerKnown   = "known"
	issuerUnknown = "unknown"
)

// Issuer puts the authority into the kiosk's folder of trusted ones, or takes
// it out. It counts from the next card on.
func (w *World) Issuer(mode string) error {
	if w.o.Trust == "" {
		return fmt.Errorf("issuer: %w", web.ErrNone)
	}
	w.signing.Lock()
	defer w.signing.Unlock()
	switch mode {
	case issuerKnown:
		if err := people.Publish(w.authority, w.o.Trust, time.Now()); err != nil {
			return err
		}
	case issuerUnknown:
		if err := people.Withdraw(w.o.Trust); err != nil {
			return err
		}
	default:
		return fmt.Errorf("issuer %q: %w", mode, web.ErrNone)
	}
	w.mu.Lock()
	w.issuer = mode
	w.mu.Unlock()
	w.changed()
	return nil
}

// Sign makes a chip with this world's authority, for cards that no page has.
func (w *World) Sign(build func(*chipsim.Authority) (*chipsim.Chip, error)) (*chipsim.Chip, error) {
	w.signing.Lock()
	defer w.signing.Unlock()
	chip, err := build(w.authority)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	known := w.issuer == issuerKnown
	w.mu.Unlock()
	if known { // its signer may have come to the revocation list by that
		err = people.Publish(w.authority, w.o.Trust, time.Now())
	}
	return chip, err
}
