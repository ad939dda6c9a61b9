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

// MRZ is a machine-readable zone: Doc 9303-5 (TD1), -6 (TD2) and -4 (TD3).
// Fields come without fillers at their end; dates are YYMMDD as written.
type MRZ struct {
	Format      string // "TD1", "TD2" or "TD3"
	Code        string // "ID"
	State       string // issuing state
	Number      string // document number, also when it is longer than nine
	Optional1   string // rest of line 1 (TD1), personal number (TD3) or optional data (TD2), fillers inside kept
	Birth       string
	Sex         string // "M", "F" or ""
	Expiry      string
	Nationality string
	Optional2   string // TD1 only
	Surname     string // words separated by blanks
	Given       string
	Raw         string // 90, 72 or 88 characters
}

// String keeps a person out of every log by accident.
func (MRZ) String() string { return "lds.MRZ" }

// GoString does the same for %#v.
func (MRZ) GoString() string { return "lds.MRZ" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (m MRZ) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

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

// ParsePrinted reads a zone as people type it and as optical readers give it:
// with line ends and blanks between, small letters, and the guillemet for two
// fillers. Digits and letters are not guessed at: the check digits decide.
func ParsePrinted(s string) (MRZ, error) {
	return ParseMRZ(strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\t' || r == '\r' || r == '\n':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, strings.ReplaceAll(s, "«", "<<")))
}

// field is a piece of the zone: characters from, before to.
type field struct{ from, to int }

func (f field) of(s string) string { return s[f.from:f.to] }

// layout says where the fields of one size of document are. A check digit
// stands right behind its field.
type layout struct {
	format                   string
	state                    field
	number, birth, expiry    field
	sex, nationality         field
	optional, optional2      field
	optionalChecked          bool // a check digit of its own, a filler if there are no data
	longNumber               bool // a long document number goes on in the optional data
	name                     field
	composite                []field
	compositeAt, wholeLength int
}

var layouts = []layout{
	{format: "TD1", wholeLength: 90, state: field{2, 5}, number: field{5, 14}, optional: field{15, 30}, longNumber: true,
		birth: field{30, 36}, sex: field{37, 38}, expiry: field{38, 44}, nationality: field{45, 48}, optional2: field{48, 59},
		composite: []field{{5, 30}, {30, 37}, {38, 45}, {48, 59}}, compositeAt: 59, name: field{60, 90}},
	{format: "TD2", wholeLength: 72, state: field{2, 5}, name: field{5, 36}, number: field{36, 45}, nationality: field{46, 49},
		birth: field{49, 55}, sex: field{56, 57}, expiry: field{57, 63}, optional: field{64, 71}, longNumber: true,
		composite: []field{{36, 46}, {49, 56}, {57, 71}}, compositeAt: 71},
	{format: "TD3", wholeLength: 88, state: field{2, 5}, name: field{5, 44}, number: field{44, 53}, nationality: field{54, 57},
		birth: field{57, 63}, sex: field{64, 65}, expiry: field{65, 71}, optional: field{72, 86}, optionalChecked: true,
		composite: []field{{44, 54}, {57, 64}, {65, 87}}, compositeAt: 87},
}

// ParseMRZ reads the characters of a zone, lines put together: 90 of TD1, 72
// of TD2, 88 of TD3. It checks every check digit: document number, birth,
// expiry, the personal number of TD3, and the composite one.
func ParseMRZ(s string) (MRZ, error) {
	for _, l := range layouts {
		if len(s) == l.wholeLength {
			return l.parse(s)
		}
	}
	return MRZ{}, fmt.Errorf("%w: machine-readable zone of %d characters, there are 90, 72 and 88", ErrFormat, len(s))
}

func (l layout) parse(s string) (MRZ, error) {
	if _, err := keys.CheckDigit(s); err != nil {
		return MRZ{}, fmt.Errorf("%w: machine-readable zone: %w", ErrFormat, err)
	}
	m := MRZ{
		Format: l.format, Code: trim(s[:2]), State: trim(l.state.of(s)), Optional1: trim(l.optional.of(s)),
		Birth: l.birth.of(s), Sex: trim(l.sex.of(s)), Expiry: trim(l.expiry.of(s)),
		Nationality: trim(l.nationality.of(s)), Optional2: trim(l.optional2.of(s)), Raw: s,
	}
	if err := m.number(l, s); err != nil {
		return MRZ{}, err
	}
	if err := check("birth", m.Birth, s[l.birth.to]); err != nil {
		return MRZ{}, err
	}
	// A document without an end fills the date; nothing is said of its digit.
	if m.Expiry != "" || s[l.expiry.to] != '<' {
		if err := check("expiry", l.expiry.of(s), s[l.expiry.to]); err != nil {
			return MRZ{}, err
		}
	}
	// Without a personal number its check digit may be 0 or a filler.
	if l.optionalChecked && (m.Optional1 != "" || s[l.optional.to] != '<') {
		if err := check("personal number", l.optional.of(s), s[l.optional.to]); err != nil {
			return MRZ{}, err
		}
	}
	var all strings.Builder
	for _, f := range l.composite {
		all.WriteString(f.of(s))
	}
	if err := check("composite", all.String(), s[l.compositeAt]); err != nil {
		return MRZ{}, err
	}
	surname, given, _ := strings.Cut(l.name.of(s), "<<")
	m.Surname, m.Given = words(surname), words(given)
	return m, nil
}

// number reads the document number. One longer than nine characters goes on in
// the optional data, up to a filler, with its check digit last: Doc 9303-5
// section 4.2.2.1 note j, Doc 9303-6 section 4.2.2.2 note j.
func (m *MRZ) number(l layout, s string) error {
	m.Number = trim(l.number.of(s))
	if !l.longNumber || s[l.number.to] != '<' {
		return check("document number", l.number.of(s), s[l.number.to])
	}
	more, rest, _ := strings.Cut(l.optional.of(s), "<")
	if len(more) < 2 {
		return fmt.Errorf("%w: document number without a check digit", ErrFormat)
	}
	m.Number = l.number.of(s) + more[:len(more)-1]
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
