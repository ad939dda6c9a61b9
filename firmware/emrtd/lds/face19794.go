package lds

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

var faceMagic = []byte("FAC\x00")

// Lengths of the parts of a record: ISO/IEC 19794-5:2005 section 5.
const (
	recordHeader = 14
	faceInfo     = 20
	featurePoint = 8
	imageInfo    = 12
)

// parse19794 reads the faces of a record. Its signed hash has been checked, so
// the question is not whether to trust it but how to understand it: encoders
// are known that count the record without its header, that leave a length 0,
// or that write the length of the picture for that of the block. A length that
// cannot be is replaced by what is there.
func parse19794(b []byte) ([]Face, error) {
	if len(b) < recordHeader {
		return nil, fmt.Errorf("%w: face record of %d bytes", ErrFormat, len(b))
	}
	if !bytes.Equal(b[4:8], []byte("010\x00")) {
		return searchFace(b) // of 2011, or of one to come: other fields before the picture
	}
	images := int(binary.BigEndian.Uint16(b[12:]))
	rest := b[recordHeader:]
	var out []Face
	var first error
	for i := 0; i < max(images, 1) && len(rest) >= faceInfo+imageInfo; i++ {
		size := faceInfo + featurePoint*int(binary.BigEndian.Uint16(rest[4:])) + imageInfo
		block := int(binary.BigEndian.Uint32(rest))
		if block < size || block > len(rest) || i == images-1 {
			block = len(rest)
		}
		f, err := parseFace(rest[:block:block], size)
		if err == nil {
			out = append(out, f)
		} else if first == nil {
			first = err
		}
		rest = rest[block:]
	}
	switch {
	case len(out) > 0:
		return out, nil
	case first != nil:
		return nil, first
	}
	return nil, fmt.Errorf("%w: face record without a picture", ErrFormat)
}

// parseFace reads one block: information, feature points, image information,
// and the picture from byte size on.
func parseFace(b []byte, size int) (Face, error) {
	if size >= len(b) || MediaType(b[size:]) == "" {
		faces, err := searchFace(b)
		if err != nil {
			return Face{}, err
		}
		return faces[0], nil
	}
	info := b[size-imageInfo:]
	f := Face{
		Image: b[size:], MediaType: MediaType(b[size:]), Standard: "19794-5",
		Width:  int(binary.BigEndian.Uint16(info[2:])),
		Height: int(binary.BigEndian.Uint16(info[4:])),
	}
	for p := b[faceInfo : size-imageInfo]; len(p) >= featurePoint; p = p[featurePoint:] {
		f.Features = append(f.Features, Feature{Type: p[0], Major: p[1] >> 4, Minor: p[1] & 0x0F,
			X: int(binary.BigEndian.Uint16(p[2:])), Y: int(binary.BigEndian.Uint16(p[4:]))})
	}
	return f, nil
}

// searchFace finds the first picture by its first bytes, wherever it begins.
func searchFace(b []byte) ([]Face, error) {
	at, media := -1, ""
	for _, m := range imageMagics {
		if i := bytes.Index(b, m.start); i >= 0 && (at < 0 || i < at) {
			at, media = i, m.media
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("%w: %w", ErrFormat, errNoPicture)
	}
	return []Face{{Image: b[at:], MediaType: media, Standard: "19794-5"}}, nil
}
