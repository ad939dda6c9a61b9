package group

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// ErrKey: the bytes are no public key for key agreement.
var ErrKey = errors.New("group: malformed public key")

// The algorithms that a SubjectPublicKeyInfo can name: Doc 9303-11 section 9.5.
var (
	oidECPublicKey  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidStandardised = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 2}
	oidX942         = asn1.ObjectIdentifier{1, 2, 840, 10046, 2, 1}
	oidPKCS3        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}
)

// ParseKey reads a SubjectPublicKeyInfo: curves by name, by the number of
// standardised parameters and spelled out; integers after PKCS #3 and, as some
// chips have it, X9.42 (Doc 9303-11 section 8.5). The key is checked to be an
// element. A group that is not known here is ErrUnknown, other faults are
// ErrKey, ErrElement or ErrParameters.
func ParseKey(spki []byte) (Group, Element, error) {
	fail := func(err error) (Group, Element, error) { return nil, nil, fmt.Errorf("%w: %w", ErrKey, err) }
	outer, err := tlv.ParseOne(spki, 0x30)
	if err != nil {
		return fail(err)
	}
	parts, err := children(outer, 0x30, 0x03)
	if err != nil {
		return fail(err)
	}
	algorithm, err := parts[0].Children()
	if err != nil {
		return fail(err)
	}
	if len(algorithm) != 2 {
		return fail(fmt.Errorf("algorithm of %d parts", len(algorithm)))
	}
	var oid asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(algorithm[0].Raw, &oid); err != nil || len(rest) > 0 {
		return fail(errors.New("no algorithm"))
	}
	g, err := parameters(oid, algorithm[1])
	if err != nil {
		return nil, nil, err
	}
	if len(parts[1].Value) < 1 || parts[1].Value[0] != 0 {
		return fail(errors.New("bits instead of bytes"))
	}
	value := parts[1].Value[1:]
	if g.Tag() == tagDH { // an INTEGER within
		n, err := tlv.ParseOne(value, 0x02)
		if err != nil {
			return fail(err)
		}
		value = n.Value
	}
	e, err := g.Decode(value)
	if err != nil {
		return nil, nil, err
	}
	return g, e, nil
}

func parameters(oid asn1.ObjectIdentifier, n tlv.Node) (Group, error) {
	switch {
	case oid.Equal(oidStandardised):
		var id int
		if rest, err := asn1.Unmarshal(n.Raw, &id); err != nil || len(rest) > 0 {
			return nil, fmt.Errorf("%w: no number of standardised parameters", ErrKey)
		}
		return ByID(id)
	case oid.Equal(oidECPublicKey):
		return curveParameters(n)
	case oid.Equal(oidPKCS3): // p, g, perhaps the length of a private key
		v, err := integers(n, 2)
		if err != nil {
			return nil, err
		}
		return DH(v[0], v[1], nil)
	case oid.Equal(oidX942): // p, g, q, more
		v, err := integers(n, 3)
		if err != nil {
			return nil, err
		}
		return DH(v[0], v[1], v[2])
	}
	return nil, fmt.Errorf("%w: algorithm %v", ErrUnknown, oid)
}

// curveParameters reads ECParameters. Of a curve that is spelled out, prime
// and base point choose one of the known curves, and that one's own numbers
// are used: a chip cannot bring a curve of its own.
func curveParameters(n tlv.Node) (Group, error) {
	if n.Tag == 0x06 {
		var oid asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(n.Raw, &oid); err != nil || len(rest) > 0 {
			return nil, fmt.Errorf("%w: name of the curve", ErrKey)
		}
		return known(curve.ByOID(oid.String()))
	}
	p, err := children(n, 0x02, 0x30, 0x30, 0x04, 0x02)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	field, err := children(p[1], 0x06, 0x02)
	if err != nil {
		return nil, fmt.Errorf("%w: no prime field: %w", ErrKey, err)
	}
	base := p[3].Value
	if len(base) < 3 || len(base)%2 != 1 || base[0] != 4 {
		return nil, fmt.Errorf("%w: base point not written out", ErrUnknown)
	}
	half := len(base) / 2
	return known(curve.ByPrimeAndBase(new(big.Int).SetBytes(field[1].Value),
		new(big.Int).SetBytes(base[1:1+half]), new(big.Int).SetBytes(base[1+half:])))
}

func known(c *curve.Curve, err error) (Group, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return EC(c), nil
}

// children reads the objects inside n, which must begin with these tags.
func children(n tlv.Node, tags ...tlv.Tag) ([]tlv.Node, error) {
	out, err := n.Children()
	if err != nil {
		return nil, err
	}
	if len(out) < len(tags) {
		return nil, fmt.Errorf("%d objects inside %v, want %d", len(out), n.Tag, len(tags))
	}
	for i, tag := range tags {
		if out[i].Tag != tag {
			return nil, fmt.Errorf("%v inside %v where %v belongs", out[i].Tag, n.Tag, tag)
		}
	}
	return out, nil
}

// integers reads the first INTEGERs of a sequence, none of them negative.
func integers(n tlv.Node, count int) ([]*big.Int, error) {
	tags := make([]tlv.Tag, count)
	for i := range tags {
		tags[i] = 0x02
	}
	nodes, err := children(n, tags...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	out := make([]*big.Int, count)
	for i := range out {
		b := nodes[i].Value
		if len(b) == 0 || b[0]&0x80 != 0 || len(b) > maxDH/8+1 {
			return nil, fmt.Errorf("%w: no positive number", ErrKey)
		}
		out[i] = new(big.Int).SetBytes(b)
	}
	return out, nil
}
