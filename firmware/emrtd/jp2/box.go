package jp2

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Colour spaces of the colour specification box.
const (
	spaceUnknown = 0
	spaceSRGB    = 16
	spaceGray    = 17
	spaceSYCC    = 18
)

// boxes is what matters of the box that a codestream came in.
type boxes struct {
	codestream []byte
	space      uint32
	palette    bool
	boxed      bool
}

var (
	signature       = []byte("\x00\x00\x00\x0CjP  \r\n\x87\n")
	codestreamStart = []byte{0xFF, 0x4F, 0xFF, 0x51}
)

// unbox finds the codestream: ISO/IEC 15444-1 annex I.
func unbox(b []byte) (boxes, error) {
	if bytes.HasPrefix(b, codestreamStart) {
		return boxes{codestream: b}, nil
	}
	if !bytes.HasPrefix(b, signature) {
		return boxes{}, fmt.Errorf("%w: no signature", ErrFormat)
	}
	out := boxes{boxed: true}
	out.walk(b, true)
	if !bytes.HasPrefix(out.codestream, codestreamStart) {
		return boxes{}, fmt.Errorf("%w: no codestream in the box", ErrFormat)
	}
	return out, nil
}

// walk looks through boxes. One that is longer than what is left ends there:
// a codestream cut short still makes a picture.
func (o *boxes) walk(b []byte, outer bool) {
	for len(b) >= 8 && o.codestream == nil {
		size, kind, head := uint64(binary.BigEndian.Uint32(b)), string(b[4:8]), 8
		switch {
		case size == 0:
			size = uint64(len(b))
		case size == 1 && len(b) >= 16:
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < uint64(head) {
			return
		}
		size = min(size, uint64(len(b)))
		body := b[head:size]
		switch kind {
		case "jp2h":
			if outer {
				o.walk(body, false)
			}
		case "colr":
			if len(body) >= 7 && body[0] == 1 && o.space == spaceUnknown {
				o.space = binary.BigEndian.Uint32(body[3:])
			}
		case "pclr":
			o.palette = true
		case "jp2c":
			if outer {
				o.codestream = body
			}
		}
		b = b[size:]
	}
}
