package lds_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/tlv"
)

// Specimens of Doc 9303-4 appendix B (TD3) and Doc 9303-6 appendix B (TD2).
const (
	td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
	td2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<" + "D231458907UTO7408122F1204159<<<<<<<6"
)

func TestMRZSizes(t *testing.T) {
	m, err := lds.ParseMRZ(td3)
	want := lds.MRZ{Format: "TD3", Code: "P", State: "UTO", Number: "L898902C3", Optional1: "ZE184226B", Birth: "740812", Sex: "F",
		Expiry: "120415", Nationality: "UTO", Surname: "ERIKSSON", Given: "ANNA MARIA", Raw: td3}
	if err != nil || m != want {
		t.Errorf("TD3: %s, %v", m.Number+m.Surname+m.Optional1, err)
	}
	m, err = lds.ParseMRZ(td2)
	want = lds.MRZ{Format: "TD2", Code: "I", State: "UTO", Number: "D23145890", Birth: "740812", Sex: "F",
		Expiry: "120415", Nationality: "UTO", Surname: "ERIKSSON", Given: "ANNA MARIA", Raw: td2}
	if err != nil || m != want {
		t.Errorf("TD2: %s, %v", m.Number+m.Surname+m.Optional1, err)
	}
	// The document number of Doc 9303-11 appendix D.2 on a TD2: it goes on in
	// the optional data.
	m, err = lds.ParseMRZ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<" + "D23145890<UTO3407127M95071227349<<<8")
	if err != nil || m.Number != "D23145890734" || m.Optional1 != "" {
		t.Errorf("long TD2: %q, %v", m.Number, err)
	}
	if info, err := m.Information(); err != nil || info != "D23145890734934071279507122" {
		t.Errorf("%q, %v", info, err)
	}
	// Without a personal number its digit may be a filler or 0: Doc 9303-4.
	for _, digit := range []string{"<", "0"} {
		s := td3[:44] + "L898902C36UTO7408122F1204159" + strings.Repeat("<", 14) + digit
		cd, err := keys.CheckDigit(s[44:54] + s[57:64] + s[65:87])
		if err != nil {
			t.Fatal(err)
		}
		if m, err := lds.ParseMRZ(s + string(cd)); err != nil || m.Optional1 != "" {
			t.Errorf("no personal number, digit %s: %v", digit, err)
		}
	}
}

// Any one character under a check digit is caught when it changes its weight.
func TestMRZSizesCheck(t *testing.T) {
	for format, zone := range map[string]string{"TD2": td2, "TD3": td3} {
		line := len(zone) / 2
		for i := line; i < len(zone); i++ {
			col := i - line
			if col >= 10 && col < 13 || col == 20 { // nationality and sex stand for themselves
				continue
			}
			for _, c := range []byte{'5', 'K'} {
				if value(zone[i])%10 == value(c)%10 {
					continue
				}
				if _, err := lds.ParseMRZ(zone[:i] + string(c) + zone[i+1:]); !errors.Is(err, lds.ErrCheckDigit) && !errors.Is(err, lds.ErrFormat) {
					t.Errorf("%s column %d: %c passes, %v", format, col+1, c, err)
				}
			}
		}
	}
}

func TestParsePrinted(t *testing.T) {
	want, err := lds.ParseMRZ(specimen)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"three lines":       specimen[:30] + "\r\n" + specimen[30:60] + "\n" + specimen[60:] + "\n",
		"small and blanks":  strings.ToLower(specimen[:30]) + " " + specimen[30:],
		"guillemets":        strings.ReplaceAll(specimen, "<<", "«"),
		"nothing to change": specimen,
	} {
		if m, err := lds.ParsePrinted(s); err != nil || m != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := lds.ParsePrinted("I<UTO"); !errors.Is(err, lds.ErrFormat) {
		t.Error(err)
	}
}

