package trust

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/pki"
)

// ErrNotAccepted: nobody said that the signer of a master list is to be
// believed.
var ErrNotAccepted = errors.New("trust: the list's signer is not trusted")

// Grounds on which the signer of a master list is believed. Any one suffices,
// except against a revocation.
type Grounds struct {
	Store *Store // what is trusted already: the signer's chain may end there
	// Certificates, DER, of the signer or of the authority that issued it, that
	// the operator has from elsewhere.
	Certificates [][]byte
	// Fingerprint, SHA-256, of the signer's certificate, or of an authority's
	// in the list that issued it.
	Fingerprint *[32]byte
}

// Accept verifies the list's signature and finds out whether its signer is to
// be believed. The signer is given also when it is not, as far as it is known,
// so that the operator can compare its fingerprint. how says on which grounds.
func (m *MasterList) Accept(g Grounds, now time.Time) (signer cms.Signer, how string, err error) {
	if signer, err = m.Signer(); err != nil {
		return signer, "", err
	}
	c := signer.Certificate
	q := Signature{Signer: c.Raw, Others: m.Others(), SignedAt: signer.Time, MasterList: true}
	j := g.Store.Judge(q, now)
	switch j.Verdict {
	case Trusted:
		return signer, "issued by the trusted authority " + j.Authority, nil
	case Revoked:
		return signer, "", fmt.Errorf("%w: %w", ErrNotAccepted, j.Err)
	}
	reason := j.Err
	given := slices.Clone(g.Certificates)
	if g.Fingerprint != nil {
		for _, raw := range slices.Concat(m.Others(), m.Certificates, [][]byte{c.Raw}) {
			if a, err := pki.ParseCertificate(raw); err == nil && a.Fingerprint() == *g.Fingerprint {
				given = append(given, raw)
				break
			}
		}
	}
	for _, raw := range given {
		a, err := pki.ParseCertificate(raw)
		if err != nil {
			return signer, "", fmt.Errorf("%w: %w", ErrNotAccepted, err)
		}
		if a.Fingerprint() == c.Fingerprint() {
			return signer, "this certificate was accepted", nil
		}
		if err := mayCertify(a); err != nil {
			reason = err
			continue
		}
		// The operator accepts this one; what it stands on is not asked.
		only := &Store{authorities: []*authority{{Certificate: a}}}
		if j := only.Judge(q, now); j.Verdict == Trusted {
			return signer, "issued by " + j.Authority + ", which was accepted", nil
		} else if j.Err != nil {
			reason = j.Err
		}
	}
	return signer, "", fmt.Errorf("%w: %w", ErrNotAccepted, reason)
}
