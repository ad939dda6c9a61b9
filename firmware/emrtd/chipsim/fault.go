package chipsim

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"tram06/firmware/emrtd/apdu"
)

// Fault is a way in which a card is not what the reader hopes for, up to a
// device that only looks like one.
type Fault uint8

// The faults.
const (
	NoFault Fault = iota
	// NoInstruction answers 6D00 to everything: some other contactless card.
	NoInstruction
	// NoApplication answers 6A82 to every SELECT: a bank card.
	NoApplication
	// Garbage answers with noise once access was granted.
	Garbage
	// Replay sends the protected answer before once more.
	Replay
	// WrongCounter protects an answer with a counter that has run ahead.
	WrongCounter
	// WrongMAC spoils one bit of an answer's authentication code.
	WrongMAC
	// Unprotected answers in plain, as if nothing had been agreed.
	Unprotected
	// EndlessAnswer says 61xx for ever.
	EndlessAnswer
	// EndlessLength says 6Cxx for ever, each time with another length.
	EndlessLength
)

var faultNames = []string{"none", "no-instruction", "no-application", "garbage", "replay", "wrong-counter", "wrong-mac", "unprotected", "endless-answer", "endless-length"}

func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("Fault(%d)", uint8(f))
}

// ParseScalar reads a fault's name in a file.
func (f *Fault) ParseScalar(text string) error {
	for i, name := range faultNames {
		if name == text {
			*f = Fault(i)
			return nil
		}
	}
	return errors.New("write one of " + strings.Join(faultNames, ", "))
}

// spoils tells whether the fault shows in the next protected answer.
func (c *Chip) spoils() bool {
	return c.who.Fault >= Replay && c.granted && c.answers >= c.who.FaultAfter
}

// spoil gives the answer that the fault makes of a right one.
func (c *Chip) spoil(plain, protected apdu.Response) apdu.Response {
	switch c.who.Fault {
	case Replay:
		if c.last != nil {
			return apdu.Response{Data: c.last, SW: apdu.SWOK}
		}
	case WrongMAC:
		protected.Data[len(protected.Data)-1] ^= 1
	case WrongCounter:
		if again, err := c.session.WrapResponse(plain); err == nil {
			return again
		}
	case Unprotected:
		return plain
	case EndlessAnswer:
		return apdu.Response{Data: protected.Data, SW: 0x6100}
	case EndlessLength:
		return sw(0x6C00 | uint16(1+c.answers%255))
	}
	return protected
}

// noise is an answer of the length of the question, or of a few bytes more.
func (c *Chip) noise(raw []byte) []byte {
	out := make([]byte, len(raw)+2)
	if _, err := io.ReadFull(c.rand, out); err != nil {
		return sw(0x6F00).Encode()
	}
	return out
}
