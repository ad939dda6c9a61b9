package cccd

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/tlv"
	"tram06/firmware/person"
)

// Words as they are on cards: composed, single blanks.
var words = rapid.StringMatching(`([A-Z]|[ĐƯƠẪẾỘ]){1,9}( ([A-Z]|[ĐƯƠẪẾỘ]){1,9}){0,3}`)

var (
	maybeWords = rapid.OneOf(words, rapid.Just(""))
	numbers    = rapid.StringMatching(`[0-9]{12}`)
	dates      = rapid.Custom(func(t *rapid.T) string {
		return time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 40000).Draw(t, "day")).Format(dateLayout)
	})
)

func madeCards(t *rapid.T) DG13 {
	place := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(words, 0, 8).Draw(t, "parts"), ", ")
	})
	maybeDate := rapid.OneOf(dates, rapid.Just(""))
	d := DG13{Number: numbers.Draw(t, "number"), Name: words.Draw(t, "name"), Birth: maybeDate.Draw(t, "birth"), Sex: rapid.SampledFrom([]string{"Nam", "Nữ", ""}).Draw(t, "sex"),
		Nationality: maybeWords.Draw(t, "nationality"), Ethnicity: maybeWords.Draw(t, "ethnicity"), Religion: maybeWords.Draw(t, "religion"),
		Origin: place.Draw(t, "origin"), Residence: place.Draw(t, "residence"), Marks: maybeWords.Draw(t, "marks"), Issued: maybeDate.Draw(t, "issued"),
		Expires: rapid.OneOf(dates, rapid.Just("Không thời hạn"), rapid.Just("")).Draw(t, "expires"), Father: maybeWords.Draw(t, "father"), Mother: maybeWords.Draw(t, "mother"),
		Spouse: maybeWords.Draw(t, "spouse"), OldNumber: rapid.StringMatching(`[0-9]{9}|[0-9]{12}|`).Draw(t, "old"), Serial: rapid.StringMatching(`[0-9A-F]{16}|`).Draw(t, "serial")}
	for range rapid.IntRange(0, 2).Draw(t, "unknown") {
		f := Field{Number: rapid.IntRange(17, 9000).Draw(t, "field")}
		for range rapid.IntRange(0, 2).Draw(t, "texts") {
			f.Texts = append(f.Texts, words.Draw(t, "text"))
		}
		d.Unknown = append(d.Unknown, f)
	}
	return d
}

func TestMadeCardsReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := madeCards(t)
		got, err := ParseDG13(EncodeDG13(want))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		// The order of the fields in a SET says nothing.
		shuffled := shuffle(t, EncodeDG13(want))
		got, err = ParseDG13(shuffled)
		byNumber := func(a, b Field) int { return a.Number - b.Number }
		slices.SortStableFunc(want.Unknown, byNumber)
		slices.SortStableFunc(got.Unknown, byNumber)
		if diff := cmp.Diff(want, got); err != nil || diff != "" && !sameNumbers(want.Unknown) {
			t.Fatalf("in another order: %v %s", err, diff)
		}
	})
}

// sameNumbers tells that two unknown fields share a number, so that their order
// is lost.
func sameNumbers(f []Field) bool { return len(f) == 2 && f[0].Number == f[1].Number }

func shuffle(t *rapid.T, file []byte) []byte {
	outer, _, err := tlv.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := fieldList(outer)
	if err != nil {
		t.Fatal(err)
	}
	var fields [][]byte
	for _, n := range rapid.Permutation(list).Draw(t, "order") {
		fields = append(fields, n.Raw)
	}
	return tlv.Append(nil, tagDG13, seq(num(1), oid, tlv.Append(nil, tagSet, fields...)))
}

func madeCode(t *rapid.T) (text string, want QR) {
	compact := func(d string) string { return strings.ReplaceAll(d, "/", "") }
	q := QR{Number: numbers.Draw(t, "number"), OldNumber: rapid.StringMatching(`[0-9]{9}|[0-9]{12}|`).Draw(t, "old"), Name: words.Draw(t, "name"),
		Birth: dates.Draw(t, "birth"), Sex: rapid.SampledFrom([]string{"Nam", "Nữ"}).Draw(t, "sex"), Residence: words.Draw(t, "residence"), Issued: dates.Draw(t, "issued")}
	for range rapid.IntRange(0, 4).Draw(t, "more") {
		q.Extra = append(q.Extra, maybeWords.Draw(t, "extra"))
	}
	f := append([]string{q.Number, q.OldNumber, q.Name, compact(q.Birth), q.Sex, q.Residence, compact(q.Issued)}, q.Extra...)
	return strings.Join(f, "|"), q
}

