package pace_test

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
)

// The worked examples of ICAO Doc 9303-11, 8th edition, appendices G.2, H.1,
// H.2 and I.1; G.1 is in pace_test.go. Values are as the document prints them.

// x reads hexadecimal with spaces, as the document has it.
func x(t testing.TB, s string) []byte {
	t.Helper()
	return unhex(t, strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, s))
}

// example is one run, seen from the terminal.
type example struct {
	info     string // PACEInfo
	name     string
	password string
	random   []string // what the terminal draws
	script   []string // command, response …
	kenc     string   // the session's keys
	kmac     string
}

// run plays an example.
func (e example) run(t *testing.T) pace.Result {
	t.Helper()
	infos, err := pace.ParseCardAccess(append([]byte{0x31, 0x14}, x(t, e.info)...))
	if err != nil {
		t.Fatal(err)
	}
	info, err := pace.Choose(infos)
	if err != nil || info.String() != e.name {
		t.Fatalf("%v, %v; want %s", info, err, e.name)
	}
	d := &dialogue{t: t}
	for _, s := range e.script {
		d.lines = append(d.lines, strings.ToUpper(hex.EncodeToString(x(t, s))))
	}
	random := bytes.NewReader(x(t, strings.Join(e.random, "")))
	got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: d}, info, pace.MRZ(e.password), random)
	if err != nil || len(d.lines) > 0 || random.Len() > 0 {
		t.Fatalf("%v, %d lines and %d bytes of randomness left", err, len(d.lines), random.Len())
	}
	// The session has the example's keys: a first command opens with them.
	ic, err := sm.New(keys.AES128, x(t, e.kenc), x(t, e.kmac), nil)
	if err != nil {
		t.Fatal(err)
	}
	both(t, got.Session, ic)
	return got
}

const (
	mrzG  = "T22000129364081251010318" // K of appendix G
	mrzI  = "C11T002JM496081222310314"
	ok    = "9000"
	empty = "10 86 00 00 02 7C 00 00"
)

func TestAppendixG2(t *testing.T) {
	e := example{
		info:     "3012060A 04007F00 07020204 01020201 02020100",
		name:     "PACE-GM AES-128 DH-1024/160",
		password: mrzG,
		random:   []string{"5265030F 751F4AD1 8B08AC56 5FC7AC95 2E41618D", "89CCD99B 0E8D3B1F 11E1296D CA68EC53 411CF2CA"},
		script: []string{
			"00 22 C1 A4 0F 80 0A 04 00 7F 00 07 02 02 04 01 02 83 01 01", ok,
			empty, "7C 12 80 10 85 4D 8D F5 82 7F A6 85 2D 1A 4F A7 01 CD DD CA" + ok,
			`10 86 00 00 86 7C 81 83 81 81 80
			23FB3749 EA030D2A 25B278D2 A562047A DE3F01B7 4F17A154 02CB7352 CA7D2B3E
			B71C343D B13D1DEB CE9A3666 DBCFC920 B49174A6 02CB4796 5CAA73DC 702489A4
			4D41DB91 4DE9613D C5E98C94 160551C0 DF86274B 9359BC04 90D01B03 AD54022D
			CB4F57FA D6322497 D7A1E28D 46710F46 1AFE710F BBBC5F8B A166F431 1975EC6C 00`,
			`7C 81 83 82 81 80
			78879F57 225AA808 0D52ED0F C890A4B2 5336F699 AA89A2D3 A189654A F70729E6
			23EA5738 B26381E4 DA19E004 706FACE7 B235C2DB F2F38748 312F3C98 C2DD4882
			A41947B3 24AA1259 AC22579D B93F7085 655AF308 89DBB845 D9E6783F E42C9F24
			49400306 254C8AE8 EE9DD812 A804C0B6 6E8CAFC1 4F84D825 8950A91B 44126EE6` + ok,
			`10 86 00 00 86 7C 81 83 83 81 80
			907D89E2 D425A178 AA81AF4A 7774EC8E 388C115C AE67031E 85EECE52 0BD91155
			1B9AE4D0 4369F29A 02626C86 FBC6747C C7BC3526 45B6161A 2A42D44E DA80A08F
			A8D61B76 D3A154AD 8A5A5178 6B0BC071 47057871 A922212C 5F67F431 73172236
			B7747D16 71E6D692 A3C7D40A 0C3C5CE3 97545D01 5C175EB5 130551ED BC2EE5D4 00`,
			`7C 81 83 84 81 80
			075693D9 AE941877 573E634B 6E644F8E 60AF17A0 076B8B12 3D920107 4D36152B
			D8B3A213 F53820C4 2ADC79AB 5D0AEEC3 AEFB9139 4DA476BD 97B9B14D 0A65C1FC
			71A0E019 CB08AF55 E1F72900 5FBA7E3F A5DC4189 9238A250 767A6D46 DB974064
			386CD456 743585F8 E5D90CC8 B4004B1F 6D866C79 CE0584E4 9687FF61 BC29AEA1` + ok,
			// The answer names a certification authority, which nobody asked for.
			"00 86 00 00 0C 7C 0A 85 08 B4 6D D9 BD 4D 98 38 1F 00",
			"7C 1B 86 08 91 7F 37 B5 C0 E6 D8 D1 87 0F 44 45 54 45 53 54 43 56 43 41 30 30 30 30 33" + ok,
		},
		kenc: "2F7F46AD CC9E7E52 1B45D192 FAFA9126",
		kmac: "805A1D27 D45A5116 F73C5446 9462B7D8",
	}
	if got := e.run(t); got.CAM != nil {
		t.Error("a proof of the chip out of generic mapping")
	}
}

