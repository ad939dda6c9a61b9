// Package portal carries dossiers on from the gateway to the authority's own
// system, its portal. Each kind of portal has an adapter in a package of its
// own, beginning with rest; the forwarder here is the same for all of them.
//
// A dossier is handed over under its id as key. Before it is handed over again,
// for whatever reason, the portal is asked what it has under that key; so an
// answer that was lost, or a power cut at any instant, does not send anything
// twice.
package portal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Portal is one adapter. Its errors are always a *Failure, unless ctx ended.
type Portal interface {
	// Submit hands a dossier over under its key. It makes one attempt.
	Submit(ctx context.Context, d Dossier) (Receipt, error)
	// Ask says what the portal has under a key: a receipt, or ErrUnknown if it
	// has nothing.
	Ask(ctx context.Context, key string) (Receipt, error)
}

// Dossier is what a portal gets.
type Dossier struct {
	Key    string // idempotency key, the dossier's id
	Digest string // of the body, as in Content-Digest
	Body   []byte // canonical JSON, personal data and all
}

// String keeps the body out of every log by accident.
func (d Dossier) String() string { return "dossier(" + d.Key + ")" }

// GoString does the same for %#v.
func (d Dossier) GoString() string { return d.String() }

// Receipt is what a portal has taken.
type Receipt struct {
	Number string // the portal's
	Digest string // of the body that it has; "" if it does not tell
}

// What a portal can say no with.
var (
	// ErrTemporary: nothing was taken; later, perhaps.
	ErrTemporary = errors.New("the portal takes nothing now")
	// ErrMaintenance: nothing was taken, because the portal is being worked on.
	ErrMaintenance = errors.New("the portal is in maintenance")
	// ErrUnclear: the dossier may have been taken.
	ErrUnclear = errors.New("it is unclear whether the portal took the dossier")
	// ErrRefused: this dossier will never be taken as it is.
	ErrRefused = errors.New("the portal refused the dossier")
	// ErrUnknown: nothing was handed over under this key.
	ErrUnknown = errors.New("the portal does not know the dossier")
)

// Failure is an attempt that brought no receipt. Nothing in it is personal:
// what a portal writes for people is left out.
type Failure struct {
	Kind   error // one of the five above
	Code   Code
	Reason string // the portal's own name for it, a short token, or ""
	Status int    // of an HTTP answer, 0 if there was none
	// Only says that it is about this one dossier; the portal is well.
	Only bool
	// RetryAfter is the portal's wish, zero if it had none.
	RetryAfter time.Duration
	Cause      error // what the network said
}

func (f *Failure) Error() string {
	s := fmt.Sprintf("%s: %v", f.Code, f.Kind)
	if f.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", f.Status)
	}
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	if f.Cause != nil {
		s += ": " + f.Cause.Error()
	}
	return s
}

// Unwrap gives the kind and the cause.
func (f *Failure) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}
