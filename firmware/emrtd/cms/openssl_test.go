package cms_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/pki/pkitest"
)

const ldsType = "2.23.136.1.1.1"

var content = []byte("\x30\x10content of a test")

// key is how openssl makes a key.
type key struct {
	name string
	make []string
}

func ecKey(curve string, explicit bool) key {
	k := key{curve, []string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve}}
	if explicit {
		k.name += "-explicit"
		k.make = append(k.make, "-pkeyopt", "ec_param_enc:explicit")
	}
	return k
}

func rsaKey(bits string) key {
	return key{"rsa" + bits, []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits}}
}

// signer makes a key and a certificate for it: key.pem and cert.pem.
func signer(t testing.TB, dir string, k key) {
	t.Helper()
	write(t, dir, "content", content)
	pkitest.OpenSSL(t, dir, append(k.make, "-out", "key.pem")...)
	pkitest.OpenSSL(t, dir, "req", "-x509", "-new", "-key", "key.pem", "-out", "cert.pem", "-days", "9000",
		"-subj", "/C=UT/O=TEST, not an authority/CN=Test document signer")
}

func write(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func sign(t testing.TB, dir string, options ...string) []byte {
	t.Helper()
	return pkitest.OpenSSL(t, dir, append([]string{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-nosmimecap",
		"-econtent_type", ldsType, "-in", "content", "-signer", "cert.pem", "-inkey", "key.pem"}, options...)...)
}

// check reads what was signed, and makes sure that no other content, and no
// other signature, would do.
func check(t *testing.T, raw []byte) cms.Signer {
	t.Helper()
	d, err := cms.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if d.ContentType != ldsType || !bytes.Equal(d.Content, content) {
		t.Fatalf("content %q of %s", d.Content, d.ContentType)
	}
	signers, err := d.Verify()
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(raw, []byte("of a test"), []byte("of a tesT"), 1)
	if d, err = cms.Parse(changed); err != nil || bytes.Equal(d.Content, content) {
		t.Fatalf("%v", err)
	}
	if _, err := d.Verify(); !errors.Is(err, cms.ErrSignature) {
		t.Errorf("other content: %v", err)
	}
	return signers[0]
}

func TestOpenSSLCurves(t *testing.T) {
	digests := []string{"sha1", "sha224", "sha256", "sha384", "sha512"}
	for i, curve := range []string{"prime192v1", "brainpoolP192r1", "secp224r1", "brainpoolP224r1", "prime256v1", "brainpoolP256r1",
		"brainpoolP320r1", "secp384r1", "brainpoolP384r1", "brainpoolP512r1", "secp521r1"} {
		for _, k := range []key{ecKey(curve, false), ecKey(curve, true)} {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				signer(t, dir, k)
				s := check(t, sign(t, dir, "-md", digests[i%len(digests)]))
				if !strings.Contains(s.Algorithm.String(), "ECDSA") || s.Time.IsZero() {
					t.Errorf("%v, %v", s.Algorithm, s.Time)
				}
			})
		}
	}
}

func TestOpenSSLRSA(t *testing.T) {
	dir := t.TempDir()
	signer(t, dir, rsaKey("2048"))
	pss := func(options ...string) []string {
		out := []string{"-keyopt", "rsa_padding_mode:pss"}
		for _, o := range options {
			out = append(out, "-keyopt", o)
		}
		return out
	}
	for name, options := range map[string][]string{
		"SHA-1":              {"-md", "sha1"},
		"SHA-224":            {"-md", "sha224"},
		"SHA-256":            {"-md", "sha256"},
		"SHA-384":            {"-md", "sha384"},
		"SHA-512":            {"-md", "sha512"},
		"PSS, SHA-1":         append(pss(), "-md", "sha1"),
		"PSS, SHA-224":       append(pss(), "-md", "sha224"),
		"PSS, SHA-256":       append(pss("rsa_pss_saltlen:digest"), "-md", "sha256"),
		"PSS, SHA-384":       append(pss("rsa_pss_saltlen:8"), "-md", "sha384"),
		"PSS, no salt":       append(pss("rsa_pss_saltlen:0"), "-md", "sha256"),
		"PSS, all salt":      append(pss("rsa_pss_saltlen:max"), "-md", "sha512"),
		"PSS, another mask":  append(pss("rsa_mgf1_md:sha1"), "-md", "sha256"),
		"PSS, a longer mask": append(pss("rsa_mgf1_md:sha512", "rsa_pss_saltlen:20"), "-md", "sha224"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := check(t, sign(t, dir, options...))
			if strings.HasPrefix(name, "PSS") != strings.HasPrefix(s.Algorithm.String(), "RSA-PSS") {
				t.Errorf("%v", s.Algorithm)
			}
			if weak := strings.Join(s.Weak, ", "); (weak == "SHA-1") != strings.HasSuffix(name, "SHA-1") || weak != "" && weak != "SHA-1" {
				t.Errorf("weak: %q", weak)
			}
		})
	}
}

