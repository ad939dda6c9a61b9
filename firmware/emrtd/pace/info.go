package pace

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrCardAccess: the file is no list of security infos.
	ErrCardAccess = errors.New("pace: malformed EF.CardAccess")
	// ErrUnsupported: the chip offers no variant of PACE that is known here.
	ErrUnsupported = errors.New("pace: no supported variant")
)

// Info is one PACEInfo: Doc 9303-11 section 9.2.1.
type Info struct {
	Protocol    asn1.ObjectIdentifier
	Version     int
	ParameterID int // standardised domain parameters, -1 when absent
	// Ambiguous: the chip offers the same protocol with several parameters, so
	// that the terminal has to say which it means.
	Ambiguous bool
}

// idPACE is 0.4.0.127.0.7.2.2.4; below it stand mapping and cipher.
var idPACE = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4}

// genericECDH is generic mapping over elliptic curves.
const genericECDH = 2

// ParseCardAccess lists the PACEInfos of EF.CardAccess, known variants or not,
// in the chip's order. Bytes behind the set are ignored: some chips fill up
// the file.
func ParseCardAccess(b []byte) ([]Info, error) {
	set, _, err := tlv.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCardAccess, err)
	}
	if set.Tag != 0x31 {
		return nil, fmt.Errorf("%w: starts with %v", ErrCardAccess, set.Tag)
	}
	entries, err := set.Children()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCardAccess, err)
	}
	var out []Info
	for _, e := range entries {
		if e.Tag != 0x30 {
			return nil, fmt.Errorf("%w: %v among the security infos", ErrCardAccess, e.Tag)
		}
		info, ok, err := parseInfo(e)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCardAccess, err)
		}
		if ok {
			out = append(out, info)
		}
	}
	for i := range out {
		for j := range out {
			if i != j && out[i].Protocol.Equal(out[j].Protocol) {
				out[i].Ambiguous = true
			}
		}
	}
	return out, nil
}

func parseInfo(e tlv.Node) (_ Info, ok bool, err error) {
	parts, err := e.Children()
	if err != nil {
		return Info{}, false, err
	}
	if len(parts) < 2 {
		return Info{}, false, errors.New("security info without contents")
	}
	info := Info{ParameterID: -1}
	if rest, err := asn1.Unmarshal(parts[0].Raw, &info.Protocol); err != nil || len(rest) > 0 {
		return Info{}, false, errors.New("security info without an object identifier")
	}
	// Exactly mapping and cipher below id-PACE; domain parameters that the
	// chip spells out hang one arc higher and are not supported.
	if len(info.Protocol) != len(idPACE)+2 || !info.Protocol[:len(idPACE)].Equal(idPACE) {
		return Info{}, false, nil
	}
	if info.Version, err = smallInt(parts[1]); err != nil {
		return Info{}, false, err
	}
	if len(parts) > 2 {
		if info.ParameterID, err = smallInt(parts[2]); err != nil {
			return Info{}, false, err
		}
	}
	return info, true, nil
}

func smallInt(n tlv.Node) (int, error) {
	var v int
	if rest, err := asn1.Unmarshal(n.Raw, &v); err != nil || len(rest) > 0 || v < 0 || v > 255 {
		return 0, errors.New("no small number where one belongs")
	}
	return v, nil
}

// suite tells the cipher, or false for a variant that is not supported.
func (i Info) suite() (keys.Suite, bool) {
	if i.Version != 2 || len(i.Protocol) != len(idPACE)+2 || i.Protocol[len(idPACE)] != genericECDH {
		return 0, false
	}
	suites := map[int]keys.Suite{1: keys.TDES, 2: keys.AES128, 3: keys.AES192, 4: keys.AES256}
	s, ok := suites[i.Protocol[len(idPACE)+1]]
	return s, ok
}

// Supported tells whether Authenticate can run this variant.
func (i Info) Supported() bool {
	_, known := i.suite()
	_, err := curve.ByID(i.ParameterID)
	return known && err == nil
}

// Choose picks the first supported variant: the chip's order is its preference.
func Choose(infos []Info) (Info, error) {
	for _, i := range infos {
		if i.Supported() {
			return i, nil
		}
	}
	return Info{}, fmt.Errorf("%w among %d", ErrUnsupported, len(infos))
}

// oid is the protocol as the value of an object identifier.
func (i Info) oid() []byte {
	der, err := asn1.Marshal(i.Protocol)
	if err != nil {
		return nil // Authenticate has checked the protocol
	}
	n, _, err := tlv.Parse(der)
	if err != nil {
		return nil
	}
	return n.Value
}

func (i Info) String() string {
	s, ok := i.suite()
	if !ok {
		return fmt.Sprintf("PACE %v version %d parameter %d", i.Protocol, i.Version, i.ParameterID)
	}
	c, err := curve.ByID(i.ParameterID)
	if err != nil {
		return fmt.Sprintf("PACE-GM %v parameter %d", s, i.ParameterID)
	}
	return fmt.Sprintf("PACE-GM %v %v", s, c)
}

// Password opens the chip: the number printed on the card's face, or the data
// of the machine-readable zone.
type Password struct {
	reference byte
	secret    []byte
}

// CAN is the card access number.
func CAN(number string) (Password, error) {
	if len(number) == 0 || len(number) > 32 {
		return Password{}, fmt.Errorf("%w: card access number of %d characters", keys.ErrPassword, len(number))
	}
	for _, c := range []byte(number) {
		if c < '0' || c > '9' {
			return Password{}, fmt.Errorf("%w: card access number with other characters than digits", keys.ErrPassword)
		}
	}
	return Password{2, []byte(number)}, nil
}

// MRZ is the MRZ information (keys.MRZInformation).
func MRZ(information string) Password {
	return Password{1, keys.PACEPassword(information)}
}

// Wipe overwrites the password.
func (p Password) Wipe() { clear(p.secret) }

// String keeps passwords out of every log by accident.
func (Password) String() string { return "pace.Password" }

// GoString does the same for %#v.
func (Password) GoString() string { return "pace.Password" }
