package pace

import (
	"cmp"
	"fmt"
	"slices"
)

// Choose picks the strongest supported variant. What counts, first to last:
//
//   - curves before integers: the latter's groups have no known origin, and
//     take the chip ten times as long;
//   - chip authentication mapping before the others: it costs nothing and
//     proves that the chip is no copy;
//   - the longer key: AES-256, AES-192, AES-128, 3DES;
//   - the larger group;
//   - generic before integrated mapping: more chips and terminals have run it;
//   - the chip's order, which is its preference.
//
// A variant that is not supported is no reason to give up: a newer card may
// list one before those it shares with us.
func Choose(infos []Info) (Info, error) {
	var usable []Info
	for _, i := range infos {
		if i.Supported() {
			usable = append(usable, i)
		}
	}
	if len(usable) == 0 {
		return Info{}, fmt.Errorf("%w among %d", ErrUnsupported, len(infos))
	}
	slices.SortStableFunc(usable, func(a, b Info) int { return slices.Compare(b.rank(), a.rank()) })
	return usable[0], nil
}

// rank orders supported variants: the greater the better.
func (i Info) rank() []int {
	v, g, err := i.resolve()
	if err != nil {
		return nil
	}
	size := g.Prime().BitLen()
	return []int{bit(!v.integers), bit(v.mapping == ChipAuthentication), int(v.suite), size, bit(v.mapping == Generic)}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Hidden lists what the chip offers in signed data, DG14 or EF.CardSecurity,
// but not in EF.CardAccess as it was read: that file is not signed, and
// whoever stands between chip and terminal can take the better variants out
// of it (Doc 9303-11 section 9.2.11).
func Hidden(read, signed []Info) []Info {
	return slices.DeleteFunc(slices.Clone(signed), func(s Info) bool {
		return slices.ContainsFunc(read, func(r Info) bool {
			return r.Protocol.Equal(s.Protocol) && cmp.Compare(r.ParameterID, s.ParameterID) == 0 && r.Version == s.Version
		})
	})
}
