package lds

import (
	"bytes"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// The media types of a portrait.
const (
	JPEG       = "image/jpeg"
	JPEG2000   = "image/jp2"
	Codestream = "image/j2c" // JPEG 2000 without its box
)

// Face is one portrait of DG2.
type Face struct {
	Image         []byte // points into the file
	MediaType     string
	Width, Height int // as the record says, 0 if it does not
	Features      []Feature
	Standard      string // "19794-5" or "39794-5", the ISO/IEC standard of its record
}

// Feature is a point of a face, in pixels from the upper left corner. Numbers
// are major and minor of ISO/IEC 14496-2: 3.7 and 3.11 are about the right eye.
type Feature struct {
	Type, Major, Minor byte
	X, Y               int
}

// String keeps a portrait out of every log by accident.
func (Face) String() string { return "lds.Face" }

// GoString does the same for %#v.
func (Face) GoString() string { return "lds.Face" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (f Face) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// ParseDG2 finds the first portrait: Doc 9303-10 section 4.7.2. The record is
// ISO/IEC 19794-5 or ISO/IEC 39794-5.
func ParseDG2(b []byte) (Face, error) {
	faces, err := ParseFaces(b)
	if err != nil {
		return Face{}, err
	}
	return faces[0], nil
}

// ParseFaces finds all portraits of DG2, in their order: there may be several
// biometric templates, and several pictures in each. A record that cannot be
// read is passed over as long as another one can; none at all is an error.
func ParseFaces(b []byte) ([]Face, error) {
	root, err := tlv.ParseOne(b, DG(2).Tag())
	if err != nil {
		return nil, fmt.Errorf("%w: DG2: %w", ErrFormat, err)
	}
	blocks := records(nil, root.Value, maxTemplates)
	if len(blocks) == 0 {
		return nil, fmt.Errorf("%w: DG2 without a face record", ErrFormat)
	}
	var faces []Face
	var first error
	for _, block := range blocks {
		found, err := parseRecord(block)
		if err != nil && first == nil {
			first = err
		}
		faces = append(faces, found...)
	}
	if len(faces) == 0 {
		return nil, first
	}
	return faces, nil
}

// Tags of the biometric information group: ISO/IEC 7816-11.
const (
	tagBITGroup         tlv.Tag = 0x7F61
	tagBIT              tlv.Tag = 0x7F60
	tagRecord           tlv.Tag = 0x5F2E
	tagRecordStructured tlv.Tag = 0x7F2E

	maxTemplates = 4 // how deep they nest: 7F61, 7F60, record, and one to spare
)

// records collects the face records below templates. The count in front of
// the templates is wrong on some cards, a group holds a single template
// without its group on others: what is there counts.
func records(out [][]byte, b []byte, depth int) [][]byte {
	for n, err := range tlv.All(b) {
		if err != nil {
			return out
		}
		switch n.Tag {
		case tagRecord, tagRecordStructured:
			out = append(out, n.Value)
		case tagBITGroup, tagBIT:
			if depth > 0 {
				out = records(out, n.Value, depth-1)
			}
		}
	}
	return out
}

// parseRecord reads either kind, whichever tag it came in: 19794-5 begins with
// "FAC".
func parseRecord(b []byte) ([]Face, error) {
	if bytes.HasPrefix(b, faceMagic) {
		return parse19794(b)
	}
	return parse39794(b)
}

var errNoPicture = errors.New("portrait is neither JPEG nor JPEG 2000")

// MediaType tells the kind of a picture by its first bytes, "" if it is none
// that a chip may hold. What a record says of the format is often wrong.
func MediaType(b []byte) string {
	for _, m := range imageMagics {
		if bytes.HasPrefix(b, m.start) {
			return m.media
		}
	}
	return ""
}

var imageMagics = []struct {
	start []byte
	media string
}{
	{[]byte{0xFF, 0xD8, 0xFF}, JPEG},
	{[]byte("\x00\x00\x00\x0CjP  \r\n\x87\n"), JPEG2000},
	{[]byte{0xFF, 0x4F, 0xFF, 0x51}, Codestream},
}
