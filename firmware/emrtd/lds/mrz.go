package lds

import (
	"errors"
	"fmt"
	"strings"

	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

// ErrCheckDigit: a check digit of the machine-readable zone is wrong.
var ErrCheckDigit = errors.New("lds: wrong check digit")

// MRZ is a machine-readable zone of three lines (TD1), Doc 9303-5 section 4.2.
// Fields come without fillers at their end; dates are YYMMDD as written.
type MRZ struct {
	Code        string // "ID"
	State       string // issuing state
	Number      string // document number, also when it is longer than nine
	Optional1   string // rest of line 1, fillers inside kept
	Birth       string
	Sex         string // "M", "F" or ""
	Expiry      string
	Nationality string
	Optional2   string
	Surname     string // words separated by blanks
	Given       string
	Raw         string // 90 characters
}

// String keeps a person out of every log by accident.
func (MRZ) String() string { return "lds.MRZ" }

// GoString does the same for %#v.
func (MRZ) GoString() string { return "lds.MRZ" }

const lineLen = 30

// ParseDG1 reads the machine-readable zone out of DG1.
func ParseDG1(b []byte) (MRZ, error) {
	root, err := tlv.ParseOne(b, DG(1).Tag())
	if err != nil {
		return MRZ{}, fmt.Errorf("%w: DG1: %w", ErrFormat, err)
	}
	n, ok := root.Find(0x5F1F)
	if !ok {
		return MRZ{}, fmt.Errorf("%w: DG1 without a machine-readable zone", ErrFormat)
	}
	return ParseMRZ(string(n.Value))
}

// ParseMRZ reads the 90 characters of a TD1 zone and checks every check digit:
// document number, birth, expiry, and the composite one.
func ParseMRZ(s string) (MRZ, error) {
	if len(s) != 3*lineLen {
		return MRZ{}, fmt.Errorf("%w: machine-readable zone of %d characters, TD1 has %d", ErrFormat, len(s), 3*lineLen)
	}
	if _, err := keys.CheckDigit(s); err != nil {
		return MRZ{}, fmt.Errorf("%w: machine-readable zone: %w", ErrFormat, err)
	}
	one, two, three := s[:lineLen], s[lineLen:2*lineLen], s[2*lineLen:]
	m := MRZ{
		Code: trim(one[:2]), State: trim(one[2:5]), Optional1: trim(one[15:]),
		Birth: two[:6], Sex: trim(two[7:8]), Expiry: trim(two[8:14]),
		Nationality: trim(two[15:18]), Optional2: trim(two[18:29]), Raw: s,
	}
	if err := m.number(one); err != nil {
		return MRZ{}, err
	}
	if err := check("birth", two[:6], two[6]); err != nil {
		return MRZ{}, err
	}
	// A document without an end fills the date; nothing is said of its digit.
	if m.Expiry != "" || two[14] != '<' {
		if err := check("expiry", two[8:14], two[14]); err != nil {
			return MRZ{}, err
		}
	}
	if err := check("composite", one[5:]+two[:7]+two[8:15]+two[18:29], two[29]); err != nil {
		return MRZ{}, err
	}
	surname, given, _ := strings.Cut(three, "<<")
	m.Surname, m.Given = words(surname), words(given)
	return m, nil
}

// number reads the document number. One longer than nine characters goes on in
// the optional data, up to a filler, with its check digit last: Doc 9303-5
// section 4.2.2.1, note j.
func (m *MRZ) number(line string) error {
	m.Number = trim(line[5:14])
	if line[14] != '<' {
		return check("document number", line[5:14], line[14])
	}
	more, rest, _ := strings.Cut(line[15:], "<")
	if len(more) < 2 {
		return fmt.Errorf("%w: document number without a check digit", ErrFormat)
	}
	m.Number = line[5:14] + more[:len(more)-1]
	m.Optional1 = trim(rest)
	return check("document number", m.Number, more[len(more)-1])
}

func check(what, field string, digit byte) error {
	want, err := keys.CheckDigit(field)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, what, err)
	}
	if digit != want {
		return fmt.Errorf("%w: %s", ErrCheckDigit, what)
	}
	return nil
}

func trim(s string) string { return strings.TrimRight(s, "<") }

func words(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' }), " ")
}

// Information is the MRZ information that opens the same chip again.
func (m MRZ) Information() (string, error) {
	expiry := m.Expiry + strings.Repeat("<", 6-len(m.Expiry))
	return keys.MRZInformation(m.Number, m.Birth, expiry)
}
