package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
	"tram06/firmware/emrtd/trust"
)

// folder makes a folder of these files.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open opens a store that must have no problems.
func open(t testing.TB, files map[string][]byte) *trust.Store {
	t.Helper()
	s, problems, err := trust.Open(folder(t, files))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", problems, err)
	}
	return s
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

var (
	now    = pkitest.Now
	signed = date(2025, 6, 1)
)

func want(t *testing.T, s *trust.Store, signer pkitest.Holder, at time.Time, verdict trust.Verdict, words string) {
	t.Helper()
	v, err := s.Verify(signer.Raw(), [][]byte{signer.Raw()}, at, now)
	if v != verdict || (err == nil) != (v == trust.Trusted) || err != nil && !strings.Contains(err.Error(), words) {
		t.Errorf("%v, %v; want %v, %q", v, err, verdict, words)
	}
}

func TestTrusted(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	want(t, s, a.Signer(t), signed, trust.Trusted, "")
	want(t, s, a.Signer(t), time.Time{}, trust.Trusted, "")
}

func TestNobodyTrusted(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	var none *trust.Store
	want(t, none, a.Signer(t), signed, trust.Unknown, "no authority is trusted")
	want(t, open(t, nil), a.Signer(t), signed, trust.Unknown, "no authority is trusted")
	if none.Stale(now) != nil || none.Entries() != nil {
		t.Error("a store of nothing has something")
	}
}

// A signer of somebody else: with another name, with a key of its own under
// the trusted name, and with the trusted key's identifier as well.
func TestForeignSigner(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	want(t, s, pkitest.Authority(t, "Other CSCA").Signer(t), signed, trust.Unknown, "CN=Other CSCA")
	want(t, s, pkitest.Authority(t, "Test CSCA").Signer(t), signed, trust.Unknown, "nobody who is trusted")
	posing := pkitest.Authority(t, "Test CSCA", func(c *x509.Certificate) { c.SubjectKeyId = a.Cert.SubjectKeyId })
	want(t, s, posing.Signer(t), signed, trust.Failed, "who did not sign it")
}

// What a card brings along is no authority, self-signed or not.
func TestOwnAuthorityBroughtAlong(t *testing.T) {
	a, own := pkitest.Authority(t, "Test CSCA"), pkitest.Authority(t, "Own CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	signer := own.Signer(t)
	if v, err := s.Verify(signer.Raw(), [][]byte{own.Raw(), signer.Raw()}, signed, now); v != trust.Unknown || !errors.Is(err, trust.ErrForeign) {
		t.Errorf("%v, %v", v, err)
	}
	// Nor is a document signer that signs another.
	sub := a.Signer(t, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign })
	forged := sub.Signer(t)
	if v, err := s.Verify(forged.Raw(), [][]byte{sub.Raw()}, signed, now); v != trust.Unknown {
		t.Errorf("%v, %v", v, err)
	}
	// And the authority itself signs no documents.
	want(t, s, a, signed, trust.Failed, "not a document signer's")
}

