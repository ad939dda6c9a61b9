package cccd

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	mrzLine  = 30 // TD1, ICAO 9303-5
	nameRoom = 30
)

// MRZ makes the three lines of a card. Dates are YYMMDD, the name is written
// with diacritics. The simulated cards and the tests use it; a real card brings
// its own.
func MRZ(number, name, birth, sex, expiry string) (string, error) {
	if _, err := ParseNumber(number); err != nil {
		return "", err
	}
	for _, d := range []string{birth, expiry} {
		if len(d) != 6 || !digits(d) {
			return "", fmt.Errorf("date of %d characters in MRZ: want YYMMDD", len(d))
		}
	}
	letter := map[string]string{"Nam": "M", "Nữ": "F"}[sex]
	if letter == "" {
		letter = "<"
	}
	doc := number[3:]
	upper := "IDVNM" + doc + checkDigit(doc) + number + "<<" + checkDigit(number)
	dates := birth + checkDigit(birth) + letter + expiry + checkDigit(expiry)
	// The composite digit runs over the upper line from its sixth place and the
	// digits of the middle one, without sex and state: ICAO 9303-5, 4.2.4.
	middle := dates + "VNM" + strings.Repeat("<", 11)
	whole := upper[5:] + middle[:7] + middle[8:15] + middle[18:29]
	return upper + middle + checkDigit(whole) + mrzName(name), nil
}

// mrzName transliterates: the first syllable is taken as the surname.
func mrzName(name string) string {
	parts := strings.Fields(plain(name))
	s := strings.Join(parts, "<")
	if len(parts) > 1 {
		s = parts[0] + "<<" + strings.Join(parts[1:], "<")
	}
	if len(s) > nameRoom {
		s = s[:nameRoom]
	}
	return s + strings.Repeat("<", mrzLine-len(s))
}

// plain writes a Vietnamese name with A-Z and spaces only: diacritics go, an
// apostrophe joins what it stands between.
func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToUpper(s)) {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case r == 'Đ' || r == 'Ð':
			b.WriteByte('D')
		case unicode.IsSpace(r) || r == '-':
			b.WriteByte(' ')
		case r == 'Ƀ':
			b.WriteByte('B')
		}
	}
	return b.String()
}

// checkDigit is ICAO 9303-3, 4.9: weights 7, 3, 1 modulo 10.
func checkDigit(s string) string {
	sum := 0
	for i := 0; i < len(s); i++ {
		v := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return string(rune('0' + sum%10))
}