// Doc 9303-10 section 4.7.11 gives an example of DG11.
func TestDG11(t *testing.T) {
	p, err := lds.ParseDG11(unhex(t, "6B2E"+"5C065F0E5F105F11"+"5F0E0D534D4954483C3C4A4F484E3C4A"+"5F1006313233343536"+"5F110A414E59544F574E3C4D4E"))
	if err != nil || p.Name != "SMITH<<JOHN<J" || lds.Unfill(p.Name) != "SMITH JOHN J" || p.Number != "123456" || !slices.Equal(p.BirthPlace, []string{"ANYTOWN", "MN"}) {
		t.Errorf("%q %q %q, %v", p.Name, p.Number, p.BirthPlace, err)
	}
	// The first editions wrote dates with two digits a byte.
	for _, date := range [][]byte{[]byte("19900315"), {0x19, 0x90, 0x03, 0x15}} {
		if p, err := lds.ParseDG11(tlv.Append(nil, 0x6B, tlv.Append(nil, 0x5F2B, date))); err != nil || p.Birth != "19900315" {
			t.Errorf("birth %q, %v", p.Birth, err)
		}
	}
	for _, date := range [][]byte{nil, []byte("1990031x"), {0x19, 0x9A, 0x03, 0x15}, []byte("199003")} {
		if p, err := lds.ParseDG11(tlv.Append(nil, 0x6B, tlv.Append(nil, 0x5F2B, date))); err != nil || p.Birth != "" {
			t.Errorf("birth %q, %v", p.Birth, err)
		}
	}
	p, err = lds.ParseDG11(tlv.Append(nil, 0x6B, tlv.Append(nil, 0x5F0F, []byte("A")), tlv.Append(nil, 0x5F55, []byte("x")), tlv.Append(nil, 0x5F0E, []byte("MA\u0302\u0303U\n\xFF"))))
	if err != nil || p.Name != "MẪU\uFFFD" || !slices.Equal(p.OtherNames, []string{"A"}) || len(p.Unknown) != 1 || p.Unknown[0].Tag != 0x5F55 {
		t.Errorf("%q %q %d, %v", p.Name, p.OtherNames, len(p.Unknown), err)
	}
}

func TestDG12(t *testing.T) {
	d, err := lds.ParseDG12(tlv.Append(nil, 0x6C, unhex(t, "5C045F195F26"), tlv.Append(nil, 0x5F19, []byte("CỤC CẢNH SÁT")),
		tlv.Append(nil, 0x5F26, []byte{0x20, 0x21, 0x05, 0x12}), tlv.Append(nil, 0x5F55, unhex(t, "20210512103000")), tlv.Append(nil, 0x99, nil)))
	if err != nil || d.Authority != "CỤC CẢNH SÁT" || d.Issued != "20210512" || d.Personalized != "20210512103000" || len(d.Unknown) != 1 {
		t.Errorf("%q %q %q, %v", d.Authority, d.Issued, d.Personalized, err)
	}
}

func TestDG16(t *testing.T) {
	contact := func(tag tlv.Tag, name string) []byte {
		return tlv.Append(nil, tag, tlv.Append(nil, 0x5F50, []byte("20210512")), tlv.Append(nil, 0x5F51, []byte(name)),
			tlv.Append(nil, 0x5F52, []byte("0000000")), tlv.Append(nil, 0x5F53, []byte("TỔ 4<XÃ SUỐI MÂY")), tlv.Append(nil, 0x5F54, nil))
	}
	list, err := lds.ParseDG16(tlv.Append(nil, 0x70, tlv.Append(nil, 0x02, []byte{9}), contact(0xA1, "MẪU<<MỘT"), contact(0xA2, "MẪU<<HAI")))
	if err != nil || len(list) != 2 || list[1].Name != "MẪU<<HAI" || list[0].Recorded != "20210512" || len(list[0].Address) != 2 || len(list[0].Unknown) != 1 {
		t.Errorf("%d contacts, %v", len(list), err)
	}
	if _, err := lds.ParseDG16(tlv.Append(nil, 0x70, tlv.Append(nil, 0xA1, []byte{0x5F, 0x51, 9}))); !errors.Is(err, lds.ErrFormat) {
		t.Error(err)
	}
}

func TestDetailsRefuse(t *testing.T) {
	for name, parse := range map[string]func([]byte) error{
		"DG11": func(b []byte) error { _, err := lds.ParseDG11(b); return err },
		"DG12": func(b []byte) error { _, err := lds.ParseDG12(b); return err },
		"DG16": func(b []byte) error { _, err := lds.ParseDG16(b); return err },
	} {
		for _, bad := range [][]byte{nil, {0x61, 0}, {0x6B, 1}, {0x6B, 2, 0x5F, 0x0E}, {0x6C, 2, 0x5F, 0x19}, {0x70, 1, 0xA1}} {
			if err := parse(bad); !errors.Is(err, lds.ErrFormat) {
				t.Errorf("%s %X: %v", name, bad, err)
			}
		}
	}
	for _, v := range []any{lds.Personal{Name: "MẪU"}, lds.Document{Authority: "MẪU"}, lds.Contact{Name: "MẪU"}} {
		if s := fmt.Sprintf("%v %+v %#v %s", v, v, v, v); strings.Contains(s, "MẪU") {
			t.Errorf("printed: %s", s)
		}
	}
}

