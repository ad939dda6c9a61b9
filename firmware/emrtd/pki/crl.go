package pki

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"tram06/firmware/emrtd/der"
)

// CRL is a certificate revocation list.
type CRL struct {
	Raw        []byte
	Issuer     Name
	ThisUpdate time.Time
	NextUpdate time.Time // zero if not said
	Algorithm  Algorithm
	// AuthorityKeyID names the key that signed, nil if not said.
	AuthorityKeyID []byte
	// Critical are extensions, of the list or of an entry, that must be
	// understood and are not.
	Critical []string

	revoked map[string]bool

	envelope
}

// ParseCRL reads a revocation list.
func ParseCRL(raw []byte) (*CRL, error) {
	c, err := parseCRL(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: revocation list: %w", ErrFormat, err)
	}
	return c, nil
}

func parseCRL(raw []byte) (*CRL, error) {
	signed, r, err := openEnvelope(raw)
	if err != nil {
		return nil, err
	}
	c := &CRL{Raw: raw, envelope: signed, revoked: map[string]bool{}}
	r.Optional(der.Integer) // version
	algorithm := r.Next(der.Sequence)
	c.Issuer = ParseName(r.Next(der.Sequence).Raw)
	c.ThisUpdate = r.Time()
	if next := der.Read(r.Rest()).Any().Tag; next == der.UTCTime || next == der.General {
		c.NextUpdate = r.Time()
	}
	entries := r.Optional(der.Sequence)
	extensions := r.Optional(der.Context0)
	if err := r.End(); err != nil {
		return nil, err
	}
	list := der.Read(entries.Value)
	for list.More() {
		e := list.Enter(der.Sequence)
		c.revoked[e.Unsigned().String()] = true
		e.Time()
		if err := c.extensions(e.Optional(der.Sequence).Raw); err != nil {
			return nil, err
		}
		if err := e.End(); err != nil {
			return nil, fmt.Errorf("entry: %w", err)
		}
	}
	if list.Err() != nil {
		return nil, list.Err()
	}
	if err := c.extensions(extensions.Value); err != nil {
		return nil, err
	}
	c.Algorithm, c.algErr = ParseAlgorithm(algorithm, 0)
	return c, nil
}

// harmlessInCRL are the extensions of lists and entries that may be passed over:
// number of the list, reason, date of invalidity, alternative names.
var harmlessInCRL = map[string]bool{"2.5.29.20": true, "2.5.29.21": true, "2.5.29.24": true, "2.5.29.18": true}

// extensions reads those of the list or of an entry; nil says that it has none.
func (c *CRL) extensions(b []byte) error {
	if b == nil {
		return nil
	}
	return parseExtensions(b, func(e extension) error {
		switch {
		case e.id == extAuthorityKeyID:
			c.AuthorityKeyID = der.Inside(e.value, der.Sequence).Optional(der.Primitive0).Value
		case e.critical && !harmlessInCRL[e.id]:
			c.Critical = append(c.Critical, e.id)
		}
		return nil
	})
}

// Len is the number of certificates on the list.
func (c *CRL) Len() int { return len(c.revoked) }

// Lists tells whether a certificate with this serial number is on the list.
func (c *CRL) Lists(serial *big.Int) bool { return c.revoked[serial.String()] }

// Fingerprint is the SHA-256 of the list.
func (c *CRL) Fingerprint() [32]byte { return sha256.Sum256(c.Raw) }

// CheckSignature checks that the key of issuer signed this list.
func (c *CRL) CheckSignature(issuer *Certificate) error {
	return c.check(c.Algorithm, issuer)
}
