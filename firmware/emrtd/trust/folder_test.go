package trust_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/trust"
)

func TestAddAndRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "trust")
	old := pkitest.Authority(t, "Test CSCA")
	next := pkitest.Authority(t, "Next CSCA")
	lonely := pkitest.Authority(t, "Lonely").Link(t, next)
	signer := old.Signer(t)
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: old.Raw()})

	// The link and the list come before the authority that they need.
	data := [][]byte{old.Link(t, next), old.CRL(t, now, signer.Cert), bundle, signer.Raw(), lonely, []byte("nothing")}
	dry, err := trust.Add(dir, true, data...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a dry run made a folder")
	}
	done, err := trust.Add(dir, false, data...)
	if err != nil || len(done) != 6 || len(dry) != 6 {
		t.Fatalf("%v, %+v, %+v", err, dry, done)
	}
	kinds := []trust.Kind{trust.KindOther, trust.KindLink, trust.KindList, trust.KindAuthority, trust.KindOther, trust.KindOther}
	for i, c := range done {
		good := i >= 1 && i <= 3
		if c.Kind != kinds[i] || dry[i].Kind != c.Kind || (c.Err == nil) != good || c.Written != good || dry[i].Written || c.Known {
			t.Errorf("%d: %+v", i, c)
		}
	}
	if !errors.Is(done[4].Err, trust.ErrNotAuthority) || !errors.Is(done[5].Err, trust.ErrForeign) {
		t.Errorf("%v, %v", done[4].Err, done[5].Err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	again, err := trust.Add(dir, false, data[:3]...)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range again {
		if !c.Known || c.Written || c.Err != nil || c.Kind != kinds[i+1] {
			t.Errorf("again %d: %+v", i, c)
		}
	}
	s, problems, err := trust.Open(dir)
	if err != nil || len(problems) > 0 || len(s.Entries()) != 3 {
		t.Fatalf("%v, %v", problems, err)
	}
	want(t, s, next.Signer(t), signed, trust.Trusted, "")
	want(t, s, signer, signed, trust.Revoked, "")

	for _, e := range s.Entries() {
		if b, err := os.ReadFile(filepath.Join(dir, e.File)); err != nil || e.Country != "UT" || e.File[:3] != "ut-" || e.File[3:19] != e.Fingerprint[:16] || len(b) == 0 {
			t.Errorf("%+v", e)
		}
	}
	root := done[3]
	for prefix, want := range map[string]error{
		root.Fingerprint[:5]: trust.ErrAmbiguous, "": trust.ErrAmbiguous, "zzzzzzzz": trust.ErrNone, "0000000000000000": trust.ErrNone,
		root.Fingerprint + "00": trust.ErrNone,
	} {
		if _, err := trust.Remove(dir, prefix); !errors.Is(err, want) {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	upper := root.Fingerprint[:2] + ":" + root.Fingerprint[2:4] + ":" + root.Fingerprint[4:12]
	if e, err := trust.Remove(dir, upper); err != nil || e.Fingerprint != root.Fingerprint {
		t.Fatalf("%+v, %v", e, err)
	}
	// What hung on it is not used any more, and can be removed all the same.
	s, problems, err = trust.Open(dir)
	if err != nil || len(problems) != 2 {
		t.Fatalf("%v, %v", problems, err)
	}
	want(t, s, next.Signer(t), signed, trust.Unknown, "")
	for _, e := range s.Entries() {
		if _, err := trust.Remove(dir, e.Fingerprint); err != nil {
			t.Error(err)
		}
	}
	if _, err := trust.Remove(filepath.Join(dir, "nowhere"), root.Fingerprint); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestRemoveLeavesOthersAlone(t *testing.T) {
	a, b := pkitest.Authority(t, "A"), pkitest.Authority(t, "B")
	block := func(h pkitest.Holder) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Raw()})
	}
	dir := folder(t, map[string][]byte{"both.pem": append(block(a), block(b)...), "again.cer": a.Raw()})
	s, _, err := trust.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Entries() {
		want := trust.ErrShared
		if e.Name == "C=UT, O=TEST, not an authority, CN=A" {
			want = trust.ErrAmbiguous
		}
		if _, err := trust.Remove(dir, e.Fingerprint); !errors.Is(err, want) {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

// masterList is a list by its usual signer, for whom country vouches.
func masterList(t testing.TB, country pkitest.Holder, certificates ...[]byte) (raw []byte, signer pkitest.Holder) {
	t.Helper()
	signer = country.Signer(t, func(c *x509.Certificate) {
		c.Subject = pkitest.Name("UT", "Master list signer")
		c.ExtraExtensions = append(c.ExtraExtensions, pkitest.MasterListPurpose())
	})
	return signer.Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, At: signed,
		Content: pkitest.MasterList(certificates...), Certificates: [][]byte{signer.Raw(), country.Raw()}}), signer
}

func TestMasterList(t *testing.T) {
	home, abroad := pkitest.Authority(t, "Test CSCA"), pkitest.Authority(t, "Abroad", func(c *x509.Certificate) { c.Subject.Country = []string{"XX"} })
	raw, signer := masterList(t, home, home.Raw(), abroad.Raw())
	m, err := trust.ParseMasterList(raw)
	if err != nil || len(m.Certificates) != 2 || !bytes.Equal(m.Certificates[1], abroad.Raw()) && !bytes.Equal(m.Certificates[0], abroad.Raw()) {
		t.Fatalf("%v, %v", m, err)
	}
	print := func(h pkitest.Holder) *[32]byte {
		e, err := trust.Describe(h.Raw())
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(e.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		return (*[32]byte)(b)
	}
	stranger := pkitest.Authority(t, "Stranger")
	withdrawn := open(t, map[string][]byte{"a.cer": home.Raw(), "a.crl": home.CRL(t, now, signer.Cert)})
	for name, x := range map[string]struct {
		grounds trust.Grounds
		good    bool
	}{
		"nothing":                    {trust.Grounds{}, false},
		"the store":                  {trust.Grounds{Store: open(t, map[string][]byte{"a.cer": home.Raw()})}, true},
		"another store":              {trust.Grounds{Store: open(t, map[string][]byte{"a.cer": stranger.Raw()})}, false},
		"the signer":                 {trust.Grounds{Certificates: [][]byte{signer.Raw()}}, true},
		"its authority":              {trust.Grounds{Certificates: [][]byte{stranger.Raw(), home.Raw()}}, true},
		"somebody":                   {trust.Grounds{Certificates: [][]byte{stranger.Raw()}}, false},
		"the fingerprint":            {trust.Grounds{Fingerprint: print(signer)}, true},
		"the authority's":            {trust.Grounds{Fingerprint: print(home)}, true},
		"another authority's":        {trust.Grounds{Fingerprint: print(abroad)}, false},
		"a fingerprint of nobody":    {trust.Grounds{Fingerprint: new([32]byte)}, false},
		"accepted, but revoked":      {trust.Grounds{Store: withdrawn, Fingerprint: print(signer)}, false},
		"a document signer's issuer": {trust.Grounds{Certificates: [][]byte{home.Signer(t).Raw()}}, false},
	} {
		s, how, err := m.Accept(x.grounds, now)
		if (err == nil) != x.good || (how != "") != x.good || s.Certificate == nil || err != nil && !errors.Is(err, trust.ErrNotAccepted) {
			t.Errorf("%s: %q, %v", name, how, err)
		}
	}
}

// A document signer's key, right as its chain is, signs no lists.
func TestMasterListByDocumentSigner(t *testing.T) {
	home := pkitest.Authority(t, "Test CSCA")
	raw := home.Signer(t).Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, Content: pkitest.MasterList(pkitest.Authority(t, "Own").Raw())})
	m, err := trust.ParseMasterList(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Accept(trust.Grounds{Store: open(t, map[string][]byte{"a.cer": home.Raw()})}, now); !errors.Is(err, trust.ErrNotAccepted) {
		t.Errorf("%v", err)
	}
}

func TestMasterListChanged(t *testing.T) {
	home := pkitest.Authority(t, "Test CSCA")
	raw, _ := masterList(t, home, home.Raw())
	m, err := trust.ParseMasterList(raw)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, m.Certificates[0])
	accepted := 0
	for i := at; i < at+len(m.Certificates[0]); i += 7 {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		m, err := trust.ParseMasterList(bad)
		if err != nil {
			continue
		}
		if _, err := m.Signer(); err == nil {
			t.Fatalf("byte %d may change", i)
		}
		accepted++
	}
	if accepted < 50 {
		t.Errorf("only %d changes got as far as the signature", accepted)
	}
	for name, b := range map[string][]byte{
		"another content": home.Sign(t, pkitest.Signed{Type: pkitest.LDSContent, Content: pkitest.LDS(map[int][]byte{1: {1}})}),
		"no list inside":  home.Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, Content: []byte{0x30, 0}}),
		"no CMS":          home.Raw(),
	} {
		if _, err := trust.ParseMasterList(b); !errors.Is(err, trust.ErrMasterList) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzMasterList(f *testing.F) {
	home := pkitest.Authority(f, "Test CSCA")
	raw, _ := masterList(f, home, home.Raw(), home.Link(f, pkitest.Authority(f, "Next")))
	f.Add(raw)
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := trust.ParseMasterList(b)
		if err != nil {
			if !errors.Is(err, trust.ErrMasterList) {
				t.Fatalf("%v", err)
			}
			return
		}
		if _, how, err := m.Accept(trust.Grounds{}, now); err == nil || how != "" {
			t.Fatal("accepted without grounds")
		}
	})
}

