// Package store is what the gateway remembers: which dossiers it has taken,
// how far each is on its way to the portal, which keys its devices sign with,
// and who looked at what.
//
// A dossier is kept as the sealed envelope it came in. The store sees its id,
// numbers and times, never a citizen's data; whoever may read a dossier opens
// the envelope with the gateway's key. Package sqlite keeps it in one file;
// package storetest is the suite that every implementation passes.
package store

import (
	"context"
	"errors"
	"time"

	"tram06/firmware/dossier"
)

// What a store can say no with.
var (
	ErrNotFound = errors.New("not found")
	ErrNewer    = errors.New("store was written by a newer version")
)

// Record is one dossier.
type Record struct {
	ID          string
	Digest      dossier.Digest
	Device      string // that handed it in
	KeyID       string // that signed it
	KioskNumber string // receipt number of the kiosk
	Service     string
	Version     string
	Procedure   string
	CreatedAt   time.Time // by the kiosk's clock
	ReceivedAt  time.Time // by the gateway's
	Number      string    // the gateway's receipt number, minted by Put
	Envelope    []byte    // empty in lists
	Delivery    Delivery  // on its way to the portal
}

// Key is a public key that a device has shown in a certificate of ours.
type Key struct {
	Device string
	ID     string // RFC 7638 thumbprint
	DER    []byte // PKIX
	Seen   time.Time
}

// Device is a device that has handed something in, or was barred.
type Device struct {
	Name    string
	Keys    int
	Revoked time.Time // zero while it may hand in
}

// Store is safe for many goroutines, and durable: what a method reports done
// survives a power cut.
type Store interface {
	// Put stores a dossier unless its id is there already, and gives what is
	// stored. The number is minted in the same transaction.
	Put(ctx context.Context, r Record) (stored Record, created bool, err error)
	// Get gives a dossier with its envelope, or ErrNotFound.
	Get(ctx context.Context, id string) (Record, error)
	// List gives dossiers without envelopes, the newest first; with states only
	// those that are in one of them.
	List(ctx context.Context, limit int, states ...State) ([]Record, error)

	// Portals sums up how far the dossiers are, by name of the portal.
	Portals(ctx context.Context) ([]Portal, error)
	// Deliveries carry dossiers on. Put makes one that is waiting.
	Deliveries

	// LearnKey remembers that a device signs with a key.
	LearnKey(ctx context.Context, k Key) error
	// FindKey gives a device's key by its id, or ErrNotFound.
	FindKey(ctx context.Context, device, id string) (Key, error)
	// Devices lists them by name.
	Devices(ctx context.Context) ([]Device, error)
	// Revoke bars a device from handing in; a zero time lets it in again.
	Revoke(ctx context.Context, device string, at time.Time) error
	// Revoked says since when a device is barred, zero if it is not.
	Revoked(ctx context.Context, device string) (time.Time, error)

	// NoteAccess records that a person opened a dossier, before it is shown.
	NoteAccess(ctx context.Context, id, operator string, at time.Time) error
	// Accesses gives who opened a dossier, the oldest first.
	Accesses(ctx context.Context, id string) ([]Access, error)

	// Ping says whether the store answers.
	Ping(ctx context.Context) error
	Close() error
}

// Access is one look of a person at one dossier.
type Access struct {
	Operator string
	At       time.Time
}
