package cccd

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// What a scan can be instead of a card's QR.
var (
	// ErrNotCard: a clean text, but of something else (a payment code, a link).
	ErrNotCard = errors.New("not the code of an ID card")
	// ErrGarbage: nothing a code would hold; the scanner or its line is at fault.
	ErrGarbage = errors.New("unreadable scan")
)

// maxQR is more than the largest QR symbol holds in bytes (2953).
const maxQR = 4096

const qrFields = 7

// ParseQR reads the code on the card: seven or more fields between bars.
//
// Scanners add NUL, BOM, CR and LF, break diacritics or send them through the
// wrong code page. The number and the dates are ASCII and open the chip all the
// same, so a code with a damaged name is still good: Damaged tells.
func ParseQR(raw []byte) (QR, error) {
	if len(raw) > maxQR {
		return QR{}, fmt.Errorf("scan of %d bytes: %w", len(raw), ErrGarbage)
	}
	text, ok := cleanScan(raw)
	f := strings.Split(text, "|")
	if len(f) < qrFields {
		return QR{}, notCard(text, ok)
	}
	for i := range f {
		f[i] = strings.Join(strings.Fields(f[i]), " ")
	}
	order(f)
	birth, okBirth := qrBirth(f[3])
	hints, err := ParseNumber(f[0])
	if err != nil || !okBirth {
		return QR{}, notCard(text, ok)
	}
	q := QR{Number: f[0], Name: f[2], Birth: birth, Sex: qrSex(f[4], hints), Residence: f[5], Extra: f[qrFields:]}
	if len(q.Extra) == 0 {
		q.Extra = nil
	}
	if n := len(f[1]); (n == 9 || n == 12) && digits(f[1]) {
		q.OldNumber = f[1]
	}
	// Without its date of issue a code still opens the chip by its CAN.
	q.Issued, _ = qrDate(f[6])
	return q, nil
}

// order puts optional fields back that changed places: the old number and the
// name, and sex, residence and date of issue among themselves. Each is known by
// what it looks like; a code in which they are where they belong is not touched.
func order(f []string) {
	if digits(f[2]) && !digits(f[1]) { // an empty text is all digits, too
		f[1], f[2] = f[2], f[1]
	}
	rest := f[4:qrFields]
	for i, s := range rest {
		if i != 0 && isSex(s) && !isSex(rest[0]) {
			rest[0], rest[i] = rest[i], rest[0]
		}
	}
	if _, ok := qrDate(rest[2]); ok {
		return
	}
	for i, s := range rest[:2] {
		if _, ok := qrDate(s); ok {
			rest[2], rest[i] = rest[i], rest[2]
		}
	}
}

// Damaged tells that the scanner lost letters of the name or the residence, so
// that only the chip knows them.
func (q QR) Damaged() bool {
	return strings.ContainsAny(q.Name+q.Residence, "\uFFFD?")
}

// CAN is the card access number: the last six digits of the personal number.
func (q QR) CAN() string {
	if len(q.Number) < 6 {
		return ""
	}
	return q.Number[len(q.Number)-6:]
}

// Equal says whether two scans say the same.
func (q QR) Equal(o QR) bool {
	if len(q.Extra) != len(o.Extra) {
		return false
	}
	for i := range q.Extra {
		if q.Extra[i] != o.Extra[i] {
			return false
		}
	}
	return q.Number == o.Number && q.OldNumber == o.OldNumber && q.Name == o.Name && q.Birth == o.Birth &&
		q.Sex == o.Sex && q.Residence == o.Residence && q.Issued == o.Issued
}

// cleanScan gives the text of a scan in NFC, and whether it came undamaged.
// Invalid bytes are replaced first, so that nothing falls over them later.
func cleanScan(raw []byte) (string, bool) {
	s := unscramble(strings.ToValidUTF8(decode(raw), "\uFFFD"))
	s = norm.NFC.String(strings.Map(func(r rune) rune {
		switch r {
		case 0, '\r', '\n', '\uFEFF', '\uFFFE':
			return -1
		case '\t', '\u00A0':
			return ' '
		}
		return r
	}, s))
	return s, !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r)
	})
}

