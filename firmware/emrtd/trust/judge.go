package trust

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tram06/firmware/emrtd/pki"
)

// Signature is what is judged: who signed, and when.
type Signature struct {
	Signer []byte   // certificate of the document signer, DER
	Others [][]byte // certificates that came with it: link certificates, perhaps
	// SignedAt is the signing time that the signature states.
	SignedAt time.Time
	// Issued is the day of issue that signed data state; used only without a
	// signing time. The signer must not have expired before that day, and must
	// exist by now: the chip is written some days after the day of issue, or
	// before.
	//
	// Without either time the signer must be valid now. Doc 9303-12 gives a
	// document signer's certificate the life of the documents that it signs.
	Issued time.Time
	// Country is whose document it is, two letters; empty if any will do. With
	// many countries' authorities in one folder, none of them may sign for
	// another.
	Country string
	// MasterList asks for a signer of master lists instead of documents.
	MasterList bool
}

// Judgement is a verdict with what led to it.
type Judgement struct {
	Verdict Verdict
	Err     error // explains every verdict but Trusted; nothing personal
	// Authority is the name of the authority that issued the signer, empty
	// if none did.
	Authority string
	// Notes are what a technician should know although it changes nothing:
	// weak hashes, a missing or overdue revocation list, no signing time.
	Notes []string
}

// maxOthers bounds the work that a stranger's card can cause.
const maxOthers = 8

// Verify judges a document signer's certificate (DER). others are the
// certificates that came with it. signedAt is when the document was signed,
// zero if it does not say. The error explains every verdict but Trusted and
// has nothing personal in it.
func (s *Store) Verify(signer []byte, others [][]byte, signedAt, now time.Time) (Verdict, error) {
	j := s.Judge(Signature{Signer: signer, Others: others, SignedAt: signedAt}, now)
	return j.Verdict, j.Err
}

// Judge is Verify with everything that can be said.
func (s *Store) Judge(q Signature, now time.Time) Judgement {
	if s == nil || len(s.authorities) == 0 {
		return Judgement{Err: errors.New("no authority is trusted here")}
	}
	c, err := pki.ParseCertificate(q.Signer)
	if err != nil {
		return Judgement{Verdict: Failed, Err: err}
	}
	issuers, err := s.with(q.Others).issuers(c)
	switch {
	case errors.Is(err, ErrForeign), errors.Is(err, ErrUnsupported):
		return Judgement{Err: err}
	case err != nil:
		return Judgement{Verdict: Failed, Err: err}
	}
	var best Judgement
	for i, a := range issuers {
		j := Judgement{Verdict: Trusted, Authority: a.Subject.String()}
		if err := s.chain(c, a, q, now); err != nil {
			j.Err = err
			j.Verdict = err.verdict
		}
		if i == 0 || rank(j.Verdict) > rank(best.Verdict) {
			best = j
		}
	}
	best.Notes = s.notes(c, issuers, q, now)
	return best
}

// rank orders the verdicts of several ways to authorities: the key of one may
// stand in a link certificate and in a self-signed one, and the better of the
// two counts. Only a revocation counts before all.
func rank(v Verdict) int {
	return slices.Index([]Verdict{Unknown, Failed, Expired, Trusted, Revoked}, v)
}

// with is the store and the link certificates among those that came along, as
// far as an authority that is trusted here vouches for them. The rest of what a
// card brings is nobody's authority, self-signed or not.
func (s *Store) with(others [][]byte) *Store {
	more := &Store{authorities: s.authorities}
	for _, raw := range others[:min(len(others), maxOthers)] {
		c, err := pki.ParseCertificate(raw)
		if err != nil || mayCertify(c) != nil {
			continue
		}
		if by, _ := s.issuers(c); len(by) > 0 && handsOver(by[0], c) {
			more.authorities = append(slices.Clip(more.authorities), &authority{Certificate: c, by: by[0]})
		}
	}
	return more
}

