package chipauth

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if strings.ContainsRune(": \n\t", r) {
			return -1
		}
		return r
	}, s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// BSI, "Worked Example for Extended Access Control (EAC)" version 1.02, Chip
// Authentication: the agreement of version 2, which the document shows, is
// that of version 1, but for the nonce that version 2 puts behind the secret.
var workedExamples = []struct {
	name                          string
	group                         int
	chip, private, public, secret string
	nonce, kenc, kmac             string
}{
	{
		name: "ECDH", group: 13,
		chip: "04A44EBE5451DF7AADB01E459B8C928A87746A57927C8C28A6775C97A7E1FE8D9A" +
			"46FF4A1CC7E4D1389AEA19758E4F75C28C598FD734AEBEB135337CF95BE12E94",
		private: "A6A4D255C5BF7A77EC3D0553DB74F693CF044E18C98364D4977A296108AF19BD",
		public: "045A7A377FC9CAFC03AC7FF45441A8B2909D88EAB8E6B0173847AB49B949DF3799" +
			"A34EE57EC55268CF8B1C3EC489F8BF4CF4C68D3FD9670E89C0D5D3FFF1AAF89F",
		secret: "791DA04273CCFE862E52DF60347E2557192E1F8D7517822CE3D306056C1CDEB4",
		nonce:  "4287B3072A3EDC60",
		kenc:   "94ABCD271AB7D9A5590BA52CB518B831",
		kmac:   "78B5709E7ABEDB185B424D0EE3A82499",
	},
	{
		name: "DH", group: 0,
		chip: "1B3345F8DC04341BF8B2C97F652FA680E5D4FA4C146AE4B839431A644A79BC36" +
			"8C4822C89CD018A57F953644BEDA679C5B532902320E83E13B80DEEF8C18AF3E" +
			"7D493AE3F88196101B9F78EAFE4B3025EF8BFF916B2FC02D762D0838DEA29C09" +
			"B485591C2F47F87C71F530BB358F56AF6459D86DBF85EAF9EDBD962CD364F7B8",
		private: "A2CFFD06C34AFD622EEE0FC31F093FDFDA609C67121CACF0A8F52291DE6853BB" +
			"5C93CF76705775ECF408A74302613BEECB381447D36494C9E18951EC17252DD2" +
			"A807AAE09FA4DC30183339013D9C9191303CACEE3C91E926A36D014A5CFA9495" +
			"0CADB37B534F32A9BF76B37980979304C5663871BD746EB9E95A47CA471B4EDE",
		public: "A2830947A6FCAACDE2FCB88B29AB38E07C3453ABC4BCB466087E11C79F32A19E" +
			"6EF22BE108F8DD18FE8249C960951511200DC985AA3EC0CCAD59A5F9BBCC33EE" +
			"5F1577E20330B4DD10EB06B740277C97A189180EDE52BEE9D429F10FB77F180F" +
			"05D6A99C499CB5E1ECEEB8E92284F66EA98479674CE73F53C567A03B0D297833",
		secret: "2A4FC2D11490DF4773DDFA6FF705557C51F4AD4533E8D8A66A3001BFDD271DB8" +
			"7BE3C1CAC22A05E8AF1A066DD0298E75DB928AAFDF00EB4BFB1BD12F372313C1" +
			"CA649056517305638515D5A4FBE0AC59BDC80E8C5A5F46254D231916EA77F80A" +
			"C58E6B63A26198EE4387F10981E8E46FFBA23790C81E679363C589587D30BBB3",
		nonce: "1A1AC1AB04D96965",
		kenc:  "E813D09DF69FFCC63763C537F828985C",
		kmac:  "066721F3EBEA787B4F1C6DCA431EC229",
	},
}

func TestWorkedExamples(t *testing.T) {
	for _, v := range workedExamples {
		g := mustGroup(t, v.group)
		e, err := g.Decode(unhex(t, v.chip))
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		public, secret, err := PublicKey{g, e}.agree(unhex(t, v.private))
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		if !bytes.Equal(public, unhex(t, v.public)) {
			t.Errorf("%s: ephemeral key %X", v.name, public)
		}
		if !bytes.Equal(secret, unhex(t, v.secret)) {
			t.Errorf("%s: secret %X", v.name, secret)
		}
		salted := append(bytes.Clone(secret), unhex(t, v.nonce)...)
		if k := keys.Derive(keys.AES128, salted, keys.Enc); !bytes.Equal(k, unhex(t, v.kenc)) {
			t.Errorf("%s: K_enc %X", v.name, k)
		}
		if k := keys.Derive(keys.AES128, salted, keys.Mac); !bytes.Equal(k, unhex(t, v.kmac)) {
			t.Errorf("%s: K_mac %X", v.name, k)
		}
	}
}

