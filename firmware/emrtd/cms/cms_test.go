package cms_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
)

var (
	sha1ID   = pkitest.OID(1, 3, 14, 3, 2, 26)
	sha512ID = pkitest.OID(2, 16, 840, 1, 101, 3, 4, 2, 3)
	at       = time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC)
)

func signed(s pkitest.Signed) pkitest.Signed {
	if s.Type == nil {
		s.Type = pkitest.LDSContent
	}
	if s.Content == nil {
		s.Content = content
	}
	return s
}

func verify(t testing.TB, raw []byte) ([]cms.Signer, error) {
	t.Helper()
	d, err := cms.Parse(raw)
	if err != nil {
		return nil, err
	}
	return d.Verify()
}

// What signers in the field do, against the rules or beside them.
func TestFieldForms(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	for name, s := range map[string]pkitest.Signed{
		"as the rules say":                           {At: at},
		"no signed attributes":                       {Plain: true},
		"key identifier":                             {KeyID: true, At: at},
		"attributes out of order, and signed so":     {Disorder: true, At: at},
		"attributes out of order, signed in order":   {Resort: true, At: at},
		"digest named by a signature algorithm":      {Digest: pkitest.OID(1, 2, 840, 10045, 4, 3, 2)},
		"signature named by the key alone":           {Algorithm: pkitest.OID(1, 2, 840, 10045, 2, 1)},
		"signature names another hash than was used": {Algorithm: pkitest.OID(1, 2, 840, 10045, 4, 3, 4)},
		"digest names another hash than was used":    {Digest: sha512ID},
		"plain ECDSA named, and DER written":         {Algorithm: pkitest.OID(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 3)},
		"attributes nobody knows": {Attributes: [][]byte{
			tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3), tlv.Append(nil, 0x31, []byte{5, 0}))}},
	} {
		s = signed(s)
		raw := h.Sign(t, s)
		signer := check(t, raw)
		if !signer.Time.Equal(s.At) || !bytes.Equal(signer.Certificate.Raw, h.Raw()) {
			t.Errorf("%s: %v by %v", name, signer.Time, signer.Certificate.Subject)
		}
	}
}

// The algorithm that the signature is named by is not signed: to name another
// one opens nothing.
func TestAlgorithmsAreNotTakenOnTrust(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	for name, s := range map[string]pkitest.Signed{
		"SHA-1 twice": {Algorithm: pkitest.OID(1, 2, 840, 10045, 4, 1), Digest: sha1ID},
		"RSA":         {Algorithm: pkitest.OID(1, 2, 840, 113549, 1, 1, 11)},
		"PSS":         {Algorithm: pkitest.OID(1, 2, 840, 113549, 1, 1, 10)},
	} {
		if _, err := verify(t, h.Sign(t, signed(s))); !errors.Is(err, cms.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, s := range map[string]pkitest.Signed{
		"a digest of nobody":    {Digest: pkitest.OID(1, 2, 3)},
		"MD5":                   {Digest: pkitest.OID(1, 2, 840, 113549, 2, 5)},
		"a signature of nobody": {Algorithm: pkitest.OID(1, 2, 3)},
	} {
		if _, err := verify(t, h.Sign(t, signed(s))); !errors.Is(err, cms.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWeakIsSaid(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	signers, err := verify(t, h.Sign(t, signed(pkitest.Signed{})))
	if err != nil || len(signers[0].Weak) != 0 {
		t.Errorf("%v, %v", signers, err)
	}
	// SHA-1 over the content, SHA-256 in the signature: named, whatever was used.
	signers, err = verify(t, h.Sign(t, signed(pkitest.Signed{Digest: sha1ID})))
	if err != nil || strings.Join(signers[0].Weak, " ") != "SHA-1" {
		t.Errorf("%v, %v", signers, err)
	}
}

func TestAttributes(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	time := tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 9, 5), tlv.Append(nil, 0x31, tlv.Append(nil, 0x17, []byte("yesterday"))))
	digest := tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 9, 4), tlv.Append(nil, 0x31, tlv.Append(nil, 0x04, make([]byte, 32))))
	empty := tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 1, 9, 4), tlv.Append(nil, 0x31, tlv.Append(nil, 0x04)))
	for name, x := range map[string]struct {
		s    pkitest.Signed
		want error
	}{
		"made for a master list":  {pkitest.Signed{ContentType: pkitest.MasterListContent}, cms.ErrSignature},
		"a time that is none":     {pkitest.Signed{Attributes: [][]byte{time}}, cms.ErrFormat},
		"a second, wrong digest":  {pkitest.Signed{Attributes: [][]byte{digest}}, cms.ErrSignature},
		"a second, empty digest":  {pkitest.Signed{Attributes: [][]byte{empty}}, cms.ErrSignature},
		"something else in there": {pkitest.Signed{Attributes: [][]byte{{0x04, 0}}}, cms.ErrFormat},
	} {
		if _, err := verify(t, h.Sign(t, signed(x.s))); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
	// Left out altogether: the attribute's identifier made another's.
	raw := h.Sign(t, signed(pkitest.Signed{}))
	for _, last := range []byte{3, 4} {
		id := append(bytes.Clone(pkitest.OID(1, 2, 840, 113549, 1, 9, int(last))), 0x31)
		bad := bytes.Clone(raw)
		bad[bytes.Index(bad, id)+len(id)-2] = 0x7F
		if _, err := verify(t, bad); !errors.Is(err, cms.ErrFormat) {
			t.Errorf("without attribute %d: %v", last, err)
		}
	}
}

