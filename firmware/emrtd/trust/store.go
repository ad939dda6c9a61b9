// Package trust answers the third question of Passive Authentication: does the
// certificate of a document signer chain to an authority (CSCA) that somebody
// trusts. ICAO Doc 9303-12.
//
// The authorities are files in a folder that the operator fills: certificates
// in DER or PEM (.cer .crt .der .pem) and revocation lists (.crl). Nothing that
// comes with a card ever adds to them. What a self-signed certificate in the
// folder is worth is the operator's decision; a link certificate, by which an
// authority hands over to its next key, counts only with the authority that
// signed it.
//
// # Times
//
// A document is judged by the time at which it was signed, because it outlives
// its signer's key and its holder cannot help that. See Signature for what is
// done when that time is not known.
package trust

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"tram06/firmware/emrtd/pki"
)

// Reasons why a file in the folder, or a certificate of a list, is not used.
var (
	// ErrRead: it cannot be read, or there is nothing in it that belongs here.
	ErrRead = errors.New("cannot be read")
	// ErrNotAuthority: a certificate that is not allowed to sign others.
	ErrNotAuthority = errors.New("not an authority's certificate")
	// ErrForeign: signed by nobody who is trusted here.
	ErrForeign = errors.New("signed by nobody who is trusted here")
	// ErrUnsupported: an algorithm or an extension that is not known here.
	ErrUnsupported = errors.New("not supported")
	// ErrTwice: another file has it already.
	ErrTwice = errors.New("is there twice")
	// ErrStale: a revocation list that was to be replaced. It is used.
	ErrStale = errors.New("was to be replaced by a newer list")
)

// Store is what is trusted. It never changes and is safe for concurrent use;
// to load the folder again is to open another one. A nil Store trusts nobody.
type Store struct {
	items       []item
	authorities []*authority
	lists       []*list
}

// authority is a certificate that may sign document signers.
type authority struct {
	*pki.Certificate
	by *authority // who vouches for it: nil for a self-signed one
}

// list is a revocation list whose signature was found right.
type list struct {
	*pki.CRL
	file string
	by   *authority // whose key signed it
}

// speaksFor tells whether the list is about certificates of this issuer. Its own
// issuer may be written in another way than the authority's name.
func (l *list) speaksFor(issuer pki.Name) bool {
	return l.Issuer.Equal(issuer) || l.by.Subject.Equal(issuer)
}

// Problem is a file in the folder that cannot be used, and why.
type Problem struct {
	File string // its name in the folder
	Err  error
}

func (p Problem) Error() string { return p.File + ": " + p.Err.Error() }

// Unwrap gives the reason.
func (p Problem) Unwrap() error { return p.Err }

// Open reads the folder. The error says that the folder itself cannot be read;
// what is wrong with single files is told by the problems, and the rest is used.
func Open(dir string) (*Store, []Problem, error) {
	items, problems, err := load(dir)
	if err != nil {
		return nil, nil, err
	}
	s := &Store{items: items}
	return s, append(problems, s.settle()...), nil
}

// settle finds out what of the items counts.
func (s *Store) settle() []Problem {
	var waiting []*item
	seen := map[[32]byte]string{}
	for i := range s.items {
		it := &s.items[i]
		if file, ok := seen[it.print]; ok {
			it.err = fmt.Errorf("%w: see %s", ErrTwice, file)
			continue
		}
		seen[it.print] = it.file
		if it.certificate == nil {
			continue
		}
		if it.err = mayCertify(it.certificate); it.err == nil {
			waiting = append(waiting, it)
		}
	}
	s.vouch(waiting)
	for i := range s.items {
		if it := &s.items[i]; it.crl != nil && it.err == nil {
			it.err = s.admit(it)
		}
	}
	var problems []Problem
	for _, it := range s.items {
		if it.err != nil {
			problems = append(problems, Problem{File: it.file, Err: it.err})
		}
	}
	return problems
}

// vouch takes in self-signed authorities, and then, as long as any is found,
// those for whom one that was taken in vouches.
func (s *Store) vouch(waiting []*item) {
	for again := true; again; {
		again = false
		for _, it := range waiting {
			if it.authority != nil {
				continue
			}
			it.authority, it.err = s.accept(it.certificate)
			if it.authority != nil {
				s.authorities = append(s.authorities, it.authority)
				again = true
			}
		}
	}
}