// In appendix H the nonce is encrypted with a key that no printed password
// gives: checkNonce holds the example's encryption against its own key, and
// returns the same nonce under the password of appendix G.
func checkNonce(t *testing.T, nonce, encrypted string) string {
	t.Helper()
	block, err := aes.NewCipher(x(t, "591468CD A83D6521 9CCCB856 0233600F"))
	if err != nil {
		t.Fatal(err)
	}
	z := x(t, nonce)
	block.Encrypt(z, z)
	if !bytes.Equal(z, x(t, encrypted)) {
		t.Errorf("encrypted nonce %X", z)
	}
	own, err := aes.NewCipher(keys.Derive(keys.AES128, keys.PACEPassword(mrzG), keys.PACE))
	if err != nil {
		t.Fatal(err)
	}
	own.Encrypt(z, x(t, nonce))
	return hex.EncodeToString(z)
}

// checkMapping holds both halves of the integrated mapping against an example.
func checkMapping(t *testing.T, parameter int, s, nonce, number, generator string) {
	t.Helper()
	g, err := group.ByID(parameter)
	if err != nil {
		t.Fatal(err)
	}
	n, err := pace.Pseudorandom(keys.AES128, x(t, s), x(t, nonce), g.Prime())
	if err != nil || n.Cmp(new(big.Int).SetBytes(x(t, number))) != 0 {
		t.Errorf("Rp(s,t) = %X, %v", n, err)
	}
	e, err := g.Map(n)
	if err != nil || !bytes.Equal(e, x(t, generator)) {
		t.Errorf("generator %X, %v", e, err)
	}
}

func TestAppendixH1(t *testing.T) {
	const (
		s     = "2923BE84 E16CD6AE 529049F1 F1BBE9EB"
		nonce = "5DD4CBFC 96F5453B 130D890A 1CDBAE32"
		own   = `89CBA23F FE96AA18 D824627C 3E934E54 A9FD0B87 A95D1471 DC1C0ABF DCD640D4
			6755DE9B 7B778280 B6BEBD57 439ADFEB 0E21FD4E D6DF4257 8C13418A 59B34C37`
		chip = `67F78E5F 7F768608 2B293E8D 087E0569 16D0F74B C01A5F89 57D0DE45 691E51E8
			932B69A9 62B52A09 85AD2C0A 271EE6A1 3A8ADDDC D1A3A994 B9DED257 F4D22753`
	)
	checkMapping(t, 13, s, nonce, "A2F8FF2D F50E52C6 599F386A DCB595D2 29F6A167 ADE2BE5F 2C3296AD D5B7430E",
		`04 8E82D315 59ED0FDE 92A4D049 8ADD3C23 BABA94FB 77691E31 E90AEA77 FB17D427
		4C1AE14B D0C3DBAC 0C871B7F 36081693 64437CA3 0AC243A0 89D3F266 C1E60FAD`)
	example{
		info:     "3012060A 04007F00 07020204 04020201 0202010D",
		name:     "PACE-IM AES-128 brainpoolP256r1",
		password: mrzG,
		random:   []string{nonce, "A73FB703 AC1436A1 8E0CFA5A BB3F7BEC 7A070E7A 6788486B EE230C4A 22762595"},
		script: []string{
			"00 22 C1 A4 0F 80 0A 04 00 7F 00 07 02 02 04 04 02 83 01 01", ok,
			empty, "7C 12 80 10" + checkNonce(t, s, "143DC40C 08C8E891 FBED7DED B92B64AD") + ok,
			"10 86 00 00 14 7C 12 81 10" + nonce + "00", "7C 02 82 00" + ok,
			"10 86 00 00 45 7C 43 83 41 04" + own + "00", "7C 43 84 41 04" + chip + ok,
			"00 86 00 00 0C 7C 0A 85 08 450F02B8 6F6A0909 00", "7C 0A 86 08 75D4D96E 8D5B0308" + ok,
		},
		kenc: "0D3FEB33 251A6370 893D62AE 8DAAF51B",
		kmac: "B01E89E3 D9E8719E 586B50B4 A7506E0B",
	}.run(t)
}

