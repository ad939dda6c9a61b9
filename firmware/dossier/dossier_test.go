package dossier_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tram06/firmware/dossier"
	"tram06/firmware/person"
)

const testID = "019aa8f2-0c00-7abc-8def-0123456789ab"

// secret values that must never be seen outside of a body.
var secrets = []string{"001090000638", "NGUYỄN VĂN MẪU", "0900000006"}

func draft() dossier.Draft {
	return dossier.Draft{
		Service: "residence_confirmation", ServiceVersion: "2026-07-01", Procedure: "1.010041", Lang: "vi",
		Person: person.Person{
			Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Sex: "Nam",
			Nationality: "Việt Nam", Ethnicity: "Kinh", Religion: "Không", Origin: "Xã Mẫu, Hà Nội",
			Residence: "Số 1 \"Ngõ\" \\ Mẫu, Hà Nội", Issued: "01/03/2021", Expires: "01/02/2030",
			Portrait:  person.Portrait{MediaType: "image/jpeg", Data: []byte("PORTRAIT-BYTES")},
			Assurance: person.ChipSigned,
			Proofs:    person.Proofs{Hashes: person.Passed, Signature: person.Passed, Chain: person.Unknown},
		},
		Answers:   map[string]string{"confirm": "permanent", "phone": "0900000006", "receive": "paper"},
		ConsentAt: time.Date(2026, 11, 23, 9, 40, 0, 123456789, time.FixedZone("", 7*3600)),
	}
}

func stamp() dossier.Stamp {
	return dossier.Stamp{
		ID: testID, Number: "SM06-2311-0042", Site: "Công an phường Mẫu", Kiosk: "SM06",
		At: time.Date(2026, 11, 23, 9, 42, 0, 0, time.FixedZone("", 7*3600)),
	}
}