func TestTimes(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	old := a.Signer(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = date(2021, 1, 1), date(2025, 1, 1) })
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	want(t, s, old, date(2023, 1, 1), trust.Trusted, "") // the document outlives its signer
	want(t, s, old, date(2025, 1, 2), trust.Expired, "signed outside of the signer's validity, 2021-01-01 to 2025-01-01")
	want(t, s, old, date(2020, 12, 31), trust.Trusted, "") // clocks and zones
	want(t, s, old, date(2020, 12, 30), trust.Expired, "signed outside of the signer's")
	want(t, s, old, time.Time{}, trust.Expired, "expired on 2025-01-01, and the document does not say")
	want(t, s, a.Signer(t), now.AddDate(0, 0, 2), trust.Expired, "yet to come")
	young := a.Signer(t, func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 1, 0) })
	want(t, s, young, time.Time{}, trust.Expired, "is the clock right")

	// The day of issue stands in where no signing time is.
	issued := func(day time.Time) trust.Verdict {
		return s.Judge(trust.Signature{Signer: old.Raw(), Issued: day}, now).Verdict
	}
	for day, verdict := range map[time.Time]trust.Verdict{
		date(2023, 1, 1): trust.Trusted, date(2020, 12, 1): trust.Trusted, // printed before it was signed
		date(2025, 1, 3): trust.Expired,
	} {
		if v := issued(day); v != verdict {
			t.Errorf("issued %v: %v", day, v)
		}
	}
	// The holder's days are not in the words.
	for _, q := range []trust.Signature{{SignedAt: date(2025, 7, 13)}, {Issued: date(2025, 7, 13)}} {
		q.Signer = old.Raw()
		if j := s.Judge(q, now); j.Verdict != trust.Expired || strings.Contains(j.Err.Error(), "2025-07-13") {
			t.Errorf("%v, %v", j.Verdict, j.Err)
		}
	}

	period := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{pkitest.KeyPeriod(date(2024, 1, 1), date(2024, 4, 1))}
	}
	want(t, s, a.Signer(t, period), date(2024, 3, 1), trust.Trusted, "")
	want(t, s, a.Signer(t, period), date(2024, 6, 1), trust.Expired, "the key was to be used, 2024-01-01 to 2024-04-01")
	want(t, s, a.Signer(t, period), time.Time{}, trust.Trusted, "")
}

func TestAuthorityTimes(t *testing.T) {
	a := pkitest.Authority(t, "Old CSCA", func(c *x509.Certificate) { c.NotAfter = date(2025, 1, 1) })
	b := pkitest.Authority(t, "Short CSCA", func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{pkitest.KeyPeriod(date(2020, 1, 1), date(2023, 1, 1))}
	})
	s := open(t, map[string][]byte{"a.cer": a.Raw(), "b.cer": b.Raw()})
	want(t, s, a.Signer(t), date(2024, 6, 1), trust.Trusted, "")
	want(t, s, a.Signer(t), signed, trust.Expired, "outside of the validity of the authority C=UT, O=TEST, not an authority, CN=Old CSCA, 2020-01-01 to 2025-01-01")
	want(t, s, b.Signer(t), signed, trust.Expired, "issued the signer on 2024-01-01 with a key to be used")
	early := b.Signer(t, func(c *x509.Certificate) { c.NotBefore = date(2022, 1, 1) })
	want(t, s, early, signed, trust.Trusted, "")
}

func TestRevoked(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	good, bad := a.Signer(t), a.Signer(t)
	old := a.Signer(t, func(c *x509.Certificate) { c.NotAfter = date(2024, 2, 1) })
	for name, next := range map[string]time.Time{"fresh": now.AddDate(0, 1, 0), "stale": now.AddDate(0, -1, 0)} {
		s := open(t, map[string][]byte{"ut.cer": a.Raw(), "ut.crl": a.CRL(t, next, bad.Cert, old.Cert)})
		want(t, s, bad, signed, trust.Revoked, "revoked by C=UT")
		want(t, s, old, signed, trust.Revoked, "revoked by") // and expired: that is less
		want(t, s, good, signed, trust.Trusted, "")
		j := s.Judge(trust.Signature{Signer: good.Raw(), SignedAt: signed}, now)
		overdue := slices.ContainsFunc(j.Notes, func(n string) bool { return strings.Contains(n, "was to be replaced by 2026-10-22") })
		if problems := s.Stale(now); overdue != (name == "stale") || (len(problems) == 1) != (name == "stale") {
			t.Errorf("%s: %v, %v", name, j.Notes, problems)
		} else if len(problems) > 0 && (problems[0].File != "ut.crl" || !errors.Is(problems[0], trust.ErrStale)) {
			t.Errorf("%v", problems)
		}
	}
}

// An authority can withdraw itself.
func TestAuthorityRevoked(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw(), "ut.crl": a.CRL(t, now.AddDate(0, 1, 0), a.Cert)})
	want(t, s, a.Signer(t), signed, trust.Revoked, "the authority C=UT, O=TEST, not an authority, CN=Test CSCA was revoked")
}

