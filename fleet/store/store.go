// Package store is the fleet's memory across restarts: which kiosks there are,
// the public key each speaks with, and the last status each sent. It holds no
// citizen data, because no status can.
//
// Package sqlite keeps it in one file, good for about 10,000 kiosks; package
// storetest is the suite every further engine must pass.
package store

import (
	"context"
	"errors"
	"time"
)

// Errors that engines wrap.
var (
	ErrExists  = errors.New("kiosk exists already")
	ErrUnknown = errors.New("no such kiosk")
)

// Kiosk is one line of the device table.
type Kiosk struct {
	ID        string
	PublicKey string // of its credentials
	AddedAt   time.Time
	RevokedAt time.Time // zero while it may connect
}

// Seen is the last that was heard of a kiosk.
type Seen struct {
	ID         string
	ReceivedAt time.Time // by the server's clock
	ByeAt      time.Time // zero, or when it said that it stops
	Status     []byte    // a wire.Status in JSON, nil if it never sent one
}

// Store keeps kiosks and what was last heard of them. It is used by many
// goroutines at once, and by a command-line tool beside the server.
type Store interface {
	// Add lets a new kiosk in; ErrExists if there is one of that id.
	Add(ctx context.Context, k Kiosk) error
	// Renew gives a kiosk a new key, which ends a revocation; ErrUnknown if there is none.
	Renew(ctx context.Context, id, publicKey string) error
	// Revoke shuts a kiosk out from now on; ErrUnknown if there is none.
	Revoke(ctx context.Context, id string, at time.Time) error
	// ByKey finds the kiosk that speaks with a key; ErrUnknown if none does or it was revoked.
	ByKey(ctx context.Context, publicKey string) (Kiosk, error)
	// Kiosks gives all of them, ordered by id.
	Kiosks(ctx context.Context) ([]Kiosk, error)
	// Generation changes whenever the device table does.
	Generation(ctx context.Context) (int64, error)
	// SaveSeen writes what was heard of many kiosks in one transaction.
	// Kiosks that are not in the device table are passed over.
	SaveSeen(ctx context.Context, seen []Seen) error
	// Seen gives what was heard of every kiosk.
	Seen(ctx context.Context) ([]Seen, error)
	Close() error
}
