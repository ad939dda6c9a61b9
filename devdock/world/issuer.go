package world

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tram06/devdock/web"
	"tram06/firmware/emrtd/chipsim"
)

// Whether the kiosk knows the authority that signs the cards of this world.
const (
	issuerKnown   = "known"
	issuerUnknown = "unknown"
)

// The files in the kiosk's folder of authorities.
const (
	issuerFile  = "dock.cer"
	revokedFile = "dock.crl"
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
		if err := w.publish(); err != nil {
			return err
		}
	case issuerUnknown:
		for _, name := range []string{issuerFile, revokedFile} {
			if err := os.Remove(filepath.Join(w.o.Trust, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
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

// publish writes certificate and revocation list. Whoever calls it holds
// signing.
func (w *World) publish() error {
	if err := os.MkdirAll(w.o.Trust, 0o755); err != nil {
		return err
	}
	crl, err := w.authority.CRL(time.Now())
	if err != nil {
		return err
	}
	return errors.Join(w.put(issuerFile, w.authority.Root()), w.put(revokedFile, crl))
}

// put writes a file whole: the kiosk may look at any time.
func (w *World) put(name string, b []byte) error {
	to := filepath.Join(w.o.Trust, name)
	if err := os.WriteFile(to+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
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
		err = w.publish()
	}
	return chip, err
}
