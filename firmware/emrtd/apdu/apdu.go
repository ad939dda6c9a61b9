// Package apdu encodes and decodes ISO/IEC 7816-4 command and response APDUs,
// short and extended, and carries them over anything that transmits bytes. It
// serves both ends: the reader encodes commands, a chip parses them.
package apdu

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSyntax says that bytes are no APDU, or that a command cannot be encoded.
var ErrSyntax = errors.New("apdu: malformed")

// The largest expected lengths. MaxShort is what a Le of 00 asks for.
const (
	MaxShort    = 256
	MaxExtended = 65536
)

// Instructions of the commands that ICAO Doc 9303 uses.
const (
	InsManageEnvironment   byte = 0x22
	InsExternalAuth        byte = 0x82
	InsGetChallenge        byte = 0x84
	InsGeneralAuthenticate byte = 0x86
	InsInternalAuth        byte = 0x88
	InsSelect              byte = 0xA4
	InsReadBinary          byte = 0xB0
	InsReadBinaryOdd       byte = 0xB1
	InsGetResponse         byte = 0xC0
)

// Status words that the protocols here act upon.
const (
	SWOK                uint16 = 0x9000
	SWEndOfFile         uint16 = 0x6282
	SWAuthFailed        uint16 = 0x6300
	SWWrongLength       uint16 = 0x6700
	SWSecurityStatus    uint16 = 0x6982
	SWBlocked           uint16 = 0x6983
	SWConditions        uint16 = 0x6985
	SWMissingSM         uint16 = 0x6987
	SWWrongSM           uint16 = 0x6988
	SWWrongData         uint16 = 0x6A80
	SWFileNotFound      uint16 = 0x6A82
	SWWrongP1P2         uint16 = 0x6A86
	SWReferenceNotFound uint16 = 0x6A88
	SWWrongOffset       uint16 = 0x6B00
	SWInsNotSupported   uint16 = 0x6D00
	SWClaNotSupported   uint16 = 0x6E00
)

// Command is a command APDU.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	// Ne is the number of bytes expected, 0 for none, up to MaxExtended.
	Ne int
	// Extended asks for extended length fields even where short ones would do.
	// Encode uses them anyway when Data or Ne need it.
	Extended bool
	// Once: the command is not sent again by itself, whatever length the card
	// would like better. It may count as a try of a password.
	Once bool
}

// String keeps what is sent out of every log by accident.
func (c Command) String() string {
	return fmt.Sprintf("command %02X %02X %02X %02X with %d bytes", c.CLA, c.INS, c.P1, c.P2, len(c.Data))
}

// GoString does the same for %#v.
func (c Command) GoString() string { return c.String() }

// NeedsExtended tells whether the command will be encoded with extended
// length fields.
func (c Command) NeedsExtended() bool {
	return len(c.Data) > 255 || c.Ne > MaxShort || c.Extended && (len(c.Data) > 0 || c.Ne > 0)
}

// Encode writes the command.
func (c Command) Encode() ([]byte, error) {
	if len(c.Data) > 65535 || c.Ne < 0 || c.Ne > MaxExtended {
		return nil, fmt.Errorf("%w: INS %02X with %d bytes of data and Ne %d", ErrSyntax, c.INS, len(c.Data), c.Ne)
	}
	out := make([]byte, 0, 4+3+len(c.Data)+3)
	out = append(out, c.CLA, c.INS, c.P1, c.P2)
	if !c.NeedsExtended() {
		if len(c.Data) > 0 {
			out = append(out, byte(len(c.Data)))
			out = append(out, c.Data...)
		}
		if c.Ne > 0 {
			out = append(out, byte(c.Ne)) // 256 becomes 00
		}
		return out, nil
	}
	out = append(out, 0)
	if len(c.Data) > 0 {
		out = binary.BigEndian.AppendUint16(out, uint16(len(c.Data)))
		out = append(out, c.Data...)
	}
	if c.Ne > 0 {
		out = binary.BigEndian.AppendUint16(out, uint16(c.Ne)) // 65536 becomes 0000
	}
	return out, nil
}

// ParseCommand reads a command APDU and accepts only what ISO/IEC 7816-3
// section 12.1.3 allows. Data points into b.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, fmt.Errorf("%w: command of %d bytes", ErrSyntax, len(b))
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	bad := fmt.Errorf("%w: lengths do not fit, INS %02X", ErrSyntax, c.INS)
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Ne = ShortLe(body[0])
		return c, nil
	case body[0] != 0:
		lc := int(body[0])
		switch len(body) {
		case 1 + lc + 1:
			c.Ne = ShortLe(body[1+lc])
		case 1 + lc:
		default:
			return Command{}, bad
		}
		c.Data = body[1 : 1+lc : 1+lc]
		return c, nil
	case len(body) < 3:
		return Command{}, bad
	}
	c.Extended = true
	n := int(binary.BigEndian.Uint16(body[1:3]))
	if len(body) == 3 {
		c.Ne = extendedLe(n)
		return c, nil
	}
	switch {
	case n == 0:
		return Command{}, bad
	case len(body) == 3+n+2:
		c.Ne = extendedLe(int(binary.BigEndian.Uint16(body[3+n:])))
	case len(body) == 3+n:
	default:
		return Command{}, bad
	}
	c.Data = body[3 : 3+n : 3+n]
	return c, nil
}

// ShortLe is the number of bytes that a short Le, or a status word 61xx or 6Cxx,
// means.
func ShortLe(b byte) int {
	if b == 0 {
		return MaxShort
	}
	return int(b)
}

func extendedLe(n int) int {
	if n == 0 {
		return MaxExtended
	}
	return n
}

// Response is a response APDU.
type Response struct {
	Data []byte
	SW   uint16
}

// String keeps what a card says out of every log by accident.
func (r Response) String() string {
	return fmt.Sprintf("response %04X with %d bytes", r.SW, len(r.Data))
}

// GoString does the same for %#v.
func (r Response) GoString() string { return r.String() }

// Encode writes the response.
func (r Response) Encode() []byte {
	out := make([]byte, 0, len(r.Data)+2)
	out = append(out, r.Data...)
	return binary.BigEndian.AppendUint16(out, r.SW)
}

// ParseResponse splits data and status word. Data points into b.
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 || len(b) > MaxExtended+2 {
		return Response{}, fmt.Errorf("%w: response of %d bytes", ErrSyntax, len(b))
	}
	n := len(b) - 2
	return Response{Data: b[:n:n], SW: binary.BigEndian.Uint16(b[n:])}, nil
}
