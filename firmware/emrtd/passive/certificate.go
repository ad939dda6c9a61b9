package passive

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// certificate is what is needed of an X.509 certificate. crypto/x509 takes
// neither Brainpool curves nor parameters spelled out, and document signers
// have both.
type certificate struct {
	raw, issuer, serial, keyID []byte
	key                        publicKey
}

// signerCertificate finds the certificate that the SignerInfo names.
func (s *SOD) signerCertificate() (certificate, error) {
	var unknown error
	for _, raw := range s.Certificates {
		c, err := parseCertificate(raw)
		matches := s.signer.keyID != nil && bytes.Equal(c.keyID, s.signer.keyID) ||
			s.signer.keyID == nil && bytes.Equal(c.serial, s.signer.serial) && bytes.Equal(c.issuer, s.signer.issuer)
		if !matches {
			continue
		}
		if err != nil {
			unknown = err
			continue
		}
		return c, nil
	}
	if unknown != nil {
		return certificate{}, wrap(unknown)
	}
	return certificate{}, fmt.Errorf("%w: no certificate of the signer", ErrFormat)
}

// SignerCertificate is the document signer's certificate, DER.
func (s *SOD) SignerCertificate() ([]byte, error) {
	c, err := s.signerCertificate()
	return c.raw, err
}

// parseCertificate fills in names even when the key is of no known kind.
func parseCertificate(raw []byte) (certificate, error) {
	c := certificate{raw: raw}
	root, err := tlv.ParseOne(raw, tagSequence)
	if err != nil {
		return c, err
	}
	outer := reader{rest: root.Value}
	r := reader{rest: outer.next(tagSequence).Value}
	r.optional(tagContext0) // version
	c.serial = r.next(tagInteger).Value
	r.next(tagSequence) // signature algorithm
	c.issuer = r.next(tagSequence).Raw
	r.next(tagSequence) // validity
	r.next(tagSequence) // subject
	spki := r.next(tagSequence)
	r.optional(0x81)
	r.optional(0x82)
	extensions := r.optional(0xA3)
	if err := errors.Join(outer.err, r.err); err != nil {
		return c, err
	}
	c.keyID = subjectKeyID(extensions.Value)
	c.key, err = parsePublicKey(spki.Value)
	return c, err
}

// subjectKeyID finds the extension 2.5.29.14, nil if there is none.
func subjectKeyID(b []byte) []byte {
	list := reader{rest: b}
	for n, err := range tlv.All(list.next(tagSequence).Value) {
		if err != nil {
			return nil
		}
		r := reader{rest: n.Value}
		if r.oid() != "2.5.29.14" {
			continue
		}
		r.optional(0x01) // critical
		in := reader{rest: r.next(tagOctets).Value}
		return in.next(tagOctets).Value
	}
	return nil
}

// maxRSA keeps a hostile key from costing minutes: 8192 bits.
const maxRSA = 1024

func parsePublicKey(spki []byte) (publicKey, error) {
	r := reader{rest: spki}
	alg := reader{rest: r.next(tagSequence).Value}
	bits := r.next(tagBits).Value
	id := alg.oid()
	if err := errors.Join(r.err, alg.err); err != nil {
		return publicKey{}, err
	}
	if len(bits) < 2 || bits[0] != 0 {
		return publicKey{}, errors.New("public key is no whole number of bytes")
	}
	switch id {
	case oidRSA, oidPSS:
		return parseRSA(bits[1:])
	case oidEC:
		c, err := parseCurve(alg.rest)
		if err != nil {
			return publicKey{}, err
		}
		p, err := c.Decode(bits[1:])
		return publicKey{curve: c, point: p}, err
	}
	return publicKey{}, fmt.Errorf("%w: public key %s", ErrUnsupported, id)
}

func parseRSA(b []byte) (publicKey, error) {
	seq, err := tlv.ParseOne(b, tagSequence)
	if err != nil {
		return publicKey{}, err
	}
	r := reader{rest: seq.Value}
	n, e := r.next(tagInteger).Value, r.next(tagInteger).Value
	if r.err != nil {
		return publicKey{}, r.err
	}
	exponent := positive(e)
	if len(n) > maxRSA+1 || len(e) > 4 || exponent.Sign() == 0 {
		return publicKey{}, fmt.Errorf("%w: RSA key of %d bytes", ErrUnsupported, len(n))
	}
	return publicKey{rsa: &rsa.PublicKey{N: positive(n), E: int(exponent.Int64())}}, nil
}

// parseCurve reads ECParameters: a name, or the curve spelled out. Of the
// latter, prime and base point choose one of the known curves, and that one's
// own numbers are used: a certificate cannot bring a curve of its own.
func parseCurve(b []byte) (*curve.Curve, error) {
	r := reader{rest: b}
	if n := r.optional(tagOID); n.Raw != nil {
		in := reader{rest: n.Raw}
		return unknownCurve(curve.ByOID(in.oid()))
	}
	p := reader{rest: r.next(tagSequence).Value}
	p.next(tagInteger)
	field := reader{rest: p.next(tagSequence).Value}
	field.oid()
	prime := positive(field.next(tagInteger).Value)
	p.next(tagSequence) // a and b
	base := p.next(tagOctets).Value
	if err := errors.Join(r.err, p.err, field.err); err != nil {
		return nil, err
	}
	if len(base) < 3 || len(base)%2 != 1 || base[0] != 4 {
		return nil, fmt.Errorf("%w: base point not written out", ErrUnsupported)
	}
	half := len(base) / 2
	x, y := new(big.Int).SetBytes(base[1:1+half]), new(big.Int).SetBytes(base[1+half:])
	return unknownCurve(curve.ByPrimeAndBase(prime, x, y))
}

func unknownCurve(c *curve.Curve, err error) (*curve.Curve, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return c, nil
}
