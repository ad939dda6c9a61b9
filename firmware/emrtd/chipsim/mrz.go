package chipsim

import (
	"errors"
	"fmt"
	"strings"

	"tram06/firmware/emrtd/keys"
)

// mrzKeys are the secrets that follow from the MRZ.
type mrzKeys struct {
	info       string
	kenc, kmac []byte
}

func newMRZKeys(mrz string) (mrzKeys, error) {
	number, birth, expiry, err := mrzFields(mrz)
	if err != nil {
		return mrzKeys{}, err
	}
	for _, part := range []string{number, birth, expiry} {
		d, err := keys.CheckDigit(part[:len(part)-1])
		if err != nil {
			return mrzKeys{}, err
		}
		if d != part[len(part)-1] {
			return mrzKeys{}, errors.New("wrong check digit in the MRZ")
		}
	}
	info := number + birth + expiry
	seed := keys.Seed(info)
	return mrzKeys{info, keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac)}, nil
}

// mrzFields cuts out number, birth and expiry, each with its check digit:
// Doc 9303 parts 4 to 6, and Doc 9303-11, 4.3.2.
func mrzFields(mrz string) (number, birth, expiry string, err error) {
	switch len(mrz) {
	case 90: // TD1
		number, err = longNumber(mrz[5:14], mrz[14], mrz[15:30])
		return number, mrz[30:37], mrz[38:45], err
	case 72: // TD2
		number, err = longNumber(mrz[36:45], mrz[45], mrz[64:71])
		return number, mrz[49:56], mrz[57:64], err
	case 88: // TD3
		return mrz[44:54], mrz[57:64], mrz[65:72], nil
	}
	return "", "", "", fmt.Errorf("MRZ of %d characters; TD1 has 90, TD2 72, TD3 88", len(mrz))
}

// longNumber puts together a number that goes on in the optional data, which
// a filler in the place of the check digit tells: Doc 9303-5, 4.2.4 note j.
func longNumber(first string, digit byte, optional string) (string, error) {
	if digit != '<' {
		return first + string(digit), nil
	}
	more, _, _ := strings.Cut(optional, "<")
	if len(more) < 2 {
		return "", errors.New("the document number does not go on in the optional data")
	}
	return first + more, nil
}

// LongNumber gives the same MRZ, TD1, with a document number of twelve
// characters: the nine, and the first three of the optional data.
func LongNumber(mrz string) (string, error) {
	if len(mrz) != 90 {
		return "", fmt.Errorf("MRZ of %d characters, TD1 has 90", len(mrz))
	}
	number := mrz[5:14] + mrz[15:18]
	d, err := keys.CheckDigit(number)
	if err != nil {
		return "", err
	}
	upper := mrz[:5] + number[:9] + "<" + number[9:] + string(d) + strings.Repeat("<", 11)
	middle := mrz[30:59]
	// The composite digit is over both lines without sex, nationality and itself.
	all, err := keys.CheckDigit(upper[5:] + middle[:7] + middle[8:15] + middle[18:29])
	if err != nil {
		return "", err
	}
	return upper + middle + string(all) + mrz[60:], nil
}
