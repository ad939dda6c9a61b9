package keys

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"
)

// ErrPassword says that printed data cannot be a password: a character that
// no machine-readable zone has, a date that is not six characters.
var ErrPassword = errors.New("keys: no such printed data")

// CheckDigit computes the check digit of Doc 9303-3 section 4.9 over digits,
// upper-case letters and the filler '<'.
func CheckDigit(s string) (byte, error) {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range len(s) {
		v := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		case c == '<':
		default:
			return 0, fmt.Errorf("%w: character %d cannot be in a machine-readable zone", ErrPassword, i+1)
		}
		sum += v * weights[i%3]
	}
	return byte('0' + sum%10), nil
}

// MRZInformation puts together document number, birth and expiry (YYMMDD),
// each with its check digit: Doc 9303-11 section 4.3.2. A document number
// shorter than nine characters is filled up, a longer one taken whole.
func MRZInformation(number, birth, expiry string) (string, error) {
	if number == "" || len(birth) != 6 || len(expiry) != 6 {
		return "", fmt.Errorf("%w: lengths %d, %d, %d", ErrPassword, len(number), len(birth), len(expiry))
	}
	if n := len(number); n < 9 {
		number += strings.Repeat("<", 9-n)
	}
	var b strings.Builder
	for _, part := range []string{number, birth, expiry} {
		d, err := CheckDigit(part)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		b.WriteByte(d)
	}
	return b.String(), nil
}

// Seed is the K_seed of Basic Access Control: Doc 9303-11 section 9.7.2.
func Seed(mrzInformation string) []byte {
	sum := sha1.Sum([]byte(mrzInformation))
	return append([]byte(nil), sum[:16]...)
}

// PACEPassword is the encoded password of PACE for machine-readable data, the
// f(π) of Doc 9303-11 section 9.7.3: the whole SHA-1.
func PACEPassword(mrzInformation string) []byte {
	sum := sha1.Sum([]byte(mrzInformation))
	return sum[:]
}
