package receipt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"
	"time"
)

func claim(o Outcome) Claim {
	return Claim{"SM06", "SM06-2311-0042", "0198a000-0000-7000-8000-000000000001", o, noon.UTC().Truncate(time.Second)}
}

func sign(t testing.TB, c Claim, key crypto.Signer) string {
	t.Helper()
	s, err := Sign(c, key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignAndVerify(t *testing.T) {
	ec := ecKey(t, elliptic.P256())
	for name, key := range map[string]crypto.Signer{"Ed25519": ed25519Key(), "P-256": ec} {
		for _, o := range []Outcome{Accepted, Kept, Rejected} {
			text := sign(t, claim(o), key)
			if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:") != "" {
				t.Errorf("%s: %q is not in the alphanumeric set", name, text)
			}
			got, err := Verify(text, key.Public())
			if err != nil || got != claim(o) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if id, err := Kiosk(text); id != "SM06" || err != nil {
				t.Errorf("%s: kiosk %q, %v", name, id, err)
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	good := sign(t, claim(Accepted), ed25519Key())
	pub := ed25519Key().Public()
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(good, other); !errors.Is(err, ErrSignature) {
		t.Errorf("another kiosk's key: %v", err)
	}
	if _, err := Verify(good, &ecKey(t, elliptic.P256()).PublicKey); !errors.Is(err, ErrSignature) {
		t.Errorf("a key of another kind: %v", err)
	}
	for _, k := range []crypto.PublicKey{nil, "key", &ecKey(t, elliptic.P384()).PublicKey} {
		if _, err := Verify(good, k); !errors.Is(err, ErrKey) {
			t.Errorf("key %T: %v", k, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":             "",
		"a card":              "001090000638||NGUYỄN VĂN MẪU|15031990|Nam|Tổ 4|01012022",
		"no prefix":           strings.TrimPrefix(good, "T06:"),
		"small letters":       strings.ToLower(good),
		"cut short":           good[:len(good)-9],
		"longer":              good + "AAAAAAAA",
		"padding":             good + "=",
		"too long":            "T06:" + strings.Repeat("A", 600),
		"a signature only":    "T06:" + b32.EncodeToString(make([]byte, 64)),
		"garbage in its body": "T06:" + b32.EncodeToString(make([]byte, 100)),
	} {
		if _, err := Verify(text, pub); !errors.Is(err, ErrNotReceipt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Every single letter counts.
	for i := len(prefix); i < len(good); i++ {
		swap := byte('A')
		if good[i] == 'A' {
			swap = 'B'
		}
		text := good[:i] + string(swap) + good[i+1:]
		if c, err := Verify(text, pub); err == nil {
			t.Fatalf("letter %d changed and still verified: %+v", i, c)
		}
	}
}

// A claim that says the same in another encoding is another text: refused.
func TestOnlyOneForm(t *testing.T) {
	w := wire{Version: 1, Kiosk: "SM06", Number: "1", Dossier: make([]byte, 16), Outcome: 1, At: 1}
	body, err := marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	// 0x01 at the end is the time; 0x18 0x01 says the same in two bytes.
	long := append(append([]byte{}, body[:len(body)-1]...), 0x18, 0x01)
	key := ed25519Key()
	sig, err := key.Sign(nil, signed(long), crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(prefix+b32.EncodeToString(append(long, sig...)), key.Public()); !errors.Is(err, ErrNotReceipt) {
		t.Errorf("got %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	for name, change := range map[string]func(*Claim){
		"no kiosk":          func(c *Claim) { c.Kiosk = "" },
		"a long number":     func(c *Claim) { c.Number = strings.Repeat("9", 33) },
		"letters with dots": func(c *Claim) { c.Kiosk = "TRẠM" },
		"no UUID":           func(c *Claim) { c.Dossier = "42" },
		"a bracketed UUID":  func(c *Claim) { c.Dossier = "{" + c.Dossier + "}" },
		"no outcome":        func(c *Claim) { c.Outcome = "" },
		"no time":           func(c *Claim) { c.At = time.Time{} },
	} {
		c := claim(Accepted)
		change(&c)
		if _, err := Sign(c, ed25519Key(), nil); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{k, ecKey(t, elliptic.P384())} {
		if _, err := Sign(claim(Accepted), key, rand.Reader); !errors.Is(err, ErrKey) {
			t.Errorf("%T: %v", key, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	pub := ed25519Key().Public()
	for _, o := range []Outcome{Accepted, Kept, Rejected} {
		f.Add(sign(f, claim(o), ed25519Key()))
	}
	f.Add("T06:" + b32.EncodeToString([]byte{0x86, 1, 0x60, 0x60, 0x40, 1, 1}))
	f.Add("T06:")
	f.Add("001090000638||NGUYỄN VĂN MẪU|15031990|Nam||01012022")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Verify(text, pub)
		if err != nil {
			if c != (Claim{}) {
				t.Fatal("a refused code still says something")
			}
			return
		}
		// Whoever has no key can only find what was signed: the one form.
		if again := sign(t, c, ed25519Key()); again != text {
			t.Fatalf("%q verifies, but the kiosk would have written %q", text, again)
		}
	})
}
