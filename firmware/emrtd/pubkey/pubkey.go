// Package pubkey reads the public keys that chips and certificates carry: the
// SubjectPublicKeyInfo of RFC 5280 with keys for RSA, for elliptic curves and
// for Diffie-Hellman. crypto/x509 takes neither Brainpool curves nor
// parameters spelled out nor Diffie-Hellman, and chips have all three.
//
// A key that is returned is valid: a point lies on its curve, a Diffie-Hellman
// value in its group. Where it came from is for others to prove.
package pubkey

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrFormat: the bytes are no public key, or one that is wrong in itself.
	ErrFormat = errors.New("pubkey: malformed public key")
	// ErrUnsupported: a key, a curve or a size that is not known here.
	ErrUnsupported = errors.New("pubkey: unsupported public key")
)

// Key is a public key. Exactly one of the three is set.
type Key struct {
	RSA *RSA
	EC  *EC
	DH  *DH
}

// EC is a point on a named curve.
type EC struct {
	Curve *curve.Curve
	Point curve.Point
}

// RSA is a modulus with its exponent, which unlike that of crypto/rsa may be
// larger than an int.
type RSA struct{ N, E *big.Int }

// Sizes beyond which a key is hostile, or was never safe.
const (
	minRSA, maxRSA = 512, 8192
	maxExponent    = 64
)

func (k Key) String() string {
	switch {
	case k.RSA != nil:
		return fmt.Sprintf("RSA-%d", k.RSA.N.BitLen())
	case k.EC != nil:
		return k.EC.Curve.String()
	case k.DH != nil:
		return k.DH.String()
	}
	return "no key"
}

const (
	tagInteger  tlv.Tag = 0x02
	tagBits     tlv.Tag = 0x03
	tagOctets   tlv.Tag = 0x04
	tagOID      tlv.Tag = 0x06
	tagSequence tlv.Tag = 0x30
)

var (
	oidRSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidRSAX500   = asn1.ObjectIdentifier{2, 5, 8, 1, 1} // some old DG15
	oidEC        = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidECDH      = asn1.ObjectIdentifier{1, 3, 132, 1, 12} // id-ecDH, RFC 5480
	oidDHNumber  = asn1.ObjectIdentifier{1, 2, 840, 10046, 2, 1}
	oidDHPKCS3   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}
	oidStandard  = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 2} // Doc 9303-11, 9.5.1
	oidPrimeItem = asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}
)

// Parse reads a SubjectPublicKeyInfo, DER, that fills b.
func Parse(b []byte) (Key, error) {
	k, err := parse(b)
	if err != nil && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrFormat) {
		return Key{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return k, err
}

func parse(b []byte) (Key, error) {
	root, err := tlv.ParseOne(b, tagSequence)
	if err != nil {
		return Key{}, err
	}
	r := reader{rest: root.Value}
	alg := reader{rest: r.next(tagSequence).Value}
	bits := r.next(tagBits).Value
	id := alg.oid()
	if err := errors.Join(r.end(), alg.err); err != nil {
		return Key{}, err
	}
	if len(bits) < 2 || bits[0] != 0 {
		return Key{}, errors.New("no whole number of bytes")
	}
	switch bits = bits[1:]; {
	case id.Equal(oidRSA), id.Equal(oidPSS), id.Equal(oidRSAX500):
		return parseRSA(bits)
	case id.Equal(oidEC), id.Equal(oidECDH):
		return parseEC(alg.rest, bits)
	case id.Equal(oidDHNumber), id.Equal(oidDHPKCS3):
		return parseDH(alg.rest, bits, id.Equal(oidDHPKCS3))
	case id.Equal(oidStandard):
		return parseStandard(alg.rest, bits)
	}
	return Key{}, fmt.Errorf("%w: algorithm %v", ErrUnsupported, id)
}

func parseRSA(b []byte) (Key, error) {
	seq, err := tlv.ParseOne(b, tagSequence)
	if err != nil {
		return Key{}, err
	}
	r := reader{rest: seq.Value}
	n, e := r.integer(), r.integer()
	switch err := r.end(); {
	case err != nil:
		return Key{}, err
	case n.BitLen() < minRSA || n.BitLen() > maxRSA:
		return Key{}, fmt.Errorf("%w: RSA of %d bits", ErrUnsupported, n.BitLen())
	case n.Bit(0) == 0 || e.Bit(0) == 0 || e.BitLen() < 2:
		return Key{}, errors.New("no RSA key: even modulus or exponent")
	case e.BitLen() > maxExponent:
		return Key{}, fmt.Errorf("%w: RSA exponent of %d bits", ErrUnsupported, e.BitLen())
	}
	return Key{RSA: &RSA{n, e}}, nil
}

// parseStandard reads a key whose algorithm is a number of table 6: section
// 9.5.1 of Doc 9303-11 allows it in place of parameters.
func parseStandard(parameters, public []byte) (Key, error) {
	r := reader{rest: parameters}
	v := r.integer()
	if err := r.end(); err != nil {
		return Key{}, err
	}
	if v.BitLen() > 8 {
		return Key{}, fmt.Errorf("%w: standardised parameters", ErrUnsupported)
	}
	id := int(v.Int64())
	if c, err := curve.ByID(id); err == nil {
		return point(c, public)
	}
	return Key{}, fmt.Errorf("%w: standardised parameters %d", ErrUnsupported, id)
}
