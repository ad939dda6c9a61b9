// Package person is who stands in front of the kiosk, and how surely it knows.
//
// A value of this package exists in memory for the length of one session. It
// is shown, copied into a dossier that is sealed at once, and forgotten. The
// portrait is overwritten then; its text are Go strings, which no program can
// overwrite: their memory is free for the next use, and with the process gone.
package person

import (
	"fmt"
	"image"
	"strings"
)

// Proof is the outcome of one check of the chip. The zero value says that the
// check was not made, which is never shown as passed.
type Proof uint8

// The outcomes of a proof.
const (
	NotMade Proof = iota
	Passed
	Failed
	// Unknown: the check ran, but what it needs to decide is missing here
	// (no trusted CSCA for this issuer in the store).
	Unknown
)

func (p Proof) String() string {
	return [...]string{"not made", "passed", "failed", "unknown"}[p&3]
}

// Proofs are reported apart and never merged into one figure.
type Proofs struct {
	Hashes    Proof // the data groups match the hashes in the SOD
	Signature Proof // the SOD is signed by its document signer
	Chain     Proof // the document signer leads to a trusted CSCA
	Chip      Proof // the chip proved that it is no copy
}

// Assurance is how surely a person was identified, weakest first.
type Assurance uint8

// The levels of assurance.
const (
	Nobody      Assurance = iota
	Typed                 // the citizen typed it
	QROnly                // read from the unsigned QR of the card
	ChipRead              // read from a chip that the QR or the MRZ opened
	ChipSigned            // as above, hashes and signature hold, chain unknown
	ChipGenuine           // as above, trusted chain, and the chip is no copy
)

func (a Assurance) String() string {
	names := [...]string{"nobody", "typed", "qr-only", "chip-read", "chip-signed", "chip-genuine"}
	if int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("Assurance(%d)", uint8(a))
}

// Assess gives the assurance that a read chip with these proofs deserves. A
// failed proof is no assurance at all: the caller must not go on with it.
func (p Proofs) Assess() Assurance {
	switch {
	case p.Hashes == Failed || p.Signature == Failed || p.Chain == Failed || p.Chip == Failed:
		return Nobody
	case p.Hashes == Passed && p.Signature == Passed && p.Chain == Passed && p.Chip == Passed:
		return ChipGenuine
	case p.Hashes == Passed && p.Signature == Passed:
		return ChipSigned
	default:
		return ChipRead
	}
}

// Portrait is the face from DG2 as the chip holds it. It is shown during the
// session, never stored, never sent.
type Portrait struct {
	MediaType string // "image/jpeg" or "image/jp2"
	Data      []byte
	Image     image.Image // decoded, nil when it cannot be shown
}

// String keeps a face out of every log by accident.
func (p Portrait) String() string {
	return fmt.Sprintf("portrait(%s, %d bytes)", p.MediaType, len(p.Data))
}

// GoString does the same for %#v.
func (p Portrait) GoString() string { return p.String() }

// MarshalText does the same for JSON, and for slog, which writes it.
func (p Portrait) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Wipe overwrites the picture, for all who still hold it. Whoever shows the
// portrait calls it when the session is over.
func (p Portrait) Wipe() {
	clear(p.Data)
	switch m := p.Image.(type) { // what a JPEG decodes to
	case *image.YCbCr:
		clear(m.Y)
		clear(m.Cb)
		clear(m.Cr)
	case *image.Gray:
		clear(m.Pix)
	case *image.CMYK:
		clear(m.Pix)
	case *image.RGBA:
		clear(m.Pix)
	}
}

// same tells whether p and o are one picture in memory.
func (p Portrait) same(o Portrait) bool {
	return len(p.Data) > 0 && len(o.Data) > 0 && &p.Data[0] == &o.Data[0] || p.Image != nil && p.Image == o.Image
}

// WipeUnless wipes the picture unless keep is the very same one.
func (p Portrait) WipeUnless(keep Portrait) {
	if !p.same(keep) {
		p.Wipe()
	}
}

// Person is one citizen as the card tells. Dates are dd/mm/yyyy, as printed.
type Person struct {
	Number      string // personal ID number, 12 digits
	Name        string // full name with diacritics, NFC
	Birth       string
	Sex         string // "Nam" or "Nữ"
	Nationality string
	Ethnicity   string
	Religion    string
	Origin      string // place of origin, or of birth registration (card of 2024)
	Residence   string // place of permanent residence, verbatim
	Issued      string
	Expires     string // date or "Không thời hạn"
	OldNumber   string // CMND number, if any

	Portrait  Portrait
	Assurance Assurance
	Proofs    Proofs
}

// Masked gives the number with its middle hidden: "001 ••• ••• 638".
func (p Person) Masked() string {
	n := []rune(p.Number)
	if len(n) < 6 {
		return strings.Repeat("•", len(n))
	}
	return string(n[:3]) + " ••• ••• " + string(n[len(n)-3:])
}

// String keeps a person out of every log by accident.
func (p Person) String() string { return "person(" + p.Assurance.String() + ")" }

// GoString does the same for %#v.
func (p Person) GoString() string { return p.String() }

// MarshalText does the same for JSON, and for slog, which writes it.
func (p Person) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
