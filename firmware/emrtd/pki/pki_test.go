package pki_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
)

func parse(t testing.TB, raw []byte) *pki.Certificate {
	t.Helper()
	c, err := pki.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificate(t *testing.T) {
	from, until := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	a := pkitest.Authority(t, "Test CSCA")
	h := a.Signer(t, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{pkitest.KeyPeriod(from, until), pkitest.MasterListPurpose(), {Id: []int{1, 2, 3}, Value: []byte{5, 0}}}
	})
	c, root := parse(t, h.Raw()), parse(t, a.Raw())
	if c.Serial.Cmp(h.Cert.SerialNumber) != 0 || !c.NotBefore.Equal(h.Cert.NotBefore) || !c.NotAfter.Equal(h.Cert.NotAfter) ||
		!bytes.Equal(c.SubjectKeyID, h.Cert.SubjectKeyId) || !bytes.Equal(c.AuthorityKeyID, a.Cert.SubjectKeyId) ||
		c.KeyUsage != pki.DigitalSignature || !c.KeyFrom.Equal(from) || !c.KeyUntil.Equal(until) || !c.MasterList || c.CA || len(c.Critical) != 0 ||
		c.Fingerprint() != sha256.Sum256(h.Raw()) || c.Algorithm.String() != "ECDSA with SHA-256" || c.SelfIssued() {
		t.Errorf("%+v", c)
	}
	if !root.CA || root.PathLen != 0 || root.KeyUsage != pki.CertSign|pki.CRLSign || !root.SelfIssued() || root.MasterList || !root.KeyFrom.IsZero() {
		t.Errorf("%+v", root)
	}
	if s := c.Issuer.String(); s != "C=UT, O=TEST, not an authority, CN=Test CSCA" || c.Issuer.Country() != "UT" {
		t.Errorf("%s", s)
	}
	if err := c.CheckSignature(root); err != nil {
		t.Error(err)
	}
	if key, err := c.Key(); err != nil || key.String() != "P-256" || key.Weak() != "" {
		t.Errorf("%v, %v", key, err)
	}
}

// No byte of what is signed may change, and none of the signature.
func TestCertificateChanged(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	root, raw := parse(t, a.Raw()), a.Signer(t).Raw()
	tbs, err := tlv.ParseOne(raw, 0x30)
	if err != nil {
		t.Fatal(err)
	}
	inner, rest, err := tlv.Parse(tbs.Value)
	if err != nil {
		t.Fatal(err)
	}
	head, end := len(raw)-len(tbs.Value), len(raw)-len(rest)
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 2
		c, err := pki.ParseCertificate(bad)
		if err != nil {
			continue
		}
		if err := c.CheckSignature(root); err == nil && (i < end && i >= head+len(inner.Raw)-len(inner.Value) || i > len(raw)-60) {
			t.Fatalf("byte %d of %d may change", i, len(raw))
		}
	}
	for n := range raw {
		if _, err := pki.ParseCertificate(raw[:n]); !errors.Is(err, pki.ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestNames(t *testing.T) {
	name := func(tag byte, value string) pki.Name {
		return pki.ParseName(tlv.Append(nil, 0x30, tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, pkitest.OID(2, 5, 4, 3), tlv.Append(nil, tlv.Tag(tag), []byte(value))))))
	}
	one := name(0x13, "Test CSCA")
	for _, same := range []pki.Name{name(0x0C, "test csca"), name(0x14, " TEST  CSCA "), name(0x1E, "\x00T\x00e\x00s\x00t\x00 \x00C\x00S\x00C\x00A"), name(0x16, "Test CSCA")} {
		if !same.Equal(one) {
			t.Errorf("%q is another than %q", same, one)
		}
	}
	broken := pki.ParseName([]byte{0x30, 5, 1})
	for _, other := range []pki.Name{name(0x13, "Test CSCB"), name(0x03, "Test CSCA"), pki.ParseName(nil), pki.ParseName([]byte{0x30, 0}), broken} {
		if other.Equal(one) {
			t.Errorf("%q is the same as %q", other, one)
		}
	}
	if !broken.Equal(pki.ParseName([]byte{0x30, 5, 1})) || broken.Equal(pki.ParseName([]byte{0x30, 5, 2})) {
		t.Error("a name that cannot be read equals itself and nothing else")
	}
	if s := name(0x14, "B\xE9").String(); s != "CN=Bé" {
		t.Errorf("%q", s)
	}
	// What a stranger calls himself does nothing to a terminal or a log.
	hostile := name(0x0C, "\x1b[2J\nok\u202E"+strings.Repeat("x", 10000)).String()
	if hostile != "CN=\uFFFD[2J\uFFFDok\uFFFD"+strings.Repeat("x", 56)+"…" {
		t.Errorf("%q", hostile)
	}
	many := tlv.Append(nil, 0x30, bytes.Repeat(name(0x13, "A").Raw[2:], 100))
	if s := pki.ParseName(many).String(); strings.Count(s, "CN=A") != 8 {
		t.Errorf("%q", s)
	}
	// A value cannot pass itself off as a second attribute.
	two := pki.ParseName(tlv.Append(nil, 0x30,
		tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, pkitest.OID(2, 5, 4, 6), tlv.Append(nil, 0x13, []byte("UT")))),
		tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, pkitest.OID(2, 5, 4, 3), tlv.Append(nil, 0x13, []byte("A"))))))
	joined := pki.ParseName(tlv.Append(nil, 0x30, tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, pkitest.OID(2, 5, 4, 6), tlv.Append(nil, 0x13, []byte("UT\x002.5.4.3=A"))))))
	if two.Equal(joined) || two.Country() != "UT" {
		t.Error("a name was forged by a value")
	}
}

