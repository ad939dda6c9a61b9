package chipsim

import (
	"math/big"
	"testing"

	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
)

func number(t *testing.T, hex string) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(hexBytes(hex))
}

// R_p(s,t) of Doc 9303-11 appendix H, examples H.1 (points) and H.2 (numbers).
func TestPseudorandomWorkedExamples(t *testing.T) {
	for name, tt := range map[string]struct {
		group      int
		s, t, want string
	}{
		"H.1": {13, "2923BE84E16CD6AE529049F1F1BBE9EB", "5DD4CBFC96F5453B130D890A1CDBAE32",
			"A2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E"},
		"H.2": {0, "FA5B7E3E49753A0DB9178B7B9BD898C8", "B3A6DB3C870C3E99245E0D1C06B747DE",
			"A0C7C50C002061A51CC87D254EF38068607417B6EE1B36473CFB800D2D2E5FA2" +
				"B6980F01105D24FAB22ACD1BFA5C8A4C093ECDFAFE6D7125D42A843E33860383" +
				"5CF19AFAFF75EFE21DC5F6AA1F9AE46C25087E7368166FB08C1E4627AFED7D93" +
				"570417B790FF7F747E57F432B04E1236819E0DFEF5B6E77CA4999925328182D2"},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := group.ByID(tt.group)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pseudorandom(keys.AES128, hexBytes(tt.s), hexBytes(tt.t), g.P)
			if err != nil || got.Cmp(number(t, tt.want)) != 0 {
				t.Errorf("%X, %v", got, err)
			}
		})
	}
}

// Whatever the cipher, the number is below the prime, and depends on both
// nonces.
func TestPseudorandomOfEveryCipher(t *testing.T) {
	g, err := group.ByID(17)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256} {
		suite := paceSuite{cipher: c, mapping: ecdhIM}
		s, u := make([]byte, suite.nonceLen()), make([]byte, c.KeyLen())
		for i := range u {
			u[i] = byte(i)
		}
		one, err := pseudorandom(c, s, u, g.P)
		if err != nil || one.Cmp(g.P) >= 0 {
			t.Fatalf("%v: %v", c, err)
		}
		s[0] = 1
		two, err := pseudorandom(c, s, u, g.P)
		if err != nil || one.Cmp(two) == 0 {
			t.Errorf("%v: the chip's nonce does not matter, %v", c, err)
		}
		u[0] = 0x10
		if three, err := pseudorandom(c, s, u, g.P); err != nil || two.Cmp(three) == 0 {
			t.Errorf("%v: the reader's nonce does not matter, %v", c, err)
		}
	}
}

func TestCardAccessOfTheCardOf2021(t *testing.T) {
	p, ok := PersonalityNamed("card-2021")
	if !ok {
		t.Fatal("no card of 2021")
	}
	// As at least five applications have it.
	want := hexBytes("3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D")
	if got := p.cardAccess(); string(got) != string(want) {
		t.Errorf("%X", got)
	}
}

func TestCardAccessRefused(t *testing.T) {
	for name, hex := range map[string]string{
		"no set":            "3014",
		"no entry":          "310105",
		"no cipher":         "31143012060A04007F00070202040205020102 02010D",
		"CAM with 3DES":     "31143012060A04007F0007020204060102010202010D",
		"version 1":         "31143012060A04007F0007020204020202010102010D",
		"unknown curve":     "31143012060A04007F00070202040202020102020113",
		"curve for numbers": "31143012060A04007F0007020204010202010202010D",
		"numbers for curve": "31143012060A04007F00070202040202020102020100",
		"no parameters":     "3111300F060A04007F000702020402020201 02",
	} {
		clean := ""
		for _, c := range hex {
			if c != ' ' {
				clean += string(c)
			}
		}
		if s, err := paceSuites(hexBytes(clean)); err == nil {
			t.Errorf("%s: %v", name, s)
		}
	}
}

// The encrypted chip authentication data of Doc 9303-11 appendix I.1. The
// static private key is not printed there; it follows from the printed data and
// the printed key of the mapping.
func TestChipAuthenticationDataOfAppendixI(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	mapping := number(t, "9E56A6B59C95D06ECE5CD10F983BB2F4F1943528E577F23881D89D8C3BBEE0AA")
	data := number(t, "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3")
	x := new(big.Int).ModInverse(data, g.N)
	x.Mul(x, mapping).Mod(x, g.N)
	public := g.Power(g.Base(), x)
	if public.X.Cmp(number(t, "1872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC8")) != 0 ||
		public.Y.Cmp(number(t, "84D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F")) != 0 {
		t.Fatal("not the example's static key")
	}
	c := &Chip{who: Personality{Keys: PrivateKeys{CAM: []CAKey{{GroupID: 13, X: x}}}}}
	got, err := c.camData(&paceRun{suite: paceSuite{group: g, cipher: keys.AES128}, mapping: mapping, kenc: hexBytes("0A9DA4DB03BDDE39FC5202BC44B2E89E")})
	want := hexBytes("8A301EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28AA8DE2F4F92")
	if err != nil || string(got) != string(want) {
		t.Errorf("%X, %v", got, err)
	}
}
