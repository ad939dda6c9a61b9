package group

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/tlv"
)

// ErrKey: the bytes are no public key for key agreement.
var ErrKey = errors.New("group: malformed public key")

// The algorithms that a SubjectPublicKeyInfo can name: Doc 9303-11 section 9.5.
const (
	oidEC       = "1.2.840.10045.2.1"    // ecPublicKey
	oidX942     = "1.2.840.10046.2.1"    // dhpublicnumber
	oidPKCS3    = "1.2.840.113549.1.3.1" // dhKeyAgreement
	oidStandard = "0.4.0.127.0.7.1.2"    // standardizedDomainParameters
)

// ParseKey reads a SubjectPublicKeyInfo: curves as certificates have them, by
// name and spelled out, and by the number of standardised parameters; integers
// after PKCS #3 and, as some chips have it, X9.42 (Doc 9303-11 section 8.5).
// The key is checked to be an element. A group that is not known here is
// ErrUnknown, other faults are ErrKey, ErrElement or ErrParameters.
func ParseKey(spki []byte) (Group, Element, error) {
	whole, err := tlv.ParseOne(spki, der.Sequence)
	if err != nil {
		return nil, nil, malformed(err)
	}
	r := der.Read(whole.Value)
	algorithm := r.Enter(der.Sequence)
	id := algorithm.OID()
	bits := r.Next(der.Bits).Value
	if err := cmp.Or(algorithm.Err(), r.End()); err != nil {
		return nil, nil, malformed(err)
	}
	if len(bits) < 2 || bits[0] != 0 {
		return nil, nil, malformed(errors.New("no whole number of bytes"))
	}
	var g Group
	switch id {
	case oidEC:
		return onCurve(whole.Value)
	case oidX942, oidPKCS3:
		g, err = integers(algorithm, id == oidX942)
	case oidStandard:
		g, err = standardised(algorithm)
	default:
		err = fmt.Errorf("%w: algorithm %s", ErrUnknown, id)
	}
	if err != nil {
		return nil, nil, err
	}
	value := bits[1:]
	if !IsCurve(g) { // an INTEGER within, which keeps its own length
		in := der.Read(value)
		value = in.Next(der.Integer).Value
		if err := in.End(); err != nil {
			return nil, nil, malformed(err)
		}
	}
	e, err := g.Decode(value)
	if err != nil {
		return nil, nil, err
	}
	return g, e, nil
}

func malformed(err error) error { return fmt.Errorf("%w: %w", ErrKey, err) }

// onCurve leaves the names of curves, and those that are spelled out, to the
// reader of certificates: prime and base point choose one of the known curves,
// so that a chip cannot bring one of its own.
func onCurve(inside []byte) (Group, Element, error) {
	k, err := pki.ParsePublicKey(inside)
	switch {
	case errors.Is(err, pki.ErrUnsupported):
		return nil, nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	case errors.Is(err, curve.ErrPoint):
		return nil, nil, fmt.Errorf("%w: %w", ErrElement, err)
	case err != nil:
		return nil, nil, malformed(err)
	}
	c, p, ok := k.Point()
	if !ok {
		return nil, nil, fmt.Errorf("%w: key agreement with %v", ErrUnknown, k)
	}
	return EC(c), c.Encode(p), nil
}

func standardised(algorithm *der.Reader) (Group, error) {
	number := algorithm.Small(255)
	if err := algorithm.End(); err != nil {
		return nil, malformed(err)
	}
	return ByID(number)
}

// integers reads the parameters of X9.42 (prime, generator, order, perhaps how
// they were made) or of PKCS #3 (prime, generator, perhaps a length).
func integers(algorithm *der.Reader, ordered bool) (Group, error) {
	in := algorithm.Enter(der.Sequence)
	p, g := in.Unsigned(), in.Unsigned()
	var q *big.Int
	if ordered {
		q = in.Unsigned()
	}
	if err := cmp.Or(algorithm.End(), in.Err()); err != nil {
		return nil, malformed(err)
	}
	return DH(p, g, q)
}
