// Package devpki makes the keys and certificates of a development set-up: one
// authority, a gateway on this machine, and one kiosk.
//
// Everything it makes says DEVELOPMENT in its name. The authority's key lies
// beside the rest, so nothing it signed is worth any trust: a real site enrols
// its kiosks with a real authority.
package devpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"tram06/firmware/dossier"
)

// lifetime of everything; a file that ends within renewBefore is made anew.
const (
	lifetime    = 90 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
)

// Files says where everything is.
type Files struct {
	CA, CAKey           string // signs the two below
	GatewayCert         string
	GatewayKey          string
	KioskCert, KioskKey string // the key signs dossiers and receipts as well
	HPKEPublic          string // kiosks seal to it
	HPKEPrivate         string // opens what was sealed; the gateway's alone
}

func files(dir string) Files {
	at := func(name string) string { return filepath.Join(dir, "DEVELOPMENT-"+name) }
	return Files{
		CA: at("ca.pem"), CAKey: at("ca-key.pem"),
		GatewayCert: at("gateway.pem"), GatewayKey: at("gateway-key.pem"),
		KioskCert: at("kiosk.pem"), KioskKey: at("kiosk-key.pem"),
		HPKEPublic: at("gateway-seal.pub.pem"), HPKEPrivate: at("gateway-seal.pem"),
	}
}

// Make makes in dir what is missing, ends soon, or does not fit together any
// more; what is good stays as it is. kiosk is the kiosk's name. Private keys
// are readable by the owner only.
func Make(dir, kiosk string, now time.Time) (Files, error) {
	if !dossier.ValidKiosk(kiosk) {
		return Files{}, fmt.Errorf("development keys: kiosk name %q: want letters, digits, dot, dash, underscore", kiosk)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Files{}, fmt.Errorf("development keys: %w", err)
	}
	f := files(dir)
	m := maker{now: now}
	ca, err := m.authority(f)
	if err != nil {
		return Files{}, fmt.Errorf("development authority: %w", err)
	}
	server := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "TRAM06 DEVELOPMENT gateway", Organization: []string{"TRAM06 DEVELOPMENT"}},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if err := m.leaf(f.GatewayCert, f.GatewayKey, server, ca); err != nil {
		return Files{}, fmt.Errorf("development gateway certificate: %w", err)
	}
	device := &x509.Certificate{
		Subject:     pkix.Name{CommonName: kiosk, Organization: []string{"TRAM06 DEVELOPMENT"}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if err := m.leaf(f.KioskCert, f.KioskKey, device, ca); err != nil {
		return Files{}, fmt.Errorf("development kiosk certificate: %w", err)
	}
	if err := sealing(f); err != nil {
		return Files{}, fmt.Errorf("development sealing key: %w", err)
	}
	return f, nil
}

type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

type maker struct{ now time.Time }

func (m maker) authority(f Files) (pair, error) {
	if p, err := load(f.CA, f.CAKey); err == nil && m.fresh(p.cert) {
		return p, nil
	}
	return m.issue(f.CA, f.CAKey, &x509.Certificate{
		Subject:               pkix.Name{CommonName: "TRAM06 DEVELOPMENT CA", Organization: []string{"TRAM06 DEVELOPMENT"}},
		KeyUsage:              x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
	}, nil)
}

// leaf keeps the certificate that is there if it still serves.
func (m maker) leaf(certFile, keyFile string, want *x509.Certificate, ca pair) error {
	p, err := load(certFile, keyFile)
	if err == nil && m.fresh(p.cert) && p.cert.CheckSignatureFrom(ca.cert) == nil &&
		p.cert.Subject.CommonName == want.Subject.CommonName {
		return nil
	}
	_, err = m.issue(certFile, keyFile, want, &ca)
	return err
}

func (m maker) fresh(c *x509.Certificate) bool {
	return !m.now.Before(c.NotBefore) && m.now.Add(renewBefore).Before(c.NotAfter)
}

// issue makes a key and a certificate; without a parent it signs itself.
func (m maker) issue(certFile, keyFile string, c *x509.Certificate, parent *pair) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return pair{}, err
	}
	// An hour back, for a board whose clock is a little behind.
	c.NotBefore, c.NotAfter = m.now.Add(-time.Hour), m.now.Add(lifetime)
	if parent == nil {
		parent = &pair{cert: c, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent.cert, key.Public(), parent.key)
	if err != nil {
		return pair{}, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	// The key first: a certificate without its key would look finished.
	if err := write(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return pair{}, err
	}
	if err := write(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

// sealing makes the gateway's sealing key pair. It is never replaced while it
// can be read: dossiers that are sealed to it could not be opened any more.
func sealing(f Files) error {
	data, err := os.ReadFile(f.HPKEPrivate)
	switch {
	case errors.Is(err, os.ErrNotExist):
		key, err := dossier.GenerateKey()
		if err != nil {
			return err
		}
		if data, err = dossier.MarshalPrivateKey(key); err != nil {
			return err
		}
		if err := write(f.HPKEPrivate, data, 0o600); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	key, err := dossier.ParsePrivateKey(data)
	if err != nil {
		return err
	}
	return write(f.HPKEPublic, dossier.MarshalPublicKey(key.PublicKey()), 0o644)
}

func load(certFile, keyFile string) (pair, error) {
	certPEM, err := os.ReadFile(certFile)
	if err != nil {
		return pair{}, err
	}
	keyPEM, err := os.ReadFile(keyFile)
	if err != nil {
		return pair{}, err
	}
	cb, _ := pem.Decode(certPEM)
	kb, _ := pem.Decode(keyPEM)
	if cb == nil || kb == nil {
		return pair{}, errors.New("no PEM")
	}
	cert, err := x509.ParseCertificate(cb.Bytes)
	if err != nil {
		return pair{}, err
	}
	k, err := x509.ParsePKCS8PrivateKey(kb.Bytes)
	if err != nil {
		return pair{}, err
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return pair{}, errors.New("key and certificate are no pair")
	}
	if st, err := os.Stat(keyFile); err != nil || st.Mode().Perm()&0o077 != 0 {
		return pair{}, errors.New("key is readable by others")
	}
	return pair{cert, key}, nil
}

// write replaces the file whole. The mode is set outright: an old file's would
// be taken over otherwise.
func write(path string, data []byte, mode os.FileMode) error {
	f, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(mode))
	if err != nil {
		return err
	}
	defer f.Cleanup()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}
