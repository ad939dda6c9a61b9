package pn532

import (
	"bytes"
	"errors"
)

// Frames on the wire, UM 6.2.1. The same on all three buses.
const (
	toChip   = 0xD4
	fromChip = 0xD5
	failed   = 0x7F // in place of fromChip: the chip did not understand

	// maxFrame counts the identifier, the command code and what follows.
	maxFrame = 265
	// around is what stands around those in the longer, extended form.
	around = 10
)

var (
	ackFrame  = []byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00}
	nackFrame = []byte{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00}
	start     = []byte{0x00, 0xFF}
)

// kind of a frame.
type kind uint8

const (
	ack kind = iota + 1
	nack
	refusal // the chip's syntax error
	info
)

// frame is one that came from the chip. data begins with the code of the
// answer and is nil but for info.
type frame struct {
	kind kind
	data []byte
}

var (
	// errMore: no whole frame yet.
	errMore = errors.New("frame not complete")
	// errBad: something that began like a frame and is none.
	errBad = errors.New("frame spoiled")
)

// encode makes a command frame: command code and parameters.
func encode(cmd []byte) []byte {
	n := len(cmd) + 1
	b := make([]byte, 0, n+around)
	b = append(b, 0x00, 0x00, 0xFF)
	if n <= 0xFF {
		b = append(b, byte(n), -byte(n))
	} else {
		hi, lo := byte(n>>8), byte(n)
		b = append(b, 0xFF, 0xFF, hi, lo, -(hi + lo))
	}
	b = append(b, toChip)
	b = append(b, cmd...)
	return append(b, -sum(b[len(b)-n:]), 0x00)
}

func sum(b []byte) (s byte) {
	for _, v := range b {
		s += v
	}
	return s
}

// decode takes the first frame out of b. used is how much of b is done with,
// whatever the outcome; with errMore what is left begins with the start code,
// or is a byte that may be its first half.
func decode(b []byte) (f frame, used int, err error) {
	at := bytes.Index(b, start)
	if at < 0 {
		if len(b) > 0 && b[len(b)-1] == start[0] {
			return frame{}, len(b) - 1, errMore
		}
		return frame{}, len(b), errMore
	}
	skip := at + len(start) // past a start code that starts nothing
	r := b[skip:]
	if len(r) < 2 {
		return frame{}, at, errMore
	}
	n, head := int(r[0]), 2
	switch {
	case r[0] == 0x00 && r[1] == 0xFF:
		return frame{kind: ack}, skip + 2, nil
	case r[0] == 0xFF && r[1] == 0x00:
		return frame{kind: nack}, skip + 2, nil
	case r[0] == 0xFF && r[1] == 0xFF:
		if len(r) < 5 {
			return frame{}, at, errMore
		}
		n, head = int(r[2])<<8|int(r[3]), 5
		if r[2]+r[3]+r[4] != 0 {
			return frame{}, skip, errBad
		}
	case r[0]+r[1] != 0:
		return frame{}, skip, errBad
	}
	if n == 0 || n > maxFrame {
		return frame{}, skip, errBad
	}
	if len(r) < head+n+1 {
		return frame{}, at, errMore
	}
	body := r[head : head+n]
	if sum(r[head:head+n+1]) != 0 {
		return frame{}, skip, errBad
	}
	used = skip + head + n + 1
	switch {
	case body[0] == failed && n == 1:
		return frame{kind: refusal}, used, nil
	case body[0] == fromChip && n >= 2:
		return frame{kind: info, data: bytes.Clone(body[1:])}, used, nil
	}
	return frame{}, used, errBad
}
