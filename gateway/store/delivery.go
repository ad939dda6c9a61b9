package store

import (
	"context"
	"errors"
	"time"
)

// ErrChanged is a delivery that somebody else has moved on meanwhile.
var ErrChanged = errors.New("delivery was changed meanwhile")

// State says where a dossier is on its way to the portal.
type State string

// The states.
const (
	// Waiting: the portal has nothing of it, as far as it said.
	Waiting State = "waiting"
	// Unclear: the portal may have it. It is on its way just now, or its answer
	// was lost; the portal is asked before anything is sent again.
	Unclear State = "unclear"
	// Sent: the portal has answered with its number.
	Sent State = "sent"
	// Refused: the portal will never take it as it is; a person must look.
	Refused State = "refused"
)

// States gives all of them.
func States() []State { return []State{Waiting, Unclear, Sent, Refused} }

// Delivery is a dossier's way to the portal. Every dossier has one from the
// moment it is stored.
type Delivery struct {
	ID    string // of the dossier
	State State
	Since time.Time // when it came into this state
	// Portal is the name of the only one that may be asked about it: where it
	// was tried first. Empty before.
	Portal string
	Tries  int
	Next   time.Time // not tried before, while it is waiting or unclear
	Code   string    // why the last try did not end it well
	Reason string    // the portal's own name for why, if it gave one
	Number string    // the portal's, once it is sent
}

// Pause keeps everything away from a portal that cannot take anything now.
type Pause struct {
	Failures int // in a row
	Until    time.Time
	Code     string
}

// Portal is how it stands with one portal.
type Portal struct {
	Name   string // "" for what was not tried yet
	Counts map[State]int
	Oldest time.Time // since when the oldest that is waiting or unclear is so; zero if none is
	Pause  Pause
}

// Deliveries is what the forwarder needs of a store.
type Deliveries interface {
	// NextDelivery gives the one that is to be tried next at a portal, whenever
	// that is, or ErrNotFound if nothing waits for it.
	NextDelivery(ctx context.Context, portal string) (Delivery, error)
	// Move puts to in the place of from, or fails with ErrChanged if from is
	// not what is stored.
	Move(ctx context.Context, from, to Delivery) error
	// Pause gives a portal's pause; it is zero if there is none.
	Pause(ctx context.Context, portal string) (Pause, error)
	// SetPause sets it; the zero pause ends it.
	SetPause(ctx context.Context, portal string, p Pause) error
}