func TestATRInfo(t *testing.T) {
	// Card service data, capabilities with extended length and chaining, and
	// the lengths of ISO/IEC 7816-4 section 12.7.1; padding behind.
	c, err := lds.ParseATRInfo(unhex(t, "4301B8"+"47039401C0"+"7F6608020207FF02020800"+"0000"))
	if err != nil || !c.Chaining || !c.Extended || c.MaxCommand != 0x7FF || c.MaxResponse != 0x800 || len(c.Unknown) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := lds.ParseATRInfo(nil); err != nil || c.Extended || c.MaxCommand != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := lds.ParseATRInfo(unhex(t, "4702FFFF7F66040202FFFF")); err != nil || c.Extended || c.MaxCommand != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := lds.ParseATRInfo(unhex(t, "4703")); !errors.Is(err, lds.ErrFormat) {
		t.Error(err)
	}
}

func TestDir(t *testing.T) {
	apps, err := lds.ParseDir(unhex(t, "61094F07A0000002471001"+"610C4F07A000000247200150014C"+"530101"))
	if err != nil || len(apps) != 2 || !bytes.Equal(apps[0].AID, unhex(t, "A0000002471001")) || apps[1].Label != "L" {
		t.Errorf("%+v, %v", apps, err)
	}
	if _, err := lds.ParseDir(unhex(t, "6109")); !errors.Is(err, lds.ErrFormat) {
		t.Error(err)
	}
}

// words that survive a chip: composed, without fillers, controls and outer
// blanks.
var words = rapid.StringMatching(`([A-Z]|[ĐƯƠẪẾỘ]){1,12}( ([a-z]|[đưẫếộ]){1,9}){0,3}`)

func TestDetailsReadBackEqual(t *testing.T) {
	date := rapid.StringMatching(`[0-9]{8}|`)
	bytesOf := rapid.Custom(func(t *rapid.T) []byte {
		if b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "picture"); len(b) > 0 {
			return b
		}
		return nil
	})
	list := rapid.Custom(func(t *rapid.T) []string {
		if l := rapid.SliceOfN(words, 0, 3).Draw(t, "list"); len(l) > 0 {
			return l
		}
		return nil
	})
	maybe := rapid.OneOf(words, rapid.Just(""))
	unknown := rapid.Custom(func(t *rapid.T) []tlv.Node {
		if !rapid.Bool().Draw(t, "unknown") {
			return nil
		}
		raw := tlv.Append(nil, 0x5F7F, rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "value"))
		n, _, err := tlv.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return []tlv.Node{n}
	})
	rapid.Check(t, func(t *rapid.T) {
		p := lds.Personal{Name: maybe.Draw(t, "name"), OtherNames: list.Draw(t, "others"), Number: maybe.Draw(t, "number"), Birth: date.Draw(t, "birth"),
			BirthPlace: list.Draw(t, "place"), Address: list.Draw(t, "address"), Telephone: maybe.Draw(t, "phone"), Profession: maybe.Draw(t, "job"),
			Title: maybe.Draw(t, "title"), Summary: maybe.Draw(t, "summary"), Citizenship: bytesOf.Draw(t, "proof"), OtherDocuments: list.Draw(t, "documents"),
			Custody: maybe.Draw(t, "custody"), Unknown: unknown.Draw(t, "more")}
		got, err := lds.ParseDG11(lds.AppendDG11(nil, p))
		if d := cmp.Diff(p, got); err != nil || d != "" {
			t.Fatalf("DG11: %v %s", err, d)
		}
		doc := lds.Document{Authority: maybe.Draw(t, "authority"), Issued: date.Draw(t, "issued"), OtherPersons: list.Draw(t, "persons"),
			Endorsements: maybe.Draw(t, "endorsements"), Tax: maybe.Draw(t, "tax"), Front: bytesOf.Draw(t, "front"), Rear: bytesOf.Draw(t, "rear"),
			Personalized: rapid.StringMatching(`[0-9]{14}|`).Draw(t, "made"), System: maybe.Draw(t, "system"), Unknown: unknown.Draw(t, "more")}
		gotDoc, err := lds.ParseDG12(lds.AppendDG12(nil, doc))
		if d := cmp.Diff(doc, gotDoc); err != nil || d != "" {
			t.Fatalf("DG12: %v %s", err, d)
		}
	})
}