// A list by anybody else revokes nothing, whatever name it bears.
func TestForeignListRevokesNothing(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	posing := pkitest.Authority(t, "Test CSCA", func(c *x509.Certificate) { c.SubjectKeyId = a.Cert.SubjectKeyId })
	noLists := pkitest.Authority(t, "No lists", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	signer := a.Signer(t)
	allowed := *noLists.Cert // the standard library makes no list with such a key
	allowed.KeyUsage |= x509.KeyUsageCRLSign
	s, problems, err := trust.Open(folder(t, map[string][]byte{
		"a.cer": a.Raw(), "n.cer": noLists.Raw(),
		"posing.crl":  posing.CRL(t, now.AddDate(0, 1, 0), signer.Cert),
		"other.crl":   pkitest.Authority(t, "Other").CRL(t, now.AddDate(0, 1, 0), signer.Cert),
		"nolists.crl": pkitest.Holder{Cert: &allowed, Key: noLists.Key}.CRL(t, now.AddDate(0, 1, 0), signer.Cert),
	}))
	if err != nil || len(problems) != 3 {
		t.Fatalf("%v, %v", problems, err)
	}
	for _, p := range problems {
		if !errors.Is(p, trust.ErrForeign) {
			t.Errorf("%v", p)
		}
	}
	want(t, s, signer, signed, trust.Trusted, "")
}

// The old key hands over to the new one, and the new one withdraws what the
// old one had issued.
func TestLinkCertificate(t *testing.T) {
	old := pkitest.Authority(t, "Test CSCA")
	next := pkitest.Authority(t, "Test CSCA", func(c *x509.Certificate) { c.NotBefore = date(2023, 1, 1) })
	link := old.Link(t, next)
	bySecond, byFirst := next.Signer(t), old.Signer(t)

	s := open(t, map[string][]byte{"a-link.cer": link, "old.cer": old.Raw(), "list.crl": next.CRL(t, now.AddDate(0, 1, 0), byFirst.Cert)})
	want(t, s, bySecond, signed, trust.Trusted, "")
	want(t, s, byFirst, signed, trust.Revoked, "")

	// The link may come with the card, but needs the old authority here.
	s = open(t, map[string][]byte{"old.cer": old.Raw()})
	want(t, s, bySecond, signed, trust.Unknown, "")
	if v, err := s.Verify(bySecond.Raw(), [][]byte{link}, signed, now); v != trust.Trusted {
		t.Errorf("%v, %v", v, err)
	}
	other := open(t, map[string][]byte{"other.cer": pkitest.Authority(t, "Other").Raw()})
	if v, err := other.Verify(bySecond.Raw(), [][]byte{link, old.Raw()}, signed, now); v != trust.Unknown {
		t.Errorf("%v, %v", v, err)
	}

	// Without the old authority in the folder, the link is a problem.
	_, problems, err := trust.Open(folder(t, map[string][]byte{"link.cer": link}))
	if err != nil || len(problems) != 1 || !errors.Is(problems[0], trust.ErrForeign) {
		t.Errorf("%v, %v", problems, err)
	}

	// Another country's authority cannot hand over to this one by a card.
	elsewhere := pkitest.Authority(t, "CSCA", func(c *x509.Certificate) { c.Subject.Country = []string{"XX"} })
	foreign := open(t, map[string][]byte{"xx.cer": elsewhere.Raw()})
	if v, err := foreign.Verify(bySecond.Raw(), [][]byte{elsewhere.Link(t, next)}, signed, now); v != trust.Unknown {
		t.Errorf("%v, %v", v, err)
	}
}

// renamed says that an authority goes on under another name.
func renamed(c *x509.Certificate) {
	c.ExtraExtensions = []pkix.Extension{{Id: []int{2, 23, 136, 1, 1, 6, 1}, Value: []byte{5, 0}}}
}

// An authority below the trusted one, whatever it is there for, is none for
// documents only because a card brings its certificate.
func TestAuthorityBelow(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	below := pkitest.Authority(t, "Test servers")
	signer := below.Signer(t)
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	for name, x := range map[string]struct {
		link []byte
		want trust.Verdict
	}{"below": {a.Link(t, below), trust.Unknown}, "renamed": {a.Link(t, below, renamed), trust.Trusted}} {
		if v, err := s.Verify(signer.Raw(), [][]byte{x.link}, signed, now); v != x.want {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	// The operator may decide otherwise.
	s = open(t, map[string][]byte{"ut.cer": a.Raw(), "below.cer": a.Link(t, below)})
	want(t, s, signer, signed, trust.Trusted, "")
}

func TestLinkAfterItsTime(t *testing.T) {
	old := pkitest.Authority(t, "Test CSCA", func(c *x509.Certificate) { c.NotAfter = date(2022, 1, 1) })
	next := pkitest.Authority(t, "Next CSCA", func(c *x509.Certificate) { c.NotBefore = date(2023, 1, 1) })
	s := open(t, map[string][]byte{"old.cer": old.Raw(), "link.cer": old.Link(t, next)})
	want(t, s, next.Signer(t), signed, trust.Expired, "handed over on 2023-01-01")
	// The same key, trusted by itself as well: the better way counts.
	s = open(t, map[string][]byte{"old.cer": old.Raw(), "link.cer": old.Link(t, next), "next.cer": next.Raw()})
	want(t, s, next.Signer(t), signed, trust.Trusted, "")
}

// Two keys of one name, without key identifiers to tell them apart.
func TestSameName(t *testing.T) {
	one, two := pkitest.Authority(t, "Test CSCA"), pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"1.cer": one.Raw(), "2.cer": two.Raw()})
	want(t, s, one.Signer(t), signed, trust.Trusted, "")
	want(t, s, two.Signer(t), signed, trust.Trusted, "")
	// A signer that writes a key identifier of its own invention.
	odd := *two.Cert
	odd.SubjectKeyId = []byte{1, 2, 3}
	want(t, s, pkitest.Holder{Cert: &odd, Key: two.Key}.Signer(t), signed, trust.Trusted, "")
}

// The name of the issuer is written in other ways than the authority does.
func TestNameWrittenOtherwise(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	odd := *a.Cert
	odd.RawSubject, odd.Subject = nil, pkitest.Name("ut", "TEST  csca")
	odd.SubjectKeyId = nil
	signer := pkitest.Holder{Cert: &odd, Key: a.Key}.Signer(t)
	if len(signer.Cert.AuthorityKeyId) > 0 {
		t.Fatal("the key identifier tells")
	}
	want(t, s, signer, signed, trust.Trusted, "")
}

// A revocation holds however the issuer's name is written, in the certificate or
// in the list.
func TestRevokedUnderAnotherName(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	odd := *a.Cert
	odd.RawSubject, odd.Subject = nil, pkitest.Name("UT", "Country signer")
	other := pkitest.Holder{Cert: &odd, Key: a.Key}
	for name, x := range map[string]struct{ issues, lists pkitest.Holder }{
		"certificate": {other, a}, "list": {a, other}, "both": {other, other},
	} {
		signer := x.issues.Signer(t)
		s := open(t, map[string][]byte{"ut.cer": a.Raw(), "ut.crl": x.lists.CRL(t, now.AddDate(0, 1, 0), signer.Cert)})
		if v, err := s.Verify(signer.Raw(), nil, signed, now); v != trust.Revoked {
			t.Errorf("%s: %v, %v", name, v, err)
		}
		want(t, s, x.issues.Signer(t), signed, trust.Trusted, "")
	}
}

// With the authorities of many countries in one folder, none of them signs, or
// revokes, for another.
func TestCountries(t *testing.T) {
	home := pkitest.Authority(t, "Test CSCA")
	abroad := pkitest.Authority(t, "Test CSCA", func(c *x509.Certificate) { c.Subject.Country = []string{"XX"} })
	signer := home.Signer(t)
	posing := *abroad.Cert // signs under the other's name, with its own key identifier
	posing.RawSubject, posing.Subject = nil, home.Cert.Subject
	list := pkitest.Holder{Cert: &posing, Key: abroad.Key}.CRL(t, now.AddDate(0, 1, 0), signer.Cert)
	s, problems, err := trust.Open(folder(t, map[string][]byte{"ut.cer": home.Raw(), "xx.cer": abroad.Raw(), "xx.crl": list}))
	if err != nil || len(problems) != 1 || !errors.Is(problems[0], trust.ErrForeign) {
		t.Fatalf("%v, %v", problems, err)
	}
	want(t, s, signer, signed, trust.Trusted, "")
	want(t, s, pkitest.Holder{Cert: &posing, Key: abroad.Key}.Signer(t), signed, trust.Unknown, "nobody who is trusted")
	want(t, s, abroad.Signer(t), signed, trust.Failed, "a signer of UT under an authority of XX")
	silent := abroad.Signer(t, func(c *x509.Certificate) { c.Subject.Country = nil })
	want(t, s, silent, signed, trust.Trusted, "")
	for country, verdict := range map[string]trust.Verdict{"": trust.Trusted, "UT": trust.Trusted, "ut": trust.Trusted, "XX": trust.Failed} {
		if j := s.Judge(trust.Signature{Signer: signer.Raw(), SignedAt: signed, Country: country}, now); j.Verdict != verdict {
			t.Errorf("%q: %v, %v", country, j.Verdict, j.Err)
		}
	}
}

func TestPurposes(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	s := open(t, map[string][]byte{"ut.cer": a.Raw()})
	for words, change := range map[string]pkitest.Change{
		"not for signing documents": func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment },
		"for master lists, not for": func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{pkitest.MasterListPurpose()}
		},
		"not a document signer's": func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true },
	} {
		want(t, s, a.Signer(t, change), signed, trust.Failed, words)
	}
	purposes := func(oids ...[]byte) pkitest.Change {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 37}, Value: tlv.Append(nil, 0x30, oids...)}}
		}
	}
	for _, other := range [][]byte{pkitest.OID(2, 23, 136, 1, 1, 8), pkitest.OID(2, 23, 136, 1, 1, 14, 2), pkitest.OID(1, 3, 6, 1, 5, 5, 7, 3, 1)} {
		want(t, s, a.Signer(t, purposes(pkitest.OID(2, 5, 29, 37, 0), other)), signed, trust.Failed, "another purpose than documents")
	}
	want(t, s, a.Signer(t, purposes(pkitest.OID(1, 3, 6, 1, 5, 5, 7, 3, 36))), signed, trust.Trusted, "")
	critical := a.Signer(t, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	})
	want(t, s, critical, signed, trust.Unknown, "1.2.3.4")
	silent := a.Signer(t, func(c *x509.Certificate) { c.KeyUsage = 0 })
	want(t, s, silent, signed, trust.Trusted, "")
	if j := s.Judge(trust.Signature{Signer: silent.Raw()}, now); len(j.Notes) != 3 || !strings.Contains(j.Authority, "CN=Test CSCA") {
		t.Errorf("%+v", j)
	}
	if v, err := s.Verify([]byte("nonsense"), nil, signed, now); v != trust.Failed || err == nil {
		t.Errorf("%v, %v", v, err)
	}
}