func body(t testing.TB) dossier.Body {
	t.Helper()
	b, err := dossier.NewBody(draft(), stamp())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func keys(t testing.TB) (*ecdsa.PrivateKey, hpke.PrivateKey) {
	t.Helper()
	dev, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	gw, err := dossier.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return dev, gw
}

// registry knows exactly one device key.
func registry(pub crypto.PublicKey) func(string) (crypto.PublicKey, error) {
	return func(kid string) (crypto.PublicKey, error) {
		want, err := dossier.KeyID(pub)
		if err != nil || kid != want {
			return nil, errUnknownKey
		}
		return pub, nil
	}
}

var errUnknownKey = errors.New("key unknown")

func TestCanonicalIsOneForm(t *testing.T) {
	b := body(t)
	got, err := b.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"answers":{"confirm":"permanent","phone":"0900000006","receive":"paper"},` +
		`"applicant":{"birth":"01/02/1990","ethnicity":"Kinh","expires":"01/02/2030","issued":"01/03/2021","name":"NGUYỄN VĂN MẪU",` +
		`"nationality":"Việt Nam","number":"001090000638","old_number":"","origin":"Xã Mẫu, Hà Nội","religion":"Không",` +
		`"residence":"Số 1 \"Ngõ\" \\ Mẫu, Hà Nội","sex":"Nam"},"assurance":"chip-signed",` +
		`"consent_at":"2026-11-23T02:40:00.123Z","created_at":"2026-11-23T02:42:00.000Z","format":1,"id":"` + testID + `",` +
		`"kiosk":"SM06","lang":"vi","number":"SM06-2311-0042","procedure":"1.010041",` +
		`"proofs":{"chain":"unknown","chip":"not made","hashes":"passed","signature":"passed"},` +
		`"service":"residence_confirmation","site":"Công an phường Mẫu","version":"2026-07-01"}`
	if string(got) != want {
		t.Fatalf("canonical form\n got %s\nwant %s", got, want)
	}
	again, err := dossier.ParseBody(got)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(wireOf(t, b), wireOf(t, again)); d != "" {
		t.Error(d)
	}
	if bytes.Contains(got, []byte("PORTRAIT")) {
		t.Error("the portrait is in the body")
	}
}

func wireOf(t *testing.T, b dossier.Body) map[string]any {
	t.Helper()
	raw, err := b.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseBodyRefusesEveryOtherForm(t *testing.T) {
	good, err := body(t).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	s := string(good)
	for name, in := range map[string]string{
		"empty":            "",
		"null":             "null",
		"array":            "[]",
		"cut off":          s[:len(s)-1],
		"more behind":      s + "{}",
		"space":            strings.Replace(s, ":", ": ", 1),
		"newline":          s + "\n",
		"unknown member":   strings.Replace(s, `"format":1`, `"format":1,"fun":"x"`, 1),
		"member twice":     strings.Replace(s, `"format":1`, `"format":1,"format":1`, 1),
		"missing member":   strings.Replace(s, `"old_number":"",`, "", 1),
		"unknown field":    strings.Replace(s, `"old_number":""`, `"old_number":"","portrait":"x"`, 1),
		"needless escape":  strings.Replace(s, "Kinh", `\u004binh`, 1),
		"other format":     strings.Replace(s, `"format":1`, `"format":2`, 1),
		"other order":      `{"format":1,` + strings.Replace(s[1:], `"format":1,`, "", 1),
		"number as string": strings.Replace(s, `"format":1`, `"format":"1"`, 1),
		"time with zone":   strings.Replace(s, "02:42:00.000Z", "02:42:00.000+00:00", 1),
		"assurance":        strings.Replace(s, "chip-signed", "chip-genuine", 1),
		"proof":            strings.Replace(s, `"chip":"not made"`, `"chip":"sure"`, 1),
		"id":               strings.Replace(s, "-7abc-", "-4abc-", 1),
		"control":          strings.Replace(s, "Kinh", `Ki\u0007nh`, 1),
		"bad utf-8":        strings.Replace(s, "Kinh", "Ki\xffnh", 1),
		"long":             strings.Replace(s, "Kinh", strings.Repeat("K", 70<<10), 1),
	} {
		_, err := dossier.ParseBody([]byte(in))
		if !errors.Is(err, dossier.ErrBody) {
			t.Errorf("%s: got %v, want ErrBody", name, err)
		}
		noSecrets(t, name, err)
	}
}

func noSecrets(t *testing.T, what string, v any) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v", v, v, v)
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%s: personal data in %q", what, text)
		}
	}
}

func TestNewBodyRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*dossier.Draft, *dossier.Stamp){
		"id":             func(_ *dossier.Draft, s *dossier.Stamp) { s.ID = "1" },
		"upper-case id":  func(_ *dossier.Draft, s *dossier.Stamp) { s.ID = strings.ToUpper(testID) },
		"number":         func(_ *dossier.Draft, s *dossier.Stamp) { s.Number = "" },
		"kiosk":          func(_ *dossier.Draft, s *dossier.Stamp) { s.Kiosk = "SM 06" },
		"site":           func(_ *dossier.Draft, s *dossier.Stamp) { s.Site = "" },
		"no time":        func(_ *dossier.Draft, s *dossier.Stamp) { s.At = time.Time{} },
		"no consent":     func(d *dossier.Draft, _ *dossier.Stamp) { d.ConsentAt = time.Time{} },
		"nobody":         func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Assurance = person.Nobody },
		"boast":          func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Assurance = person.ChipGenuine },
		"qr with proofs": func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Assurance = person.QROnly },
		"failed proof":   func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Proofs.Chip = person.Failed },
		"id number":      func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Number = "12345" },
		"name":           func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Name = "" },
		"control":        func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Origin = "a\nb" },
		"not utf-8":      func(d *dossier.Draft, _ *dossier.Stamp) { d.Person.Residence = "\xff" },
		"answer key":     func(d *dossier.Draft, _ *dossier.Stamp) { d.Answers = map[string]string{"A b": "x"} },
		"answer value":   func(d *dossier.Draft, _ *dossier.Stamp) { d.Answers = map[string]string{"a": "\x00"} },
		"long answer": func(d *dossier.Draft, _ *dossier.Stamp) {
			d.Answers = map[string]string{"a": strings.Repeat("x", 3000)}
		},
	} {
		d, s := draft(), stamp()
		spoil(&d, &s)
		_, err := dossier.NewBody(d, s)
		if !errors.Is(err, dossier.ErrBody) {
			t.Errorf("%s: got %v, want ErrBody", name, err)
		}
		noSecrets(t, name, err)
	}
}

func TestBodyHidesItself(t *testing.T) {
	b := body(t)
	noSecrets(t, "body", b)
	noSecrets(t, "pointer", &b)
	noSecrets(t, "log value", b.LogValue())
}

func TestSealAndOpen(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, hybrid := keys(t)
	x25519, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	b := body(t)
	want, _ := b.Canonical()
	for _, dev := range []crypto.Signer{ec, ed} {
		for _, gw := range []hpke.PrivateKey{hybrid, x25519} {
			s, err := dossier.Seal(b, dev, gw.PublicKey())
			if err != nil {
				t.Fatal(err)
			}
			if s.ID != testID || s.Digest != dossier.DigestOf(s.Envelope) {
				t.Error("id or digest do not belong to the envelope")
			}
			if bytes.Contains(s.Envelope, []byte("MẪU")) || bytes.Contains(s.Envelope, []byte("001090000638")) {
				t.Error("personal data in the clear")
			}
			o, err := dossier.Open(s.Envelope, gw, registry(dev.Public()))
			if err != nil {
				t.Fatalf("%T: %v", dev, err)
			}
			got, _ := o.Body.Canonical()
			if !bytes.Equal(got, want) {
				t.Error("opened body differs")
			}
			if kid, _ := dossier.KeyID(dev.Public()); o.KeyID != kid {
				t.Errorf("key id %q, want %q", o.KeyID, kid)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dev, gw := keys(t)
	other, otherGW := keys(t)
	s, err := dossier.Seal(body(t), dev, gw.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	edit := func(at int, to byte) []byte {
		e := bytes.Clone(s.Envelope)
		e[at] = to
		return e
	}
	for _, c := range []struct {
		name string
		env  []byte
		key  hpke.PrivateKey
		reg  func(string) (crypto.PublicKey, error)
		want error
	}{
		{"empty", nil, gw, registry(dev.Public()), dossier.ErrEnvelope},
		{"not an envelope", []byte("hello, world"), gw, registry(dev.Public()), dossier.ErrEnvelope},
		{"too long", make([]byte, dossier.MaxEnvelope+1), gw, registry(dev.Public()), dossier.ErrEnvelope},
		{"version", edit(4, 9), gw, registry(dev.Public()), dossier.ErrVersion},
		{"kem", edit(6, 0xff), gw, registry(dev.Public()), dossier.ErrSuite},
		{"kdf", edit(8, 0xff), gw, registry(dev.Public()), dossier.ErrSuite},
		{"aead", edit(10, 1), gw, registry(dev.Public()), dossier.ErrSuite},
		{"recipient", edit(11, s.Envelope[11]^1), gw, registry(dev.Public()), dossier.ErrRecipient},
		{"id", edit(42, s.Envelope[42]^1), gw, registry(dev.Public()), dossier.ErrSealed},
		{"id no v7", edit(33, 0x40), gw, registry(dev.Public()), dossier.ErrEnvelope},
		{"key length", edit(44, s.Envelope[44]^1), gw, registry(dev.Public()), dossier.ErrSealed},
		{"encapsulated key", edit(100, s.Envelope[100]^1), gw, registry(dev.Public()), dossier.ErrSealed},
		{"ciphertext", edit(len(s.Envelope)-1, s.Envelope[len(s.Envelope)-1]^1), gw, registry(dev.Public()), dossier.ErrSealed},
		{"wrong gateway", s.Envelope, otherGW, registry(dev.Public()), dossier.ErrRecipient},
		{"unknown device", s.Envelope, gw, registry(other.Public()), errUnknownKey},
		{"lying registry", s.Envelope, gw, func(string) (crypto.PublicKey, error) { return other.Public(), nil }, dossier.ErrSignature},
	} {
		_, err := dossier.Open(c.env, c.key, c.reg)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		noSecrets(t, c.name, err)
	}
}

func TestOpenRefusesEveryTruncation(t *testing.T) {
	dev, gw := keys(t)
	s, err := dossier.Seal(body(t), dev, gw.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for n := range s.Envelope {
		if _, err := dossier.Open(s.Envelope[:n], gw, registry(dev.Public())); err == nil {
			t.Fatalf("opened with %d of %d bytes", n, len(s.Envelope))
		}
	}
}

func TestSealRefusesDeviceKeysOfOtherKinds(t *testing.T) {
	_, gw := keys(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dossier.Seal(body(t), p384, gw.PublicKey()); !errors.Is(err, dossier.ErrKey) {
		t.Errorf("P-384: got %v, want ErrKey", err)
	}
}

func TestKeyFiles(t *testing.T) {
	_, gw := keys(t)
	priv, err := dossier.MarshalPrivateKey(gw)
	if err != nil {
		t.Fatal(err)
	}
	pub := dossier.MarshalPublicKey(gw.PublicKey())
	back, err := dossier.ParsePrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	pubBack, err := dossier.ParsePublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.PublicKey().Bytes(), pubBack.Bytes()) {
		t.Error("the two files are no pair")
	}
	for name, in := range map[string][]byte{
		"empty": nil, "public as private": pub, "text": []byte("not pem"),
		"short":         []byte("-----BEGIN TRAM06 HPKE PRIVATE KEY-----\nZHo=\n-----END TRAM06 HPKE PRIVATE KEY-----\n"),
		"other suite":   []byte("-----BEGIN TRAM06 HPKE PRIVATE KEY-----\nABAAAA==\n-----END TRAM06 HPKE PRIVATE KEY-----\n"),
		"wrong content": []byte("-----BEGIN TRAM06 HPKE PRIVATE KEY-----\nZHoAAAAA\n-----END TRAM06 HPKE PRIVATE KEY-----\n"),
	} {
		if _, err := dossier.ParsePrivateKey(in); !errors.Is(err, dossier.ErrKey) {
			t.Errorf("%s: got %v, want ErrKey", name, err)
		}
	}
}

func FuzzParseBody(f *testing.F) {
	good, err := body(f).Canonical()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"format":1,"answers":{"a":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := dossier.ParseBody(in)
		if err != nil {
			return
		}
		again, err := b.Canonical()
		if err != nil || !bytes.Equal(again, in) {
			t.Fatalf("accepted a body that is not canonical: %v", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	dev, gw := keys(f)
	s, err := dossier.Seal(body(f), dev, gw.PublicKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Envelope)
	f.Add(s.Envelope[:60])
	f.Add([]byte("T06E\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := dossier.Open(in, gw, registry(dev.Public())); err == nil && !bytes.Equal(in, s.Envelope) {
			t.Fatal("opened an envelope that nobody sealed")
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	dev, gw := keys(b)
	x := body(b)
	for b.Loop() {
		if _, err := dossier.Seal(x, dev, gw.PublicKey()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	dev, gw := keys(b)
	s, err := dossier.Seal(body(b), dev, gw.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := dossier.Open(s.Envelope, gw, registry(dev.Public())); err != nil {
			b.Fatal(err)
		}
	}
}
