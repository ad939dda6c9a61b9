package cccd

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/emrtd/keys"
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
	doc, err1 := checked(number[3:])
	whole, err2 := checked(number)
	birth, err3 := checked(birth)
	expiry, err4 := checked(expiry)
	upper := "IDVNM" + doc + number + "<<" + whole[len(number):]
	middle := birth + letter + expiry + "VNM" + strings.Repeat("<", 11)
	// The composite digit runs over the upper line from its sixth place and the
	// digits of the middle one, without sex and state: ICAO 9303-5, 4.2.4.
	composite, err5 := checked(upper[5:] + middle[:7] + middle[8:15] + middle[18:29])
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return "", fmt.Errorf("MRZ: %w", err)
	}
	return upper + middle + composite[len(composite)-1:] + mrzName(name), nil
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

// checked appends the check digit to one field.
func checked(field string) (string, error) {
	d, err := keys.CheckDigit(field)
	return field + string(rune(d)), err
}