// handsOver tells a link certificate, by which an authority goes on with another
// key, from that of an authority below it, which may not sign documents: an
// authority that lets none below it (path length 0, as Doc 9303-12 wants) hands
// over under its own name, or says that the name has changed. The operator may
// put others into the folder; a card may not bring them.
func handsOver(by *authority, c *pki.Certificate) bool {
	return by.Subject.Country() == c.Subject.Country() && (by.PathLen != 0 || c.SelfIssued() || c.NameChange)
}

// broken is why a chain is not trusted.
type broken struct {
	verdict Verdict
	text    string
}

func (b *broken) Error() string { return b.text }

func because(v Verdict, format string, args ...any) *broken {
	return &broken{v, fmt.Sprintf(format, args...)}
}

// chain judges a signer that a's key has signed.
func (s *Store) chain(c *pki.Certificate, a *authority, q Signature, now time.Time) *broken {
	if s.revoked(c, a) {
		return because(Revoked, "the signer was revoked by %v", c.Issuer)
	}
	for up := a; up != nil; up = up.by {
		if s.revoked(up.Certificate, up.by) {
			return because(Revoked, "the authority %v was revoked", up.Subject)
		}
	}
	if b := purpose(c, q.MasterList); b != nil {
		return b
	}
	if b := sameCountry(c, a, q.Country); b != nil {
		return b
	}
	if b := inTime(c, q, now); b != nil {
		return b
	}
	return authorityInTime(c, a, q, now)
}

// revoked looks for a certificate on the lists of its issuer. A list by any of
// the issuer's keys counts: with its next key an authority goes on revoking
// what it signed with the old one. So do lists by the name that the authority has
// itself: the issuer's may be written otherwise in the certificate.
func (s *Store) revoked(c *pki.Certificate, by *authority) bool {
	for _, l := range s.lists {
		if l.Lists(c.Serial) && (l.speaksFor(c.Issuer) || by != nil && l.speaksFor(by.Subject)) {
			return true
		}
	}
	return false
}

// purpose checks that the signer's key is made for what it did.
func purpose(c *pki.Certificate, masterList bool) *broken {
	switch {
	case len(c.Critical) > 0:
		return because(Unknown, "the signer has a critical extension that is not known here: %s", c.Critical[0])
	case c.CA && !masterList:
		return because(Failed, "an authority's certificate, not a document signer's")
	case c.KeyUsage != 0 && c.KeyUsage&pki.DigitalSignature == 0:
		return because(Failed, "the signer's key is not for signing documents")
	case masterList && !c.MasterList:
		return because(Failed, "the signer's key is not for signing master lists")
	case !masterList && c.MasterList:
		return because(Failed, "the signer's key is for master lists, not for documents")
	}
	for _, p := range c.Purposes {
		if !masterList && slices.Contains(otherPurposes, p) {
			return because(Failed, "the signer's key is for another purpose than documents: %s", p)
		}
	}
	return nil
}

// otherPurposes are extended key usages of keys that authorities certify beside
// those of document signers, and that others hold: lists of deviations (Doc
// 9303-12 section 7.1.1.3), bar codes of visible digital seals, servers and
// clients of a network. A document signer has no such extension; purposes that
// are not known here are let pass, because issuers deviate.
var otherPurposes = []string{"2.23.136.1.1.8", "2.23.136.1.1.14.2", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}

// sameCountry: authority, signer and document are of one country, Doc 9303-12
// section 7.1.1. A signer that names no country has its authority's.
func sameCountry(c *pki.Certificate, a *authority, document string) *broken {
	country := a.Subject.Country()
	if own := c.Subject.Country(); own != "" && own != country {
		return because(Failed, "a signer of %s under an authority of %s", own, country)
	}
	if document != "" && !strings.EqualFold(document, country) {
		return because(Failed, "a document of %s under an authority of %s", document, country)
	}
	return nil
}
