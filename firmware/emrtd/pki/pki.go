// Package pki reads what issuers of identity documents sign with: X.509
// certificates, revocation lists, public keys and signatures, as ICAO Doc
// 9303-12 has them.
//
// crypto/x509 takes neither Brainpool curves nor curve parameters spelled out,
// refuses certificates over formalities that documents in the field do not
// keep, and has no mask of another hash in RSASSA-PSS. This package reads them
// all, and judges nothing: whom to trust is package trust's business.
package pki

import "errors"

var (
	// ErrFormat: the bytes are no certificate, list, key or signature.
	ErrFormat = errors.New("pki: malformed")
	// ErrUnsupported: an algorithm, key or extension that is not known here.
	ErrUnsupported = errors.New("pki: unsupported")
	// ErrSignature: the signature is wrong.
	ErrSignature = errors.New("pki: wrong signature")
)
