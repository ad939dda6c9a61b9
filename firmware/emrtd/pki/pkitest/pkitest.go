// Package pkitest makes up authorities, document signers, revocation lists and
// signed data for tests. Its keys live as long as the test, and every name in
// its certificates says that it is no authority.
package pkitest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// Now is the day on which these tests happen.
var Now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// TB is what is used of testing.TB.
type TB interface {
	Helper()
	Fatal(...any)
}

// Holder has a certificate and its key.
type Holder struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

// Raw is the certificate, DER.
func (h Holder) Raw() []byte { return h.Cert.Raw }

// Change alters a certificate before it is signed.
type Change func(*x509.Certificate)

// Name is a subject of this country.
func Name(country, common string) pkix.Name {
	return pkix.Name{Country: []string{country}, Organization: []string{"TEST, not an authority"}, CommonName: common}
}

// Authority makes a self-signed country signing authority, valid from 2020
// to 2035.
func Authority(t TB, common string, changes ...Change) Holder {
	t.Helper()
	return Holder{}.issue(t, &x509.Certificate{
		SerialNumber:          serial(t),
		Subject:               Name("UT", common),
		NotBefore:             time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, changes)
}

// Signer makes a document signer under h, valid from 2024 to 2034.
func (h Holder) Signer(t TB, changes ...Change) Holder {
	t.Helper()
	return h.issue(t, &x509.Certificate{
		SerialNumber: serial(t),
		Subject:      Name("UT", "Test document signer"),
		NotBefore:    time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2034, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		SubjectKeyId: serial(t).Bytes(),
	}, nil, changes)
}

// Link certifies the key of next by h: a link certificate.
func (h Holder) Link(t TB, next Holder, changes ...Change) []byte {
	t.Helper()
	c := *next.Cert
	c.SerialNumber, c.Raw, c.RawSubject = serial(t), nil, nil
	c.ExtraExtensions, c.Extensions = nil, nil
	return h.issue(t, &c, next.Key, changes).Raw()
}

func serial(t TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 60))
	if err != nil {
		t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}

// issue signs by h, or by the new key itself if h is nobody.
func (h Holder) issue(t TB, c *x509.Certificate, key *ecdsa.PrivateKey, changes []Change) Holder {
	t.Helper()
	var err error
	if key == nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range changes {
		f(c)
	}
	parent, by := h.Cert, h.Key
	if by == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return Holder{Cert: cert, Key: key}
}

// CRL is h's list of withdrawn certificates, to be replaced at next.
func (h Holder) CRL(t TB, next time.Time, withdrawn ...*x509.Certificate) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: next.AddDate(0, -3, 0), NextUpdate: next}
	for _, c := range withdrawn {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: next.AddDate(0, -4, 0)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, h.Cert, h.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// KeyPeriod is the private key usage period as an extension.
func KeyPeriod(from, until time.Time) pkix.Extension {
	const form = "20060102150405Z"
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 16}, Value: tlv.Append(nil, 0x30,
		tlv.Append(nil, 0x80, []byte(from.UTC().Format(form))),
		tlv.Append(nil, 0x81, []byte(until.UTC().Format(form))))}
}

// MasterListPurpose is the extended key usage of those who sign master lists.
func MasterListPurpose() pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
		Value: tlv.Append(nil, 0x30, OID(2, 23, 136, 1, 1, 3))}
}
