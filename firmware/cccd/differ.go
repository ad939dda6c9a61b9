package cccd

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/person"
)

// The names of the fields in which a QR and a chip can differ.
const (
	FieldNumber    = "number"
	FieldOldNumber = "old-number"
	FieldName      = "name"
	FieldBirth     = "birth"
	FieldSex       = "sex"
	FieldResidence = "residence"
	FieldIssued    = "issued"
)

// Differences names the fields in which the code on the card and the chip say
// different things, never what they say. Whoever shows them shows both: they
// are not merged. What only one of them says is no difference, and neither is
// what a scanner does to letters.
func Differences(q QR, p person.Person) []string {
	var out []string
	for _, f := range []struct {
		name     string
		qr, chip string
		same     func(qr, chip string) bool
	}{
		{FieldNumber, q.Number, p.Number, equal},
		{FieldOldNumber, q.OldNumber, p.OldNumber, equal},
		{FieldName, q.Name, p.Name, SameName},
		{FieldBirth, q.Birth, p.Birth, sameBirth},
		{FieldSex, q.Sex, p.Sex, SameName},
		{FieldResidence, q.Residence, p.Residence, sameAddress},
		{FieldIssued, q.Issued, p.Issued, equal},
	} {
		if f.qr != "" && f.chip != "" && !f.same(f.qr, f.chip) {
			out = append(out, f.name)
		}
	}
	return out
}

func equal(a, b string) bool { return a == b }

// sameBirth lets a year agree with a day in it: people whose day is not on
// record have a year in the code.
func sameBirth(qr, chip string) bool {
	return qr == chip || len(qr) == 4 && strings.HasSuffix(chip, "/"+qr)
}

// sameAddress compares without regard to blanks and to how parts are divided.
func sameAddress(qr, chip string) bool {
	divide := strings.NewReplacer(",", " ", ";", " ", "-", " ", ".", " ")
	return SameName(divide.Replace(qr), divide.Replace(chip))
}

// SameName tells whether a scanned text may be that of the chip: the same but
// for composition, case, blanks and the place of the tone mark (HÒA, HOÀ); for
// diacritics that the scanner lost; and for letters that it replaced by "?" or
// U+FFFD. A diacritic that is another one is a difference. A chip's text
// without any diacritics, as in the machine-readable zone, stands for all that
// it may be.
func SameName(scanned, chip string) bool {
	a, b := letters(scanned), letters(chip)
	if slices.EqualFunc(a, b, letter.within) {
		return true
	}
	if plainOnly(b) && scanned != "" {
		a := strings.Join(strings.Fields(plain(scanned)), " ")
		b := strings.Join(strings.Fields(plain(chip)), " ")
		// The zone has room for thirty, and cuts.
		return a == b || len(b) >= nameRoom-3 && strings.HasPrefix(a, b)
	}
	return matches(a, b)
}

// letter is one letter of a text with its diacritics, sorted; the tone is that
// of the whole word and stands with its last letter.
type letter struct {
	base  rune
	marks string
	tone  rune
}

// lost is a letter that a scanner replaced.
const lost = '?'

// within tells whether l may be o with diacritics lost.
func (l letter) within(o letter) bool {
	if l.base != o.base || l.tone != 0 && l.tone != o.tone {
		return false
	}
	for _, m := range l.marks {
		if !strings.ContainsRune(o.marks, m) {
			return false
		}
	}
	return true
}

// letters folds case and blanks, and takes diacritics off their letters.
func letters(s string) []letter {
	var out []letter
	for word := range strings.FieldsSeq(strings.ToLower(s)) {
		if len(out) > 0 {
			out = append(out, letter{base: ' '})
		}
		tone := rune(0)
		for _, r := range norm.NFD.String(word) {
			switch {
			case strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", r):
				tone = r
			case unicode.Is(unicode.Mn, r):
				if n := len(out); n > 0 {
					out[n-1].marks += string(r)
				}
			case r == 'đ' || r == 'ð':
				out = append(out, letter{base: 'd', marks: "-"})
			case r == unicode.ReplacementChar || r == '?':
				out = append(out, letter{base: lost})
			default:
				out = append(out, letter{base: r})
			}
		}
		if n := len(out); n > 0 && out[n-1].base != lost {
			out[n-1].tone = tone
		}
	}
	return out
}

func plainOnly(s []letter) bool {
	return !slices.ContainsFunc(s, func(l letter) bool { return l.base > unicode.MaxASCII || l.marks != "" || l.tone != 0 })
}

// matches compares letter by letter where a scanner lost some: each lost one
// stands for one to three. Tones of words with losses are not compared.
func matches(scanned, chip []letter) bool {
	if !slices.ContainsFunc(scanned, func(l letter) bool { return l.base == lost }) {
		return false
	}
	// reach[j]: what was scanned so far may be the first j letters of the chip.
	reach := make([]bool, len(chip)+1)
	reach[0] = true
	for i := 0; i < len(scanned); {
		next := make([]bool, len(chip)+1)
		run := 0
		for i+run < len(scanned) && scanned[i+run].base == lost {
			run++
		}
		for j, ok := range reach {
			switch {
			case !ok:
			case run > 0:
				for n := 1; n <= 3*run && j+n <= len(chip); n++ {
					next[j+n] = true
				}
			case j < len(chip) && withoutTone(scanned[i]).within(chip[j]):
				next[j+1] = true
			}
		}
		reach = next
		i += max(run, 1)
	}
	return reach[len(chip)]
}

func withoutTone(l letter) letter {
	l.tone = 0
	return l
}
