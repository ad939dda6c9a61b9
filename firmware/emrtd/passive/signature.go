package passive

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// scheme is a signature scheme with its hash.
type scheme struct {
	kind kind
	hash crypto.Hash
	salt int // PSS
}

type kind uint8

const (
	ecdsaDER   kind = iota + 1 // SEQUENCE of r and s
	ecdsaPlain                 // r and s side by side, BSI TR-03111
	rsaPKCS1
	rsaPSS
)

var digests = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.4": crypto.SHA224,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// schemes of Doc 9303-12 section 4.4, without PSS, which has parameters.
var schemes = map[string]scheme{
	"1.2.840.10045.4.1":       {kind: ecdsaDER, hash: crypto.SHA1},
	"1.2.840.10045.4.3.1":     {kind: ecdsaDER, hash: crypto.SHA224},
	"1.2.840.10045.4.3.2":     {kind: ecdsaDER, hash: crypto.SHA256},
	"1.2.840.10045.4.3.3":     {kind: ecdsaDER, hash: crypto.SHA384},
	"1.2.840.10045.4.3.4":     {kind: ecdsaDER, hash: crypto.SHA512},
	"0.4.0.127.0.7.1.1.4.1.1": {kind: ecdsaPlain, hash: crypto.SHA1},
	"0.4.0.127.0.7.1.1.4.1.2": {kind: ecdsaPlain, hash: crypto.SHA224},
	"0.4.0.127.0.7.1.1.4.1.3": {kind: ecdsaPlain, hash: crypto.SHA256},
	"0.4.0.127.0.7.1.1.4.1.4": {kind: ecdsaPlain, hash: crypto.SHA384},
	"0.4.0.127.0.7.1.1.4.1.5": {kind: ecdsaPlain, hash: crypto.SHA512},
	"1.2.840.113549.1.1.5":    {kind: rsaPKCS1, hash: crypto.SHA1},
	"1.2.840.113549.1.1.14":   {kind: rsaPKCS1, hash: crypto.SHA224},
	"1.2.840.113549.1.1.11":   {kind: rsaPKCS1, hash: crypto.SHA256},
	"1.2.840.113549.1.1.12":   {kind: rsaPKCS1, hash: crypto.SHA384},
	"1.2.840.113549.1.1.13":   {kind: rsaPKCS1, hash: crypto.SHA512},
}

const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidPSS = "1.2.840.113549.1.1.10"
	oidMGF = "1.2.840.113549.1.1.8"
	oidEC  = "1.2.840.10045.2.1"
)

