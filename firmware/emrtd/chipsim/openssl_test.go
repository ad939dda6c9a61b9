package chipsim_test

import (
	"crypto"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/tlv"
)

// judge runs openssl over files in a folder of their own. It is one of the
// tools that the project's tests need.
type judge struct {
	t   *testing.T
	dir string
}

func newJudge(t *testing.T) judge { return judge{t, t.TempDir()} }

func (j judge) file(name, kind string, der ...[]byte) string {
	j.t.Helper()
	var b []byte
	for _, d := range der {
		if kind == "" {
			b = append(b, d...)
		} else {
			b = append(b, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: d})...)
		}
	}
	path := filepath.Join(j.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		j.t.Fatal(err)
	}
	return path
}

func (j judge) run(args ...string) (string, bool) {
	j.t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	return string(out), err == nil
}

func authority(t *testing.T) *chipsim.Authority {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, founded())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// founded is a day so near that openssl, which has the machine's clock, takes
// the certificates for valid.
func founded() time.Time { return time.Now().AddDate(0, 0, -3).Truncate(time.Second) }

func signings() map[string]chipsim.Signing {
	ec := func(group int, hash crypto.Hash, form chipsim.Form) chipsim.Signing {
		return chipsim.Signing{Key: chipsim.KeyKind{Group: group}, Hash: chipsim.Hash(hash), Parameters: form}
	}
	rsa := func(hash crypto.Hash, pss bool) chipsim.Signing {
		return chipsim.Signing{Key: chipsim.KeyKind{RSA: 2048}, Hash: chipsim.Hash(hash), PSS: pss}
	}
	byKey, mixed := chipsim.Ordinary(), chipsim.Ordinary()
	byKey.ByKey, byKey.Untimed = true, true
	mixed.Groups = chipsim.Hash(crypto.SHA512)
	return map[string]chipsim.Signing{
		"P-256": chipsim.Ordinary(), "by key, untimed": byKey, "other hash for groups": mixed,
		"P-224": ec(10, crypto.SHA224, chipsim.Named), "P-384": ec(15, crypto.SHA384, chipsim.Named), "P-521 explicit": ec(18, crypto.SHA512, chipsim.Explicit),
		"brainpoolP256r1": ec(13, crypto.SHA256, chipsim.Named), "brainpoolP384r1 explicit": ec(16, crypto.SHA384, chipsim.Explicit), "brainpoolP512r1": ec(17, crypto.SHA512, chipsim.Named),
		"RSA SHA-1": rsa(crypto.SHA1, false), "RSA SHA-256": rsa(crypto.SHA256, false), "RSA PSS": rsa(crypto.SHA256, true), "RSA PSS SHA-512": rsa(crypto.SHA512, true),
	}
}

// openssl verifies the signature of every SOD, and the signer up to the CSCA.
func TestSODBeforeOpenSSL(t *testing.T) {
	a := authority(t)
	groups := map[int][]byte{1: {0x61, 1, 0}, 2: {0x75, 1, 0}}
	for name, signing := range signings() {
		t.Run(name, func(t *testing.T) {
			sod, err := a.SignAs(groups, signing, chipsim.Good, founded())
			if err != nil {
				t.Fatal(err)
			}
			n, err := tlv.ParseOne(sod, 0x77)
			if err != nil {
				t.Fatal(err)
			}
			j := newJudge(t)
			args := []string{"cms", "-verify", "-inform", "DER", "-in", j.file("sod", "", n.Value), "-CAfile", j.file("ca", "CERTIFICATE", a.Root()), "-purpose", "any", "-out", filepath.Join(j.dir, "content")}
			if strings.Contains(name, "explicit") { // openssl takes such keys in signatures, but in no chain
				args = append(args, "-noverify")
			}
			if out, ok := j.run(args...); !ok {
				t.Errorf("openssl: %s", out)
			}
			n.Value[len(n.Value)-1] ^= 1
			args[5] = j.file("bad", "", n.Value)
			if _, ok := j.run(args...); ok {
				t.Error("openssl takes a changed signature")
			}
		})
	}
}