// made builds a zone of any size out of its fields, apart from the parser.
func made(t *rapid.T) (zone string, want lds.MRZ) {
	cd := func(s string) string {
		d, err := keys.CheckDigit(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(d)
	}
	fill := func(s string, n int) string { return s + strings.Repeat("<", n-len(s)) }
	letters := func(name string, n int) string {
		return rapid.StringMatching(fmt.Sprintf(`[A-Z]{1,%d}`, n)).Draw(t, name)
	}
	digits := func(name string) string { return rapid.StringMatching(`[0-9]{6}`).Draw(t, name) }
	m := lds.MRZ{Code: letters("code", 2), State: letters("state", 3), Nationality: letters("nationality", 3), Birth: digits("birth"), Expiry: digits("expiry"),
		Sex: rapid.SampledFrom([]string{"M", "F", ""}).Draw(t, "sex"), Surname: letters("surname", 10), Given: letters("given", 8) + " " + letters("more", 8)}
	name := m.Surname + "<<" + strings.ReplaceAll(m.Given, " ", "<")
	birth, sex, expiry := m.Birth+cd(m.Birth), fill(m.Sex, 1), m.Expiry+cd(m.Expiry)
	m.Format = rapid.SampledFrom([]string{"TD1", "TD2", "TD3"}).Draw(t, "format")
	longest := map[string]int{"TD1": 9 + 14, "TD2": 9 + 5, "TD3": 9}[m.Format]
	m.Number = rapid.StringMatching(fmt.Sprintf(`[A-Z0-9]{1,%d}`, longest)).Draw(t, "number")
	room := map[string]int{"TD1": 15, "TD2": 7, "TD3": 14}[m.Format]
	var number, optional string
	if len(m.Number) <= 9 {
		number = fill(m.Number, 9) + cd(fill(m.Number, 9))
		m.Optional1 = rapid.StringMatching(fmt.Sprintf(`[A-Z0-9]{0,%d}`, room)).Draw(t, "optional")
		optional = fill(m.Optional1, room)
	} else {
		number, optional = m.Number[:9]+"<", fill(m.Number[9:]+cd(m.Number), room)
	}
	switch m.Format {
	case "TD1":
		m.Optional2 = rapid.StringMatching(`[A-Z0-9]{0,11}`).Draw(t, "optional 2")
		one := fill(m.Code, 2) + fill(m.State, 3) + number + optional
		two := birth + sex + expiry + fill(m.Nationality, 3) + fill(m.Optional2, 11)
		m.Raw = one + two + cd(one[5:]+two[:7]+two[8:15]+two[18:]) + fill(name, 30)
	case "TD2":
		two := number + fill(m.Nationality, 3) + birth + sex + expiry + optional
		m.Raw = fill(m.Code, 2) + fill(m.State, 3) + fill(name, 31) + two + cd(two[:10]+two[13:20]+two[21:])
	case "TD3":
		two := number + fill(m.Nationality, 3) + birth + sex + expiry + optional + cd(optional)
		m.Raw = fill(m.Code, 2) + fill(m.State, 3) + fill(name, 39) + two + cd(two[:10]+two[13:20]+two[21:])
	}
	return m.Raw, m
}

func TestMadeZonesReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, want := made(t)
		got, err := lds.ParseDG1(tlv.Append(nil, 0x61, tlv.Append(nil, 0x5F1F, []byte(zone))))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Fatalf("%s: %v\n%s", want.Format, err, d)
		}
		if _, err := got.Information(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDetails(f *testing.F) {
	f.Add(lds.AppendDG11(nil, lds.Personal{Name: "MẪU<<VĂN", OtherNames: []string{"A", "B"}, Birth: "19900315", Address: []string{"X", "Y"}}))
	f.Add(lds.AppendDG12(nil, lds.Document{Authority: "A", OtherPersons: []string{"B"}, Front: jpeg, Personalized: "20210512103000"}))
	f.Add(unhex(f, "700F020101A10A5F51034D55535F520130"))
	f.Add(unhex(f, "4301B847039401C07F6608020207FF02020800"))
	f.Add(unhex(f, "61094F07A0000002471001"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err1 := lds.ParseDG11(b)
		d, err2 := lds.ParseDG12(b)
		_, err3 := lds.ParseDG16(b)
		_, err4 := lds.ParseATRInfo(b)
		_, err5 := lds.ParseDir(b)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if err != nil && !errors.Is(err, lds.ErrFormat) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
		}
		if err1 == nil {
			if _, err := lds.ParseDG11(lds.AppendDG11(nil, p)); err != nil {
				t.Fatal(err)
			}
		}
		if err2 == nil {
			if _, err := lds.ParseDG12(lds.AppendDG12(nil, d)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParsePrinted(f *testing.F) {
	for _, s := range []string{specimen, td2, td3, "", "«\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := lds.ParsePrinted(s)
		if err != nil {
			if !errors.Is(err, lds.ErrFormat) && !errors.Is(err, lds.ErrCheckDigit) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if again, err := lds.ParseMRZ(m.Raw); err != nil || again != m {
			t.Fatalf("read twice: %v", err)
		}
	})
}
