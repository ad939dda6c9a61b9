package pki

import (
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

// Name is a distinguished name.
type Name struct {
	Raw []byte // DER
	key string
}

var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.10": "O", "2.5.4.11": "OU", "1.2.840.113549.1.9.1": "email", "0.9.2342.19200300.100.1.25": "DC",
}

// attribute is one type and value of a name.
type attribute struct{ kind, value string }

// each calls f with every attribute and tells where a set of them ends. What
// cannot be read ends the walk.
func (n Name) each(f func(attribute), end func()) {
	for set, err := range tlv.All(der.Inside(n.Raw, der.Sequence).Rest()) {
		if err != nil {
			return
		}
		for pair, err := range tlv.All(set.Value) {
			if err != nil {
				return
			}
			r := der.Read(pair.Value)
			id, v := r.OID(), r.Any()
			if r.Err() != nil {
				return
			}
			f(attribute{id, text(v)})
		}
		end()
	}
}

// String is for people: C=VN, O=…, CN=…. The name may be a stranger's, and ends
// up in logs and on terminals: what cannot be printed, or would turn the writing
// around, is replaced, and what is far too long is cut.
func (n Name) String() string {
	var out []string
	n.each(func(a attribute) {
		kind := attributes[a.kind]
		if kind == "" {
			kind = a.kind
		}
		if len(out) < longestName {
			out = append(out, kind+"="+shown(a.value))
		}
	}, func() {})
	return strings.Join(out, ", ")
}

const (
	longestName  = 8  // attributes that are shown
	longestValue = 64 // characters of each
)

func shown(s string) string {
	runes := []rune(s)
	if len(runes) > longestValue {
		runes = append(runes[:longestValue], '…')
	}
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = unicode.ReplacementChar
		}
	}
	return string(runes)
}

// Country is the country code in capitals, "" if there is none.
func (n Name) Country() string {
	country := ""
	n.each(func(a attribute) {
		if a.kind == "2.5.4.6" && country == "" {
			country = strings.ToUpper(strings.TrimSpace(a.value))
		}
	}, func() {})
	return country
}

// Equal compares as RFC 5280 section 7.1 does: not how a text is encoded, nor
// its case, nor the spaces in it, count. Signers write their authority's name
// in other ways than the authority does.
func (n Name) Equal(m Name) bool { return n.key == m.key }

// ParseName reads a Name, DER. One that cannot be read equals only itself.
func ParseName(raw []byte) Name {
	n := Name{Raw: raw}
	var all, set []string
	read := 0
	n.each(func(a attribute) {
		folded := strings.Join(strings.Fields(strings.ToLower(a.value)), " ")
		// Quoted, so that no value can pass itself off as several.
		set = append(set, strconv.Quote(a.kind+"="+folded))
		read++
	}, func() {
		sort.Strings(set)
		all = append(all, strings.Join(set, "+"))
		set = nil
	})
	n.key = strings.Join(all, ",")
	if read == 0 || set != nil { // not readable: equal to the same bytes only
		n.key = string(raw)
	}
	return n
}

// text reads the strings that names are made of.
func text(n tlv.Node) string {
	switch n.Tag {
	case 0x0C, 0x13, 0x16, 0x12, 0x1A: // UTF-8, printable, IA5, numeric, visible
		return strings.ToValidUTF8(string(n.Value), "\uFFFD")
	case 0x14: // T.61, in practice Latin-1
		out := make([]rune, len(n.Value))
		for i, b := range n.Value {
			out[i] = rune(b)
		}
		return string(out)
	case 0x1E: // BMP
		units := make([]uint16, len(n.Value)/2)
		for i := range units {
			units[i] = uint16(n.Value[2*i])<<8 | uint16(n.Value[2*i+1])
		}
		return string(utf16.Decode(units))
	}
	return "#" + hex.EncodeToString(n.Raw)
}