// A code reads the same however a scanner dresses it up.
func TestMadeCodesReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := madeCode(t)
		// A residence that says a sex cannot be told from one out of place.
		if isSex(want.Residence) || isSex(want.Name) {
			return
		}
		dressed := rapid.SampledFrom([]string{"%s", "\uFEFF%s", "%s\r\n", "%s\x00", " %s ", "\x00%s\n\n"}).Draw(t, "dress")
		got, err := ParseQR([]byte(fmt.Sprintf(dressed, s)))
		if err != nil || !got.Equal(want) {
			t.Fatalf("%q: %v", s, err)
		}
		if len(got.CAN()) != 6 || !strings.HasSuffix(want.Number, got.CAN()) {
			t.Fatal("the CAN is not the end of the number")
		}
	})
}

// The zone of a made card says the same as the card, as far as it can, and a
// code and a chip of one card do not differ.
func TestOneCardDoesNotDiffer(t *testing.T) {
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		s, q := madeCode(t)
		if isSex(q.Residence) || isSex(q.Name) {
			return
		}
		birth, err := time.Parse(dateLayout, q.Birth)
		if err != nil || birth.After(today) || birth.Before(today.AddDate(-100, 0, 1)) {
			return
		}
		zone, err := MRZ(q.Number, q.Name, birth.Format("060102"), q.Sex, "310101")
		if err != nil {
			t.Fatal(err)
		}
		m, err := lds.ParseMRZ(zone)
		if err != nil {
			t.Fatal(err)
		}
		p := fromMRZ(m, today)
		if p.Number != q.Number || p.Birth != q.Birth || p.Sex != q.Sex || p.Expires != "01/01/2031" {
			t.Fatalf("the zone tells another card: %q", s)
		}
		scanned, err := ParseQR([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		if d := Differences(scanned, p); len(d) > 0 {
			t.Fatalf("%q and its zone differ in %v", s, d)
		}
		full := person.Person{Number: q.Number, Name: q.Name, Birth: q.Birth, Sex: q.Sex, Residence: q.Residence, Issued: q.Issued, OldNumber: q.OldNumber}
		if d := Differences(scanned, full); len(d) > 0 {
			t.Fatalf("%q and its chip differ in %v", s, d)
		}
	})
}

// Whatever the dates, the first candidates are birthdays of the ages that the
// law names, after the issue, and each is tried once.
func TestMadeExpiries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		birth, issued := dates.Draw(t, "birth"), dates.Draw(t, "issued")
		b, err1 := time.Parse(dateLayout, birth)
		i, err2 := time.Parse(dateLayout, issued)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		out := Expiries(birth, issued)
		if i.Before(b) {
			if out != nil {
				t.Fatal("issued before birth")
			}
			return
		}
		if n := len(out); n == 0 || n > 8 || !slices.Contains(out, noExpiry) {
			t.Fatalf("%v", out)
		}
		for k, s := range out {
			if slices.Contains(out[:k], s) {
				t.Fatalf("%s twice", s)
			}
			if s == noExpiry {
				continue
			}
			age := func(years int) bool {
				day := b.AddDate(years, 0, 0)
				return day.Format("060102") == s || b.Day() == 29 && day.AddDate(0, 0, -1).Format("060102") == s
			}
			if !age(14) && !age(25) && !age(40) && !age(60) {
				t.Fatalf("born %s, issued %s: %s", birth, issued, s)
			}
		}
	})
}

func TestFromMRZ(t *testing.T) {
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	m := lds.MRZ{Surname: "NGUYEN", Given: "VAN MAU", Optional1: "001090000638<<7", Birth: "900315", Sex: "M", Expiry: "300315", Nationality: "VNM"}
	want := person.Person{Number: "001090000638", Name: "NGUYEN VAN MAU", Birth: "15/03/1990", Sex: "Nam", Expires: "15/03/2030", Nationality: "Việt Nam"}
	if d := cmp.Diff(want, fromMRZ(m, today)); d != "" {
		t.Error(d)
	}
	m.Expiry, m.Birth, m.Sex, m.Nationality, m.Optional1 = noExpiry, "271123", "", "UTO", "x"
	want = person.Person{Name: "NGUYEN VAN MAU", Birth: "23/11/1927"}
	if d := cmp.Diff(want, fromMRZ(m, today)); d != "" {
		t.Error(d)
	}
}
