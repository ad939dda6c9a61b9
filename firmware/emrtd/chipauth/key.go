package chipauth

import (
	"bytes"
	"cmp"
	"fmt"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/tlv"
)

// PublicKey is a chip's static key. The element is known to be one.
type PublicKey struct {
	Group   group.Group
	Element group.Element
}

func (k PublicKey) String() string {
	if k.Group == nil {
		return "no key"
	}
	return k.Group.String()
}

// agree gives our public key for the wire and the secret that it shares with
// the chip's: Doc 9303-11 section 9.6.
func (k PublicKey) agree(private []byte) (public, secret []byte, err error) {
	g := k.Group
	own, err := g.Mul(g.Generator(), private)
	if err != nil {
		return nil, nil, err
	}
	shared, err := g.Mul(k.Element, private)
	if err != nil {
		return nil, nil, err
	}
	defer clear(shared)
	return g.Encode(own), bytes.Clone(g.Secret(shared)), nil
}

// The algorithms of a SubjectPublicKeyInfo that package pki does not read,
// because no certificate has them: Doc 9303-11 section 9.5.
const (
	oidX942     = "1.2.840.10046.2.1"    // dhpublicnumber
	oidPKCS3    = "1.2.840.113549.1.3.1" // dhKeyAgreement
	oidStandard = "0.4.0.127.0.7.1.2"    // standardizedDomainParameters
)

// parseKey reads a SubjectPublicKeyInfo.
func parseKey(spki tlv.Node) (PublicKey, error) {
	if spki.Tag != der.Sequence {
		return PublicKey{}, fmt.Errorf("%w: public key in %v", ErrFormat, spki.Tag)
	}
	r := der.Read(spki.Value)
	alg := r.Enter(der.Sequence)
	id := alg.OID()
	bits := r.Next(der.Bits).Value
	if err := cmp.Or(alg.Err(), r.End()); err != nil {
		return PublicKey{}, err
	}
	if len(bits) < 2 || bits[0] != 0 {
		return PublicKey{}, fmt.Errorf("%w: public key is no whole number of bytes", ErrFormat)
	}
	switch id {
	case oidX942, oidPKCS3:
		g, err := integers(alg, id == oidX942)
		if err != nil {
			return PublicKey{}, err
		}
		return element(g, bits[1:])
	case oidStandard:
		number := alg.Small(255)
		if err := alg.End(); err != nil {
			return PublicKey{}, err
		}
		g, err := group.ByID(number)
		if err != nil {
			return PublicKey{}, err
		}
		return element(g, bits[1:])
	}
	k, err := pki.ParsePublicKey(spki.Value)
	if err != nil {
		return PublicKey{}, err
	}
	c, p, ok := k.Point()
	if !ok {
		return PublicKey{}, fmt.Errorf("%w: key agreement with %v", ErrUnsupported, k)
	}
	return element(group.EC(c), c.Encode(p))
}

// integers reads the parameters of X9.42 (prime, generator, order, perhaps how
// they were made) or of PKCS #3 (prime, generator, perhaps a length).
func integers(alg *der.Reader, ordered bool) (group.Group, error) {
	in := alg.Enter(der.Sequence)
	p, g := in.Unsigned(), in.Unsigned()
	if !ordered {
		if err := cmp.Or(alg.End(), in.Err()); err != nil {
			return nil, err
		}
		return group.DH(p, g, nil)
	}
	q := in.Unsigned()
	if err := cmp.Or(alg.End(), in.Err()); err != nil {
		return nil, err
	}
	return group.DH(p, g, q)
}

// element reads the public value. That of integers is an INTEGER, which keeps
// its own length.
func element(g group.Group, b []byte) (PublicKey, error) {
	if !isCurve(g) {
		in := der.Read(b)
		b = in.Next(der.Integer).Value
		if err := in.End(); err != nil {
			return PublicKey{}, err
		}
	}
	e, err := g.Decode(b)
	return PublicKey{g, e}, err
}

// isCurve: the public keys of the two kinds have different data objects.
func isCurve(g group.Group) bool { return g.Tag() == tagPoint }

const tagPoint tlv.Tag = 0x86