// OpenSSL makes the chip's key and a terminal's, and agrees them too.
func TestAgreesWithOpenSSL(t *testing.T) {
	for name, options := range map[string][]string{
		"X9.42, 2048 bits":        {"-algorithm", "DHX", "-pkeyopt", "dh_rfc5114:3"},
		"X9.42, 1024 bits":        {"-algorithm", "DHX", "-pkeyopt", "dh_rfc5114:1"},
		"PKCS 3, ffdhe2048":       {"-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"},
		"brainpoolP256r1":         {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"},
		"brainpoolP256r1, spelt":  {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1", "-pkeyopt", "ec_param_enc:explicit"},
		"brainpoolP512r1, spelt":  {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP512r1", "-pkeyopt", "ec_param_enc:explicit"},
		"P-224":                   {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"},
		"P-384, spelt":            {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-pkeyopt", "ec_param_enc:explicit"},
		"P-521":                   {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
		"brainpoolP320r1":         {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP320r1"},
		"brainpoolP192r1, spelt":  {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP192r1", "-pkeyopt", "ec_param_enc:explicit"},
		"brainpoolP224r1":         {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP224r1"},
		"P-256, spelt":            {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"},
		"brainpoolP384r1, spelt ": {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1", "-pkeyopt", "ec_param_enc:explicit"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := func(name string) string { return filepath.Join(dir, name) }
			for _, side := range []string{"chip", "terminal"} {
				openssl(t, append([]string{"genpkey", "-out", file(side)}, options...)...)
				openssl(t, "pkey", "-in", file(side), "-pubout", "-out", file(side+".public"))
			}
			g, e, err := group.ParseKey(openssl(t, "pkey", "-in", file("chip"), "-pubout", "-outform", "DER"))
			if err != nil {
				t.Fatal(err)
			}
			private, public := numbers(t, file("terminal"))
			ours, secret, err := PublicKey{g, e}.agree(private)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytes.TrimLeft(ours, "\x00"), bytes.TrimLeft(public, "\x00")) {
				t.Error("another public key than OpenSSL's")
			}
			want := openssl(t, "pkeyutl", "-derive", "-inkey", file("chip"), "-peerkey", file("terminal.public"))
			// OpenSSL takes zeros off the front of integers, the standard does not.
			if missing := len(secret) - len(want); !group.IsCurve(g) && missing > 0 {
				want = append(make([]byte, missing), want...)
			}
			if !bytes.Equal(secret, want) {
				t.Error("another secret than OpenSSL's")
			}
		})
	}
}

// numbers reads a key pair from OpenSSL's words.
func numbers(t *testing.T, file string) (private, public []byte) {
	t.Helper()
	field := ""
	text := map[string]string{}
	for line := range strings.Lines(string(openssl(t, "pkey", "-in", file, "-noout", "-text"))) {
		if rest, indented := strings.CutPrefix(line, "    "); indented {
			text[field] += rest
		} else {
			field, _, _ = strings.Cut(line, ":")
		}
	}
	first := func(names ...string) []byte {
		for _, n := range names {
			if s := text[n]; s != "" {
				return unhex(t, s)
			}
		}
		t.Fatalf("no %v in OpenSSL's words", names)
		return nil
	}
	return first("priv", "private-key"), first("pub", "public-key")
}

func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, complaint.String())
	}
	return out
}

// What the reader computes; the chip has a processor of its own.
func BenchmarkAgree(b *testing.B) {
	for _, id := range []int{2, 12, 13, 15, 17, 18} {
		g := mustGroup(b, id)
		chip, err := g.Mul(g.Generator(), bytes.Repeat([]byte{0x5A}, 24))
		if err != nil {
			b.Fatal(err)
		}
		private := bytes.Repeat([]byte{0xA7}, 28)
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := (PublicKey{g, chip}).agree(private); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
