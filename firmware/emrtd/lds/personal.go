package lds

import (
	"strings"

	"tram06/firmware/emrtd/tlv"
)

// Personal is DG11, additional personal details: Doc 9303-10 section 4.7.11.
// All fields are optional. Texts are NFC; names and addresses have fillers
// between their parts, see Unfill.
type Personal struct {
	Name           string
	OtherNames     []string
	Number         string
	Birth          string // yyyymmdd, "" if it is not eight digits
	BirthPlace     []string
	Address        []string
	Telephone      string
	Profession     string
	Title          string
	Summary        string
	Citizenship    []byte // proof of citizenship, a picture; points into the file
	OtherDocuments []string
	Custody        string
	Unknown        []tlv.Node // fields that the standard does not name
}

// String keeps a person out of every log by accident.
func (Personal) String() string { return "lds.Personal" }

// GoString does the same for %#v.
func (Personal) GoString() string { return "lds.Personal" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (p Personal) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ParseDG11 reads the data group.
func ParseDG11(b []byte) (Personal, error) {
	var p Personal
	var err error
	p.Unknown, err = fields(11, b, p.take)
	if err != nil {
		return Personal{}, err
	}
	return p, nil
}

func (p *Personal) take(n tlv.Node) bool {
	switch n.Tag {
	case 0x5F0E:
		p.Name = text(n.Value)
	case tagGroup:
		p.OtherNames = several(p.OtherNames, n, 0x5F0F)
	case 0x5F0F: // outside of its group, as some write it
		p.OtherNames = append(p.OtherNames, text(n.Value))
	case 0x5F10:
		p.Number = text(n.Value)
	case 0x5F2B:
		p.Birth = digitsOf(n.Value, 8)
	case 0x5F11:
		p.BirthPlace = parts(n.Value)
	case 0x5F42:
		p.Address = parts(n.Value)
	case 0x5F12:
		p.Telephone = text(n.Value)
	case 0x5F13:
		p.Profession = text(n.Value)
	case 0x5F14:
		p.Title = text(n.Value)
	case 0x5F15:
		p.Summary = text(n.Value)
	case 0x5F16:
		p.Citizenship = n.Value
	case 0x5F17:
		p.OtherDocuments = parts(n.Value)
	case 0x5F18:
		p.Custody = text(n.Value)
	default:
		return false
	}
	return true
}

// parts splits a text at its fillers.
func parts(b []byte) []string {
	var out []string
	for s := range strings.SplitSeq(text(b), "<") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// AppendDG11 writes the data group, for simulated chips. Unknown fields are
// written last.
func AppendDG11(dst []byte, p Personal) []byte {
	var f fieldWriter
	f.text(0x5F0E, p.Name)
	f.several(0x5F0F, p.OtherNames)
	f.text(0x5F10, p.Number)
	f.text(0x5F2B, p.Birth)
	f.text(0x5F11, strings.Join(p.BirthPlace, "<"))
	f.text(0x5F42, strings.Join(p.Address, "<"))
	f.text(0x5F12, p.Telephone)
	f.text(0x5F13, p.Profession)
	f.text(0x5F14, p.Title)
	f.text(0x5F15, p.Summary)
	f.text(0x5F16, string(p.Citizenship))
	f.text(0x5F17, strings.Join(p.OtherDocuments, "<"))
	f.text(0x5F18, p.Custody)
	return f.append(dst, 11, p.Unknown)
}
