package lds

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// The media types of a portrait.
const (
	JPEG       = "image/jpeg"
	JPEG2000   = "image/jp2"
	Codestream = "image/j2c" // JPEG 2000 without its box
)

// Face is the first portrait of DG2.
type Face struct {
	Image         []byte // points into the file
	MediaType     string
	Width, Height int // as the record says, 0 if it does not
}

// String keeps a portrait out of every log by accident.
func (Face) String() string { return "lds.Face" }

// GoString does the same for %#v.
func (Face) GoString() string { return "lds.Face" }

// ParseDG2 finds the first portrait: Doc 9303-10 section 4.7.2. The record is
// ISO/IEC 19794-5:2005 or ISO/IEC 39794-5:2019.
func ParseDG2(b []byte) (Face, error) {
	root, err := tlv.ParseOne(b, DG(2).Tag())
	if err != nil {
		return Face{}, fmt.Errorf("%w: DG2: %w", ErrFormat, err)
	}
	template, ok := root.Find(0x7F61, 0x7F60)
	if !ok {
		return Face{}, fmt.Errorf("%w: DG2 without a biometric template", ErrFormat)
	}
	if block, ok := template.Find(0x5F2E); ok {
		return parse19794(block.Value)
	}
	if block, ok := template.Find(0x7F2E); ok {
		// The constructed tag holds either kind: 19794-5 begins with "FAC".
		if bytes.HasPrefix(block.Value, faceMagic) {
			return parse19794(block.Value)
		}
		return parse39794(block.Value)
	}
	return Face{}, fmt.Errorf("%w: DG2 without a face record", ErrFormat)
}

var faceMagic = []byte("FAC\x00")

// Lengths of the parts of a record: ISO/IEC 19794-5:2005 section 5.
const (
	recordHeader = 14
	faceInfo     = 20
	featurePoint = 8
	imageInfo    = 12
)

func parse19794(b []byte) (Face, error) {
	if len(b) < recordHeader || !bytes.HasPrefix(b, faceMagic) {
		return Face{}, fmt.Errorf("%w: no face record", ErrFormat)
	}
	record := int(binary.BigEndian.Uint32(b[8:]))
	images := binary.BigEndian.Uint16(b[12:])
	if record > len(b) || record < recordHeader || images == 0 {
		return Face{}, fmt.Errorf("%w: face record of %d bytes says %d with %d images", ErrFormat, len(b), record, images)
	}
	b = b[recordHeader:record]
	if len(b) < faceInfo {
		return Face{}, fmt.Errorf("%w: face record cut short", ErrFormat)
	}
	block := int(binary.BigEndian.Uint32(b))
	features := int(binary.BigEndian.Uint16(b[4:])) * featurePoint
	if block > len(b) || block < faceInfo+features+imageInfo {
		return Face{}, fmt.Errorf("%w: face block says %d of %d bytes", ErrFormat, block, len(b))
	}
	info := b[faceInfo+features : block]
	f := Face{
		Image:  info[imageInfo:len(info):len(info)],
		Width:  int(binary.BigEndian.Uint16(info[2:])),
		Height: int(binary.BigEndian.Uint16(info[4:])),
	}
	// The record's own statement of the format is often wrong.
	if f.MediaType = mediaType(f.Image); f.MediaType == "" {
		return Face{}, fmt.Errorf("%w: portrait is neither JPEG nor JPEG 2000", ErrFormat)
	}
	return f, nil
}

// maxDepth is far deeper than ISO/IEC 39794-5 nests.
const maxDepth = 16

// parse39794 looks for the first primitive object that is an image. The ASN.1
// module has a fixed order, but optional parts in front of the image at every
// level; the picture's first bytes are a surer mark.
func parse39794(b []byte) (Face, error) {
	if image := findImage(b, maxDepth); image != nil {
		return Face{Image: image, MediaType: mediaType(image)}, nil
	}
	return Face{}, fmt.Errorf("%w: no portrait in the face record", ErrFormat)
}

func findImage(b []byte, depth int) []byte {
	for n, err := range tlv.All(b) {
		if err != nil {
			return nil
		}
		if !n.Tag.Constructed() {
			if mediaType(n.Value) != "" {
				return n.Value
			}
			continue
		}
		if depth > 0 {
			if image := findImage(n.Value, depth-1); image != nil {
				return image
			}
		}
	}
	return nil
}

func mediaType(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return JPEG
	case bytes.HasPrefix(b, []byte("\x00\x00\x00\x0CjP  \r\n\x87\n")):
		return JPEG2000
	case bytes.HasPrefix(b, []byte{0xFF, 0x4F, 0xFF, 0x51}):
		return Codestream
	}
	return ""
}