func TestAppendixH2(t *testing.T) {
	const (
		s     = "FA5B7E3E 49753A0D B9178B7B 9BD898C8"
		nonce = "B3A6DB3C 870C3E99 245E0D1C 06B747DE"
		own   = `0F0CC629 45A80292 51FB7EF3 C094E12E C68E4EF0 7F27CB9D 9CD04C5C 4250FAE0
			E4F8A951 557E929A EB48E5C6 DD47F2F5 CD7C351A 9BD2CD72 2C07EDE1 66770F08
			FFCB3702 62CF308D D7B07F2E 0DA9CAAA 1492344C 85290691 9538C98A 4BA4187E
			76CE9D87 832386D3 19CE2E04 3C3343AE AE6EDBA1 A9894DC5 094D22F7 FE1351D5`
		chip = `928D9A0F 9DBA450F 13FC859C 6F290D1D 36E42431 138A4378 500BEB4E 0401854C
			FF111F71 CB6DC1D0 335807A1 1388CC8E AA87B079 07AAD9FB A6B169AF 6D8C26AF
			8DDDC39A DC3AD2E3 FF882B84 D23E9768 E95A80E4 746FB07A 9767679F E92133B4
			D379935C 771BD7FB ED6C7BB4 B1708B27 5EA75679 524CDC9C 6A91370C C662A2F3`
		private = `4BD0E547 40F9A028 E6A515BF DAF96784 8C4F5F5F FF65AA09 15947FFD 1A0DF2FA
			6981271B C905F355 1457B7E0 3AC3B806 6DE4AA40 6C1171FB 43DD939C 4BA16175
			103BA3DE E16419AA 248118F9 0CC36A3D 6F4C3736 52E0C3CC E7F0F1D0 C5425B36
			00F0F0D6 A67F004C 8BBA33F2 B4733C72 52445C1D FC4F1107 203F71D2 EFB28161`
	)
	checkMapping(t, 0, s, nonce,
		`A0C7C50C 002061A5 1CC87D25 4EF38068 607417B6 EE1B3647 3CFB800D 2D2E5FA2
		B6980F01 105D24FA B22ACD1B FA5C8A4C 093ECDFA FE6D7125 D42A843E 33860383
		5CF19AFA FF75EFE2 1DC5F6AA 1F9AE46C 25087E73 68166FB0 8C1E4627 AFED7D93
		570417B7 90FF7F74 7E57F432 B04E1236 819E0DFE F5B6E77C A4999925 328182D2`,
		`1D7D767F 11E333BC D6DBAEF4 0E799E7A 926B9697 3550656F F3C83072 6D118D61
		C276CDCC 61D475CF 03A98E0C 0E79CAEB A5BE2557 8BD4551D 0B109032 36F0B0F9
		76852FA7 8EEA14EA 0ACA87D1 E91F688F E0DFF897 BBE35A47 2621D343 564B262F
		34223AE8 FC59B664 BFEDFA2B FE7516CA 5510A6BB B633D517 EC25D4E0 BBAA16C2`)
	// The example's private key is longer than the group's order; the same key
	// modulo the order has the same public key.
	g, err := group.ByID(0)
	if err != nil {
		t.Fatal(err)
	}
	short := new(big.Int).Mod(new(big.Int).SetBytes(x(t, private)), g.Order()).FillBytes(make([]byte, 20))
	example{
		info:     "3012060A 04007F00 07020204 03020201 02020100",
		name:     "PACE-IM AES-128 DH-1024/160",
		password: mrzG,
		random:   []string{nonce, hex.EncodeToString(short)},
		script: []string{
			"00 22 C1 A4 0F 80 0A 04 00 7F 00 07 02 02 04 03 02 83 01 01", ok,
			empty, "7C 12 80 10" + checkNonce(t, s, "9ABB8864 CA0FF155 1E620D1E F4E13510") + ok,
			"10 86 00 00 14 7C 12 81 10" + nonce + "00", "7C 02 82 00" + ok,
			"10 86 00 00 86 7C 81 83 83 81 80" + own + "00", "7C 81 83 84 81 80" + chip + ok,
			"00 86 00 00 0C 7C 0A 85 08 55D61977 CBF5307E 00", "7C 0A 86 08 C2F04230 187E1525" + ok,
		},
		kenc: "01AFC10C F87BE36D 8179E873 70171F07",
		kmac: "23F0FBD0 5FD6C7B8 B88F4C83 09669061",
	}.run(t)
}

