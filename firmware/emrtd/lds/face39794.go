package lds

import (
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// maxDepth is far deeper than ISO/IEC 39794-5 nests.
const maxDepth = 16

// Automatic tags on the way to the picture: FaceImageDataBlock is
// [APPLICATION 5], its representation blocks are [1], and in each of them the
// image is at [1] imageRepresentation, [0] base, [0] imageRepresentation2DBlock.
const (
	tagFaceImageData   tlv.Tag = 0x65
	tagRepresentations tlv.Tag = 0xA1
	tagImageInfo       tlv.Tag = 0xA1
	tagImageSize       tlv.Tag = 0xA7
)

var toPicture = []tlv.Tag{0xA1, 0xA0, 0xA0}

// parse39794 reads the representations of a face image data block. Encoders
// leave optional parts out and extensions in; where the way to the picture is
// not as it should be, the first primitive object that begins like a picture
// is it.
func parse39794(b []byte) ([]Face, error) {
	var out []Face
	root, _, err := tlv.Parse(b)
	if err == nil && root.Tag == tagFaceImageData {
		if list, ok := root.Find(tagRepresentations); ok {
			for rep, err := range tlv.All(list.Value) {
				if err != nil {
					break
				}
				if f, ok := representation(rep); ok {
					out = append(out, f)
				}
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	if image := findImage(b, maxDepth); image != nil {
		return []Face{{Image: image, MediaType: MediaType(image), Standard: "39794-5"}}, nil
	}
	return nil, fmt.Errorf("%w: no portrait in the face record", ErrFormat)
}

func representation(n tlv.Node) (Face, bool) {
	block, ok := n.Find(toPicture...)
	if !ok {
		return Face{}, false
	}
	data, ok := block.Find(0x80)
	if !ok || MediaType(data.Value) == "" {
		return Face{}, false
	}
	f := Face{Image: data.Value, MediaType: MediaType(data.Value), Standard: "39794-5"}
	if size, ok := block.Find(tagImageInfo, tagImageSize); ok {
		f.Width, f.Height = small(size, 0x80), small(size, 0x81)
	}
	return f, true
}

// small reads a non-negative INTEGER of at most three bytes, else 0.
func small(n tlv.Node, tag tlv.Tag) int {
	v, ok := n.Find(tag)
	if !ok || len(v.Value) == 0 || len(v.Value) > 3 || v.Value[0] >= 0x80 {
		return 0
	}
	out := 0
	for _, c := range v.Value {
		out = out<<8 | int(c)
	}
	return out
}

func findImage(b []byte, depth int) []byte {
	for n, err := range tlv.All(b) {
		if err != nil {
			return nil
		}
		if !n.Tag.Constructed() {
			if MediaType(n.Value) != "" {
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
