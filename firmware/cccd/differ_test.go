package cccd

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/person"
)

func TestSameName(t *testing.T) {
	const name = "NGUYỄN THỊ HÒA ĐƯỜNG"
	for _, scanned := range []string{
		name, norm.NFD.String(name), "nguyễn thị hòa đường", " NGUYỄN  THỊ\tHÒA ĐƯỜNG ", "NGUYỄN THỊ HOÀ ĐƯỜNG",
		"NGUYEN THI HOA DUONG", "NGUYÊN THI HOA ĐƯƠNG", "NGUY?N TH? HÒA ĐƯ?NG", "NGUY???N TH??? HÒA ???????NG",
		"NGUY\uFFFDN TH\uFFFD H\uFFFDA \uFFFD\uFFFD\uFFFDNG", "NGUYỄN THỊ HÒA \uFFFDNG", "NGUYỄN THỊ HÒA ĐƯỜN?",
	} {
		if !SameName(scanned, name) {
			t.Errorf("%q is taken for another name", scanned)
		}
	}
	for _, scanned := range []string{
		"NGUYẾN THỊ HÒA ĐƯỜNG", "NGUYỄN THỊ HÓA ĐƯỜNG", "NGUYỄN THỊ HÒA", "NGUYỄN THỊ HÒA ĐƯỜNGG", "NGUYỄN VĂN HÒA ĐƯỜNG",
		"THỊ HÒA ĐƯỜNG NGUYỄN", "?", "NGUY?N VĂN HÒA ĐƯ?NG", "NGUYỄNTHỊHÒAĐƯỜNG", "NGÛYỄN THỊ HÒA ĐƯỜNG",
	} {
		if SameName(scanned, name) {
			t.Errorf("%q is taken for the same name", scanned)
		}
	}
	// DG1 has no diacritics, and thirty places.
	if !SameName(name, "NGUYEN THI HOA DUONG") || SameName(name, "NGUYEN THI HOA DUNG") {
		t.Error("the zone's letters")
	}
	const long = "H'BLŎNG MẪU NIÊ KDĂM ĔBAN BUÔN KRÔNG"
	if !SameName(long, "HBLONG MAU NIE KDAM EBAN BUON") || SameName(long, "HBLONG MAU") {
		t.Error("a name that the zone cuts")
	}
}

func TestDifferences(t *testing.T) {
	chip := func(f func(*person.Person)) person.Person {
		p := person.Person{Number: "001090000638", OldNumber: "012345678", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
			Residence: "Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi", Issued: "12/05/2021", Expires: "15/03/2030"}
		f(&p)
		return p
	}
	same := chip(func(*person.Person) {})
	for name, q := range map[string]QR{
		"as printed": sample(), "nothing said": {Number: "001090000638"}, "nothing at all": {},
		"year only":          {Birth: "1990"},
		"address otherwise":  {Residence: "tổ 4,thôn Đồng Xuyên - xã Suối Mây,  tỉnh Quảng Ngãi."},
		"letters were lost":  {Name: "NGUY?N V?N M?U", Residence: strings.ReplaceAll(sample().Residence, "Đ", "\uFFFD")},
		"no diacritics left": {Name: "NGUYEN VAN MAU", Sex: "NAM", Residence: "To 4, thon Dong Xuyen, xa Suoi May, tinh Quang Ngai"},
	} {
		if d := Differences(q, same); len(d) > 0 {
			t.Errorf("%s: differ in %v", name, d)
		}
	}
	all := chip(func(p *person.Person) {
		*p = person.Person{Number: "001090000639", OldNumber: "012345679", Name: "NGUYỄN VĂN MẬU", Birth: "16/03/1990", Sex: "Nữ",
			Residence: "Tổ 5, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi", Issued: "12/05/2022"}
	})
	want := []string{FieldNumber, FieldOldNumber, FieldName, FieldBirth, FieldSex, FieldResidence, FieldIssued}
	if d := Differences(sample(), all); !slices.Equal(d, want) {
		t.Errorf("%v", d)
	}
	if d := Differences(sample(), chip(func(p *person.Person) { p.Residence = "Tổ 4" })); !slices.Equal(d, []string{FieldResidence}) {
		t.Errorf("%v", d)
	}
	if d := Differences(sample(), chip(func(p *person.Person) { p.Birth = "15/03/1991" })); !slices.Equal(d, []string{FieldBirth}) {
		t.Errorf("%v", d)
	}
	if d := Differences(QR{Birth: "1991"}, same); !slices.Equal(d, []string{FieldBirth}) {
		t.Errorf("%v", d)
	}
}

func FuzzSameName(f *testing.F) {
	f.Add("NGUYỄN VĂN MẪU", "NGUY\uFFFDN V?N MẪU")
	f.Add("", "")
	f.Add("HÒA", "HOÀ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 300 || len(b) > 300 {
			return
		}
		SameName(a, b)
		if !SameName(a, a) {
			t.Fatal("not the same as itself")
		}
	})
}
