package pace_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/tlv"
)

var infoCAM = pace.Info{Protocol: protocol(6, 2), Version: 2, ParameterID: 13}

// camRun runs chip authentication mapping with a chip that has this key.
func camRun(t *testing.T, static []byte) *pace.CAMProof {
	t.Helper()
	c := newChip(t, infoCAM, rand.Reader)
	c.static = static
	got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, infoCAM, can(t, "000638"), rand.Reader)
	if err != nil || got.CAM == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.CAM
}

func set(entries ...[]byte) []byte { return tlv.Append(nil, 0x31, entries...) }

func TestCAMProof(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	private, public := keyPair(t, g)
	_, other := keyPair(t, g)
	p256, err := group.ByID(12)
	if err != nil {
		t.Fatal(err)
	}
	_, elsewhere := keyPair(t, p256)
	paceInfo := unhex(t, "3012060A04007F0007020204060202010202010D")
	odd := keyInfo(99, 99, public) // parameters that nobody knows
	proof := camRun(t, private)
	tests := []struct {
		name  string
		infos []byte
		want  error
	}{
		{"the key", set(keyInfo(13, 13, public)), nil},
		{"among others", set(paceInfo, odd, keyInfo(12, 12, elsewhere), keyInfo(13, 13, public)), nil},
		{"two over the same parameters", set(keyInfo(13, 1, other), keyInfo(13, 2, public)), nil},
		{"numbered otherwise", set(keyInfo(13, 7, public)), nil},
		{"filled up", append(set(keyInfo(13, 13, public)), 0, 0), nil},
		{"another key", set(keyInfo(13, 13, other)), pace.ErrClone},
		{"two other keys", set(keyInfo(13, 13, other), keyInfo(13, 14, g.Generator())), pace.ErrClone},
		{"another curve", set(keyInfo(12, 13, elsewhere)), pace.ErrCardSecurity},
		{"no key", set(paceInfo), pace.ErrCardSecurity},
		{"empty", set(), pace.ErrCardSecurity},
		{"nothing", nil, pace.ErrCardSecurity},
		{"unknown parameters", set(odd), pace.ErrCardSecurity},
		{"a point off the curve", set(keyInfo(13, 13, flip(public))), pace.ErrCardSecurity},
		{"cut short", set(keyInfo(13, 13, public))[:60], pace.ErrCardSecurity},
	}
	for _, tt := range tests {
		err := proof.Verify(tt.infos)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", proof, proof, proof); strings.Contains(s, "mapping") || strings.Contains(s, "[") {
		t.Errorf("printed: %s", s)
	}
	proof.Wipe()
	if err := proof.Verify(set(keyInfo(13, 13, public))); !errors.Is(err, pace.ErrClone) {
		t.Errorf("a wiped proof: %v", err)
	}
}

// A copied card has all files and not the key.
func TestCAMClone(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	_, signed := keyPair(t, g)
	private, _ := keyPair(t, g)
	if err := camRun(t, private).Verify(set(keyInfo(13, 13, signed))); !errors.Is(err, pace.ErrClone) {
		t.Error(err)
	}
	// A proof kept from another run does not fit this one's mapping.
	private, public := keyPair(t, g)
	first, second := camRun(t, private), camRun(t, private)
	if bytes.Equal(pace.CAMData(first), pace.CAMData(second)) {
		t.Fatal("the chip proved the same twice")
	}
	copy(pace.CAMData(second), pace.CAMData(first))
	if err := second.Verify(set(keyInfo(13, 13, public))); !errors.Is(err, pace.ErrClone) {
		t.Error(err)
	}
	copy(pace.CAMData(second), make([]byte, 32))
	if err := second.Verify(set(keyInfo(13, 13, public))); !errors.Is(err, pace.ErrClone) {
		t.Errorf("zero: %v", err)
	}
}

func TestCAMData(t *testing.T) {
	// seal makes the object of any data, under the session's own key.
	seal := func(c *chip, text []byte) []byte {
		block, err := keys.NewCipher(c.suite, keys.Derive(c.suite, c.g.Secret(c.shared), keys.Enc))
		if err != nil {
			t.Fatal(err)
		}
		iv := bytes.Repeat([]byte{0xFF}, 16)
		block.Encrypt(iv, iv)
		text = bytes.Clone(text)
		if err := keys.EncryptCBC(block, iv, text); err != nil {
			t.Fatal(err)
		}
		return tlv.Append(nil, 0x8A, text)
	}
	padded := func(n int) []byte { return keys.AppendPadding(bytes.Repeat([]byte{5}, n), 0, 16) }
	for name, object := range map[string]func(c *chip) []byte{
		"absent":         func(*chip) []byte { return nil },
		"empty":          func(*chip) []byte { return []byte{0x8A, 0} },
		"half a block":   func(*chip) []byte { return append([]byte{0x8A, 8}, make([]byte, 8)...) },
		"random":         func(*chip) []byte { return append([]byte{0x8A, 48}, bytes.Repeat([]byte{0x33}, 48)...) },
		"no padding":     func(c *chip) []byte { return seal(c, bytes.Repeat([]byte{5}, 32)) },
		"too short":      func(c *chip) []byte { return seal(c, padded(31)) },
		"too long":       func(c *chip) []byte { return seal(c, padded(33)) },
		"padding only":   func(c *chip) []byte { return seal(c, padded(0)) },
		"two of padding": func(c *chip) []byte { return seal(c, append(padded(32), make([]byte, 16)...)) },
	} {
		_, err := spoiled(t, infoCAM, tokens, func(c *chip, a []byte) []byte {
			token := tlv.Append(nil, 0x86, value(t, a))
			return append(tlv.Append(nil, 0x7C, token, object(c)), 0x90, 0)
		})
		if !errors.Is(err, pace.ErrChip) || errors.Is(err, pace.ErrPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Before the token, or twice: the first counts.
	if _, err := spoiled(t, infoCAM, tokens, func(c *chip, a []byte) []byte {
		token := tlv.Append(nil, 0x86, value(t, a))
		return append(tlv.Append(nil, 0x7C, seal(c, padded(32)), token), 0x90, 0)
	}); err != nil {
		t.Errorf("before the token: %v", err)
	}
}

// Leading zeros of the chip authentication data belong to it: 4.4.5.6.
func TestCAMDataWithLeadingZeros(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	// The static key is the ephemeral one divided by the data that is wanted.
	ephemeral, _ := keyPair(t, g)
	data := append([]byte{0, 0}, bytes.Repeat([]byte{0x5A}, 30)...)
	static := camData(g, data, ephemeral)
	public, err := g.Mul(g.Generator(), static)
	if err != nil {
		t.Fatal(err)
	}
	agree, _ := keyPair(t, g)
	c := newChip(t, infoCAM, bytes.NewReader(slices.Concat(make([]byte, 15), []byte{1}, ephemeral, agree)))
	c.static = static
	got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, infoCAM, can(t, "000638"), rand.Reader)
	if err != nil || !bytes.Equal(pace.CAMData(got.CAM), data) {
		t.Fatal(err)
	}
	if err := got.CAM.Verify(set(keyInfo(13, 13, public))); err != nil {
		t.Error(err)
	}
}

func FuzzCAMVerify(f *testing.F) {
	f.Add(append([]byte{0x31, 0x64}, x(f, keyI)...))
	f.Add([]byte{0x31, 0})
	f.Add(unhex(f, "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D"))
	var proof *pace.CAMProof
	f.Fuzz(func(t *testing.T, b []byte) {
		if proof == nil {
			proof = exampleI().run(t).CAM
		}
		err := proof.Verify(b)
		if err == nil && !bytes.Contains(b, x(t, "18727094 94399E74")) {
			t.Fatal("another key passes")
		}
		if err != nil && !errors.Is(err, pace.ErrClone) && !errors.Is(err, pace.ErrCardSecurity) {
			t.Fatalf("an error without a sentinel: %v", err)
		}
	})
}
