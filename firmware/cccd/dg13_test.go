package cccd

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tram06/firmware/emrtd/tlv"
)

func full() DG13 {
	return DG13{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam", Nationality: "Việt Nam",
		Ethnicity: "Kinh", Religion: "Không", Origin: "Xã Suối Mây, tỉnh Quảng Ngãi",
		Residence: "Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi", Marks: "Nốt ruồi", Issued: "12/05/2021",
		Expires: "15/03/2030", Father: "NGUYỄN VĂN THỬ", Mother: "TRẦN THỊ NGHIỆM", Spouse: "LÊ THỊ MINH HỌA",
		OldNumber: "012345678", Serial: "0F1E2D3C4B5A6978"}
}

func TestDG13RoundTrip(t *testing.T) {
	long := full()
	long.Residence = strings.Repeat("Buôn Ĕa Mẫu B, ", 40) // needs lengths 82
	long.Residence = strings.TrimSpace(long.Residence)
	noFather := full()
	noFather.Father, noFather.Spouse, noFather.Religion, noFather.OldNumber = "", "", "", ""
	for name, want := range map[string]DG13{"full": full(), "long": long, "gaps": noFather, "empty": {}} {
		got, err := ParseDG13(EncodeDG13(want))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// seq and str spell out files by hand, apart from the encoder.
func seq(parts ...[]byte) []byte { return tlv.Append(nil, 0x30, parts...) }
func str(s string) []byte        { return tlv.Append(nil, 0x0C, []byte(s)) }
func num(n byte) []byte          { return []byte{0x02, 0x01, n} }

var oid = []byte{0x06, 0x06, 0x28, 0xD3, 0x16, 1, 0, 8}

func file(fields ...[]byte) []byte {
	return tlv.Append(nil, 0x6D, seq(num(1), tlv.Append(nil, 0x06, []byte{0x28, 0xD3, 0x16, 1, 0, 8}), tlv.Append(nil, 0x31, fields...)))
}

func TestDG13Variants(t *testing.T) {
	parents := DG13{Father: "A", Mother: "B"}
	mother := DG13{Mother: "B"}
	tests := []struct {
		name string
		in   []byte
		want DG13
	}{
		{"parents side by side", file(seq(num(13), seq(str("A")), seq(str("B")))), parents},
		{"parents in one more sequence", file(seq(num(13), seq(seq(str("A")), seq(str("B"))))), parents},
		{"parents as bare strings", file(seq(num(13), seq(str("A"), str("B")))), parents},
		{"no father, side by side", file(seq(num(13), seq(), seq(str("B")))), mother},
		{"no father, one more sequence", file(seq(num(13), seq(seq(), seq(str("B"))))), mother},
		{"no parents", file(seq(num(13))), DG13{}},
		{"no spouse", file([]byte{0x30, 0x03, 0x02, 0x01, 0x0E}), DG13{}},
		{"spouse nested", file(seq(num(14), seq(seq(str("C"))))), DG13{Spouse: "C"}},
		{"order does not matter", file(seq(num(12), str("Không thời hạn")), seq(num(1), str("001090000638"))), DG13{Number: "001090000638", Expires: "Không thời hạn"}},
		{"unknown field", file(seq(num(77), str("?")), seq(num(2), str("D"))), DG13{Name: "D", Unknown: []Field{{77, []string{"?"}}}}},
		{"unknown field without a text", file(seq(num(18)), seq(num(0), str("x"), seq(str("y")))), DG13{Unknown: []Field{{18, nil}, {0, []string{"x", "y"}}}}},
		{"field number of two bytes", file(seq([]byte{0x02, 0x02, 0x00, 0x02}, str("D")), seq([]byte{0x02, 0x02, 0x01, 0x01}, str("x"))), DG13{Name: "D", Unknown: []Field{{257, []string{"x"}}}}},
		{"no set around the fields", tlv.Append(nil, 0x6D, seq(num(1), oid, seq(num(2), str("D")), seq(num(4), str("Nam")))), DG13{Name: "D", Sex: "Nam"}},
		{"a sequence for the set", tlv.Append(nil, 0x6D, seq(num(1), oid, seq(seq(num(2), str("D")), seq(num(4), str("Nam"))))), DG13{Name: "D", Sex: "Nam"}},
		{"the set alone", tlv.Append(nil, 0x6D, tlv.Append(nil, 0x31, seq(num(2), str("D")))), DG13{Name: "D"}},
		{"fields alone", tlv.Append(nil, 0x6D, seq(num(2), str("D")), seq(num(4), str("Nam"))), DG13{Name: "D", Sex: "Nam"}},
		{"no version", tlv.Append(nil, 0x6D, seq(oid, tlv.Append(nil, 0x31, seq(num(2), str("D"))))), DG13{Name: "D"}},
		{"an empty set", file(), DG13{}},
		{"nothing that is a field", file(str("x"), seq()), DG13{}},
		{"padding between fields", file([]byte{0, 0}, seq(num(2), str("D")), []byte{0}), DG13{Name: "D"}},
		{"lengths written long", file([]byte{0x30, 0x82, 0x00, 0x07, 0x02, 0x81, 0x01, 0x02, 0x0C, 0x01, 'D'}), DG13{Name: "D"}},
		{"value in one more sequence", file(seq(num(2), seq(str("D")))), DG13{Name: "D"}},
		{"place in pieces", file(seq(num(9), str("Tổ 4"), str(""), seq(str("xã Suối Mây")))), DG13{Residence: "Tổ 4, xã Suối Mây"}},
		{"dates divided otherwise", file(seq(num(3), str("15-03-1990")), seq(num(11), str("12052021")), seq(num(12), str("5/3/2030"))), DG13{Birth: "15/03/1990", Issued: "12/05/2021", Expires: "05/03/2030"}},
		{"no date", file(seq(num(3), str("1990")), seq(num(11), str("31/02/2021"))), DG13{Birth: "1990", Issued: "31/02/2021"}},
		{"BMPString", file(seq(num(2), []byte{0x1E, 0x04, 0x1E, 0xAA, 0x00, 'U'})), DG13{Name: "ẪU"}},
		{"NULL for a father", file(seq(num(13), []byte{0x05, 0x00}, str("B"))), mother},
		{"something else in the set", file(str("?"), seq(num(2), str("D"))), DG13{Name: "D"}},
		{"padding behind the file", append(file(seq(num(2), str("D"))), 0, 0, 0), DG13{Name: "D"}},
		{"decomposed, with controls", file(seq(num(2), str("MA\u0302\u0303U\x00\n"))), DG13{Name: "MẪU"}},
		{"broken UTF-8", file(seq(num(2), str("M\xE1\xBAU"))), DG13{Name: "M\uFFFDU"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseDG13(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDG13Refuses(t *testing.T) {
	whole := EncodeDG13(full())
	deep := str("x")
	for range 20 {
		deep = seq(deep)
	}
	tests := map[string][]byte{
		"nothing":            nil,
		"another data group": append([]byte{0x61}, whole[1:]...),
		"no fields":          tlv.Append(nil, 0x6D, seq(num(1), oid)),
		"cut short":          whole[:len(whole)-1],
		"large field number": file(seq([]byte{0x02, 0x03, 0x7F, 0x01, 0x01}, str("x"))),
		"primitive":          tlv.Append(nil, 0x6D, str("x")),
		"broken field":       file([]byte{0x30, 0x05, 0x02, 0x01, 0x02, 0x0C, 0x09}),
		"nested too deep":    file(seq(num(13), deep)),
		"endless name":       file(seq(num(2), str(strings.Repeat("A", maxDG13)))),
	}
	for name, in := range tests {
		if _, err := ParseDG13(in); !errors.Is(err, ErrDG13) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDG13HidesItself(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if s := fmt.Sprintf(format, full()); strings.Contains(s, "638") {
			t.Errorf("%s shows %q", format, s)
		}
	}
}

func TestEncodingOfDG13(t *testing.T) {
	b := EncodeDG13(DG13{Number: "001090000638"})
	head, err := hex.DecodeString("020101060628D316010008")
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string][]byte{
		"version and OID": head,
		"number":          append([]byte{0x30, 0x11, 0x02, 0x01, 0x01, 0x13, 0x0C}, "001090000638"...),
		"no spouse":       {0x30, 0x03, 0x02, 0x01, 0x0E},
	} {
		if !bytes.Contains(b, part) {
			t.Errorf("%s missing in %X", name, b)
		}
	}
}

func FuzzParseDG13(f *testing.F) {
	f.Add(EncodeDG13(full()))
	f.Add(EncodeDG13(DG13{}))
	f.Add(file(seq(num(13), seq(seq(str("A")), seq(str("B"))))))
	f.Add([]byte{0x6D, 0x00})
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := ParseDG13(in)
		if err != nil {
			if !errors.Is(err, ErrDG13) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		for n := 1; n <= 16; n++ {
			if p := d.field(n); p != nil && !utf8.ValidString(*p) {
				t.Fatalf("field %d is no UTF-8", n)
			}
		}
		again, err := ParseDG13(EncodeDG13(d))
		if diff := cmp.Diff(d, again); err != nil || diff != "" {
			t.Fatalf("does not survive writing: %v %s", err, diff)
		}
	})
}
