package lds

import "tram06/firmware/emrtd/tlv"

// Document is DG12, additional details of the document: Doc 9303-10 section
// 4.7.12. All fields are optional. Texts are NFC.
type Document struct {
	Authority    string
	Issued       string // yyyymmdd, "" if it is not eight digits
	OtherPersons []string
	Endorsements string
	Tax          string // tax and exit requirements
	Front, Rear  []byte // pictures of the document; point into the file
	Personalized string // yyyymmddhhmmss, "" if it is not fourteen digits
	System       string // serial number of the personalization system
	Unknown      []tlv.Node
}

// String keeps a document out of every log by accident.
func (Document) String() string { return "lds.Document" }

// GoString does the same for %#v.
func (Document) GoString() string { return "lds.Document" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (d Document) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// ParseDG12 reads the data group.
func ParseDG12(b []byte) (Document, error) {
	var d Document
	var err error
	d.Unknown, err = fields(12, b, d.take)
	if err != nil {
		return Document{}, err
	}
	return d, nil
}

func (d *Document) take(n tlv.Node) bool {
	switch n.Tag {
	case 0x5F19:
		d.Authority = text(n.Value)
	case 0x5F26:
		d.Issued = digitsOf(n.Value, 8)
	case tagGroup:
		d.OtherPersons = several(d.OtherPersons, n, 0x5F1A)
	case 0x5F1A: // outside of its group, as some write it
		d.OtherPersons = append(d.OtherPersons, text(n.Value))
	case 0x5F1B:
		d.Endorsements = text(n.Value)
	case 0x5F1C:
		d.Tax = text(n.Value)
	case 0x5F1D:
		d.Front = n.Value
	case 0x5F1E:
		d.Rear = n.Value
	case 0x5F55:
		d.Personalized = digitsOf(n.Value, 14)
	case 0x5F56:
		d.System = text(n.Value)
	default:
		return false
	}
	return true
}

// AppendDG12 writes the data group, for simulated chips. Unknown fields are
// written last.
func AppendDG12(dst []byte, d Document) []byte {
	var f fieldWriter
	f.text(0x5F19, d.Authority)
	f.text(0x5F26, d.Issued)
	f.several(0x5F1A, d.OtherPersons)
	f.text(0x5F1B, d.Endorsements)
	f.text(0x5F1C, d.Tax)
	f.text(0x5F1D, string(d.Front))
	f.text(0x5F1E, string(d.Rear))
	f.text(0x5F55, d.Personalized)
	f.text(0x5F56, d.System)
	return f.append(dst, 12, d.Unknown)
}