func TestCRL(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	one, two := a.Signer(t), a.Signer(t)
	next := pkitest.Now.AddDate(0, 1, 0)
	l, err := pki.ParseCRL(a.CRL(t, next, one.Cert))
	if err != nil {
		t.Fatal(err)
	}
	root := parse(t, a.Raw())
	if !l.Lists(one.Cert.SerialNumber) || l.Lists(two.Cert.SerialNumber) || l.Len() != 1 || !l.NextUpdate.Equal(next) ||
		!l.ThisUpdate.Equal(next.AddDate(0, -3, 0)) || !l.Issuer.Equal(root.Subject) || !bytes.Equal(l.AuthorityKeyID, root.SubjectKeyID) || len(l.Critical) != 0 {
		t.Errorf("%+v", l)
	}
	if err := l.CheckSignature(root); err != nil {
		t.Error(err)
	}
	if err := l.CheckSignature(parse(t, pkitest.Authority(t, "Test CSCA").Raw())); !errors.Is(err, pki.ErrSignature) {
		t.Errorf("%v", err)
	}
	empty, err := pki.ParseCRL(a.CRL(t, next))
	if err != nil || empty.Len() != 0 || empty.CheckSignature(root) != nil {
		t.Errorf("%v, %v", empty, err)
	}
	for n := range l.Raw {
		if _, err := pki.ParseCRL(l.Raw[:n]); !errors.Is(err, pki.ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	if _, err := pki.ParseCRL(a.Raw()); !errors.Is(err, pki.ErrFormat) {
		t.Errorf("a certificate: %v", err)
	}
	if _, err := pki.ParseCertificate(l.Raw); !errors.Is(err, pki.ErrFormat) {
		t.Errorf("a list: %v", err)
	}
}

// A delta list, and an entry of another issuer's certificate, need a reader
// who understands them.
func TestCRLThatNeedsMore(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	for name, list := range map[string]*x509.RevocationList{
		"delta": {ExtraExtensions: []pkix.Extension{{Id: []int{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}},
		"indirect": {RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: pkitest.Now,
			ExtraExtensions: []pkix.Extension{{Id: []int{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0}}}}}},
	} {
		list.Number, list.ThisUpdate, list.NextUpdate = big.NewInt(7), pkitest.Now, pkitest.Now.AddDate(0, 1, 0)
		raw, err := x509.CreateRevocationList(rand.Reader, list, a.Cert, a.Key)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := pki.ParseCRL(raw); err != nil || len(l.Critical) != 1 {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}

// openssl makes authorities with keys that the standard library does not know,
// and their lists.
func TestOpenSSLAuthority(t *testing.T) {
	for _, args := range [][]string{
		{"EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1", "-pkeyopt", "ec_param_enc:explicit"},
		{"EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"},
		{"RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"},
	} {
		t.Run(args[len(args)-1], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pkitest.OpenSSL(t, dir, append([]string{"genpkey", "-out", "key.pem", "-algorithm"}, args...)...)
			pkitest.OpenSSL(t, dir, "req", "-x509", "-new", "-key", "key.pem", "-out", "ca.pem", "-days", "9000", "-subj", "/C=UT/CN=TEST, not an authority",
				"-addext", "keyUsage=critical,keyCertSign,cRLSign")
			config := "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n"
			for name, text := range map[string]string{"ca.conf": config, "index.txt": "R\t340101000000Z\t260101000000Z,keyCompromise\t1234\tunknown\t/C=UT/CN=signer\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			pkitest.OpenSSL(t, dir, "ca", "-gencrl", "-config", "ca.conf", "-keyfile", "key.pem", "-cert", "ca.pem", "-out", "crl.pem")
			c := parse(t, pkitest.OpenSSL(t, dir, "x509", "-in", "ca.pem", "-outform", "DER"))
			if err := c.CheckSignature(c); err != nil || !c.CA {
				t.Errorf("%v, %v", c.Algorithm, err)
			}
			l, err := pki.ParseCRL(pkitest.OpenSSL(t, dir, "crl", "-in", "crl.pem", "-outform", "DER"))
			if err != nil {
				t.Fatal(err)
			}
			if err := l.CheckSignature(c); err != nil || !l.Lists(big.NewInt(0x1234)) || l.Lists(big.NewInt(1234)) {
				t.Errorf("%v: %v", l.Algorithm, err)
			}
		})
	}
}

func rsaSPKI(k *rsa.PublicKey) []byte {
	key := tlv.Append(nil, 0x30, number(k.N), pkitest.Number(int64(k.E)))
	return append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 1, 1), []byte{5, 0}), tlv.Append(nil, 0x03, []byte{0}, key)...)
}

func number(n *big.Int) []byte {
	b, err := asn1.Marshal(n)
	if err != nil {
		panic(err)
	}
	return b
}

func algorithm(t testing.TB, parts ...[]byte) pki.Algorithm {
	t.Helper()
	n, err := tlv.ParseOne(tlv.Append(nil, der.Sequence, parts...), der.Sequence)
	if err != nil {
		t.Fatal(err)
	}
	a, err := pki.ParseAlgorithm(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The hash in the signature may have NULL parameters or none; nothing else
// about the padding is free.
func TestRSAPadding(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	key, err := pki.ParsePublicKey(rsaSPKI(&private.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if n, e, ok := key.RSA(); !ok || n.Cmp(private.N) != 0 || e.Int64() != int64(private.E) || key.Weak() != "RSA of 1024 bits" {
		t.Errorf("%v", key)
	}
	sha256RSA := algorithm(t, pkitest.OID(1, 2, 840, 113549, 1, 1, 11))
	message := []byte("message")
	sum := sha256.Sum256(message)
	hash := tlv.Append(nil, 0x04, sum[:])
	id := pkitest.OID(2, 16, 840, 1, 101, 3, 4, 2, 1)
	open := func(block []byte) []byte {
		m := new(big.Int).SetBytes(block)
		return m.Exp(m, private.D, private.N).FillBytes(make([]byte, 128))
	}
	padded := func(info []byte, tail ...byte) []byte {
		fill := 128 - 3 - len(info) - len(tail)
		return append(append(append([]byte{0, 1}, bytes.Repeat([]byte{0xFF}, fill)...), 0), append(info, tail...)...)
	}
	good := tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, id, []byte{5, 0}), hash)
	bare := tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, id), hash)
	for name, x := range map[string]struct {
		block []byte
		good  bool
	}{
		"NULL":             {padded(good), true},
		"none":             {padded(bare), true},
		"behind it":        {padded(good, 1, 2, 3), false},
		"other parameters": {padded(tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, id, []byte{4, 1, 0}), hash)), false},
		"little padding":   {append(append([]byte{0, 1, 0xFF, 0}, good...), make([]byte, 128-4-len(good))...), false},
		"block type 2":     {append([]byte{0, 2}, padded(good)[2:]...), false},
		"another hash":     {padded(tlv.Append(nil, 0x30, tlv.Append(nil, 0x30, pkitest.OID(1, 3, 14, 3, 2, 26), []byte{5, 0}), hash)), false},
	} {
		if err := key.Verify(sha256RSA, message, open(x.block)); (err == nil) != x.good || err != nil && !errors.Is(err, pki.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, s := range map[string][]byte{"empty": {}, "the modulus": private.N.Bytes(), "above it": bytes.Repeat([]byte{0xFF}, 128), "one": {1}} {
		if err := key.Verify(sha256RSA, message, s); !errors.Is(err, pki.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The standard library signs, with every salt, and both agree.
func TestPSS(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1027) // an odd length
	if err != nil {
		t.Fatal(err)
	}
	key, err := pki.ParsePublicKey(rsaSPKI(&private.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	sum := sha1.Sum(message)
	for _, salt := range []int{1, 20, 32, 100} {
		s, err := rsa.SignPSS(rand.Reader, private, crypto.SHA1, sum[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		for _, stated := range []int{0, 1, 20, 32, 100, 1000} {
			a := algorithm(t, pkitest.OID(1, 2, 840, 113549, 1, 1, 10), tlv.Append(nil, 0x30, tlv.Append(nil, 0xA2, pkitest.Number(int64(stated)))))
			if err := key.Verify(a, message, s); (err == nil) != (stated == salt) {
				t.Errorf("salt of %d, stated %d: %v", salt, stated, err)
			}
		}
		a := algorithm(t, pkitest.OID(1, 2, 840, 113549, 1, 1, 10), []byte{0x30, 0}).With(crypto.SHA1)
		if err := key.Verify(a, []byte("massage"), s); err == nil {
			t.Error("another message")
		}
	}
	pss := pkitest.OID(1, 2, 840, 113549, 1, 1, 10)
	for name, params := range map[string][]byte{
		"trailer 2":     tlv.Append(nil, 0xA3, pkitest.Number(2)),
		"another mask":  tlv.Append(nil, 0xA1, tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3))),
		"negative salt": tlv.Append(nil, 0xA2, []byte{2, 1, 0xFF}),
		"huge salt":     tlv.Append(nil, 0xA2, pkitest.Number(1<<40)),
		"unknown hash":  tlv.Append(nil, 0xA0, tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3))),
	} {
		n, err := tlv.ParseOne(tlv.Append(nil, 0x30, pss, tlv.Append(nil, 0x30, params)), 0x30)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := pki.ParseAlgorithm(n, 0); !errors.Is(err, pki.ErrUnsupported) && !errors.Is(err, pki.ErrFormat) {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	rsaKey := func(n, e *big.Int) []byte {
		key := tlv.Append(nil, 0x30, number(n), number(e))
		return append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 1, 1)), tlv.Append(nil, 0x03, []byte{0}, key)...)
	}
	big2 := func(bits uint) *big.Int { return new(big.Int).SetBit(big.NewInt(1), int(bits), 1) }
	e := big.NewInt(65537)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	off := der.Inside(bytes.Clone(spki), 0x30).Rest()
	off[len(off)-1] ^= 1
	for name, x := range map[string]struct {
		spki []byte
		want error
	}{
		"RSA too short":        {rsaKey(big2(1022), e), pki.ErrUnsupported},
		"RSA too long":         {rsaKey(big2(8192), e), pki.ErrUnsupported},
		"long exponent":        {rsaKey(big2(2047), big2(64)), pki.ErrUnsupported},
		"even modulus":         {rsaKey(new(big.Int).Lsh(big.NewInt(1), 2047), e), pki.ErrFormat},
		"exponent 1":           {rsaKey(big2(2047), big.NewInt(1)), pki.ErrFormat},
		"exponent 0":           {rsaKey(big2(2047), new(big.Int)), pki.ErrFormat},
		"beside the curve":     {off, pki.ErrFormat},
		"a kind of nobody":     {append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3)), 3, 2, 0, 1), pki.ErrUnsupported},
		"a curve of nobody":    {append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 10045, 2, 1), pkitest.OID(1, 2, 3)), 3, 2, 0, 1), pki.ErrUnsupported},
		"curve by inheritance": {append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 10045, 2, 1), []byte{5, 0}), 3, 2, 0, 1), pki.ErrFormat},
		"half a byte":          {append(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3)), 3, 2, 4, 0x10), pki.ErrFormat},
		"nothing":              {nil, pki.ErrFormat},
	} {
		if k, err := pki.ParsePublicKey(x.spki); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	long, err := pki.ParsePublicKey(rsaKey(big2(2047), big2(40))) // crypto/rsa has no room for it
	if err != nil || !strings.Contains(long.String(), "RSA of 2048 bits") {
		t.Errorf("%v, %v", long, err)
	}
	if err := (pki.PublicKey{}).Verify(pki.Algorithm{}, nil, nil); err == nil {
		t.Error("nobody's key verifies")
	}
}