// The attributes of one signature cannot be passed off as the content of
// another: both would be signed by the same key.
func TestAttributesAsContent(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	set := tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, pkitest.OID(1, 2, 3), tlv.Append(nil, 0x31, []byte{5, 0})))
	if _, err := verify(t, h.Sign(t, signed(pkitest.Signed{Content: set}))); err != nil {
		t.Errorf("with attributes of its own: %v", err)
	}
	if _, err := verify(t, h.Sign(t, signed(pkitest.Signed{Content: set, Plain: true}))); !errors.Is(err, cms.ErrSignature) {
		t.Errorf("%v", err)
	}
}

func TestSeveralSigners(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	one, two := a.Signer(t), a.Signer(t)
	s := signed(pkitest.Signed{At: at})
	first, second := one.SignerInfo(t, s), two.SignerInfo(t, s)
	both := [][]byte{two.Raw(), a.Raw(), one.Raw()}
	unknown := one.SignerInfo(t, signed(pkitest.Signed{Digest: pkitest.OID(1, 2, 3)}))
	wrong := bytes.Clone(second)
	wrong[len(wrong)-1] ^= 1
	join := func(signers ...[]byte) []byte { return pkitest.Join(s.Type, s.Content, both, signers...) }

	signers, err := verify(t, join(first, second))
	if err != nil || len(signers) != 2 || !bytes.Equal(signers[0].Certificate.Raw, one.Raw()) || !bytes.Equal(signers[1].Certificate.Raw, two.Raw()) {
		t.Errorf("%v, %v", signers, err)
	}
	if signers, err = verify(t, join(unknown, second)); err != nil || len(signers) != 1 || !bytes.Equal(signers[0].Certificate.Raw, two.Raw()) {
		t.Errorf("unknown beside a right one: %v, %v", signers, err)
	}
	if _, err = verify(t, join(first, wrong)); !errors.Is(err, cms.ErrSignature) {
		t.Errorf("a wrong one beside a right one: %v", err)
	}
	if _, err = verify(t, join(unknown)); !errors.Is(err, cms.ErrUnsupported) {
		t.Errorf("unknown alone: %v", err)
	}
	if _, err = verify(t, join()); !errors.Is(err, cms.ErrFormat) {
		t.Errorf("signature stripped: %v", err)
	}
	nine := make([][]byte, 9)
	for i := range nine {
		nine[i] = first
	}
	if _, err = verify(t, join(nine...)); !errors.Is(err, cms.ErrFormat) {
		t.Errorf("nine signers: %v", err)
	}
	// Two certificates of one name and number: the one that fits counts.
	twin := a.Signer(t, func(c *x509.Certificate) { c.SerialNumber = one.Cert.SerialNumber })
	raw := pkitest.Join(s.Type, s.Content, [][]byte{twin.Raw(), one.Raw()}, first)
	if signers, err = verify(t, raw); err != nil || !bytes.Equal(signers[0].Certificate.Raw, one.Raw()) {
		t.Errorf("twins: %v, %v", signers, err)
	}
}

