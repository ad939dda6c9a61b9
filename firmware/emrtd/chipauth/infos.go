package chipauth

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/secinfo"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrFormat: the file is no EF.DG14.
	ErrFormat = errors.New("chipauth: malformed EF.DG14")
	// ErrUnsupported: the chip offers no variant that is known here.
	ErrUnsupported = errors.New("chipauth: no supported variant")
)

const (
	tagDG14 tlv.Tag = 0x6E

	kindDH   = 1
	kindECDH = 2
)

// Infos is what EF.DG14 says about Chip Authentication.
type Infos struct {
	// All are the file's entries, those of other protocols too.
	All []secinfo.Info

	protocols []protocol
	keys      []key
}

// protocol is one ChipAuthenticationInfo: Doc 9303-11 section 9.2.5.
type protocol struct {
	oid     asn1.ObjectIdentifier
	version int
	id      int // of the key, -1 when not said
}

// key is one ChipAuthenticationPublicKeyInfo: section 9.2.6.
type key struct {
	kind   int
	id     int
	public PublicKey
	err    error // why it cannot be used
}

// ParseDG14 reads the file. A key that cannot be used does no harm to the
// others; Choose tells about it.
func ParseDG14(b []byte) (Infos, error) {
	file, _, err := tlv.Parse(b)
	if err != nil {
		return Infos{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if file.Tag != tagDG14 {
		return Infos{}, fmt.Errorf("%w: starts with %v", ErrFormat, file.Tag)
	}
	all, err := secinfo.Parse(file.Value)
	if err != nil {
		return Infos{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	infos := Infos{All: all}
	for _, i := range all {
		switch {
		case i.Below(secinfo.ChipAuthentication) && len(i.OID) == len(secinfo.ChipAuthentication)+2:
			err = infos.addProtocol(i)
		case i.Below(secinfo.ChipAuthenticationKey) && len(i.OID) == len(secinfo.ChipAuthenticationKey)+1:
			err = infos.addKey(i)
		}
		if err != nil {
			return Infos{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return infos, nil
}

func (f *Infos) addProtocol(i secinfo.Info) error {
	version, err := secinfo.Number(i.Required)
	if err != nil {
		return err
	}
	id, err := keyID(i.Optional)
	if err != nil {
		return err
	}
	f.protocols = append(f.protocols, protocol{i.OID, version, id})
	return nil
}

// maxKeys and maxOthers bound what a chip can make us compute, and try: chips
// hold one key or two, and long integers take their time to be checked.
const (
	maxKeys   = 8
	maxOthers = 8
)

func (f *Infos) addKey(i secinfo.Info) error {
	if len(f.keys) == maxKeys {
		return fmt.Errorf("more than %d keys", maxKeys)
	}
	id, err := keyID(i.Optional)
	if err != nil {
		return err
	}
	k := key{kind: i.OID[len(i.OID)-1], id: id}
	k.public.Group, k.public.Element, k.err = group.ParseKey(i.Required.Raw)
	if k.err == nil && k.kind != kindOf(k.public) {
		k.err = fmt.Errorf("%w: %v under %v", ErrFormat, k.public, i.OID)
	}
	f.keys = append(f.keys, k)
	return nil
}

// keyID reads the number of a key, -1 when there is none.
func keyID(n tlv.Node) (int, error) {
	if n.Raw == nil {
		return -1, nil
	}
	var id int32
	if rest, err := asn1.Unmarshal(n.Raw, &id); err != nil || len(rest) > 0 || id < 0 {
		return 0, errors.New("no number of a key where one belongs")
	}
	return int(id), nil
}

// Offered tells whether the chip speaks of Chip Authentication at all.
func (f Infos) Offered() bool { return len(f.protocols) > 0 || len(f.keys) > 0 }

// Choice is a variant to run with a public key of the chip.
type Choice struct {
	Protocol asn1.ObjectIdentifier
	Suite    keys.Suite
	Key      PublicKey
	// KeyID is named to the chip, -1 for a chip that has only one key.
	KeyID int
	// Extended: the card is known to take extended lengths. Without it a key
	// too long for one command goes in a chain of short ones.
	Extended bool

	doubtful bool     // protocol and key name each other by different numbers
	others   []Choice // weaker ones, best first
}

func (c Choice) String() string { return fmt.Sprintf("CA %v %v", c.Suite, c.Key) }

// Choose picks the strongest pair of protocol and key that is known here. The
// choice remembers the others, in case that the chip refuses this one.
func (f Infos) Choose() (Choice, error) {
	var usable []Choice
	reasons := []error{ErrUnsupported}
	for _, k := range f.keys {
		if k.err != nil {
			reasons = append(reasons, k.err)
			continue
		}
		protocols, sure := f.matching(k)
		for _, p := range protocols {
			suite, ok := p.suite()
			if !ok || p.version != 1 {
				reasons = append(reasons, fmt.Errorf("protocol %v version %d", p.oid, p.version))
				continue
			}
			c := Choice{Protocol: p.oid, Suite: suite, Key: k.public, KeyID: k.id, doubtful: !sure}
			if c.KeyID < 0 {
				c.KeyID = p.id
			}
			usable = append(usable, c)
		}
	}
	if len(usable) == 0 {
		if !f.Offered() {
			return Choice{}, fmt.Errorf("%w: the chip offers none", ErrUnsupported)
		}
		return Choice{}, errors.Join(reasons...)
	}
	slices.SortStableFunc(usable, func(a, b Choice) int {
		switch {
		case a.doubtful != b.doubtful && b.doubtful:
			return -1
		case a.doubtful != b.doubtful:
			return 1
		case a.Suite != b.Suite:
			return int(b.Suite) - int(a.Suite)
		}
		return strength(b.Key) - strength(a.Key)
	})
	usable[0].others = usable[1:min(len(usable), 1+maxOthers)]
	return usable[0], nil
}

// matching lists the protocols for a key: those that name it, or name none.
// Where all name other keys, whoever wrote the file mixed the numbers up, and
// it is less than sure. A key without any protocol of its kind is used with
// 3DES, as the first chips meant it.
func (f Infos) matching(k key) (found []protocol, sure bool) {
	var others []protocol
	for _, p := range f.protocols {
		switch {
		case p.kind() != k.kind:
		case p.id == k.id || p.id < 0 || k.id < 0:
			found = append(found, p)
		default:
			others = append(others, p)
		}
	}
	switch {
	case found != nil:
		return found, true
	case others != nil:
		return others, false
	}
	oid := append(slices.Clone(secinfo.ChipAuthentication), k.kind, 1)
	return []protocol{{oid, 1, k.id}}, true
}

func (p protocol) kind() int { return p.oid[len(p.oid)-2] }

func (p protocol) suite() (keys.Suite, bool) {
	s := keys.TDES + keys.Suite(p.oid[len(p.oid)-1]-1)
	return s, p.oid[len(p.oid)-1] >= 1 && s <= keys.AES256
}

func kindOf(k PublicKey) int {
	if group.IsCurve(k.Group) {
		return kindECDH
	}
	return kindDH
}

// strength in bits, so that curves and integers compare: NIST SP 800-57 part 1
// table 2, roughly.
func strength(k PublicKey) int {
	bits := k.Group.Prime().BitLen()
	switch {
	case group.IsCurve(k.Group):
		return bits / 2
	case bits >= 3072:
		return 128
	case bits >= 2048:
		return 112
	}
	return 80
}
