package people

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"tram06/firmware/emrtd/chipsim"
)

// The files that Publish writes.
const (
	authorityFile = "dock.cer"
	revokedFile   = "dock.crl"
)

// Publish puts an authority into a folder of trusted ones, with the list of the
// signers that it has revoked so far. Each file is there whole or not at all: a
// kiosk may look at any time.
func Publish(a *chipsim.Authority, dir string, now time.Time) error {
	crl, err := a.CRL(now)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(
		renameio.WriteFile(filepath.Join(dir, authorityFile), a.Root(), 0o644),
		renameio.WriteFile(filepath.Join(dir, revokedFile), crl, 0o644))
}

// Withdraw takes what Publish wrote out of the folder again.
func Withdraw(dir string) error {
	for _, name := range []string{authorityFile, revokedFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
