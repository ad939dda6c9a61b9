package trust

import (
	"encoding/hex"
	"time"
)

// Kind of an entry.
type Kind string

// The kinds.
const (
	KindAuthority Kind = "authority" // self-signed
	KindLink      Kind = "link"      // another authority vouches for it
	KindList      Kind = "list"      // of revoked certificates
	KindOther     Kind = "other"     // a certificate that is not used
)

// Entry is one certificate or list in the folder, used or not.
type Entry struct {
	File        string
	Kind        Kind
	Country     string // of the subject, or of the issuer of a list
	Name        string
	Fingerprint string    // SHA-256, hexadecimal
	From, Until time.Time // validity, or a list's date and when it is to be replaced
	Algorithm   string    // of the key, or of a list's signature
	Revoked     int       // certificates on a list
	Err         error     // why it is not used
}

// Entries lists what is in the folder, file by file.
func (s *Store) Entries() []Entry {
	if s == nil {
		return nil
	}
	var out []Entry
	for _, it := range s.items {
		out = append(out, it.entry())
	}
	return out
}

// Describe says what a certificate or a list (DER) is, as far as it tells by
// itself: nobody has vouched for it.
func Describe(raw []byte) (Entry, error) {
	it, err := parseDER(raw)
	if err != nil {
		return Entry{}, err
	}
	return it.entry(), nil
}

func (it item) entry() Entry {
	e := Entry{File: it.file, Fingerprint: hex.EncodeToString(it.print[:]), Err: it.err}
	if l := it.crl; l != nil {
		e.Kind, e.Country, e.Name = KindList, l.Issuer.Country(), l.Issuer.String()
		e.From, e.Until, e.Algorithm, e.Revoked = l.ThisUpdate, l.NextUpdate, l.Algorithm.String(), l.Len()
		return e
	}
	c := it.certificate
	e.Kind, e.Country, e.Name = KindOther, c.Subject.Country(), c.Subject.String()
	e.From, e.Until = c.NotBefore, c.NotAfter
	if key, err := c.Key(); err == nil {
		e.Algorithm = key.String()
	}
	if a := it.authority; a != nil {
		e.Kind = KindAuthority
		if a.by != nil {
			e.Kind = KindLink
		}
	}
	return e
}
