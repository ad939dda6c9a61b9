package cms

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/tlv"
)

// Verify checks the signatures over the content and gives those who made them,
// at least one. known are certificates, DER, that do not come with the data.
//
// A wrong signature is an error even beside a right one: whoever signs does
// not add it. A signature of unknown kind beside a right one is passed over.
func (d *SignedData) Verify(known ...[]byte) ([]Signer, error) {
	certificates, unread := d.certificates(known)
	tries := maxTries
	var out []Signer
	var passed error
	for _, s := range d.signers {
		signer, err := d.verify(s, certificates, &tries)
		switch {
		case err == nil:
			out = append(out, signer)
		case errors.Is(err, ErrUnsupported):
			passed = err
		case errors.Is(err, ErrNoSigner):
			passed = errors.Join(err, unread)
		default:
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, passed
	}
	return out, nil
}

// maxTries bounds the arithmetic that a stranger's data can cause: a file holds
// hundreds of certificates of one name.
const maxTries = 2 * maxSigners

// certificates parses what came along and what the caller knows.
func (d *SignedData) certificates(known [][]byte) ([]*pki.Certificate, error) {
	var out []*pki.Certificate
	var unread error
	for _, raw := range slices.Concat(d.Certificates, known) {
		c, err := pki.ParseCertificate(raw)
		if err != nil {
			unread = err
			continue
		}
		out = append(out, c)
	}
	return out, unread
}

// verify tries every certificate that the signer's name fits: two of them may
// bear the same name.
func (d *SignedData) verify(s signerInfo, certificates []*pki.Certificate, tries *int) (Signer, error) {
	if s.err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnsupported, s.err)
	}
	err := fmt.Errorf("%w: none fits", ErrNoSigner)
	for _, c := range certificates {
		if !s.names(c) {
			continue
		}
		if *tries--; *tries < 0 {
			return Signer{}, fmt.Errorf("%w: too many certificates of one name", ErrFormat)
		}
		var signer Signer
		if signer, err = d.verifyBy(s, c); err == nil {
			return signer, nil
		}
	}
	return Signer{}, err
}

// names tells whether the SignerInfo means this certificate.
func (s signerInfo) names(c *pki.Certificate) bool {
	if s.keyID != nil {
		return len(s.keyID) > 0 && bytes.Equal(c.SubjectKeyID, s.keyID)
	}
	return c.Serial.Cmp(s.serial) == 0 && c.Issuer.Equal(s.issuer)
}

func (d *SignedData) verifyBy(s signerInfo, c *pki.Certificate) (Signer, error) {
	key, err := c.Key()
	if err != nil {
		return Signer{}, wrap(err)
	}
	algorithm, err := pki.ParseAlgorithm(s.algorithm, s.digest)
	if err != nil {
		return Signer{}, wrap(err)
	}
	signer := Signer{Certificate: c, Algorithm: algorithm}
	messages := [][]byte{d.Content}
	if s.attributes.Raw != nil {
		if signer.Time, err = d.checkAttributes(s, algorithm.Hash()); err != nil {
			return Signer{}, err
		}
		messages = signedForms(s.attributes)
	} else if len(d.Content) > 0 && d.Content[0] == byte(der.Set) {
		// Else the signed attributes of another signature by the same key
		// could be passed off as content.
		return Signer{}, fmt.Errorf("%w: no signed attributes around a set", ErrSignature)
	}
	// A signer is known to name one hash in the algorithm of the signature and
	// to use the digest's.
	for _, h := range hashes(algorithm.Hash(), s.digest) {
		for _, m := range messages {
			if err = key.Verify(algorithm.With(h), m, s.signature); err == nil {
				signer.Algorithm = algorithm.With(h)
				signer.Weak = weak(signer.Algorithm, s.digest, key)
				return signer, nil
			}
		}
	}
	return Signer{}, wrap(err)
}

func hashes(a, b crypto.Hash) []crypto.Hash {
	if a == b {
		return []crypto.Hash{a}
	}
	return []crypto.Hash{a, b}
}

func weak(a pki.Algorithm, digest crypto.Hash, key pki.PublicKey) []string {
	var out []string
	for _, w := range []string{a.Weak(), a.With(digest).Weak(), key.Weak()} {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// signedForms are the bytes that may have been signed: the SET OF, not the
// context tag it is sent with (RFC 5652 section 5.4), as sent and, if that is
// another, in DER's order.
func signedForms(attributes tlv.Node) [][]byte {
	sent := bytes.Clone(attributes.Raw)
	sent[0] = byte(der.Set)
	parts := list(attributes)
	if slices.IsSortedFunc(parts, bytes.Compare) {
		return [][]byte{sent}
	}
	slices.SortFunc(parts, bytes.Compare)
	return [][]byte{sent, tlv.Append(nil, der.Set, parts...)}
}

// checkAttributes makes sure that what is signed speaks of this content, and
// reads the signing time.
func (d *SignedData) checkAttributes(s signerInfo, other crypto.Hash) (time.Time, error) {
	var at time.Time
	seen := map[string]bool{}
	for r := der.Read(s.attributes.Value); r.More(); {
		a := r.Enter(der.Sequence)
		id := a.OID()
		value := a.Enter(der.Set)
		if r.Err() != nil || a.Err() != nil {
			return at, fmt.Errorf("%w: signed attributes", ErrFormat)
		}
		switch id {
		case oidContentType:
			if value.OID() != d.ContentType {
				return at, fmt.Errorf("%w: made for another kind of content", ErrSignature)
			}
		case oidMessageDigest:
			if !d.digestIs(value.Next(der.Octets).Value, s.digest, other) {
				return at, fmt.Errorf("%w: made for other content", ErrSignature)
			}
		case oidSigningTime:
			at = value.Time()
		default:
			continue
		}
		if value.End() != nil || seen[id] {
			return at, fmt.Errorf("%w: signed attribute %s", ErrFormat, id)
		}
		seen[id] = true
	}
	if !seen[oidContentType] || !seen[oidMessageDigest] {
		return at, fmt.Errorf("%w: signed attributes are missing", ErrFormat)
	}
	return at, nil
}

// digestIs compares with the digest of the content. A signer is known to hash
// the content with the hash of the signature instead of the one it named.
func (d *SignedData) digestIs(digest []byte, named, other crypto.Hash) bool {
	for _, h := range hashes(named, other) {
		if len(digest) != h.Size() {
			continue
		}
		sum := h.New()
		sum.Write(d.Content)
		if bytes.Equal(sum.Sum(nil), digest) {
			return true
		}
	}
	return false
}

// wrap brings an error of keys and certificates under this package's.
func wrap(err error) error {
	switch {
	case errors.Is(err, pki.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case errors.Is(err, pki.ErrFormat):
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return fmt.Errorf("%w: %w", ErrSignature, err)
}
