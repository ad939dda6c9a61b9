package devpki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/devdock/devpki"
	"tram06/firmware/dossier"
	"tram06/firmware/submit"
	"tram06/gateway"
)

func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = data
	}
	return all
}

func changed(a, b map[string][]byte) (names []string) {
	for n := range b {
		if !bytes.Equal(a[n], b[n]) {
			names = append(names, n)
		}
	}
	return names
}

func TestMakeIsIdempotentAndFits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	now := time.Now()
	f, err := devpki.Make(dir, "SM06", now)
	if err != nil {
		t.Fatal(err)
	}
	first := snapshot(t, dir)
	if len(first) != 8 {
		t.Errorf("%d files, want 8", len(first))
	}
	for n := range first {
		if !strings.HasPrefix(n, "DEVELOPMENT-") {
			t.Errorf("%s does not say that it is for development", n)
		}
	}
	for _, key := range []string{f.CAKey, f.GatewayKey, f.KioskKey, f.HPKEPrivate} {
		if st, err := os.Stat(key); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v), want 0600", filepath.Base(key), st.Mode().Perm(), err)
		}
	}
	if _, err := devpki.Make(dir, "SM06", now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if c := changed(first, snapshot(t, dir)); len(c) != 0 {
		t.Errorf("made again: %v", c)
	}

	id, err := submit.LoadIdentity(f.KioskCert, f.KioskKey, f.CA)
	if err != nil || id.Name != "SM06" {
		t.Fatalf("identity %q (%v)", id.Name, err)
	}
	if _, err := gateway.TLSConfig(f.GatewayCert, f.GatewayKey, f.CA); err != nil {
		t.Error(err)
	}
	pub, err := dossier.ParsePublicKey(first[filepath.Base(f.HPKEPublic)])
	if err != nil {
		t.Fatal(err)
	}
	priv, err := dossier.ParsePrivateKey(first[filepath.Base(f.HPKEPrivate)])
	if err != nil || !bytes.Equal(priv.PublicKey().Bytes(), pub.Bytes()) {
		t.Errorf("sealing keys are no pair (%v)", err)
	}
	ca := certificate(t, f.CA)
	if !strings.Contains(ca.Subject.CommonName, "DEVELOPMENT") {
		t.Errorf("authority is called %q", ca.Subject.CommonName)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for name, o := range map[string]x509.VerifyOptions{
		f.GatewayCert: {DNSName: "localhost", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}},
		f.KioskCert:   {KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
	} {
		o.Roots = roots
		if _, err := certificate(t, name).Verify(o); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	if err := certificate(t, f.GatewayCert).VerifyHostname("127.0.0.1"); err != nil {
		t.Error(err)
	}
	// Neither can stand in for the other.
	if _, err := certificate(t, f.KioskCert).Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("the kiosk's certificate could serve")
	}
}

func certificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := pem.Decode(data)
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever is missing, ends soon or was made for something else is made anew;
// the sealing key outlives all of it, because dossiers are sealed to it.
func TestMakeMendsWhatIsBroken(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		spoil func(f devpki.Files) error
		kiosk string
		at    time.Time
		want  int // files that change
	}{
		"kiosk key lost":       {func(f devpki.Files) error { return os.Remove(f.KioskKey) }, "SM06", now, 2},
		"certificate garbled":  {func(f devpki.Files) error { return os.WriteFile(f.GatewayCert, []byte("x"), 0o644) }, "SM06", now, 2},
		"another kiosk":        {func(devpki.Files) error { return nil }, "SM07", now, 2},
		"ends soon":            {func(devpki.Files) error { return nil }, "SM06", now.Add(70 * 24 * time.Hour), 6},
		"clock was set back":   {func(devpki.Files) error { return nil }, "SM06", now.AddDate(-1, 0, 0), 6},
		"authority lost":       {func(f devpki.Files) error { return os.Remove(f.CA) }, "SM06", now, 6},
		"key open to everyone": {func(f devpki.Files) error { return os.Chmod(f.KioskKey, 0o644) }, "SM06", now, 2},
		"public key lost":      {func(f devpki.Files) error { return os.Remove(f.HPKEPublic) }, "SM06", now, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f, err := devpki.Make(dir, "SM06", now)
			if err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, dir)
			if err := c.spoil(f); err != nil {
				t.Fatal(err)
			}
			if _, err := devpki.Make(dir, c.kiosk, c.at); err != nil {
				t.Fatal(err)
			}
			after := snapshot(t, dir)
			if got := changed(before, after); len(got) != c.want || len(after) != 8 {
				t.Errorf("changed %v of %d, want %d of 8", got, len(after), c.want)
			}
			seal := filepath.Base(f.HPKEPrivate)
			if !bytes.Equal(before[seal], after[seal]) {
				t.Error("the sealing key was replaced")
			}
			if _, err := submit.LoadIdentity(f.KioskCert, f.KioskKey, f.CA); err != nil {
				t.Error(err)
			}
			if st, err := os.Stat(f.KioskKey); err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("kiosk key mode (%v)", err)
			}
		})
	}
}

func TestMakeRefuses(t *testing.T) {
	if _, err := devpki.Make(t.TempDir(), "no name", time.Now()); err == nil {
		t.Error("took a kiosk name with a space")
	}
	dir := t.TempDir()
	f, err := devpki.Make(dir, "SM06", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// A sealing key that cannot be read is for a person to look at.
	if err := os.WriteFile(f.HPKEPrivate, []byte("garbled"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := devpki.Make(dir, "SM06", time.Now()); err == nil {
		t.Error("replaced a sealing key")
	}
}
