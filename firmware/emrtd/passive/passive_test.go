package passive_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/passive"
	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/tlv"
)

// The files in testdata were made with OpenSSL 3 ("openssl cms -sign
// -econtent_type 2.23.136.1.1.1") with keys that were thrown away: another
// maker than the simulated chip, and algorithms that the latter does not have.
// All of them are over these three made-up data groups.
func groups() map[int][]byte {
	return map[int][]byte{1: []byte("\x61\x05\x5f\x1f\x02DG"), 2: []byte("\x75\x03\x02\x01\x02"), 13: []byte("\x6d\x03\x02\x01\x0d")}
}

func samples(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.sod")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, n := range names {
		if out[strings.TrimSuffix(filepath.Base(n), ".sod")], err = os.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b := samples(t)[name]
	if b == nil {
		t.Fatalf("no sample %s", name)
	}
	return b
}

// check asks both questions: which files do not match, and is the signature right.
func check(s *passive.SOD, files map[int][]byte) (wrong []int, signature error) {
	sums := map[int][]byte{}
	for n, b := range files {
		h := s.Hash.New()
		h.Write(b)
		sums[n] = h.Sum(nil)
	}
	return s.Wrong(sums), s.VerifySignature()
}

func TestEveryAlgorithm(t *testing.T) {
	all := samples(t)
	if len(all) != 12 {
		t.Errorf("%d samples", len(all))
	}
	for name, b := range all {
		t.Run(name, func(t *testing.T) {
			s, err := passive.ParseSOD(b)
			if err != nil {
				t.Fatal(err)
			}
			if wrong, err := check(s, groups()); wrong != nil || err != nil {
				t.Errorf("%v, %v", wrong, err)
			}
			if c, err := s.SignerCertificate(); err != nil || !bytes.Contains(b, c) {
				t.Errorf("signer: %v", err)
			}
		})
	}
}

// No byte of the content or of the signed attributes can change and leave
// everything valid.
func TestEveryByteCounts(t *testing.T) {
	lds := []byte{0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x01}
	attribute := []byte{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09}
	for _, name := range []string{"ec-bp256-sha256", "rsa-pss-sha256"} {
		b := sample(t, name)
		s, err := passive.ParseSOD(b)
		if err != nil {
			t.Fatal(err)
		}
		content := [2]int{bytes.Index(b, lds), bytes.Index(b, s.Hashes[13]) + 32}
		attributes := [2]int{bytes.Index(b, append(attribute, 3)) - 2, bytes.Index(b, append(attribute, 4)) + 11 + 4 + 32}
		for _, part := range [][2]int{content, attributes} {
			if part[1]-part[0] < 60 {
				t.Fatalf("%s: looked at %v only", name, part)
			}
			for i := part[0]; i < part[1]; i++ {
				bad := bytes.Clone(b)
				bad[i] ^= 0x04
				s, err := passive.ParseSOD(bad)
				if err != nil {
					continue
				}
				if wrong, err := check(s, groups()); wrong == nil && err == nil {
					t.Fatalf("%s: byte %d of %d may change", name, i, len(b))
				}
			}
		}
	}
}

func TestSignatureFlipped(t *testing.T) {
	for name, b := range samples(t) {
		bad := bytes.Clone(b)
		bad[len(bad)-1] ^= 1 // the signature is last
		s, err := passive.ParseSOD(bad)
		if err != nil {
			t.Fatal(err)
		}
		if wrong, err := check(s, groups()); wrong != nil || !errors.Is(err, passive.ErrSignature) {
			t.Errorf("%s: %v, %v", name, wrong, err)
		}
	}
}

