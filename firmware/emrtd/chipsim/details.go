package chipsim

import (
	"strings"

	"tram06/firmware/emrtd/tlv"
)

// Details are what DG11, DG12 and DG16 hold beside the MRZ: Doc 9303-10, 4.7.11
// to 4.7.16. A group whose fields are all empty is left out.
type Details struct {
	// DG11.
	Name       string // with diacritics
	Number     string // personal number
	Birth      string // YYYYMMDD
	BirthPlace string
	Address    string
	Telephone  string
	Profession string
	// DG12.
	Authority string
	Issued    string // YYYYMMDD
	Tax       string // endorsements and observations
	// DG16, one person to notify.
	Contact, ContactTelephone, ContactAddress string
	ContactRecorded                           string // YYYYMMDD
}

// files encodes them.
func (d Details) files() map[int][]byte {
	out := map[int][]byte{}
	if b := listed(0x6B, field{0x5F0E, mrzName(d.Name)}, field{0x5F10, d.Number}, field{0x5F2B, d.Birth}, field{0x5F11, d.BirthPlace},
		field{0x5F42, d.Address}, field{0x5F12, d.Telephone}, field{0x5F13, d.Profession}); b != nil {
		out[11] = b
	}
	if b := listed(0x6C, field{0x5F19, d.Authority}, field{0x5F26, d.Issued}, field{0x5F1B, d.Tax}); b != nil {
		out[12] = b
	}
	if d.Contact != "" {
		person := tlv.Append(nil, 0xA1, texts([]field{{0x5F50, d.ContactRecorded}, {0x5F51, mrzName(d.Contact)}, {0x5F52, d.ContactTelephone}, {0x5F53, d.ContactAddress}}))
		out[16] = tlv.Append(nil, 0x70, tlv.Append(nil, 0x02, []byte{1}), person)
	}
	return out
}

type field struct {
	tag  tlv.Tag
	text string
}

// listed is a group that begins with the list of its tags; nil if it is empty.
func listed(tag tlv.Tag, fields ...field) []byte {
	var list []byte
	for _, f := range fields {
		if f.text != "" {
			list = append(list, byte(f.tag>>8), byte(f.tag))
		}
	}
	if list == nil {
		return nil
	}
	return tlv.Append(nil, tag, tlv.Append(nil, 0x5C, list), texts(fields))
}

func texts(fields []field) []byte {
	var out []byte
	for _, f := range fields {
		if f.text != "" {
			out = tlv.Append(out, f.tag, []byte(f.text))
		}
	}
	return out
}

// mrzName puts fillers between family and given names: the first word is the
// family's.
func mrzName(s string) string {
	family, given, found := strings.Cut(s, " ")
	if !found {
		return s
	}
	return family + "<<" + strings.ReplaceAll(given, " ", "<")
}