// accept makes an authority of a self-signed certificate or of one that an
// authority signed.
func (s *Store) accept(c *pki.Certificate) (*authority, error) {
	if c.SelfIssued() {
		err := c.CheckSignature(c)
		if err == nil {
			return &authority{Certificate: c}, nil
		}
		if errors.Is(err, pki.ErrUnsupported) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	by, err := s.issuers(c)
	if len(by) == 0 {
		return nil, err
	}
	return &authority{Certificate: c, by: by[0]}, nil
}

// mayCertify tells whether a certificate is made for signing others.
func mayCertify(c *pki.Certificate) error {
	switch _, err := c.Key(); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case len(c.Critical) > 0:
		return fmt.Errorf("%w: extension %s", ErrUnsupported, c.Critical[0])
	case !c.CA:
		return fmt.Errorf("%w: %v", ErrNotAuthority, c.Subject)
	case c.KeyUsage&pki.CertSign == 0:
		return fmt.Errorf("%w: its key is not for signing certificates", ErrNotAuthority)
	}
	return nil
}

// issuers are the authorities here whose key signed c. Without one, the error
// says what was found: ErrForeign when nobody here bears the issuer's name and
// key identifier, ErrUnsupported, or that the signature is wrong.
func (s *Store) issuers(c *pki.Certificate) ([]*authority, error) {
	var out []*authority
	var wrong, unsupported error
	for _, a := range s.authorities {
		match := a.match(c.Issuer, c.AuthorityKeyID)
		if match == stranger {
			continue
		}
		switch err := c.CheckSignature(a.Certificate); {
		case err == nil:
			out = append(out, a)
		case errors.Is(err, pki.ErrUnsupported):
			unsupported = fmt.Errorf("%w: %w", ErrUnsupported, err)
		case match == meant:
			wrong = fmt.Errorf("names %v as its issuer, who did not sign it: %w", a.Subject, err)
		}
	}
	switch {
	case out != nil:
		return out, nil
	case wrong != nil:
		return nil, wrong
	case unsupported != nil:
		return nil, unsupported
	}
	return nil, fmt.Errorf("%w: issued by %v", ErrForeign, c.Issuer)
}

// match tells how far an issuer's name and key identifier mean an authority.
type match uint8

const (
	stranger match = iota
	namesake       // the name fits, the key identifier is another
	meant
)

// match: an authority has one name and several keys, so the key identifier
// decides where both sides have one. Yet signers are known that write another
// one than the authority does; the signature tells then. A name may be written
// in another way beside the right key identifier, but not the country: no
// authority issues, or revokes, in the name of another country's.
func (a *authority) match(issuer pki.Name, keyID []byte) match {
	known := keyID != nil && a.SubjectKeyID != nil
	switch {
	case known && bytes.Equal(keyID, a.SubjectKeyID) && issuer.Country() == a.Subject.Country():
		return meant
	case !issuer.Equal(a.Subject):
		return stranger
	case known:
		return namesake
	}
	return meant
}

// admit checks a revocation list and takes it in.
func (s *Store) admit(it *item) error {
	c := it.crl
	if len(c.Critical) > 0 {
		return fmt.Errorf("%w: extension %s", ErrUnsupported, c.Critical[0])
	}
	err := fmt.Errorf("%w: issued by %v", ErrForeign, c.Issuer)
	for _, a := range s.authorities {
		if a.match(c.Issuer, c.AuthorityKeyID) == stranger {
			continue
		}
		if a.KeyUsage&pki.CRLSign == 0 {
			err = fmt.Errorf("%w: the key of %v is not for signing lists", ErrForeign, a.Subject)
			continue
		}
		switch wrong := c.CheckSignature(a.Certificate); {
		case wrong == nil:
			s.lists = append(s.lists, &list{CRL: c, file: it.file, by: a})
			return nil
		case errors.Is(wrong, pki.ErrUnsupported):
			err = fmt.Errorf("%w: %w", ErrUnsupported, wrong)
		default:
			err = fmt.Errorf("%w: names %v as its issuer: %w", ErrForeign, a.Subject, wrong)
		}
	}
	return err
}

// Stale are the revocation lists that were to be replaced before now. They are
// used: what was revoked stays so.
func (s *Store) Stale(now time.Time) []Problem {
	if s == nil {
		return nil
	}
	var out []Problem
	for _, l := range s.lists {
		if stale(l, now) && !s.newer(l, now) {
			out = append(out, Problem{File: l.file, Err: fmt.Errorf("%w by %s", ErrStale, day(l.NextUpdate))})
		}
	}
	return out
}

func stale(l *list, now time.Time) bool { return !l.NextUpdate.IsZero() && now.After(l.NextUpdate) }

// newer tells whether a list of the same issuer is not stale.
func (s *Store) newer(old *list, now time.Time) bool {
	for _, l := range s.lists {
		if l.Issuer.Equal(old.Issuer) && !stale(l, now) {
			return true
		}
	}
	return false
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }
