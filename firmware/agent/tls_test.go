package agent_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/fleet"
)

// authority makes a certificate for this machine, signed by itself, as files
// and as the pool that trusts it.
func authority(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test fleet"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &priv.PublicKey, priv)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, data := range map[string][]byte{cert: certPEM, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return cert, key, pool
}

// TestTLS: a server that a configuration file gave a certificate, a kiosk that
// trusts it, and one that trusts another.
func TestTLS(t *testing.T) {
	cert, key, pool := authority(t)
	_, _, strange := authority(t)
	conf := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "host: \"127.0.0.1\"\nport: -1\ntls { cert_file: %q, key_file: %q }\n", cert, key), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &server{T: t, state: t.TempDir(), sweep: make(chan time.Time)}
	var err error
	s.Server, err = fleet.Start(t.Context(), fleet.Options{State: s.state, Web: "127.0.0.1:0", NATSConfig: conf, Sweep: s.sweep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	url := s.NATSURL()
	if !strings.HasPrefix(url, "tls://") {
		t.Fatalf("the server is at %s, want tls://", url)
	}
	creds := s.enrol("SM06")

	refused := make(chan string, 64)
	doubter := options(t, url, creds)
	doubter.TLS = &tls.Config{RootCAs: strange}
	doubter.Log = slog.New(collector{refused})
	k := start(t, doubter)
	if said := <-refused; !strings.Contains(said, "certificate") {
		t.Errorf("a server of a strange authority: %s", said)
	}
	k.stop()
	if err := <-k.ended; err != nil {
		t.Fatal(err)
	}
	if got, err := s.Registry().Kiosk("SM06"); err != nil || !got.LastSeen.IsZero() {
		t.Errorf("a kiosk spoke to a server it does not trust: %v, %v", got, err)
	}

	trusting := options(t, url, creds)
	trusting.TLS = &tls.Config{RootCAs: pool}
	start(t, trusting)
	s.await("SM06", "online by TLS", online)
}
