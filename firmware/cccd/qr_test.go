package cccd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const sampleQR = "001090000638|012345678|NGUYỄN VĂN MẪU|15031990|Nam|Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi|12052021"

func sample() QR {
	return QR{Number: "001090000638", OldNumber: "012345678", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
		Residence: "Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi", Issued: "12/05/2021"}
}

func TestParseQR(t *testing.T) {
	var scrambled strings.Builder
	for _, b := range []byte(sampleQR) {
		r := charmap.Windows1252.DecodeByte(b)
		if r == utf8.RuneError { // Windows lets these pass
			r = rune(b)
		}
		scrambled.WriteRune(r)
	}
	with := func(f func(*QR)) QR { q := sample(); f(&q); return q }
	tests := []struct {
		name, in string
		want     QR
	}{
		{"clean", sampleQR, sample()},
		{"CR LF", sampleQR + "\r\n", sample()},
		{"BOM and NUL", "\uFEFF" + sampleQR + "\x00\x00", sample()},
		{"NUL between all bytes of the number", "0\x000\x001\x00090000638" + sampleQR[12:], sample()},
		{"decomposed", norm.NFD.String(sampleQR), sample()},
		{"through Windows-1252", scrambled.String(), sample()},
		{"eleven fields", sampleQR + "||||", with(func(q *QR) { q.Extra = []string{"", "", "", ""} })},
		{"no old number", strings.Replace(sampleQR, "012345678", "", 1), with(func(q *QR) { q.OldNumber = "" })},
		{"old number of 12", strings.Replace(sampleQR, "012345678", "001090000638", 1), with(func(q *QR) { q.OldNumber = "001090000638" })},
		{"old number damaged", strings.Replace(sampleQR, "012345678", "01234x678", 1), with(func(q *QR) { q.OldNumber = "" })},
		{"blanks around fields", strings.ReplaceAll(sampleQR, "|", " | "), sample()},
		{"broken bytes in the name", strings.Replace(sampleQR, "Ễ", "\xE1\xBB", 1), with(func(q *QR) { q.Name = "NGUY\uFFFDN VĂN MẪU" })},
		{"sex lost its letters", strings.Replace(sampleQR, "|Nam|", "|???|", 1), sample()},
		{"sex shouted", strings.Replace(sampleQR, "|Nam|", "|NAM|", 1), sample()},
		{"small letters", strings.Replace(sampleQR, "NGUYỄN VĂN MẪU", "nguyễn văn mẫu", 1), with(func(q *QR) { q.Name = "nguyễn văn mẫu" })},
		{"blanks inside of fields", strings.Replace(sampleQR, "NGUYỄN VĂN MẪU", "NGUYỄN \t VĂN\u00A0 MẪU", 1), sample()},
		{"trailing separator", sampleQR + "|", with(func(q *QR) { q.Extra = []string{""} })},
		{"trailing separators and line end", sampleQR + "|||\r\n\x00", with(func(q *QR) { q.Extra = []string{"", "", ""} })},
		{"what is in the further fields", sampleQR + "|a|b|c|d", with(func(q *QR) { q.Extra = []string{"a", "b", "c", "d"} })},
		{"issue before residence", reordered(0, 1, 2, 3, 4, 6, 5), sample()},
		{"residence before sex", reordered(0, 1, 2, 3, 5, 4, 6), sample()},
		{"issue before sex", reordered(0, 1, 2, 3, 6, 5, 4), sample()},
		{"issue, sex, residence", reordered(0, 1, 2, 3, 6, 4, 5), sample()},
		{"residence, issue, sex", reordered(0, 1, 2, 3, 5, 6, 4), sample()},
		{"name before old number", reordered(0, 2, 1, 3, 4, 5, 6), sample()},
		{"name in the place of no old number", strings.Replace(sampleQR, "|012345678|NGUYỄN VĂN MẪU|", "|NGUYỄN VĂN MẪU||", 1), with(func(q *QR) { q.OldNumber = "" })},
		{"UTF-16, little end first", inUTF16(binary.LittleEndian), sample()},
		{"UTF-16, big end first", inUTF16(binary.BigEndian), sample()},
		{"Windows-1258", in1258(sampleQR), sample()},
		{"no date of issue", strings.TrimSuffix(sampleQR, "12052021"), with(func(q *QR) { q.Issued = "" })},
		{"only the year of birth", strings.Replace(sampleQR, "15031990", "1990", 1), with(func(q *QR) { q.Birth = "1990" })},
		{"a date that does not exist in the issue", strings.Replace(sampleQR, "12052021", "31022021", 1), with(func(q *QR) { q.Issued = "" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseQR([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(tt.want) {
				t.Errorf("got  %q\nwant %q", fields(got), fields(tt.want))
			}
			if got.CAN() != "000638" {
				t.Errorf("CAN %q", got.CAN())
			}
			if damaged := strings.Contains(tt.want.Name, "\uFFFD"); got.Damaged() != damaged {
				t.Errorf("Damaged() = %v", got.Damaged())
			}
		})
	}
}

// fields shows a QR in a test's message; it hides itself from fmt.
func fields(q QR) []string {
	return append([]string{q.Number, q.OldNumber, q.Name, q.Birth, q.Sex, q.Residence, q.Issued}, q.Extra...)
}

// reordered is the code with its fields in another order.
func reordered(places ...int) string {
	f := strings.Split(sampleQR, "|")
	var out []string
	for _, i := range places {
		out = append(out, f[i])
	}
	return strings.Join(out, "|")
}

func inUTF16(order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + sampleQR)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// in1258 writes the Vietnamese code page of Windows, which puts tone marks
// behind their letters.
func in1258(s string) string {
	var b []byte
	for _, r := range s {
		letter, tone := r, rune(0)
		d := []rune(norm.NFD.String(string(r)))
		if last := d[len(d)-1]; len(d) > 1 && strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", last) {
			tone = last
			letter = []rune(norm.NFC.String(string(d[:len(d)-1])))[0]
		} else if len(d) == 3 { // a tone below sorts before a mark above
			tone = d[1]
			letter = []rune(norm.NFC.String(string([]rune{d[0], d[2]})))[0]
		}
		for _, c := range []rune{letter, tone} {
			if c == 0 {
				continue
			}
			e, ok := charmap.Windows1258.EncodeRune(c)
			if !ok {
				panic("no letter of Windows-1258")
			}
			b = append(b, e)
		}
	}
	return string(b)
}

func TestParseQRRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", ErrGarbage},
		{"only line ends", "\r\n", ErrGarbage},
		{"too long", strings.Repeat("9", maxQR+1), ErrGarbage},
		{"noise", "\x81\xff\x00\x13\x07|||||||", ErrGarbage},
		{"a link", "https://example.test/?a=1", ErrNotCard},
		{"a payment code", "00020101021138380010A000000727", ErrNotCard},
		{"six fields", "001090000638||A|15031990|Nam|B", ErrNotCard},
		{"eleven digits", "00109000063||A|15031990|Nam|B|12052021", ErrNotCard},
		{"letters in the number", "00109000063x||A|15031990|Nam|B|12052021", ErrNotCard},
		{"other digits", "٠٠١٠٩٠٠٠٠٦٣٨||A|15031990|Nam|B|12052021", ErrNotCard},
		{"no such birthday", "001090000638||A|31021990|Nam|B|12052021", ErrNotCard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseQR([]byte(tt.in))
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestQRHidesItself(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, sample()); strings.Contains(s, "638") || strings.Contains(s, "MẪU") {
			t.Errorf("%s shows %q", format, s)
		}
	}
	_, err := ParseQR([]byte("00109000063||NGUYỄN VĂN MẪU|15031990|Nam|B|12052021"))
	if err == nil || strings.Contains(err.Error(), "MẪU") || strings.Contains(err.Error(), "0010") {
		t.Errorf("the error tells %v", err)
	}
}

func TestCANOfNothing(t *testing.T) {
	if got := (QR{}).CAN(); got != "" {
		t.Errorf("got %q", got)
	}
}

func FuzzParseQR(f *testing.F) {
	for _, s := range []string{sampleQR, "\uFEFF" + sampleQR + "\r\n", sampleQR + "||||", "", "|||||||", "Ã¡Â»", "\xff\xfe0\x00|",
		norm.NFD.String(sampleQR)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		q, err := ParseQR(in)
		if err != nil {
			if !errors.Is(err, ErrNotCard) && !errors.Is(err, ErrGarbage) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if _, err := ParseNumber(q.Number); err != nil || len(q.CAN()) != 6 {
			t.Fatal("accepted without a number")
		}
		for _, s := range fields(q) {
			if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.ContainsAny(s, "\x00\r\n|") {
				t.Fatalf("field %q", s)
			}
		}
		for _, info := range q.MRZInformation() {
			if len(info) != 24 {
				t.Fatalf("MRZ information of %d characters", len(info))
			}
		}
	})
}
