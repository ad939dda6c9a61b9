package submit

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// Identity is the device's certificate, the key that belongs to it, and whom
// it trusts.
type Identity struct {
	TLS *tls.Config
	// Key signs dossiers and receipts; it is the certificate's.
	Key crypto.Signer
	// Name is the device's name in the certificate.
	Name string
}

// LoadIdentity reads the device's certificate and key and the authority that
// signed the gateway's certificate, all PEM.
func LoadIdentity(certFile, keyFile, caFile string) (Identity, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return Identity{}, fmt.Errorf("load device certificate: %w", err)
	}
	key, ok := cert.PrivateKey.(crypto.Signer)
	if !ok {
		return Identity{}, errors.New("load device certificate: its key cannot sign")
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return Identity{}, fmt.Errorf("load gateway authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return Identity{}, fmt.Errorf("load gateway authority: no certificate in %s", caFile)
	}
	return Identity{
		TLS:  &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, Certificates: []tls.Certificate{cert}},
		Key:  key,
		Name: cert.Leaf.Subject.CommonName,
	}, nil
}
