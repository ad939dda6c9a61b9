package dossier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// A signature that holds is not enough: it must be a dossier's, for this
// recipient, detached, by the named key, with the key's own algorithm.
func TestVerifyRefusesSignaturesForOtherThings(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kid, err := KeyID(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	content := []byte(`{"a":"b"}`)
	forge := func(typ, aud, kid string) string {
		opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", kid).WithHeader("aud", aud)
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: cryptosigner.Opaque(key)}, opts)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := s.Sign(content)
		if err != nil {
			t.Fatal(err)
		}
		d, err := jws.DetachedCompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	anyKey := func(string) (crypto.PublicKey, error) { return key.Public(), nil }
	good := forge(signatureType, "gateway", kid)
	if got, err := verify(good, content, "gateway", anyKey); err != nil || got != kid {
		t.Fatalf("a good one: %q %v", got, err)
	}
	own, err := sign(content, key, "gateway")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(own, content, "gateway", anyKey); err != nil {
		t.Fatalf("our own: %v", err)
	}
	if parts := strings.Split(own, "."); len(parts) != 3 || parts[1] != "" {
		t.Errorf("not detached: %d parts", len(parts))
	}
	parts := strings.Split(good, ".")
	for name, c := range map[string]struct{ jws, content, recipient string }{
		"another purpose":   {forge("JWT", "gateway", kid), `{"a":"b"}`, "gateway"},
		"another recipient": {good, `{"a":"b"}`, "elsewhere"},
		"another content":   {good, `{"a":"c"}`, "gateway"},
		"another key's id":  {forge(signatureType, "gateway", "someone"), `{"a":"b"}`, "gateway"},
		"no signature":      {parts[0] + "..", `{"a":"b"}`, "gateway"},
		"alg none":          {"eyJhbGciOiJub25lIn0..", `{"a":"b"}`, "gateway"},
		"hmac":              {"eyJhbGciOiJIUzI1NiJ9..AAAA", `{"a":"b"}`, "gateway"},
		"garbage":           {"garbage", `{"a":"b"}`, "gateway"},
		"empty":             {"", `{"a":"b"}`, "gateway"},
	} {
		if _, err := verify(c.jws, []byte(c.content), c.recipient, anyKey); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}
