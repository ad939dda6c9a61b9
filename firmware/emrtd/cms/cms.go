// Package cms reads and verifies CMS SignedData (RFC 5652) as identity
// documents have it: security objects, EF.CardSecurity and lists of country
// signing authorities.
//
// It answers one question: did the holder of a certificate that comes with the
// data, or that the caller knows, sign this content. Whom to trust is not its
// business.
//
// Signers in the field deviate from the rules, and are understood as long as
// every byte of the content stays covered by the signature: BER lengths, signed
// attributes that are out of order or left out, digest algorithms named by a
// signature algorithm, a signature over another hash than was named.
package cms

import (
	"crypto"
	"errors"
	"fmt"
	"math/big"
	"time"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrFormat: the bytes are no SignedData.
	ErrFormat = errors.New("cms: malformed signed data")
	// ErrUnsupported: an algorithm that is not known here.
	ErrUnsupported = errors.New("cms: unsupported algorithm")
	// ErrSignature: the signature is wrong, or about something else.
	ErrSignature = errors.New("cms: wrong signature")
	// ErrNoSigner: no certificate is there for any signature.
	ErrNoSigner = errors.New("cms: no certificate of the signer")
)

const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningTime   = "1.2.840.113549.1.9.5"
)

// maxSigners bounds the work that a stranger's data can cause.
const maxSigners = 8

// SignedData is parsed and not verified.
type SignedData struct {
	ContentType  string // object identifier, dotted
	Content      []byte
	Certificates [][]byte // as sent, DER
	Lists        [][]byte // revocation lists, DER

	signers []signerInfo
}

type signerInfo struct {
	issuer     pki.Name
	serial     *big.Int
	keyID      []byte // instead of issuer and serial
	digest     crypto.Hash
	attributes tlv.Node // [0] signedAttrs, Raw nil if there are none
	algorithm  tlv.Node
	signature  []byte
	err        error // what about it is not supported
}

// Parse reads a ContentInfo with SignedData inside.
func Parse(b []byte) (*SignedData, error) {
	d, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return d, nil
}

func parse(b []byte) (*SignedData, error) {
	b, err := der.Definite(b)
	if err != nil {
		return nil, err
	}
	info := der.Inside(b, der.Sequence)
	if kind := info.OID(); info.Err() == nil && kind != oidSignedData {
		return nil, fmt.Errorf("content is %s, no SignedData", kind)
	}
	r := info.Enter(der.Context0).Enter(der.Sequence)
	r.Next(der.Integer) // version
	r.Next(der.Set)     // digest algorithms: the signer's counts
	encapsulated := r.Enter(der.Sequence)
	d := &SignedData{ContentType: encapsulated.OID()}
	content := encapsulated.Enter(der.Context0)
	d.Content = content.Next(der.Octets).Value
	d.Certificates = list(r.Optional(der.Context0))
	d.Lists = list(r.Optional(der.Context1))
	signers := r.Enter(der.Set)
	if err := errors.Join(content.Err(), signers.Err()); err != nil {
		return nil, err
	}
	for signers.More() {
		if len(d.signers) == maxSigners {
			return nil, errors.New("too many signers")
		}
		s, err := parseSigner(signers.Next(der.Sequence).Value)
		if err := errors.Join(signers.Err(), err); err != nil {
			return nil, err
		}
		d.signers = append(d.signers, s)
	}
	if len(d.signers) == 0 {
		return nil, errors.Join(signers.Err(), errors.New("nobody signed"))
	}
	return d, signers.Err()
}

// list gives the objects inside n, as far as they can be read: what is broken
// there is nobody's certificate.
func list(n tlv.Node) [][]byte {
	var out [][]byte
	for e, err := range tlv.All(n.Value) {
		if err != nil {
			break
		}
		out = append(out, e.Raw)
	}
	return out
}

func parseSigner(b []byte) (signerInfo, error) {
	var s signerInfo
	r := der.Read(b)
	r.Next(der.Integer) // version: the form says it
	if id := r.Optional(der.Primitive0); id.Raw != nil {
		s.keyID = id.Value
	} else if id := r.Optional(der.Context0); id.Raw != nil { // an explicit tag, against the rules
		s.keyID = der.Read(id.Value).Next(der.Octets).Value
	} else {
		id := r.Enter(der.Sequence)
		s.issuer, s.serial = pki.ParseName(id.Next(der.Sequence).Raw), id.Unsigned()
		if id.Err() != nil {
			return s, id.Err()
		}
	}
	digest := r.Next(der.Sequence)
	s.attributes = r.Optional(der.Context0)
	s.algorithm = r.Next(der.Sequence)
	s.signature = r.Next(der.Octets).Value
	if r.Err() != nil {
		return s, r.Err()
	}
	s.digest, s.err = pki.ParseDigest(digest)
	if s.err != nil && !errors.Is(s.err, pki.ErrUnsupported) {
		return s, s.err
	}
	return s, nil
}

// Signer is somebody whose signature over the content was verified.
type Signer struct {
	Certificate *pki.Certificate
	Time        time.Time // signing time, zero if the signature does not say
	Algorithm   pki.Algorithm
	// Weak names what is too weak for a new signature: "SHA-1", "RSA of 1024 bits".
	Weak []string
}
