package pace

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/secinfo"
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
	// Ambiguous: the chip offers PACE with several parameters, so that the
	// terminal has to say which it means.
	Ambiguous bool
}

// ParseCardAccess lists the PACEInfos of EF.CardAccess, known variants or not,
// in the chip's order. It reads the same list out of DG14 and of the contents
// of EF.CardSecurity. Domain parameters that the chip spells out are left
// away: section 9.2.2 forbids to use them.
func ParseCardAccess(b []byte) ([]Info, error) {
	entries, err := secinfo.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCardAccess, err)
	}
	var out []Info
	for _, e := range entries {
		// Exactly mapping and cipher below id-PACE.
		if !e.Below(secinfo.PACE) || len(e.OID) != len(secinfo.PACE)+2 {
			continue
		}
		info := Info{Protocol: e.OID, ParameterID: -1}
		if info.Version, err = secinfo.Number(e.Required); err != nil {
			return nil, fmt.Errorf("%w: version: %w", ErrCardAccess, err)
		}
		if e.Optional.Raw != nil {
			if info.ParameterID, err = secinfo.Number(e.Optional); err != nil {
				return nil, fmt.Errorf("%w: parameter: %w", ErrCardAccess, err)
			}
		}
		out = append(out, info)
	}
	for i := range out {
		for _, other := range out {
			if out[i].ParameterID != other.ParameterID {
				out[i].Ambiguous = true
			}
		}
	}
	return out, nil
}

// The mappings, as Info.Mapping names them.
const (
	Generic            = "gm"
	Integrated         = "im"
	ChipAuthentication = "cam"
)

// variant is what the identifier of a protocol says.
type variant struct {
	mapping  string
	integers bool // Diffie-Hellman with integers, not with a curve
	suite    keys.Suite
}

func (i Info) variant() (v variant, ok bool) {
	n := len(secinfo.PACE)
	if len(i.Protocol) != n+2 || !i.Protocol[:n].Equal(secinfo.PACE) {
		return v, false
	}
	switch i.Protocol[n] {
	case 1:
		v.mapping, v.integers = Generic, true
	case 2:
		v.mapping = Generic
	case 3:
		v.mapping, v.integers = Integrated, true
	case 4:
		v.mapping = Integrated
	case 6:
		v.mapping = ChipAuthentication
	default:
		return v, false
	}
	suites := [...]keys.Suite{1: keys.TDES, 2: keys.AES128, 3: keys.AES192, 4: keys.AES256}
	arc := i.Protocol[n+1]
	if arc < 1 || arc >= len(suites) || v.mapping == ChipAuthentication && arc == 1 {
		return variant{}, false
	}
	v.suite = suites[arc]
	return v, true
}

// Mapping tells how the nonce becomes a generator: "gm", "im" or "cam", and ""
// for a protocol that is not known.
func (i Info) Mapping() string {
	v, _ := i.variant()
	return v.mapping
}

// resolve finds all that is needed to run this variant.
func (i Info) resolve() (variant, group.Group, error) {
	v, ok := i.variant()
	if !ok || i.Version != 2 {
		return v, nil, fmt.Errorf("%w: protocol %v version %d", ErrUnsupported, i.Protocol, i.Version)
	}
	g, err := group.ByID(i.ParameterID)
	if err != nil {
		return v, nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if v.integers == group.IsCurve(g) || v.mapping == Integrated && !g.CanMap() {
		return v, nil, fmt.Errorf("%w: %v does not go with %v", ErrUnsupported, i.Protocol, g)
	}
	return v, g, nil
}

// Supported tells whether Run can run this variant.
func (i Info) Supported() bool {
	_, _, err := i.resolve()
	return err == nil
}

// oid is the protocol as the value of an object identifier.
func (i Info) oid() ([]byte, error) {
	b, err := secinfo.OIDBytes(i.Protocol)
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	return b, nil
}

// Variant names cipher and group: "AES-128 brainpoolP256r1".
func (i Info) Variant() string {
	v, g, err := i.resolve()
	if err != nil {
		return fmt.Sprintf("parameter %d", i.ParameterID)
	}
	return fmt.Sprintf("%v %v", v.suite, g)
}

func (i Info) String() string {
	names := map[string]string{Generic: "PACE-GM", Integrated: "PACE-IM", ChipAuthentication: "PACE-CAM"}
	if name := names[i.Mapping()]; name != "" && i.Version == 2 {
		return name + " " + i.Variant()
	}
	return fmt.Sprintf("PACE %v version %d parameter %d", i.Protocol, i.Version, i.ParameterID)
}
