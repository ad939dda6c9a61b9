package pki

import (
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/der"
)

// PublicKey is an RSA key or a point on a curve. The zero value verifies nothing.
type PublicKey struct {
	rsa   *rsaKey
	curve *curve.Curve
	point curve.Point
}

func (k PublicKey) String() string {
	switch {
	case k.rsa != nil:
		return fmt.Sprintf("RSA of %d bits", k.rsa.n.BitLen())
	case k.curve != nil:
		return k.curve.String()
	}
	return "no key"
}

// RSA gives modulus and exponent. The caller must not change them.
func (k PublicKey) RSA() (n, e *big.Int, ok bool) {
	if k.rsa == nil {
		return nil, nil, false
	}
	return k.rsa.n, k.rsa.e, true
}

// Point gives a key on a curve.
func (k PublicKey) Point() (*curve.Curve, curve.Point, bool) {
	return k.curve, k.point, k.curve != nil
}

// Weak says what is too weak for a new document, "" if nothing is.
func (k PublicKey) Weak() string {
	if k.rsa != nil && k.rsa.n.BitLen() < 2048 || k.curve != nil && k.curve.Order().BitLen() < 224 {
		return k.String()
	}
	return ""
}

// ParsePublicKey reads the value of a SubjectPublicKeyInfo (what is inside the
// SEQUENCE).
func ParsePublicKey(spki []byte) (PublicKey, error) {
	r := der.Read(spki)
	alg := r.Enter(der.Sequence)
	bits := r.Next(der.Bits).Value
	id := alg.OID()
	if err := errors.Join(r.Err(), alg.Err()); err != nil {
		return PublicKey{}, fmt.Errorf("%w: public key: %w", ErrFormat, err)
	}
	if len(bits) < 2 || bits[0] != 0 {
		return PublicKey{}, fmt.Errorf("%w: public key is no whole number of bytes", ErrFormat)
	}
	switch id {
	case oidRSA, oidPSS:
		k, err := parseRSA(bits[1:])
		return PublicKey{rsa: k}, err
	case oidEC:
		c, err := parseCurve(alg.Rest())
		if err != nil {
			return PublicKey{}, err
		}
		p, err := c.Decode(bits[1:])
		if err != nil {
			return PublicKey{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return PublicKey{curve: c, point: p}, nil
	}
	return PublicKey{}, fmt.Errorf("%w: public key %s", ErrUnsupported, id)
}

// parseCurve reads ECParameters: a name, or the curve spelled out. Of the
// latter, prime and base point choose one of the known curves, and that one's
// own numbers are used: a certificate cannot bring a curve of its own.
func parseCurve(b []byte) (*curve.Curve, error) {
	r := der.Read(b)
	if n := r.Optional(der.OID); n.Raw != nil {
		id := der.Read(n.Raw).OID()
		c, err := curve.ByOID(id)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return c, nil
	}
	p := r.Enter(der.Sequence)
	p.Next(der.Integer)
	field := p.Enter(der.Sequence)
	field.OID()
	prime := field.Unsigned()
	p.Next(der.Sequence) // a and b
	base := p.Next(der.Octets).Value
	if err := errors.Join(r.Err(), p.Err(), field.Err()); err != nil {
		return nil, fmt.Errorf("%w: curve: %w", ErrFormat, err)
	}
	c, err := byPrimeAndBase(prime, base)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return c, nil
}

// byPrimeAndBase takes the base point written out or compressed.
func byPrimeAndBase(prime *big.Int, base []byte) (*curve.Curve, error) {
	size := (prime.BitLen() + 7) / 8
	switch {
	case len(base) == 1+2*size && base[0] == 4:
		return curve.ByPrimeAndBase(prime, new(big.Int).SetBytes(base[1:1+size]), new(big.Int).SetBytes(base[1+size:]))
	case len(base) == 1+size && base[0]&^1 == 2:
		for id := curve.FirstID; id <= curve.LastID; id++ {
			c, err := curve.ByID(id)
			if err != nil || c.FieldLen() != size {
				continue
			}
			g := c.Base()
			if g.X.Cmp(new(big.Int).SetBytes(base[1:])) == 0 && g.Y.Bit(0) == uint(base[0]&1) {
				return curve.ByPrimeAndBase(prime, g.X, g.Y)
			}
		}
	}
	return nil, curve.ErrUnknown
}

// Verify checks a signature over a message.
func (k PublicKey) Verify(a Algorithm, message, signature []byte) error {
	if !a.hash.Available() {
		return fmt.Errorf("%w: %v", ErrUnsupported, a)
	}
	h := a.hash.New()
	h.Write(message)
	digest := h.Sum(nil)
	ok := false
	switch {
	case a.kind == rsaPKCS1 && k.rsa != nil:
		ok = k.rsa.verifyPKCS1(a.hash, digest, signature)
	case a.kind == rsaPSS && k.rsa != nil:
		ok = k.rsa.verifyPSS(a, digest, signature)
	case (a.kind == ecdsaDER || a.kind == ecdsaPlain) && k.curve != nil:
		r, s, readable := numbers(a.kind, signature, k.curve.ScalarLen())
		ok = readable && k.curve.VerifyECDSA(k.point, digest, r, s)
	default:
		return fmt.Errorf("%w: %v by a key %v", ErrSignature, a, k)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// numbers reads an ECDSA signature. Signers are known that name the one form
// and write the other; the numbers must fit either way.
func numbers(k kind, signature []byte, size int) (r, s *big.Int, ok bool) {
	in := der.Inside(signature, der.Sequence)
	r, s = in.Unsigned(), in.Unsigned()
	isDER := in.End() == nil
	isPlain := len(signature) == 2*size
	if isPlain && (k == ecdsaPlain || !isDER) {
		return new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]), true
	}
	return r, s, isDER
}