// Every file that cannot be used is named, and the rest is used.
func TestProblems(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	dir := folder(t, map[string][]byte{
		"good.pem":   append([]byte("words before\n"), append(block("CERTIFICATE", a.Raw()), block("X509 CRL", a.CRL(t, now))...)...),
		"again.crt":  a.Raw(),
		"cut.cer":    a.Raw()[:100],
		"empty.cer":  {},
		"signer.cer": a.Signer(t).Raw(),
		"broken.pem": []byte("-----BEGIN CERTIFICATE-----\nAAAA\n"),
		"middle.pem": append([]byte("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), block("CERTIFICATE", pkitest.Authority(t, "Behind").Raw())...),
		"half.pem":   append(block("CERTIFICATE", []byte("x")), block("CERTIFICATE", pkitest.Authority(t, "Half").Raw())...),
		"key.pem":    block("EC PRIVATE KEY", []byte{0x30, 0}),
		"nouse.cer":  pkitest.Authority(t, "A", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }).Raw(),
		"unknown.cer": pkitest.Authority(t, "B", func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}).Raw(),
		"list.ml":   a.Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, Content: pkitest.MasterList(a.Raw())}),
		".hidden":   []byte("being written"),
		"notes.txt": []byte("call the ministry"),
	})
	changed := slices.Clone(pkitest.Authority(t, "C").Raw())
	changed[len(changed)-1] ^= 1
	if err := os.WriteFile(filepath.Join(dir, "changed.cer"), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "gone.cer")); err != nil {
		t.Fatal(err)
	}
	s, problems, err := trust.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]error{
		"again.crt": trust.ErrTwice, "cut.cer": trust.ErrRead, "empty.cer": trust.ErrRead, "signer.cer": trust.ErrNotAuthority,
		"broken.pem": trust.ErrRead, "middle.pem": trust.ErrRead, "half.pem": trust.ErrRead, "key.pem": trust.ErrRead, "nouse.cer": trust.ErrNotAuthority,
		"unknown.cer": trust.ErrUnsupported, "list.ml": trust.ErrRead, "notes.txt": trust.ErrRead, "changed.cer": trust.ErrForeign,
		"sub": trust.ErrRead, "gone.cer": trust.ErrRead,
	}
	// Of two files with one certificate, the first by name is used.
	reasons["good.pem"] = trust.ErrTwice
	delete(reasons, "again.crt")
	for _, p := range problems {
		if want := reasons[p.File]; want == nil || !errors.Is(p, want) || !strings.HasPrefix(p.Error(), p.File+": ") {
			t.Errorf("%v, want %v", p, want)
		}
		delete(reasons, p.File)
	}
	if len(reasons) > 0 {
		t.Errorf("silent about %v", reasons)
	}
	want(t, s, a.Signer(t), signed, trust.Trusted, "")
	if _, _, err := trust.Open(filepath.Join(dir, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	old := pkitest.Authority(t, "Test CSCA")
	next := pkitest.Authority(t, "Next CSCA")
	link, signer := old.Link(t, next, renamed), next.Signer(t)
	s := open(t, map[string][]byte{"ut.cer": old.Raw(), "ut.crl": old.CRL(t, now)})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if v, err := s.Verify(signer.Raw(), [][]byte{link}, signed, now); v != trust.Trusted {
					t.Errorf("%v, %v", v, err)
				}
			}
		})
	}
	all.Wait()
	if v, _ := s.Verify(signer.Raw(), nil, signed, now); v != trust.Unknown {
		t.Error("a card added an authority to the store")
	}
}

func TestVerdictNames(t *testing.T) {
	for v, want := range map[trust.Verdict]string{trust.Unknown: "unknown", trust.Trusted: "trusted", trust.Expired: "expired",
		trust.Revoked: "revoked", trust.Failed: "failed", 9: "Verdict(9)"} {
		if v.String() != want {
			t.Errorf("%v", v)
		}
	}
}

func TestSerialNumbersAreWhole(t *testing.T) {
	a := pkitest.Authority(t, "Test CSCA")
	low := a.Signer(t, func(c *x509.Certificate) { c.SerialNumber = big.NewInt(0x1234) })
	high := a.Signer(t, func(c *x509.Certificate) {
		c.SerialNumber = new(big.Int).SetBytes([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34})
	})
	s := open(t, map[string][]byte{"ut.cer": a.Raw(), "ut.crl": a.CRL(t, now.AddDate(0, 1, 0), high.Cert)})
	want(t, s, low, signed, trust.Trusted, "")
	want(t, s, high, signed, trust.Revoked, "")
}