// decode turns what a scanner sends in another encoding into UTF-8: UTF-16 is
// known by its mark, the Vietnamese code page of Windows by high bytes that are
// Vietnamese letters, one and all, and nowhere UTF-8.
func decode(raw []byte) string {
	if len(raw) >= 2 && len(raw)%2 == 0 {
		mark := [2]byte(raw)
		if mark == [2]byte{0xFF, 0xFE} || mark == [2]byte{0xFE, 0xFF} {
			units := make([]uint16, 0, len(raw)/2)
			for i := 2; i < len(raw); i += 2 {
				low, high := raw[i], raw[i+1]
				if mark[0] == 0xFE {
					low, high = high, low
				}
				units = append(units, uint16(high)<<8|uint16(low))
			}
			return string(utf16.Decode(units))
		}
	}
	if s, ok := windows1258(raw); ok {
		return s
	}
	return string(raw)
}

func windows1258(raw []byte) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(raw); {
		if r, n := utf8.DecodeRune(raw[i:]); n > 1 && r != utf8.RuneError {
			return "", false // some of it is UTF-8, the rest was damaged
		}
		r := charmap.Windows1258.DecodeByte(raw[i])
		if raw[i] >= 0x80 && !strings.ContainsRune(letters1258, r) {
			return "", false
		}
		b.WriteRune(r)
		i++
	}
	return b.String(), true
}

// letters1258 are the letters and tone marks of Vietnamese beyond ASCII as
// Windows-1258 has them.
const letters1258 = "ÀÁÂĂÈÉÊÌÍÒÓÔƠÙÚƯÝĐàáâăèéêìíòóôơùúưýđÃÕãõ\u0300\u0301\u0303\u0309\u0323"

// unscramble undoes what a scanner does that takes UTF-8 for Windows-1252 and
// encodes it again ("NGUYá»„N"). The detour is certain: Vietnamese that is
// whole never turns into valid UTF-8 with letters beyond ASCII that way.
func unscramble(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			// The five bytes without a letter usually pass as they are.
			if r < 0x80 || r > 0x9F {
				return s
			}
			c = byte(r)
		}
		b = append(b, c)
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

// notCard tells a clean text of something else from noise.
func notCard(text string, clean bool) error {
	if !clean || strings.TrimSpace(text) == "" {
		return fmt.Errorf("scan of %d bytes: %w", len(text), ErrGarbage)
	}
	return fmt.Errorf("scan of %d bytes: %w", len(text), ErrNotCard)
}

// qrBirth accepts a date or, for people whose day is not on record, a year.
func qrBirth(s string) (string, bool) {
	if len(s) == 4 && digits(s) {
		return s, true
	}
	return qrDate(s)
}

// qrDate turns ddMMyyyy into dd/mm/yyyy.
func qrDate(s string) (string, bool) {
	if len(s) != 8 || !digits(s) {
		return "", false
	}
	t, err := time.Parse("02012006", s)
	if err != nil {
		return "", false
	}
	return t.Format(dateLayout), true
}

// qrSex mends a sex that lost its letters; the number knows it too.
func qrSex(s string, h NumberHints) string {
	if sex := sexes[strings.ToLower(s)]; sex != "" {
		return sex
	}
	return h.Sex
}

func isSex(s string) bool { return sexes[strings.ToLower(s)] != "" }

// sexes are the ways in which scanners and cards write them.
var sexes = map[string]string{"nam": "Nam", "m": "Nam", "male": "Nam", "nữ": "Nữ", "nu": "Nữ", "f": "Nữ", "female": "Nữ", "n?": "Nữ", "n\uFFFD": "Nữ"}
