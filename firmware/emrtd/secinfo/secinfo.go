// Package secinfo reads SecurityInfos, the ASN.1 set in which a chip says what
// it can do: ICAO Doc 9303-11 section 9.2. EF.CardAccess, EF.DG14 and the
// contents of EF.CardSecurity are such sets.
//
// What an entry means is left to the package of its protocol. Entries that no
// package knows are kept: a newer card is not a wrong one.
package secinfo

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// ErrFormat: the bytes are no set of security infos.
var ErrFormat = errors.New("secinfo: malformed security infos")

// The identifiers, as arcs, below which the protocols have theirs: Doc 9303-11
// sections 9.2.1 to 9.2.8.
var (
	PACE                  = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4}
	ChipAuthentication    = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 3}
	ChipAuthenticationKey = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 1}
	ActiveAuthentication  = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 5}
)

// Info is one entry. Required and Optional are whole data objects that point
// into the file; Optional.Raw is nil when it is absent.
type Info struct {
	OID      asn1.ObjectIdentifier
	Required tlv.Node
	Optional tlv.Node
	Raw      []byte
}

// Below tells whether the entry's identifier is base or hangs under it.
func (i Info) Below(base asn1.ObjectIdentifier) bool {
	return len(i.OID) >= len(base) && i.OID[:len(base)].Equal(base)
}

// maxEntries is many times what chips hold. Whoever pairs protocols with keys
// would be kept busy, and out of memory, by a file made of nothing else.
const maxEntries = 128

// Parse lists the entries in the chip's order. Bytes behind the set are
// ignored: some chips fill up the file.
func Parse(b []byte) ([]Info, error) {
	set, _, err := tlv.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if set.Tag != 0x31 {
		return nil, fmt.Errorf("%w: starts with %v", ErrFormat, set.Tag)
	}
	entries, err := set.Children()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("%w: %d entries", ErrFormat, len(entries))
	}
	out := make([]Info, 0, len(entries))
	for _, e := range entries {
		i, err := parse(e)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		out = append(out, i)
	}
	return out, nil
}

func parse(e tlv.Node) (Info, error) {
	if e.Tag != 0x30 {
		return Info{}, fmt.Errorf("%v among the security infos", e.Tag)
	}
	parts, err := e.Children()
	if err != nil {
		return Info{}, err
	}
	if len(parts) < 2 || len(parts) > 3 {
		return Info{}, fmt.Errorf("security info of %d parts", len(parts))
	}
	i := Info{Required: parts[1], Raw: e.Raw}
	if len(parts) == 3 {
		i.Optional = parts[2]
	}
	if rest, err := asn1.Unmarshal(parts[0].Raw, &i.OID); err != nil || len(rest) > 0 {
		return Info{}, errors.New("security info without an object identifier")
	}
	return i, nil
}

// Number reads a small non-negative INTEGER, as versions and identifiers of
// parameters and keys are.
func Number(n tlv.Node) (int, error) {
	var v int
	if rest, err := asn1.Unmarshal(n.Raw, &v); err != nil || len(rest) > 0 || v < 0 || v > 255 {
		return 0, fmt.Errorf("%w: no small number where one belongs", ErrFormat)
	}
	return v, nil
}

// OIDBytes is the value of an object identifier without tag and length, as MSE
// and authentication tokens carry it.
func OIDBytes(oid asn1.ObjectIdentifier) ([]byte, error) {
	der, err := asn1.Marshal(oid)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	n, err := tlv.ParseOne(der, 0x06)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return n.Value, nil
}