// A modulus whose length is no whole number of bytes, or one bit above it.
func TestOpenSSLOddModulus(t *testing.T) {
	for _, bits := range []string{"1025", "1031", "1032"} {
		t.Run(bits, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			signer(t, dir, rsaKey(bits))
			for _, o := range [][]string{nil, {"-keyopt", "rsa_padding_mode:pss"}, {"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:max"}} {
				if s := check(t, sign(t, dir, o...)); len(s.Weak) != 1 || s.Weak[0] != "RSA of "+bits+" bits" {
					t.Errorf("%q", s.Weak)
				}
			}
		})
	}
}

func TestOpenSSLForms(t *testing.T) {
	dir := t.TempDir()
	signer(t, dir, ecKey("brainpoolP256r1", false))
	for name, options := range map[string][]string{
		"key identifier":                {"-keyid"},
		"no signed attributes":          {"-noattr"},
		"indefinite lengths":            {"-stream"},
		"indefinite and no attributes":  {"-stream", "-noattr"},
		"indefinite and key identifier": {"-stream", "-keyid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := sign(t, dir, options...)
			if (raw[1] == 0x80) != strings.HasPrefix(name, "indefinite") {
				t.Fatalf("begins with % x", raw[:2])
			}
			if s := check(t, raw); s.Time.IsZero() != strings.Contains(name, "no ") {
				t.Errorf("%v", s.Time)
			}
		})
	}
	// Without certificates inside, the caller's are needed.
	raw := sign(t, dir, "-nocerts")
	d, err := cms.Parse(raw)
	if err != nil || len(d.Certificates) != 0 {
		t.Fatalf("%d, %v", len(d.Certificates), err)
	}
	if _, err := d.Verify(); !errors.Is(err, cms.ErrNoSigner) {
		t.Errorf("%v", err)
	}
	cert := pkitest.OpenSSL(t, dir, "x509", "-in", "cert.pem", "-outform", "DER")
	if s, err := d.Verify([]byte("no certificate"), cert); err != nil || !bytes.Equal(s[0].Certificate.Raw, cert) {
		t.Errorf("%v", err)
	}
}

// openssl judges what the test's own maker makes, and both judge the same
// about changes to it.
func TestOpenSSLAgrees(t *testing.T) {
	dir := t.TempDir()
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	write(t, dir, "cert.der", h.Raw())
	pkitest.OpenSSL(t, dir, "x509", "-inform", "DER", "-in", "cert.der", "-out", "cert.pem")
	judge := func(raw []byte) ([]byte, error) {
		write(t, dir, "signed", raw)
		return pkitest.TryOpenSSL(dir, "cms", "-verify", "-inform", "DER", "-in", "signed", "-noverify", "-binary", "-certfile", "cert.pem")
	}
	for name, s := range map[string]pkitest.Signed{
		"plain": {Plain: true}, "attributes": {}, "key identifier": {KeyID: true, At: pkitest.Now},
	} {
		s.Type, s.Content = pkitest.LDSContent, content
		raw := h.Sign(t, s)
		check(t, raw)
		if out, err := judge(raw); err != nil || !bytes.Equal(out, content) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		// Of what counts, nothing can change for either judge: the content,
		// and all that follows the certificate and the signer's name.
		begin, end := bytes.Index(raw, content), bytes.Index(raw, content)+len(content)
		tail := bytes.LastIndex(raw, h.Cert.SerialNumber.Bytes()) + len(h.Cert.SerialNumber.Bytes())
		if s.KeyID {
			tail = bytes.LastIndex(raw, h.Cert.SubjectKeyId) + len(h.Cert.SubjectKeyId)
		}
		// The name of the algorithm is not signed, and either judge knows the
		// hash from elsewhere.
		named := pkitest.OID(1, 2, 840, 10045, 4, 3, 2)
		oid := bytes.LastIndex(raw, named)
		for i := begin; i < len(raw); i += 23 {
			if i >= end && i < tail || i >= oid && i < oid+len(named) {
				continue
			}
			bad := bytes.Clone(raw)
			bad[i] ^= 1
			_, theirs := judge(bad)
			d, ours := cms.Parse(bad)
			if ours == nil {
				_, ours = d.Verify()
			}
			if ours == nil || theirs == nil && !errors.Is(ours, cms.ErrUnsupported) {
				t.Errorf("%s: byte %d of %d: %v here, openssl says %v", name, i, len(raw), ours, theirs)
			}
		}
	}
}

// Keys that are too short, or too long, cost nothing.
func TestRefusedKeys(t *testing.T) {
	dir := t.TempDir()
	signer(t, dir, rsaKey("768"))
	d, err := cms.Parse(sign(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Verify(); !errors.Is(err, cms.ErrUnsupported) || !errors.Is(err, pki.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
