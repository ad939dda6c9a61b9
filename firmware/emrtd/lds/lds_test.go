package lds_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFiles(t *testing.T) {
	for f, want := range map[lds.File]struct {
		name string
		sfi  byte
		tag  tlv.Tag
	}{
		lds.CardAccess: {"EF.CardAccess", 0x1C, 0x31},
		lds.SOD:        {"EF.SOD", 0x1D, 0x77},
		lds.COM:        {"EF.COM", 0x1E, 0x60},
		lds.DG(1):      {"DG1", 0x01, 0x61},
		lds.DG(2):      {"DG2", 0x02, 0x75},
		lds.DG(13):     {"DG13", 0x0D, 0x6D},
		lds.DG(16):     {"DG16", 0x10, 0x70},
		0x2F01:         {"file 2F01", 0x01, 0},
	} {
		if f.String() != want.name || f.SFI() != want.sfi || f.Tag() != want.tag {
			t.Errorf("%v %02X %v", f, f.SFI(), f.Tag())
		}
	}
}

// Doc 9303-10 section 4.6.1.1 and what Vietnamese cards are known to list.
func TestCOM(t *testing.T) {
	i, err := lds.ParseCOM(unhex(t, "60165F0104303130375F36063034303030305C0461756B6C"))
	if err != nil || i.LDSVersion != "0107" || i.UnicodeVersion != "040000" || !slices.Equal(i.Groups, []int{1, 2, 11, 12}) {
		t.Errorf("%+v, %v", i, err)
	}
	if i, err = lds.ParseCOM(unhex(t, "60185F0104303130375F36063034303030305C066175636D6E6F")); err != nil || !i.Has(13) || !i.Has(15) || i.Has(11) {
		t.Errorf("%+v, %v", i, err)
	}
	if i, err = lds.ParseCOM(unhex(t, "60055C03617761")); err != nil || len(i.Groups) != 2 || !slices.Equal(i.Unknown, []tlv.Tag{0x77}) {
		t.Errorf("a tag of no data group: %+v, %v", i, err)
	}
	for _, bad := range []string{"", "61025C00", "60025F01", "6000", "60165F0104303130375F36063034303030305C0461756B6C00"} {
		if _, err := lds.ParseCOM(unhex(t, bad)); !errors.Is(err, lds.ErrFormat) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// The specimen of Doc 9303-5 appendix B, and one as Vietnamese cards have it.
const (
	specimen = "I<UTOD231458907<<<<<<<<<<<<<<<" + "7408122F1204159UTO<<<<<<<<<<<6" + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
	longDoc  = "I<UTOD23145890<7349<<<<<<<<<<<" + "3407127M9507122UTO<<<<<<<<<<<2" + "STEVENSON<<PETER<JOHN<<<<<<<<<"
)

// vietnamese builds a zone with the check digits that belong to it.
func vietnamese(t testing.TB, expiry string) string {
	t.Helper()
	cd := func(s string) string {
		d, err := keys.CheckDigit(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(d)
	}
	one := "IDVNM" + "090000638" + cd("090000638") + "001090000638<<" + cd("001090000638")
	two := "900101" + cd("900101") + "M" + expiry + cd(expiry) + "VNM<<<<<<<<<<<"
	return one + two + cd(one[5:]+two[:7]+two[8:15]+two[18:29]) + "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
}

func TestMRZ(t *testing.T) {
	m, err := lds.ParseMRZ(specimen)
	want := lds.MRZ{Format: "TD1", Code: "I", State: "UTO", Number: "D23145890", Birth: "740812", Sex: "F", Expiry: "120415", Nationality: "UTO", Surname: "ERIKSSON", Given: "ANNA MARIA", Raw: specimen}
	if err != nil || m != want {
		t.Errorf("%#v, %v", m.Number+m.Surname, err)
	}
	// Doc 9303-11 appendix D.2 derives keys from the same long number.
	m, err = lds.ParseMRZ(longDoc)
	if err != nil || m.Number != "D23145890734" || m.Optional1 != "" {
		t.Fatalf("number %q, optional %q, %v", m.Number, m.Optional1, err)
	}
	if info, err := m.Information(); err != nil || info != "D23145890734934071279507122" {
		t.Errorf("%q, %v", info, err)
	}
	m, err = lds.ParseMRZ(vietnamese(t, "500101"))
	if err != nil || m.Number != "090000638" || !strings.HasPrefix(m.Optional1, "001090000638<<") || m.Sex != "M" || m.Given != "VAN MAU" || m.Expiry != "500101" {
		t.Errorf("%v, %v", m.Number, err)
	}
	// Without an end.
	if m, err = lds.ParseMRZ(vietnamese(t, "<<<<<<")); err != nil || m.Expiry != "" {
		t.Errorf("%q, %v", m.Expiry, err)
	}
	if info, err := m.Information(); err != nil || !strings.HasSuffix(info, "<<<<<<0") {
		t.Errorf("%q, %v", info, err)
	}
}

// Any one character that a check digit covers is caught when it changes.
func TestMRZChecks(t *testing.T) {
	for _, zone := range []string{specimen, longDoc, vietnamese(t, "500101")} {
		for i := range zone {
			line, col := i/30, i%30
			covered := line == 0 && col >= 5 || line == 1 && col != 7 && (col < 15 || col >= 18)
			for _, c := range []byte{'5', 'K'} {
				if zone[i] == c {
					continue
				}
				bad := zone[:i] + string(c) + zone[i+1:]
				_, err := lds.ParseMRZ(bad)
				if err == nil && covered && value(c)%10 != value(zone[i])%10 {
					t.Errorf("line %d column %d: %c for %c passes", line+1, col+1, c, zone[i])
				}
				if err != nil && !errors.Is(err, lds.ErrCheckDigit) && !errors.Is(err, lds.ErrFormat) {
					t.Errorf("an error without a sentinel: %v", err)
				}
			}
		}
	}
}

func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c == '<':
		return 0
	}
	return int(c-'A') + 10
}

func TestMRZRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty": "", "two lines": specimen[:60], "small letter": strings.Replace(specimen, "ANNA", "anna", 1),
		"newline": specimen[:29] + "\n" + specimen[30:], "one more": specimen + "<",
		"diacritic": "Đ" + specimen[2:], "long number without end": specimen[:14] + "<" + "<" + specimen[16:],
	} {
		if _, err := lds.ParseMRZ(s); !errors.Is(err, lds.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDG1(t *testing.T) {
	b := tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(specimen)))
	m, err := lds.ParseDG1(b)
	if err != nil || m.Surname != "ERIKSSON" {
		t.Errorf("%v", err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", m, m, m, m); strings.Contains(s, "ERIKSSON") || strings.Contains(s, "D2314") {
		t.Errorf("printed: %s", s)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "another file": tlv.Append(nil, 0x75), "no zone": tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1E, []byte(specimen))),
		"cut": b[:50], "bytes behind": append(bytes.Clone(b), 0),
	} {
		if _, err := lds.ParseDG1(b); !errors.Is(err, lds.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseDG1(f *testing.F) {
	f.Add(tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(specimen))))
	f.Add(tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(longDoc))))
	f.Add([]byte{0x61, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := lds.ParseDG1(b)
		if err != nil {
			if !errors.Is(err, lds.ErrFormat) && !errors.Is(err, lds.ErrCheckDigit) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if n := map[string]int{"TD1": 90, "TD2": 72, "TD3": 88}[m.Format]; len(m.Raw) != n || n == 0 {
			t.Fatal("a zone of another length")
		}
	})
}

func FuzzParseCOM(f *testing.F) {
	f.Add(unhex(f, "60165F0104303130375F36063034303030305C0461756B6C"))
	f.Add([]byte{0x60, 2, 0x5C, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := lds.ParseCOM(b); err != nil && !errors.Is(err, lds.ErrFormat) {
			t.Fatalf("an error without a sentinel: %v", err)
		}
	})
}
