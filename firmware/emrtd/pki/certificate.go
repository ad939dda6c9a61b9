package pki

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"time"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

// Certificate is what is needed of an X.509 certificate.
type Certificate struct {
	Raw             []byte
	Serial          *big.Int
	Issuer, Subject Name
	NotBefore       time.Time
	NotAfter        time.Time
	Algorithm       Algorithm // of the issuer's signature
	Extensions

	key    PublicKey
	keyErr error // why there is no key

	envelope
}

// Extensions are those that say something about whom to trust.
type Extensions struct {
	SubjectKeyID   []byte
	AuthorityKeyID []byte
	CA             bool
	PathLen        int      // -1: not limited
	KeyUsage       KeyUsage // 0: not said
	// KeyFrom and KeyUntil are the private key usage period; zero if not said.
	KeyFrom, KeyUntil time.Time
	// MasterList says that the key signs CSCA master lists: Doc 9303-12.
	MasterList bool
	// Purposes are all that the extended key usage names, dotted.
	Purposes []string
	// NameChange says that an authority goes on under another name.
	NameChange bool
	// Critical are extensions that must be understood and are not.
	Critical []string
}

// KeyUsage are the bits of the extension, bit 0 of it being the lowest here.
type KeyUsage uint16

// The usages that matter.
const (
	DigitalSignature KeyUsage = 1 << 0
	NonRepudiation   KeyUsage = 1 << 1
	CertSign         KeyUsage = 1 << 5
	CRLSign          KeyUsage = 1 << 6
)

// Key is the public key. The error is ErrUnsupported when its kind is not
// known here; the rest of the certificate can be used.
func (c *Certificate) Key() (PublicKey, error) { return c.key, c.keyErr }

// Fingerprint is the SHA-256 of the certificate.
func (c *Certificate) Fingerprint() [32]byte { return sha256.Sum256(c.Raw) }

// SelfIssued tells whether the issuer has the subject's name.
func (c *Certificate) SelfIssued() bool { return c.Issuer.Equal(c.Subject) }

// CheckSignature checks that the key of issuer signed this certificate.
func (c *Certificate) CheckSignature(issuer *Certificate) error {
	return c.check(c.Algorithm, issuer)
}

// ParseCertificate reads a certificate. One whose key or algorithm is not
// known here is read nevertheless.
func ParseCertificate(raw []byte) (*Certificate, error) {
	c, err := parseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", ErrFormat, err)
	}
	return c, nil
}

func parseCertificate(raw []byte) (*Certificate, error) {
	signed, r, err := openEnvelope(raw)
	if err != nil {
		return nil, err
	}
	c := &Certificate{Raw: raw, envelope: signed, Extensions: Extensions{PathLen: -1}}
	r.Optional(der.Context0) // version
	c.Serial = r.Unsigned()
	algorithm := r.Next(der.Sequence)
	c.Issuer = ParseName(r.Next(der.Sequence).Raw)
	validity := r.Enter(der.Sequence)
	c.NotBefore, c.NotAfter = validity.Time(), validity.Time()
	c.Subject = ParseName(r.Next(der.Sequence).Raw)
	spki := r.Next(der.Sequence)
	r.Optional(der.Primitive1) // unique identifiers
	r.Optional(der.Primitive2)
	extensions := r.Optional(der.Context3)
	if err := cmp.Or(r.End(), validity.End()); err != nil {
		return nil, err
	}
	if extensions.Raw != nil {
		if err := c.Extensions.parse(extensions.Value); err != nil {
			return nil, err
		}
	}
	c.Algorithm, c.algErr = ParseAlgorithm(algorithm, 0)
	c.key, c.keyErr = ParsePublicKey(spki.Value)
	return c, nil
}

// Object identifiers of extensions that are read or may be passed over.
const (
	extSubjectKeyID   = "2.5.29.14"
	extKeyUsage       = "2.5.29.15"
	extKeyPeriod      = "2.5.29.16"
	extConstraints    = "2.5.29.19"
	extAuthorityKeyID = "2.5.29.35"
	extPurposes       = "2.5.29.37"
	extNameChange     = "2.23.136.1.1.6.1"
	oidMasterListKey  = "2.23.136.1.1.3"
)

// harmless extensions say nothing about whom to trust: alternative names,
// policies, where lists are published, ICAO's name change and document types.
var harmless = map[string]bool{
	"2.5.29.17": true, "2.5.29.18": true, "2.5.29.31": true, "2.5.29.32": true,
	extNameChange: true, "2.23.136.1.1.6.2": true,
}

func (x *Extensions) parse(b []byte) error {
	seen := map[string]bool{}
	return parseExtensions(b, func(e extension) error {
		if seen[e.id] {
			return errors.New("is there twice")
		}
		seen[e.id] = true
		known, err := x.one(e.id, e.value)
		if !known && e.critical {
			x.Critical = append(x.Critical, e.id)
		}
		return err
	})
}

func (x *Extensions) one(id string, value []byte) (known bool, err error) {
	switch id {
	case extSubjectKeyID:
		r := der.Read(value)
		x.SubjectKeyID = r.Next(der.Octets).Value
		return true, r.Err()
	case extAuthorityKeyID:
		r := der.Inside(value, der.Sequence)
		x.AuthorityKeyID = r.Optional(der.Primitive0).Value
		return true, r.Err()
	case extKeyUsage:
		r := der.Read(value)
		bits := r.Next(der.Bits).Value
		if r.Err() != nil || len(bits) < 2 || len(bits) > 3 {
			return true, errors.New("key usage")
		}
		for i := range 8 * (len(bits) - 1) {
			if bits[1+i/8]&(0x80>>(i%8)) != 0 {
				x.KeyUsage |= 1 << i
			}
		}
		return true, nil
	case extConstraints:
		r := der.Inside(value, der.Sequence)
		x.CA = isTrue(r.Optional(der.Boolean))
		if r.More() {
			x.PathLen = r.Small(100)
		}
		return true, r.End()
	case extKeyPeriod:
		return true, x.period(value)
	case extPurposes:
		r := der.Inside(value, der.Sequence)
		for r.More() {
			id := r.OID()
			x.MasterList = id == oidMasterListKey || x.MasterList
			x.Purposes = append(x.Purposes, id)
		}
		return true, r.Err()
	}
	x.NameChange = x.NameChange || id == extNameChange
	return harmless[id], nil
}

// period reads PrivateKeyUsagePeriod, whose times have implicit tags.
func (x *Extensions) period(value []byte) error {
	r := der.Inside(value, der.Sequence)
	for r.More() {
		n := r.Any()
		var end *time.Time
		switch n.Tag {
		case der.Primitive0:
			end = &x.KeyFrom
		case der.Primitive1:
			end = &x.KeyUntil
		default:
			continue
		}
		t, err := der.ParseTime(tlv.Node{Tag: der.General, Value: n.Value})
		if err != nil {
			return err
		}
		*end = t
	}
	return r.Err()
}