func FuzzCertificate(f *testing.F) {
	a := pkitest.Authority(f, "Test CSCA")
	root := parse(f, a.Raw())
	signer := a.Signer(f, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{pkitest.KeyPeriod(pkitest.Now, pkitest.Now), pkitest.MasterListPurpose()}
	})
	tbs := der.Inside(signer.Raw(), 0x30).Next(0x30).Raw
	f.Add(signer.Raw())
	f.Add(a.Raw())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := pki.ParseCertificate(b)
		if err != nil {
			if !errors.Is(err, pki.ErrFormat) {
				t.Fatalf("%v", err)
			}
			return
		}
		_ = c.Issuer.String() + c.Subject.Country()
		if c.CheckSignature(root) == nil && !bytes.Contains(b, tbs) && !bytes.Equal(b, a.Raw()) {
			t.Fatal("a certificate that the authority did not sign")
		}
	})
}

func FuzzCRL(f *testing.F) {
	a := pkitest.Authority(f, "Test CSCA")
	root := parse(f, a.Raw())
	raw := a.CRL(f, pkitest.Now, a.Signer(f).Cert)
	tbs := der.Inside(raw, 0x30).Next(0x30).Raw
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := pki.ParseCRL(b)
		if err != nil {
			if !errors.Is(err, pki.ErrFormat) {
				t.Fatalf("%v", err)
			}
			return
		}
		if l.CheckSignature(root) == nil && !bytes.Contains(b, tbs) {
			t.Fatal("a list that the authority did not sign")
		}
	})
}

func FuzzPublicKey(f *testing.F) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der.Inside(spki, 0x30).Rest(), []byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Fuzz(func(t *testing.T, b, signature []byte) {
		k, err := pki.ParsePublicKey(b)
		if err != nil {
			if !errors.Is(err, pki.ErrFormat) && !errors.Is(err, pki.ErrUnsupported) {
				t.Fatalf("%v", err)
			}
			return
		}
		if k.Verify(algorithm(t, pkitest.OID(1, 2, 840, 10045, 4, 3, 2)), []byte("nobody signed this"), signature) == nil {
			t.Fatal("verified what nobody signed")
		}
	})
}
