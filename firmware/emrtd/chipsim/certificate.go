package chipsim

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// warning stands in every certificate made here.
const warning = "TEST, not an authority"

// party is somebody who signs: a key and the certificate about it.
type party struct {
	name    []byte // DER
	serial  *big.Int
	key     signKey
	signing Signing
	der     []byte
	from    time.Time
	until   time.Time
	claims  []byte // key identifier that a forger writes instead of its own
}

// keyID is the subject key identifier: RFC 5280, 4.2.1.2, method 1.
func (p *party) keyID() []byte {
	if p.claims != nil {
		return p.claims
	}
	info, err := tlv.ParseOne(p.key.public(), 0x30)
	if err != nil {
		return nil
	}
	parts, err := info.Children()
	if err != nil || len(parts) != 2 {
		return nil
	}
	sum := sha1.Sum(parts[1].Value[1:]) // without the count of unused bits
	return sum[:]
}

// parsed is the certificate as crypto/x509 reads it, nil where it cannot.
func (p *party) parsed() *x509.Certificate {
	c, err := x509.ParseCertificate(p.der)
	if err != nil {
		return nil
	}
	return c
}

func distinguished(common string) ([]byte, error) {
	n := pkix.Name{Country: []string{"VN"}, Organization: []string{warning}, CommonName: common}
	return asn1.Marshal(n.ToRDNSequence())
}

// role says what a certificate is for: Doc 9303-12, table 6.
type role uint8

const (
	roleCSCA role = iota
	roleSigner
	roleListSigner // of master lists
)

// certify makes the certificate of holder, signed by issuer: Doc 9303-12,
// section 7.1. An issuer may be the holder itself.
func certify(random io.Reader, r role, holder, issuer *party) error {
	usage := []byte{0x03, 0x02, 0x07, 0x80} // digitalSignature
	if r == roleCSCA {
		usage = []byte{0x03, 0x02, 0x01, 0x06} // keyCertSign, cRLSign
	}
	extensions := [][]byte{
		extension(oid(2, 5, 29, 35), false, sequence(tlv.Append(nil, 0x80, issuer.keyID()))),
		extension(oid(2, 5, 29, 14), false, octets(holder.keyID())),
		extension(oid(2, 5, 29, 15), true, usage),
	}
	switch r {
	case roleCSCA:
		extensions = append(extensions, extension(oid(2, 5, 29, 19), true, sequence([]byte{0x01, 0x01, 0xFF}, small(0))))
	case roleSigner:
		period := sequence(
			tlv.Append(nil, 0x80, []byte(holder.from.UTC().Format("20060102150405Z"))),
			tlv.Append(nil, 0x81, []byte(holder.until.UTC().Format("20060102150405Z"))))
		// Which documents it signs: "I", identity cards. Doc 9303-12, 7.1.1.6.
		types := sequence(small(0), tlv.Append(nil, 0x31, tlv.Append(nil, 0x13, []byte("I"))))
		extensions = append(extensions, extension(oid(2, 5, 29, 16), false, period), extension(oid(2, 23, 136, 1, 1, 6, 2), false, types))
	case roleListSigner:
		extensions = append(extensions, extension(oid(2, 5, 29, 37), true, sequence(oid(2, 23, 136, 1, 1, 3))))
	}
	algorithm := issuer.key.algorithm(issuer.signing)
	body := sequence(
		tlv.Append(nil, 0xA0, small(2)),
		integer(holder.serial),
		algorithm,
		issuer.name,
		sequence(date(holder.from), date(holder.until)),
		holder.name,
		holder.key.public(),
		tlv.Append(nil, 0xA3, sequence(extensions...)))
	signature, err := issuer.key.sign(random, issuer.signing, body)
	if err != nil {
		return err
	}
	holder.der = sequence(body, algorithm, bits(signature))
	return nil
}

func extension(id []byte, critical bool, value []byte) []byte {
	if critical {
		return sequence(id, []byte{0x01, 0x01, 0xFF}, octets(value))
	}
	return sequence(id, octets(value))
}
