package keys_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"tram06/firmware/emrtd/keys"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mac(t testing.TB, s keys.Suite, key, msg []byte) []byte {
	t.Helper()
	m, err := keys.NewMAC(s, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := m.Sum(msg)
	return sum[:]
}

// Doc 9303-11 appendix D.1 and D.2.
func TestBACKeys(t *testing.T) {
	info, err := keys.MRZInformation("L898902C<", "690806", "940623")
	if err != nil || info != "L898902C<369080619406236" {
		t.Fatalf("MRZ information %q, %v", info, err)
	}
	seed := keys.Seed(info)
	if !bytes.Equal(seed, unhex(t, "239AB9CB282DAF66231DC5A4DF6BFBAE")) {
		t.Errorf("K_seed %X", seed)
	}
	if k := keys.Derive(keys.TDES, seed, keys.Enc); !bytes.Equal(k, unhex(t, "AB94FDECF2674FDFB9B391F85D7F76F2")) {
		t.Errorf("K_Enc %X", k)
	}
	if k := keys.Derive(keys.TDES, seed, keys.Mac); !bytes.Equal(k, unhex(t, "7962D9ECE03D1ACD4C76089DCE131543")) {
		t.Errorf("K_MAC %X", k)
	}
	// Before the parity is adjusted, as AES-128 would take it.
	if k := keys.Derive(keys.AES128, seed, keys.Enc); !bytes.Equal(k, unhex(t, "AB94FCEDF2664EDFB9B291F85D7F77F2")) {
		t.Errorf("unadjusted %X", k)
	}
}

// Doc 9303-11 appendix D.2: a TD1 number longer than nine characters is used whole.
func TestMRZInformation(t *testing.T) {
	tests := []struct{ number, birth, expiry, want string }{
		{"L898902C", "690806", "940623", "L898902C<369080619406236"},
		{"D23145890734", "340712", "950712", "D23145890734934071279507122"},
		{"T22000129", "640812", "101031", "T22000129364081251010318"},
	}
	for _, tt := range tests {
		if got, err := keys.MRZInformation(tt.number, tt.birth, tt.expiry); err != nil || got != tt.want {
			t.Errorf("%q, %v; want %q", got, err, tt.want)
		}
	}
	for _, bad := range [][3]string{{"", "690806", "940623"}, {"L898902C", "69080", "940623"}, {"L898902C", "690806", "9406233"}, {"l898902c", "690806", "940623"}, {"Đ12345678", "690806", "940623"}} {
		if got, err := keys.MRZInformation(bad[0], bad[1], bad[2]); !errors.Is(err, keys.ErrPassword) {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

// Doc 9303-11 appendix G.1: K_π of the document T22000129.
func TestPACEKey(t *testing.T) {
	info, err := keys.MRZInformation("T22000129", "640812", "101031")
	if err != nil {
		t.Fatal(err)
	}
	pw := keys.PACEPassword(info)
	if !bytes.Equal(pw, unhex(t, "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD")) {
		t.Errorf("password %X", pw)
	}
	if k := keys.Derive(keys.AES128, pw, keys.PACE); !bytes.Equal(k, unhex(t, "89DED1B26624EC1E634C1989302849DD")) {
		t.Errorf("K_π %X", k)
	}
}

// SHA-256 serves the long keys; checked against the definition in section
// 9.7.1 with a value computed apart: SHA-256("123456" || 00000003).
func TestDeriveLongKeys(t *testing.T) {
	k256 := keys.Derive(keys.AES256, []byte("123456"), keys.PACE)
	k192 := keys.Derive(keys.AES192, []byte("123456"), keys.PACE)
	want := unhex(t, "8DF3278FB32026E66277357FCD6C826DBEB3DE32088B2531757D753940185923")
	if !bytes.Equal(k256, want) || !bytes.Equal(k192, want[:24]) {
		t.Errorf("%X and %X", k256, k192)
	}
}

// Doc 9303-11 appendix D.3.
func TestTripleDES(t *testing.T) {
	b, err := keys.NewCipher(keys.TDES, unhex(t, "AB94FDECF2674FDFB9B391F85D7F76F2"))
	if err != nil {
		t.Fatal(err)
	}
	text := unhex(t, "781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B")
	got := bytes.Clone(text)
	if err := keys.EncryptCBC(b, nil, got); err != nil {
		t.Fatal(err)
	}
	eifd := unhex(t, "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2")
	if !bytes.Equal(got, eifd) {
		t.Errorf("E_IFD %X", got)
	}
	if err := keys.DecryptCBC(b, nil, got); err != nil || !bytes.Equal(got, text) {
		t.Errorf("decrypted %X, %v", got, err)
	}
	if m := mac(t, keys.TDES, unhex(t, "7962D9ECE03D1ACD4C76089DCE131543"), eifd); !bytes.Equal(m, unhex(t, "5F1448EEA8AD90A7")) {
		t.Errorf("M_IFD %X", m)
	}
}

// RFC 4493 section 4 and NIST SP 800-38B appendix D, cut to eight bytes.
func TestCMAC(t *testing.T) {
	msg := unhex(t, "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710")
	k128, k192, k256 := "2B7E151628AED2A6ABF7158809CF4F3C", "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4"
	tests := []struct {
		s    keys.Suite
		key  string
		n    int
		want string
	}{
		{keys.AES128, k128, 0, "BB1D6929E9593728"},
		{keys.AES128, k128, 16, "070A16B46B4D4144"},
		{keys.AES128, k128, 40, "DFA66747DE9AE630"},
		{keys.AES128, k128, 64, "51F0BEBF7E3B9D92"},
		{keys.AES192, k192, 0, "D17DDF46ADAACDE5"},
		{keys.AES192, k192, 64, "A1D5DF0EED790F79"},
		{keys.AES256, k256, 0, "028962F61B7BF89E"},
		{keys.AES256, k256, 64, "E1992190549F6ED5"},
	}
	for _, tt := range tests {
		if got := mac(t, tt.s, unhex(t, tt.key), msg[:tt.n]); !bytes.Equal(got, unhex(t, tt.want)) {
			t.Errorf("%v over %d bytes: %X, want %s", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestMACVerify(t *testing.T) {
	for _, s := range []keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256} {
		m, err := keys.NewMAC(s, bytes.Repeat([]byte{0x5B}, s.KeyLen()))
		if err != nil {
			t.Fatal(err)
		}
		code := m.Sum([]byte("mot"), []byte("hai ba bon nam"))
		if !m.Verify(code[:], []byte("mothai ba"), []byte(" bon nam")) {
			t.Errorf("%v: where the parts are cut matters", s)
		}
		if m.Verify(code[:], []byte("mothai ba bon naM")) || m.Verify(code[:7], []byte("mothai ba bon nam")) {
			t.Errorf("%v: a wrong code passes", s)
		}
	}
}

func TestPadding(t *testing.T) {
	for n := range 33 {
		for _, block := range []int{8, 16} {
			text := bytes.Repeat([]byte{0x80}, n)
			padded := keys.AppendPadding(append([]byte{1, 2, 3}, text...), 3, block)[3:]
			if len(padded)%block != 0 || len(padded) <= n || len(padded) > n+block {
				t.Fatalf("%d bytes padded to %d", n, len(padded))
			}
			if got, err := keys.Unpad(padded, block); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%d bytes: %X, %v", n, got, err)
			}
		}
	}
	for _, bad := range []string{"", "80", "0000000000000000", "8000000000000001", "80000000000000000000000000000000"} {
		if _, err := keys.Unpad(unhex(t, bad), 8); !errors.Is(err, keys.ErrPadding) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWrongKeys(t *testing.T) {
	for _, s := range []keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256} {
		if _, err := keys.NewCipher(s, make([]byte, s.KeyLen()+1)); !errors.Is(err, keys.ErrKey) {
			t.Errorf("%v cipher: %v", s, err)
		}
		if _, err := keys.NewMAC(s, make([]byte, s.KeyLen()-1)); !errors.Is(err, keys.ErrKey) {
			t.Errorf("%v MAC: %v", s, err)
		}
	}
	b, err := keys.NewCipher(keys.AES128, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.DecryptCBC(b, nil, make([]byte, 17)); !errors.Is(err, keys.ErrPadding) {
		t.Errorf("half a block: %v", err)
	}
	if err := keys.DecryptCBC(b, make([]byte, 8), make([]byte, 16)); !errors.Is(err, keys.ErrKey) {
		t.Errorf("short initial vector: %v", err)
	}
}

func FuzzUnpad(f *testing.F) {
	f.Add([]byte("\x80\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0x80}, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := keys.Unpad(b, 8)
		if err == nil && !bytes.Equal(keys.AppendPadding(bytes.Clone(got), 0, 8), b) {
			t.Fatal("not the padding of method 2")
		}
	})
}
