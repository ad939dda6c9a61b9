package chipsim

import (
	"encoding/binary"
	"errors"

	"tram06/firmware/emrtd/tlv"
)

// FaceFormat is the encoding of the face in DG2.
type FaceFormat uint8

// The formats.
const (
	Face19794 FaceFormat = iota // ISO/IEC 19794-5, what cards have
	Face39794                   // ISO/IEC 39794-5, what they are to have
)

// ParseScalar reads a format's name in a file.
func (f *FaceFormat) ParseScalar(text string) error {
	switch text {
	case "19794-5":
		*f = Face19794
	case "39794-5":
		*f = Face39794
	default:
		return errors.New("write 19794-5 or 39794-5")
	}
	return nil
}

// faceFile is DG2: one face in one biometric information template (ISO/IEC
// 7816-11).
func faceFile(c Content) ([]byte, error) {
	block, tag, format := faceRecord(c), tlv.Tag(0x5F2E), []byte{0x00, 0x08}
	if c.Face == Face39794 {
		if c.Width > 0xFFFF || c.Height > 0xFFFF {
			return nil, errors.New("portrait too large")
		}
		block, tag, format = faceBlock(c), 0x7F2E, []byte{0x00, 0x2A}
	}
	header := tlv.Append(nil, 0xA1,
		tlv.Append(nil, 0x80, []byte{0x01, 0x01}), // version of the header
		tlv.Append(nil, 0x81, []byte{0x02}),       // a face
		tlv.Append(nil, 0x87, []byte{0x01, 0x01}), // format of JTC 1/SC 37
		tlv.Append(nil, 0x88, format))             // ... for faces
	return tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61,
		tlv.Append(nil, 0x02, []byte{1}),
		tlv.Append(nil, 0x7F60, header, tlv.Append(nil, tag, block)))), nil
}

func faceRecord(c Content) []byte {
	const headerLen, infoLen, imageLen = 14, 20, 12
	block := infoLen + imageLen + len(c.Portrait)
	b := append([]byte("FAC\x00"), "010\x00"...)
	b = binary.BigEndian.AppendUint32(b, uint32(headerLen+block))
	b = binary.BigEndian.AppendUint16(b, 1) // faces
	b = binary.BigEndian.AppendUint32(b, uint32(block))
	b = append(b, make([]byte, infoLen-4)...) // no feature points, nothing said of the person
	kind := byte(0)
	if c.JPEG2000 {
		kind = 1
	}
	b = append(b, 1, kind) // full frontal
	b = binary.BigEndian.AppendUint16(b, uint16(c.Width))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Height))
	b = append(b, 1, 2, 0, 0, 0, 0) // sRGB, digital camera, device and quality not said
	return append(b, c.Portrait...)
}

// faceBlock is FaceImageDataBlock of ISO/IEC 39794-5 with automatic tags: its
// version, and one representation with number, picture, format and size.
func faceBlock(c Content) []byte {
	whole := func(tag tlv.Tag, v int) []byte { // INTEGER under another tag
		n := small(v)
		return tlv.Append(nil, tag, n[2:])
	}
	choice := func(tag tlv.Tag, code int) []byte { return tlv.Append(nil, tag, whole(0x80, code)) }
	format := 2 // jpeg
	if c.JPEG2000 {
		format = 3 // jpeg2000Lossy
	}
	information := tlv.Append(nil, 0xA1,
		choice(0xA0, format),
		tlv.Append(nil, 0xA7, whole(0x80, c.Width), whole(0x81, c.Height)))
	picture := tlv.Append(nil, 0xA0, tlv.Append(nil, 0x80, c.Portrait), information)
	representation := sequence(whole(0x80, 0), tlv.Append(nil, 0xA1, tlv.Append(nil, 0xA0, picture)))
	version := tlv.Append(nil, 0xA0, whole(0x80, 3), whole(0x81, 2019))
	return tlv.Append(nil, 0x65, version, tlv.Append(nil, 0xA1, representation))
}
