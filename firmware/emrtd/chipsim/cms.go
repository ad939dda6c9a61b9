package chipsim

import (
	"io"
	"math/big"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// signedData is CMS SignedData around content, in a ContentInfo: RFC 5652. The
// profile is that of Doc 9303-10, 4.6.2, and 9303-12, section 9. A zero time
// leaves the signing time out.
func signedData(random io.Reader, kind, content []byte, by *party, signing Signing, at time.Time, certificates ...[]byte) ([]byte, error) {
	attributes := [][]byte{
		sequence(oid(1, 2, 840, 113549, 1, 9, 3), tlv.Append(nil, 0x31, kind)),
		sequence(oid(1, 2, 840, 113549, 1, 9, 4), tlv.Append(nil, 0x31, octets(signing.Hash.sum(content)))),
	}
	if !at.IsZero() {
		attributes = append(attributes, sequence(oid(1, 2, 840, 113549, 1, 9, 5), tlv.Append(nil, 0x31, date(at))))
	}
	set := setOf(attributes...)
	// What is signed is the SET; what is sent has the tag [0] instead.
	signature, err := by.key.sign(random, signing, set)
	if err != nil {
		return nil, err
	}
	sent := append([]byte{0xA0}, set[1:]...)

	version, who := 1, sequence(by.issuer(), integer(by.serial))
	if signing.ByKey {
		version, who = 3, tlv.Append(nil, 0x80, by.keyID())
	}
	info := sequence(
		integer(big.NewInt(int64(version))), who,
		signing.Hash.algorithm(), sent,
		by.key.algorithm(signing), octets(signature))
	set = setOf(append([][]byte{by.der}, certificates...)...)
	all := append([]byte{0xA0}, set[1:]...)
	return sequence(
		oid(1, 2, 840, 113549, 1, 7, 2),
		tlv.Append(nil, 0xA0, sequence(
			small(3),
			setOf(signing.Hash.algorithm()),
			sequence(kind, tlv.Append(nil, 0xA0, octets(content))),
			all,
			setOf(info)))), nil
}

// issuer is the name of who signed the certificate.
func (p *party) issuer() []byte {
	n, err := tlv.ParseOne(p.der, 0x30)
	if err != nil {
		return nil
	}
	body, ok := n.Find(0x30)
	if !ok {
		return nil
	}
	parts, err := body.Children()
	if err != nil || len(parts) < 4 {
		return nil
	}
	return parts[3].Raw
}