// exampleI is appendix I.1.
func exampleI() example {
	return example{
		info:     "3012060A 04007F00 07020204 06020201 0202010D",
		name:     "PACE-CAM AES-128 brainpoolP256r1",
		password: mrzI,
		random: []string{
			"5D8BB87B D74D985A 4B7D4325 B9F7B976 FE835122 77340079 8914AA22 738135CC",
			"76ECFDAA 9841C323 A3F5FC5E 88B88DB3 EFF7E35E BF57A7E6 946CB630 006C2120",
		},
		script: []string{
			"00 22 C1 A4 0F 80 0A 04 00 7F 00 07 02 02 04 06 02 83 01 01", ok,
			empty, "7C 12 80 10 CB 60 E8 E0 D8 5B 76 A9 BD 30 47 47 C2 AD 42 E2" + ok,
			`10 86 00 00 45 7C 43 81 41 04
			7F1D410A DB7DDB3B 84BF1030 800981A9 105D7457 B4A3ADE0 02384F30 86C67EDE
			1AB88910 4A27DB6D 842B0190 20FBF3CE ACB0DC62 7F7BDCAC 29969E19 D0E553C1 00`,
			`7C 43 82 41 04
			A234236A A9B9621E 8EFB73B5 245C0E09 D2576E52 77183C12 08BDD552 80CAE8B3
			04F36571 3A356E65 A451E165 ECC9AC0A C46E3771 342C8FE5 AEDD0926 85338E23` + ok,
			`10 86 00 00 45 7C 43 83 41 04
			446C9340 84D9DAB8 63944F21 9520076C 29EE3F7A E6722B11 FF319EC1 C7728F95
			5483400B FF60BF0C 59292700 09277DC2 A515E125 75010AD9 BA916CF1 BF86FEFC 00`,
			`7C 43 84 41 04
			02AD566F 3C6EC7F9 324509AD 50A51FA5 2030782A 4968FCFE DF737DAE A9933331
			11C3B9B4 C2287789 BD137E7F 8AA882E2 A3C633CC D6ECC2C6 3C57AD40 1A09C2E1` + ok,
			"00 86 00 00 0C 7C 0A 85 08 E8 6B D0 60 18 A1 CD 3B 00",
			`7C 3C 86 08 85 96 CF 05 5C 67 C1 A3 8A 30 1E EA 96 4D AA E3 72 AC 99 0E 3E FD E6 33 33 53 BF C8
			9A 67 04 D9 3D A8 79 8C F7 7F 5B 7A 54 BD 10 CB A3 72 B4 2B E0 B9 B5 F2 8A A8 DE 2F 4F 92` + ok,
		},
		kenc: "0A9DA4DB 03BDDE39 FC5202BC 44B2E89E",
		kmac: "4B1C0649 1ED5140C A2B537D3 44C6C0B1",
	}
}

// keyI is the example's ChipAuthenticationPublicKeyInfo.
const keyI = `30620609 04007F00 07020201 02305230 0C060704 007F0007 01020201 0D034200 04187270 9494399E
	7470A643 1BE25E83 EEE24FEA 568C2ED2 8DB48E05 DB3A610D C884D256 A40E35EF CB59BF67 53D3A489
	D28C7A4D 973C2DA1 38A6E7A4 A08F68E1 6F02010D`

func TestAppendixI(t *testing.T) {
	got := exampleI().run(t)
	if got.CAM == nil || got.CAM.ParameterID() != 13 {
		t.Fatal("no proof of the chip")
	}
	if want := x(t, "85DC3FA9 3D0952BF A82F5FD1 89EE75BD 82F11D1F 0B8ED4BF 5319AC9B 53C426B3"); !bytes.Equal(pace.CAMData(got.CAM), want) {
		t.Errorf("chip authentication data %X", pace.CAMData(got.CAM))
	}
	if err := got.CAM.Verify(append([]byte{0x31, 0x64}, x(t, keyI)...)); err != nil {
		t.Error(err)
	}
	// Any other key does not go with the proof.
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.CAM.VerifyKey(g.Generator()); !errors.Is(err, pace.ErrClone) {
		t.Errorf("the generator as a key: %v", err)
	}
}
