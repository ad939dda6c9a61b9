package wire

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"github.com/nats-io/nkeys"
)

// Credentials prove to the fleet which kiosk is speaking: an Ed25519 key pair
// whose seed lives in this file on the kiosk only. The fleet keeps the public
// key; a stolen fleet database lets nobody speak as a kiosk.
type Credentials struct {
	Kiosk string `json:"kiosk"`
	Seed  string `json:"seed"`
}

// NewCredentials makes a key pair for kiosk id and gives its public key.
func NewCredentials(id string) (c Credentials, public string, err error) {
	if !ValidID(id) {
		return c, "", fmt.Errorf("kiosk id: capital letters, digits, hyphens, at most %d, such as SM06: %w", MaxID, ErrValue)
	}
	pair, err := nkeys.CreateUser()
	if err != nil {
		return c, "", fmt.Errorf("make key pair: %w", err)
	}
	seed, err := pair.Seed()
	if err != nil {
		return c, "", fmt.Errorf("make key pair: %w", err)
	}
	if public, err = pair.PublicKey(); err != nil {
		return c, "", fmt.Errorf("make key pair: %w", err)
	}
	return Credentials{Kiosk: id, Seed: string(seed)}, public, nil
}

// Public gives the public key.
func (c Credentials) Public() (string, error) {
	pair, err := nkeys.FromSeed([]byte(c.Seed))
	if err != nil {
		return "", fmt.Errorf("credentials: %w", ErrValue)
	}
	defer pair.Wipe()
	return pair.PublicKey()
}

// Sign answers the server's challenge.
func (c Credentials) Sign(nonce []byte) ([]byte, error) {
	pair, err := nkeys.FromSeed([]byte(c.Seed))
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", ErrValue)
	}
	defer pair.Wipe()
	return pair.Sign(nonce)
}

// String keeps the seed out of logs.
func (c Credentials) String() string { return "credentials of " + c.Kiosk }

// GoString keeps it out of %#v too.
func (c Credentials) GoString() string { return c.String() }

// WriteFile writes the credentials for their owner alone, in one piece or not at all.
func (c Credentials) WriteFile(path string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("encode credentials: %w", err)
	}
	return renameio.WriteFile(path, append(b, '\n'), 0o600, renameio.IgnoreUmask(), renameio.WithTempDir(filepath.Dir(path)))
}

// LoadCredentials reads a file of WriteFile. A file that others may read is
// refused, as ssh does: whoever read it can speak as this kiosk.
func LoadCredentials(path string) (Credentials, error) {
	var c Credentials
	info, err := os.Stat(path)
	if err != nil {
		return c, fmt.Errorf("fleet credentials: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return c, fmt.Errorf("fleet credentials %s: others may read it (mode %04o); chmod 600: %w", path, info.Mode().Perm(), fs.ErrPermission)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("fleet credentials: %w", err)
	}
	if err := decode(b, &c); err != nil {
		return Credentials{}, fmt.Errorf("fleet credentials %s: %w", path, err)
	}
	if _, err := c.Public(); err != nil || !ValidID(c.Kiosk) {
		return Credentials{}, fmt.Errorf("fleet credentials %s: %w", path, ErrValue)
	}
	return c, nil
}
