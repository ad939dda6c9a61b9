package chipsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// warning stands in every certificate made here.
const warning = "TEST, not an authority"

// Authority signs simulated cards. It is made at run time, so that no key
// exists whose signatures anybody could be led to trust.
type Authority struct {
	CSCA   *x509.Certificate
	Signer *x509.Certificate

	key  *ecdsa.PrivateKey // of the document signer
	rand io.Reader
}

// NewAuthority makes a country signing authority and a document signer under
// it (Doc 9303-12), both valid for some years from now on.
func NewAuthority(rand io.Reader, now time.Time) (*Authority, error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, err
	}
	csca, err := certify(rand, &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{Country: []string{"VN"}, Organization: []string{warning}, CommonName: "Test CSCA"},
		NotBefore:             now.AddDate(-1, 0, 0),
		NotAfter:              now.AddDate(12, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, root, root)
	if err != nil {
		return nil, err
	}
	signer, err := certify(rand, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{Country: []string{"VN"}, Organization: []string{warning}, CommonName: "Test document signer"},
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}, csca, key, root)
	if err != nil {
		return nil, err
	}
	return &Authority{CSCA: csca, Signer: signer, key: key, rand: rand}, nil
}

// certify signs a certificate for holder; a nil parent means itself.
func certify(rand io.Reader, t, parent *x509.Certificate, holder, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	if parent == nil {
		parent = t
	}
	der, err := x509.CreateCertificate(rand, t, parent, &holder.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Sign makes the EF.SOD of these data groups (whole files by number): CMS
// SignedData (RFC 5652) around the LDS security object, Doc 9303-10, 4.6.2.
func (a *Authority) Sign(groups map[int][]byte) ([]byte, error) {
	if len(groups) == 0 {
		return nil, errors.New("no data groups")
	}
	sha := tlv.Append(nil, 0x30, oid(2, 16, 840, 1, 101, 3, 4, 2, 1))
	var hashes []byte
	for _, n := range sorted(groups) {
		sum := sha256.Sum256(groups[n])
		hashes = tlv.Append(hashes, 0x30, integer(big.NewInt(int64(n))), tlv.Append(nil, 0x04, sum[:]))
	}
	content := tlv.Append(nil, 0x30, integer(new(big.Int)), sha, tlv.Append(nil, 0x30, hashes))
	kind := oid(2, 23, 136, 1, 1, 1)

	digest := sha256.Sum256(content)
	attributes := setOf(
		tlv.Append(nil, 0x30, oid(1, 2, 840, 113549, 1, 9, 3), tlv.Append(nil, 0x31, kind)),
		tlv.Append(nil, 0x30, oid(1, 2, 840, 113549, 1, 9, 4), tlv.Append(nil, 0x31, tlv.Append(nil, 0x04, digest[:]))))
	// What is signed is the SET; what is sent has the tag [0] instead.
	sum := sha256.Sum256(attributes)
	signature, err := ecdsa.SignASN1(a.rand, a.key, sum[:])
	if err != nil {
		return nil, err
	}
	sent := append([]byte{0xA0}, attributes[1:]...)

	signerInfo := tlv.Append(nil, 0x30,
		integer(big.NewInt(1)),
		tlv.Append(nil, 0x30, a.Signer.RawIssuer, integer(a.Signer.SerialNumber)),
		sha, sent,
		tlv.Append(nil, 0x30, oid(1, 2, 840, 10045, 4, 3, 2)), // ECDSA with SHA-256
		tlv.Append(nil, 0x04, signature))
	signed := tlv.Append(nil, 0x30,
		integer(big.NewInt(3)),
		setOf(sha),
		tlv.Append(nil, 0x30, kind, tlv.Append(nil, 0xA0, tlv.Append(nil, 0x04, content))),
		tlv.Append(nil, 0xA0, a.Signer.Raw),
		setOf(signerInfo))
	return tlv.Append(nil, 0x77, tlv.Append(nil, 0x30,
		oid(1, 2, 840, 113549, 1, 7, 2), tlv.Append(nil, 0xA0, signed))), nil
}