// An authority may use every algorithm for its own signatures too.
func TestAuthoritiesBeforeOpenSSL(t *testing.T) {
	for name, signing := range signings() {
		t.Run(name, func(t *testing.T) {
			a, err := chipsim.NewAuthorityWith(rand.Reader, founded(), "Test CSCA", signing)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := a.SignerDER(chipsim.Ordinary(), chipsim.Good)
			if err != nil {
				t.Fatal(err)
			}
			j := newJudge(t)
			out, ok := j.run("verify", "-CAfile", j.file("ca", "CERTIFICATE", a.Root()), j.file("ds", "CERTIFICATE", signer))
			if refused := "has explicit ECC parameters"; strings.Contains(name, "explicit") {
				if ok || !strings.Contains(out, refused) {
					t.Errorf("openssl was to refuse the spelled out parameters, and nothing else: %s", out)
				}
			} else if !ok {
				t.Errorf("openssl: %s", out)
			}
		})
	}
}

func TestStandingsBeforeOpenSSL(t *testing.T) {
	a := authority(t)
	crl, err := a.CRL(time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	j := newJudge(t)
	ca, list := j.file("ca", "CERTIFICATE", a.Root()), j.file("crl", "X509 CRL", crl)
	if out, ok := j.run("crl", "-in", list, "-CAfile", ca, "-noout"); !ok || !strings.Contains(out, "verify OK") {
		t.Errorf("the revocation list: %s", out)
	}
	for _, tt := range []struct {
		standing chipsim.Standing
		name     string
		want     string // of openssl's complaint, "" for none
	}{
		{chipsim.Good, "good", ""},
		{chipsim.Foreign, "foreign", "unable to get local issuer certificate"},
		{chipsim.Forged, "forged", "certificate signature failure"},
		{chipsim.Expired, "expired", "certificate has expired"},
		{chipsim.Revoked, "revoked", "certificate revoked"},
	} {
		der, err := a.SignerDER(chipsim.Ordinary(), tt.standing)
		if err != nil {
			t.Fatal(err)
		}
		out, ok := j.run("verify", "-CAfile", ca, "-crl_check", "-CRLfile", list, j.file(tt.name, "CERTIFICATE", der))
		if ok != (tt.want == "") || !strings.Contains(out, tt.want) {
			t.Errorf("%s: %s", tt.name, out)
		}
	}
}

// The old key vouches for the new one, and the new authority's signers lead
// over the link to the old root.
func TestLinkBeforeOpenSSL(t *testing.T) {
	a := authority(t)
	next, link, err := a.Successor(founded(), signings()["P-384"])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := next.SignerDER(chipsim.Ordinary(), chipsim.Good)
	if err != nil {
		t.Fatal(err)
	}
	j := newJudge(t)
	ca := j.file("ca", "CERTIFICATE", a.Root())
	if out, ok := j.run("x509", "-in", j.file("link", "CERTIFICATE", link), "-noout", "-subject", "-issuer"); !ok || !strings.Contains(out, "Test CSCA 2") {
		t.Errorf("link certificate: %s", out)
	}
	if out, ok := j.run("verify", "-partial_chain", "-CAfile", j.file("new", "CERTIFICATE", next.Root()), j.file("ds", "CERTIFICATE", signer)); !ok {
		t.Errorf("by the new root: %s", out)
	}
	// The path length of a CSCA is zero; the link takes the place of the root.
	if out, ok := j.run("verify", "-partial_chain", "-CAfile", j.file("link", "CERTIFICATE", link), filepath.Join(j.dir, "ds")); !ok {
		t.Errorf("by the link: %s", out)
	}
	if out, ok := j.run("verify", "-CAfile", ca, filepath.Join(j.dir, "link")); !ok {
		t.Errorf("the link by the old root: %s", out)
	}
}

func TestMasterListBeforeOpenSSL(t *testing.T) {
	a := authority(t)
	other, err := chipsim.NewAuthorityWith(rand.Reader, founded(), "Another test CSCA", signings()["brainpoolP256r1"])
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.MasterList(founded(), other.Root())
	if err != nil {
		t.Fatal(err)
	}
	j := newJudge(t)
	content := filepath.Join(j.dir, "content")
	if out, ok := j.run("cms", "-verify", "-inform", "DER", "-in", j.file("ml", "", list), "-CAfile", j.file("ca", "CERTIFICATE", a.Root()), "-purpose", "any", "-out", content); !ok {
		t.Fatalf("openssl: %s", out)
	}
	b, err := os.ReadFile(content)
	if err != nil {
		t.Fatal(err)
	}
	n, err := tlv.ParseOne(b, 0x30)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := n.Children()
	if err != nil || len(parts) != 2 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if certs, err := parts[1].Children(); err != nil || len(certs) != 2 {
		t.Errorf("%d certificates, %v", len(certs), err)
	}
}