// Any file of the folder: nothing that is written is unusable there.
func FuzzAdd(f *testing.F) {
	a := pkitest.Authority(f, "Test CSCA")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw()})
	list := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: a.CRL(f, now)})
	f.Add(append(block, list...))
	f.Add(a.Raw())
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		changes, err := trust.Add(filepath.Join(t.TempDir(), "none"), true, b)
		if err != nil || len(changes) == 0 { // silence about a file

			t.Fatalf("%v, %v", changes, err)
		}
		for _, c := range changes {
			if c.Written || c.Err == nil && len(c.Fingerprint) != 64 {
				t.Fatalf("%+v", c)
			}
		}
	})
}

func FuzzJudge(f *testing.F) {
	a := pkitest.Authority(f, "Test CSCA")
	signer := a.Signer(f)
	s := open(f, map[string][]byte{"a.cer": a.Raw(), "a.crl": a.CRL(f, now)})
	f.Add(signer.Raw(), a.Raw())
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, b, other []byte) {
		v, err := s.Verify(b, [][]byte{other}, signed, now)
		if (v == trust.Trusted) != (err == nil) {
			t.Fatalf("%v, %v", v, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	a := pkitest.Authority(b, "Test CSCA")
	signer := a.Signer(b)
	s := open(b, map[string][]byte{"a.cer": a.Raw(), "a.crl": a.CRL(b, now)})
	for b.Loop() {
		if v, err := s.Verify(signer.Raw(), nil, signed, now); v != trust.Trusted {
			b.Fatal(err)
		}
	}
}
