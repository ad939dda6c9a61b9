package pki

import (
	"cmp"
	"crypto/sha256"
	"errors"
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
	Number     *big.Int // nil if not said
	// AuthorityKeyID names the key that signed, nil if not said.
	AuthorityKeyID []byte
	// Critical are extensions, of the list or of an entry, that must be
	// understood and are not.
	Critical []string

	revoked map[string]bool
	algErr  error

	signed, signature []byte
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
	outer := der.Inside(raw, der.Sequence)
	tbs := outer.Next(der.Sequence)
	outer.Next(der.Sequence)
	signature := outer.Next(der.Bits).Value
	r := der.Read(tbs.Value)
	c := &CRL{Raw: raw, signed: tbs.Raw, revoked: map[string]bool{}}
	r.Optional(der.Integer) // version
	algorithm := r.Next(der.Sequence)
	c.Issuer = ParseName(r.Next(der.Sequence).Raw)
	c.ThisUpdate = r.Time()
	if in := der.Read(r.Rest()); r.More() {
		if t := in.Any(); t.Tag == der.UTCTime || t.Tag == der.General {
			c.NextUpdate = r.Time()
		}
	}
	entries := r.Optional(der.Sequence)
	extensions := r.Optional(der.Context0)
	if err := cmp.Or(outer.End(), r.End()); err != nil {
		return nil, err
	}
	if len(signature) < 2 || signature[0] != 0 {
		return nil, errors.New("signature is no whole number of bytes")
	}
	c.signature = signature[1:]
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

// Extensions of lists and entries that are read or may be passed over: reason,
// date of invalidity, alternative names.
const extCRLNumber = "2.5.29.20"

var harmlessInCRL = map[string]bool{"2.5.29.21": true, "2.5.29.24": true, "2.5.29.18": true}

func (c *CRL) extensions(b []byte) error {
	if b == nil {
		return nil
	}
	list := der.Inside(b, der.Sequence)
	for list.More() {
		e := list.Enter(der.Sequence)
		id := e.OID()
		critical := e.Optional(der.Boolean)
		value := e.Next(der.Octets).Value
		switch id {
		case extCRLNumber:
			c.Number = der.Read(value).Unsigned()
		case extAuthorityKeyID:
			c.AuthorityKeyID = der.Inside(value, der.Sequence).Optional(der.Primitive0).Value
		default:
			if !harmlessInCRL[id] && len(critical.Value) == 1 && critical.Value[0] != 0 {
				c.Critical = append(c.Critical, id)
			}
		}
		if err := e.Err(); err != nil {
			return fmt.Errorf("extension: %w", err)
		}
	}
	return list.Err()
}

// Len is the number of certificates on the list.
func (c *CRL) Len() int { return len(c.revoked) }

// Lists tells whether a certificate with this serial number is on the list.
func (c *CRL) Lists(serial *big.Int) bool { return c.revoked[serial.String()] }

// Fingerprint is the SHA-256 of the list.
func (c *CRL) Fingerprint() [32]byte { return sha256.Sum256(c.Raw) }

// CheckSignature checks that the key of issuer signed this list.
func (c *CRL) CheckSignature(issuer *Certificate) error {
	if c.algErr != nil {
		return c.algErr
	}
	if issuer.keyErr != nil {
		return issuer.keyErr
	}
	return issuer.key.Verify(c.Algorithm, c.signed, c.signature)
}
