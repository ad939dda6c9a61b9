// Package intake decides whether the gateway takes a dossier.
//
// Taking in is idempotent for ever: the first envelope under an id is opened,
// verified, checked against the form and stored; the same envelope again gets
// the stored answer; another envelope under that id is refused. Nothing is
// answered before it is durable.
package intake

import (
	"context"
	"crypto"
	"crypto/hpke"
	"crypto/x509"
	"errors"
	"sync"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/problem"
	"tram06/gateway/store"
)

// Checker says whether a body fits the form of its service. Its error is sent
// to the kiosk and logged, so it must not hold an answer's value.
type Checker func(dossier.Body) error

// Intake takes dossiers in. Its methods may be called from any goroutine.
type Intake struct {
	store store.Store
	key   hpke.PrivateKey
	check Checker
	now   func() time.Time

	mu   sync.Mutex
	busy map[string]bool // ids that are being taken in
}

// New makes an intake that opens envelopes with key.
func New(s store.Store, key hpke.PrivateKey, check Checker, now func() time.Time) *Intake {
	return &Intake{store: s, key: key, check: check, now: now, busy: map[string]bool{}}
}

// Device is who hands in: the name and the key in the verified certificate.
type Device struct {
	Name string
	Key  crypto.PublicKey
}

// Admit says whether a device may hand in, and remembers its key. Dossiers
// that wait on a kiosk while its certificate is renewed are signed by the key
// before; so every key that our authority certified for the device counts.
func (in *Intake) Admit(ctx context.Context, d Device) *problem.Error {
	if !dossier.ValidKiosk(d.Name) {
		return &problem.Error{Type: problem.DeviceUnknown, Detail: "the certificate names no device"}
	}
	at, err := in.store.Revoked(ctx, d.Name)
	if err != nil {
		return storeFailed(err)
	}
	if !at.IsZero() {
		return &problem.Error{Type: problem.DeviceUnknown, Detail: "the device was revoked"}
	}
	id, err := dossier.KeyID(d.Key)
	if err != nil {
		return &problem.Error{Type: problem.DeviceUnknown, Detail: "the certificate's key is of no kind that signs dossiers"}
	}
	der, err := x509.MarshalPKIXPublicKey(d.Key)
	if err != nil {
		return &problem.Error{Type: problem.DeviceUnknown, Detail: "the certificate's key is of no kind that signs dossiers"}
	}
	if err := in.store.LearnKey(ctx, store.Key{Device: d.Name, ID: id, DER: der, Seen: in.now()}); err != nil {
		return storeFailed(err)
	}
	return nil
}

// Take takes one envelope in, from a device that was admitted. created says
// whether it is the first time. digest is the envelope's own, verified.
func (in *Intake) Take(ctx context.Context, device, id string, digest dossier.Digest, envelope []byte) (r store.Record, created bool, p *problem.Error) {
	if !in.enter(id) {
		return r, false, &problem.Error{Type: problem.InProgress, RetryAfter: time.Second}
	}
	defer in.leave(id)
	old, err := in.store.Get(ctx, id)
	switch {
	case err == nil:
		return settle(old, device, digest)
	case !errors.Is(err, store.ErrNotFound):
		return r, false, storeFailed(err)
	}
	opened, p := in.open(ctx, device, id, envelope)
	if p != nil {
		return r, false, p
	}
	b := opened.Body
	r, created, err = in.store.Put(ctx, store.Record{
		ID: id, Digest: digest, Device: device, KeyID: opened.KeyID, KioskNumber: b.Number,
		Service: b.Service, Version: b.Version, Procedure: b.Procedure,
		CreatedAt: b.CreatedAt, ReceivedAt: in.now(), Envelope: envelope,
	})
	if err != nil {
		return store.Record{}, false, storeFailed(err)
	}
	if !created { // another process of this gateway was faster
		return settle(r, device, digest)
	}
	return r, true, nil
}

// settle answers for an id that is stored already. To another device the
// dossier does not even exist under its number.
func settle(old store.Record, device string, digest dossier.Digest) (store.Record, bool, *problem.Error) {
	if old.Digest != digest || old.Device != device {
		return store.Record{}, false, &problem.Error{Type: problem.DigestConflict}
	}
	return old, false, nil
}

func (in *Intake) open(ctx context.Context, device, id string, envelope []byte) (dossier.Opened, *problem.Error) {
	var lookup error // of the store, not about the key
	opened, err := dossier.Open(envelope, in.key, func(kid string) (crypto.PublicKey, error) {
		k, err := in.store.FindKey(ctx, device, kid)
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) {
				lookup = err
			}
			return nil, errKeyUnknown
		}
		return x509.ParsePKIXPublicKey(k.DER)
	})
	switch {
	case lookup != nil:
		return opened, storeFailed(lookup)
	case err != nil:
		return opened, &problem.Error{Type: typeOf(err), Cause: err}
	case opened.Body.ID != id:
		return opened, &problem.Error{Type: problem.BodyMismatch, Detail: "the id in the address is not the dossier's"}
	case opened.Body.Kiosk != device:
		return opened, &problem.Error{Type: problem.BodyMismatch, Detail: "the dossier names another device"}
	}
	if err := in.check(opened.Body); err != nil {
		return opened, &problem.Error{Type: problem.FormInvalid, Detail: err.Error()}
	}
	return opened, nil
}

var errKeyUnknown = errors.New("key is not the device's")

func typeOf(err error) problem.Type {
	switch {
	case errors.Is(err, errKeyUnknown):
		return problem.KeyUnknown
	case errors.Is(err, dossier.ErrVersion), errors.Is(err, dossier.ErrSuite):
		return problem.EnvelopeVersion
	case errors.Is(err, dossier.ErrRecipient):
		return problem.WrongRecipient
	case errors.Is(err, dossier.ErrSignature), errors.Is(err, dossier.ErrKey):
		return problem.SignatureInvalid
	case errors.Is(err, dossier.ErrBody):
		return problem.BodyInvalid
	}
	return problem.EnvelopeInvalid
}

func storeFailed(err error) *problem.Error {
	return &problem.Error{Type: problem.StoreFailed, RetryAfter: 5 * time.Second, Cause: err}
}

func (in *Intake) enter(id string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.busy[id] {
		return false
	}
	in.busy[id] = true
	return true
}

func (in *Intake) leave(id string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.busy, id)
}