// Hundreds of certificates of one name cost no more than a few.
func TestManyTwins(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	one := a.Signer(t)
	twin := a.Signer(t, func(c *x509.Certificate) { c.SerialNumber = one.Cert.SerialNumber }).Raw()
	var twins [][]byte
	for range 300 {
		twins = append(twins, twin)
	}
	if _, err := verify(t, one.Sign(t, signed(pkitest.Signed{Certificates: append(twins, one.Raw())}))); !errors.Is(err, cms.ErrFormat) {
		t.Errorf("%v", err)
	}
	if _, err := verify(t, one.Sign(t, signed(pkitest.Signed{Certificates: append(twins[:10:10], one.Raw())}))); err != nil {
		t.Errorf("ten before the right one: %v", err)
	}
}

func TestCertificateSwapped(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	one := a.Signer(t)
	twin := a.Signer(t, func(c *x509.Certificate) { c.SerialNumber = one.Cert.SerialNumber })
	for name, x := range map[string]struct {
		certificates [][]byte
		want         error
	}{
		"another signer's":          {[][]byte{a.Signer(t).Raw()}, cms.ErrNoSigner},
		"same name, other key":      {[][]byte{twin.Raw()}, cms.ErrSignature},
		"none":                      {[][]byte{}, cms.ErrNoSigner},
		"one that is cut":           {[][]byte{one.Raw()[:200]}, cms.ErrNoSigner},
		"something else":            {[][]byte{{0xA1, 2, 5, 0}}, cms.ErrNoSigner},
		"the authority's own alone": {[][]byte{a.Raw()}, cms.ErrNoSigner},
	} {
		if _, err := verify(t, one.Sign(t, signed(pkitest.Signed{Certificates: x.certificates}))); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An empty key identifier means nobody, not the one without any.
	bare := a.Signer(t, func(c *x509.Certificate) { c.SubjectKeyId = nil })
	if _, err := verify(t, bare.Sign(t, signed(pkitest.Signed{KeyID: true}))); !errors.Is(err, cms.ErrNoSigner) {
		t.Errorf("%v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	h := pkitest.Authority(t, "Test CSCA").Signer(t)
	raw := h.Sign(t, signed(pkitest.Signed{}))
	for n := range raw {
		if _, err := cms.Parse(raw[:n]); !errors.Is(err, cms.ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	for name, b := range map[string][]byte{
		"bytes behind":      append(bytes.Clone(raw), 0),
		"no signed data":    bytes.Replace(raw, pkitest.OID(1, 2, 840, 113549, 1, 7, 2), pkitest.OID(1, 2, 840, 113549, 1, 7, 3), 1),
		"nothing":           nil,
		"nested for ever":   bytes.Repeat([]byte{0x30, 0x80}, 5000),
		"an end without it": {0x30, 0x80, 0},
	} {
		if _, err := cms.Parse(b); !errors.Is(err, cms.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	h := pkitest.Authority(f, "Test CSCA").Signer(f)
	for _, s := range []pkitest.Signed{{At: at}, {Plain: true}, {KeyID: true}, {Disorder: true}} {
		f.Add(h.Sign(f, signed(s)))
	}
	f.Add(decode(f, rfc4134Signed))
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0x00, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := cms.Parse(b)
		if err != nil {
			if !errors.Is(err, cms.ErrFormat) {
				t.Fatalf("%v", err)
			}
			return
		}
		signers, err := d.Verify()
		if (err == nil) != (len(signers) > 0) {
			t.Fatalf("%v, %v", signers, err)
		}
		for _, known := range []error{cms.ErrFormat, cms.ErrUnsupported, cms.ErrSignature, cms.ErrNoSigner} {
			if err == nil || errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("an error without a sentinel: %v", err)
	})
}