func TestHashes(t *testing.T) {
	s, err := passive.ParseSOD(sample(t, "ec-p256-sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := check(s, map[int][]byte{1: groups()[1]}); wrong != nil || err != nil {
		t.Errorf("one of three: %v, %v", wrong, err)
	}
	files := groups()
	files[2] = append(files[2], 0)
	files[14] = []byte("not listed")
	if wrong, err := check(s, files); !slices.Equal(wrong, []int{2, 14}) || err != nil {
		t.Errorf("%v, %v", wrong, err)
	}
	if wrong := s.Wrong(map[int][]byte{1: nil, 14: nil}); !slices.Equal(wrong, []int{1, 14}) {
		t.Errorf("no hash at all: %v", wrong)
	}
}

// The content of one card with the signature of another: hashes fit, the
// signed digest does not.
func TestContentSwapped(t *testing.T) {
	signer := pkitest.Authority(t, "Test CSCA").Signer(t)
	one := signer.SOD(t, groups(), pkitest.Signed{})
	s, err := passive.ParseSOD(one)
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := check(s, groups()); wrong != nil || err != nil {
		t.Fatalf("%v, %v", wrong, err)
	}
	other := groups()
	other[1] = []byte("\x61\x05\x5f\x1f\x02GD")
	two, err := passive.ParseSOD(signer.SOD(t, other, pkitest.Signed{}))
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(one, s.Hashes[1], two.Hashes[1], 1)
	f, err := passive.ParseSOD(forged)
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := check(f, other); wrong != nil || !errors.Is(err, passive.ErrSignature) {
		t.Errorf("%v, %v", wrong, err)
	}
}

func TestUnknownAlgorithms(t *testing.T) {
	b := sample(t, "ec-bp256-sha256")
	ecdsa := []byte{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02} // ecdsa-with-SHA256, the signer's is the last
	bad := bytes.Clone(b)
	bad[bytes.LastIndex(bad, ecdsa)+9] = 0x7F
	s, err := passive.ParseSOD(bad)
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := check(s, groups()); wrong != nil || !errors.Is(err, passive.ErrUnsupported) {
		t.Errorf("signature algorithm: %v, %v", wrong, err)
	}
	curve := []byte{0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07}
	bad = bytes.Clone(b)
	bad[bytes.Index(bad, curve)+10] = 0x7F
	if s, err = passive.ParseSOD(bad); err != nil {
		t.Fatal(err)
	}
	if err := s.VerifySignature(); !errors.Is(err, passive.ErrUnsupported) {
		t.Errorf("curve: %v", err)
	}
	sha := []byte{0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}
	bad = bytes.ReplaceAll(b, sha, append(bytes.Clone(sha[:10]), 0x0C))
	if _, err := passive.ParseSOD(bad); !errors.Is(err, passive.ErrUnsupported) {
		t.Errorf("digest: %v", err)
	}
}

func TestSignerMissing(t *testing.T) {
	for name, serial := range map[string]bool{"ec-p256-sha256": true, "ec-bp384-keyid-sha384": false} {
		b := bytes.Clone(sample(t, name))
		// Change the name of the signer, not the certificate.
		at := bytes.LastIndex(b, []byte{0x80, 0x14}) + 2
		if serial {
			at = bytes.LastIndex(b, []byte("Test document signer")) // issuer in the SignerInfo
		}
		b[at] ^= 1
		s, err := passive.ParseSOD(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignerCertificate(); !errors.Is(err, passive.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.VerifySignature(); !errors.Is(err, passive.ErrFormat) || errors.Is(err, passive.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := sample(t, "ec-p256-sha256")
	for n := range len(good) {
		if _, err := passive.ParseSOD(good[:n]); !errors.Is(err, passive.ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing inside":     {0x77, 0},
		"another tag":        append([]byte{0x6D}, good[1:]...),
		"bytes behind":       append(bytes.Clone(good), 0),
		"another content":    bytes.Replace(good, []byte{0x67, 0x81, 0x08, 0x01, 0x01, 0x01}, []byte{0x67, 0x81, 0x08, 0x01, 0x01, 0x02}, 1),
		"data group 17":      bytes.Replace(good, []byte{0x02, 0x01, 0x0D, 0x04}, []byte{0x02, 0x01, 0x11, 0x04}, 1),
		"data group 1 twice": bytes.Replace(good, []byte{0x02, 0x01, 0x0D, 0x04}, []byte{0x02, 0x01, 0x01, 0x04}, 1),
	} {
		if _, err := passive.ParseSOD(b); !errors.Is(err, passive.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseSOD(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b)
	}
	f.Add([]byte{0x77, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := passive.ParseSOD(b)
		if err != nil {
			if !errors.Is(err, passive.ErrFormat) && !errors.Is(err, passive.ErrUnsupported) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		wrong, err := check(s, groups())
		if len(wrong) > len(groups()) {
			t.Fatalf("%v", wrong)
		}
		if signers, _ := s.Signers(); (len(signers) > 0) != (err == nil) {
			t.Fatalf("%d signers, %v", len(signers), err)
		}
	})
}

// Version 1 of the LDS security object, with what its version says, and the
// signing time.
func TestVersionOne(t *testing.T) {
	signer := pkitest.Authority(t, "Test CSCA").Signer(t)
	zero := pkitest.LDS(groups())
	n, err := tlv.ParseOne(zero, 0x30)
	if err != nil {
		t.Fatal(err)
	}
	one := tlv.Append(nil, 0x30, []byte{2, 1, 1}, n.Value[3:], tlv.Append(nil, 0x30, []byte("\x13\x040108"), []byte("\x13\x06040000")))
	at := time.Date(2025, 6, 1, 10, 20, 30, 0, time.UTC)
	for version, content := range [][]byte{zero, one} {
		raw := tlv.Append(nil, 0x77, signer.Sign(t, pkitest.Signed{Type: pkitest.LDSContent, Content: content, At: at}))
		s, err := passive.ParseSOD(raw)
		if err != nil {
			t.Fatal(err)
		}
		if wrong, err := check(s, groups()); wrong != nil || err != nil || s.Version != version || (s.LDSVersion == "0108") != (version == 1) {
			t.Errorf("%d: %v, %v, %q", version, wrong, err, s.LDSVersion)
		}
		if signers, err := s.Signers(); err != nil || len(signers) != 1 || len(signers[0].Weak) != 0 || !signers[0].Time.Equal(at) {
			t.Errorf("%v, %v", signers, err)
		}
		changed := bytes.Replace(raw, []byte("250601102030Z"), []byte("240601102030Z"), 1)
		if s, err = passive.ParseSOD(changed); err != nil {
			t.Fatal(err)
		}
		if signers, err := s.Signers(); !errors.Is(err, passive.ErrSignature) || signers != nil {
			t.Errorf("a changed signing time is believed: %v, %v", signers, err)
		}
	}
}

// A card may send BER: lengths that only an end mark tells.
func TestIndefiniteLengths(t *testing.T) {
	raw := pkitest.Authority(t, "Test CSCA").Signer(t).SOD(t, groups(), pkitest.Signed{})
	info, err := tlv.ParseOne(raw, 0x77)
	if err != nil {
		t.Fatal(err)
	}
	end := []byte{0, 0}
	content := pkitest.LDS(groups())
	loose := func(tag byte, value ...[]byte) []byte {
		return append(append([]byte{tag, 0x80}, bytes.Join(value, nil)...), end...)
	}
	whole := tlv.Append(nil, 0x04, content)
	pieces := loose(0x24, tlv.Append(nil, 0x04, content[:7]), tlv.Append(nil, 0x04, content[7:]))
	signed, err := tlv.ParseOne(info.Value, 0x30)
	if err != nil {
		t.Fatal(err)
	}
	kind, rest, err := tlv.Parse(signed.Value)
	if err != nil {
		t.Fatal(err)
	}
	data, ok := tlv.Node{Tag: 0xA0, Value: rest}.Find(0xA0, 0x30)
	if !ok {
		t.Fatal("no signed data")
	}
	parts, err := data.Children()
	if err != nil {
		t.Fatal(err)
	}
	encapsulated := loose(0x30, pkitest.LDSContent, loose(0xA0, pieces))
	if !bytes.Contains(parts[2].Raw, whole) {
		t.Fatal("no content")
	}
	body := [][]byte{parts[0].Raw, parts[1].Raw, encapsulated, parts[3].Raw, parts[4].Raw}
	ber := loose(0x77, loose(0x30, kind.Raw, loose(0xA0, loose(0x30, body...))))
	s, err := passive.ParseSOD(ber)
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := check(s, groups()); wrong != nil || err != nil {
		t.Errorf("%v, %v", wrong, err)
	}
}

// What is no proof, whoever signed it: hashes that are empty or of another
// length, no signature, another kind of content.
func TestEmptyProofs(t *testing.T) {
	signer := pkitest.Authority(t, "Test CSCA").Signer(t)
	sha256 := tlv.Append(nil, 0x30, pkitest.OID(2, 16, 840, 1, 101, 3, 4, 2, 1))
	lds := func(algorithm []byte, hashes ...[]byte) []byte {
		return tlv.Append(nil, 0x30, []byte{2, 1, 0}, algorithm, tlv.Append(nil, 0x30, hashes...))
	}
	entry := func(n byte, hash []byte) []byte {
		return tlv.Append(nil, 0x30, []byte{2, 1, n}, tlv.Append(nil, 0x04, hash))
	}
	for name, x := range map[string]struct {
		content []byte
		want    error
	}{
		"no hashes":       {lds(sha256), passive.ErrFormat},
		"an empty hash":   {lds(sha256, entry(1, nil)), passive.ErrFormat},
		"a short hash":    {lds(sha256, entry(1, make([]byte, 20))), passive.ErrFormat},
		"data group 0":    {lds(sha256, entry(0, make([]byte, 32))), passive.ErrFormat},
		"hashed with MD5": {lds(tlv.Append(nil, 0x30, pkitest.OID(1, 2, 840, 113549, 2, 5)), entry(1, make([]byte, 16))), passive.ErrUnsupported},
		"no content":      {nil, passive.ErrFormat},
	} {
		raw := tlv.Append(nil, 0x77, signer.Sign(t, pkitest.Signed{Type: pkitest.LDSContent, Content: x.content}))
		if s, err := passive.ParseSOD(raw); !errors.Is(err, x.want) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	stripped := tlv.Append(nil, 0x77, pkitest.Join(pkitest.LDSContent, pkitest.LDS(groups()), [][]byte{signer.Raw()}))
	if _, err := passive.ParseSOD(stripped); !errors.Is(err, passive.ErrFormat) {
		t.Errorf("signature stripped: %v", err)
	}
	list := tlv.Append(nil, 0x77, signer.Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, Content: pkitest.LDS(groups())}))
	if _, err := passive.ParseSOD(list); !errors.Is(err, passive.ErrFormat) {
		t.Errorf("another kind of content: %v", err)
	}
	attribute := signer.SOD(t, groups(), pkitest.Signed{ContentType: pkitest.MasterListContent})
	s, err := passive.ParseSOD(attribute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.VerifySignature(); !errors.Is(err, passive.ErrSignature) {
		t.Errorf("signed as another kind: %v", err)
	}
}