// digestAlgorithm reads an AlgorithmIdentifier of a hash.
func digestAlgorithm(n tlv.Node) (crypto.Hash, error) {
	r := reader{rest: n.Value}
	id := r.oid()
	if h, ok := digests[id]; ok {
		return h, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	return 0, fmt.Errorf("%w: digest %s", ErrUnsupported, id)
}

// signatureScheme reads an AlgorithmIdentifier of a signature. A bare RSA takes
// its hash from the signer's digest algorithm.
func signatureScheme(n tlv.Node, digest crypto.Hash) (scheme, error) {
	r := reader{rest: n.Value}
	id := r.oid()
	if s, ok := schemes[id]; ok {
		return s, nil
	}
	switch {
	case r.err != nil:
		return scheme{}, r.err
	case id == oidRSA:
		return scheme{kind: rsaPKCS1, hash: digest}, nil
	case id == oidPSS:
		return pssScheme(r.optional(tagSequence).Value)
	}
	return scheme{}, fmt.Errorf("%w: signature %s", ErrUnsupported, id)
}

// pssScheme reads RSASSA-PSS-params: RFC 4055 section 3.1.
func pssScheme(b []byte) (scheme, error) {
	s := scheme{kind: rsaPSS, hash: crypto.SHA1, salt: 20}
	mask := crypto.SHA1
	r := reader{rest: b}
	var err error
	if n := r.optional(0xA0); n.Raw != nil {
		in := reader{rest: n.Value}
		if s.hash, err = digestAlgorithm(in.next(tagSequence)); err != nil {
			return s, err
		}
	}
	if n := r.optional(0xA1); n.Raw != nil {
		outer := reader{rest: n.Value}
		in := reader{rest: outer.next(tagSequence).Value}
		if id := in.oid(); id != oidMGF {
			return s, fmt.Errorf("%w: mask %s", ErrUnsupported, id)
		}
		if mask, err = digestAlgorithm(in.next(tagSequence)); err != nil {
			return s, err
		}
	}
	if n := r.optional(0xA2); n.Raw != nil {
		in := reader{rest: n.Value}
		salt := in.next(tagInteger).Value
		if len(salt) != 1 || salt[0] > 64 {
			return s, errors.New("salt length")
		}
		s.salt = int(salt[0])
	}
	if mask != s.hash {
		return s, fmt.Errorf("%w: mask of %v with %v", ErrUnsupported, mask, s.hash)
	}
	return s, r.err
}

// VerifySignature checks the signature of the security object by the document
// signer's certificate that comes with it. It says nothing of trust.
func (s *SOD) VerifySignature() error {
	cert, err := s.signerCertificate()
	if err != nil {
		return err
	}
	if err := s.checkAttributes(); err != nil {
		return err
	}
	alg, err := signatureScheme(s.signer.algorithm, s.signer.digest)
	if err != nil {
		return wrap(err)
	}
	// What is signed is the SET OF, not the context tag it is sent with:
	// RFC 5652 section 5.4.
	signed := bytes.Clone(s.signer.attributes.Raw)
	signed[0] = byte(tagSet)
	h := alg.hash.New()
	h.Write(signed)
	return cert.key.verify(alg, h.Sum(nil), s.signer.signature)
}

// wrap puts an error under ErrFormat unless it says that something is unknown.
func wrap(err error) error {
	if errors.Is(err, ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// checkAttributes makes sure that what is signed speaks of this content.
func (s *SOD) checkAttributes() error {
	h := s.signer.digest.New()
	h.Write(s.content)
	seen := map[string]bool{}
	for n, err := range tlv.All(s.signer.attributes.Value) {
		if err != nil || n.Tag != tagSequence {
			return fmt.Errorf("%w: signed attributes", ErrFormat)
		}
		r := reader{rest: n.Value}
		id := r.oid()
		value := reader{rest: r.next(tagSet).Value}
		switch id {
		case oidContentType:
			if value.oid() != oidLDS {
				return fmt.Errorf("%w: signed for another kind of content", ErrSignature)
			}
		case oidMessageDigest:
			if !bytes.Equal(value.next(tagOctets).Value, h.Sum(nil)) {
				return fmt.Errorf("%w: signed for other content", ErrSignature)
			}
		default:
			continue
		}
		if r.err != nil || value.err != nil || len(value.rest) > 0 || seen[id] {
			return fmt.Errorf("%w: signed attribute %s", ErrFormat, id)
		}
		seen[id] = true
	}
	if !seen[oidContentType] || !seen[oidMessageDigest] {
		return fmt.Errorf("%w: signed attributes missing", ErrFormat)
	}
	return nil
}

// publicKey is one of the two kinds.
type publicKey struct {
	rsa   *rsa.PublicKey
	curve *curve.Curve
	point curve.Point
}

func (k publicKey) verify(alg scheme, digest, signature []byte) error {
	ok := false
	switch {
	case alg.kind == rsaPKCS1 && k.rsa != nil:
		ok = rsa.VerifyPKCS1v15(k.rsa, alg.hash, digest, signature) == nil
	case alg.kind == rsaPSS && k.rsa != nil:
		ok = rsa.VerifyPSS(k.rsa, alg.hash, digest, signature, &rsa.PSSOptions{SaltLength: pssSalt(alg.salt)}) == nil
	case alg.kind == ecdsaDER && k.curve != nil:
		seq, err := tlv.ParseOne(signature, tagSequence)
		in := reader{rest: seq.Value}
		r, s := in.next(tagInteger), in.next(tagInteger)
		ok = err == nil && in.err == nil && len(in.rest) == 0 &&
			k.curve.VerifyECDSA(k.point, digest, positive(r.Value), positive(s.Value))
	case alg.kind == ecdsaPlain && k.curve != nil:
		half := len(signature) / 2
		ok = len(signature) == 2*k.curve.ScalarLen() &&
			k.curve.VerifyECDSA(k.point, digest, new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
	default:
		return fmt.Errorf("%w: key and signature of different kinds", ErrFormat)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// pssSalt: the library takes zero for "find out".
func pssSalt(n int) int {
	if n == 0 {
		return rsa.PSSSaltLengthAuto
	}
	return n
}

// positive reads a DER INTEGER; a negative one becomes zero, which no
// signature and no key has.
func positive(b []byte) *big.Int {
	if len(b) == 0 || b[0]&0x80 != 0 {
		return new(big.Int)
	}
	return new(big.Int).SetBytes(b)
}
