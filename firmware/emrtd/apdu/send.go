package apdu

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Transmitter carries raw APDUs to a card; hal.Card is one.
type Transmitter interface {
	Transmit(ctx context.Context, cmd []byte) ([]byte, error)
}

// IsTooLong tells whether a Transmitter refused a command for its length, or for
// that of the answer it asks for, before the card saw it: not every card reader
// carries extended APDUs. Such an error has a method APDUTooLong that says so.
func IsTooLong(err error) bool {
	var e interface {
		error
		APDUTooLong() bool
	}
	return errors.As(err, &e) && e.APDUTooLong()
}

// Sender sends commands and checks status words: in plain, or through secure
// messaging. A status word other than 9000 comes back as a *StatusError
// together with the response, because warnings carry data.
type Sender interface {
	Send(ctx context.Context, c Command) (Response, error)
}

// StatusError is a card's refusal. It names the instruction and the status
// word only, so that it can be logged.
type StatusError struct {
	SW  uint16
	INS byte
}

func (e *StatusError) Error() string {
	if s := meaning(e.SW); s != "" {
		return fmt.Sprintf("card answered %04X to INS %02X (%s)", e.SW, e.INS, s)
	}
	return fmt.Sprintf("card answered %04X to INS %02X", e.SW, e.INS)
}

// IsStatus tells whether err is a card's refusal with one of these status
// words, or with any if none is given.
func IsStatus(err error, sw ...uint16) bool {
	var se *StatusError
	return errors.As(err, &se) && (len(sw) == 0 || slices.Contains(sw, se.SW))
}

func meaning(sw uint16) string {
	switch sw {
	case SWEndOfFile:
		return "end of file before Ne bytes"
	case SWAuthFailed:
		return "authentication failed"
	case SWWrongLength:
		return "wrong length"
	case SWSecurityStatus:
		return "security status not satisfied"
	case SWBlocked:
		return "authentication method blocked"
	case SWConditions:
		return "conditions of use not satisfied"
	case SWMissingSM:
		return "secure messaging objects missing"
	case SWWrongSM:
		return "secure messaging objects wrong"
	case SWWrongData:
		return "wrong data"
	case SWFileNotFound:
		return "file not found"
	case SWWrongP1P2:
		return "wrong parameters"
	case SWReferenceNotFound:
		return "referenced data not found"
	case SWWrongOffset:
		return "offset outside the file"
	case SWInsNotSupported:
		return "instruction not supported"
	case SWClaNotSupported:
		return "class not supported"
	}
	if sw&0xFFF0 == 0x63C0 {
		return fmt.Sprintf("%d tries left", sw&0xF)
	}
	return ""
}

// Plain is a Sender without secure messaging.
type Plain struct{ Transmitter }

// Send implements Sender.
func (p Plain) Send(ctx context.Context, c Command) (Response, error) {
	r, err := Exchange(ctx, p.Transmitter, c)
	if err != nil {
		return Response{}, err
	}
	return r, Check(c.INS, r)
}

// Check returns a *StatusError unless the status word is 9000.
func Check(ins byte, r Response) error {
	if r.SW == SWOK {
		return nil
	}
	return &StatusError{SW: r.SW, INS: ins}
}

// Bits of the class that say how a command is carried, ISO/IEC 7816-4 section
// 5.4.1. GET RESPONSE has neither: it fetches bytes, whoever wrapped them.
const (
	classProtected byte = 0x0C
	classChained   byte = 0x10
)

// Exchange sends one command and returns whatever the card answers. It fetches
// the rest of an answer that the card announces with 61xx, and repeats a plain
// command once with the length that 6Cxx names, unless it says Once. A command
// under secure messaging is not repeated: its counter would be off.
func Exchange(ctx context.Context, t Transmitter, c Command) (Response, error) {
	r, err := transmit(ctx, t, c)
	if err != nil {
		return Response{}, err
	}
	if r.SW>>8 == 0x6C && c.CLA&classProtected == 0 && c.Ne > 0 && !c.Once {
		c.Ne = ShortLe(byte(r.SW))
		c.Extended = false
		if r, err = transmit(ctx, t, c); err != nil {
			return Response{}, err
		}
	}
	var data []byte
	for r.SW>>8 == 0x61 {
		if data == nil && c.Ne > MaxShort {
			data = make([]byte, 0, min(c.Ne, roomForMore)+len(r.Data))
		}
		data = append(data, r.Data...)
		next, err := transmit(ctx, t, Command{CLA: c.CLA &^ (classProtected | classChained), INS: InsGetResponse, Ne: ShortLe(byte(r.SW))})
		if err != nil {
			return Response{}, err
		}
		// Without this a broken card would keep us here for ever.
		if len(next.Data) == 0 && next.SW>>8 == 0x61 || len(data)+len(next.Data) > MaxExtended {
			return Response{}, fmt.Errorf("%w: endless answer to INS %02X", ErrSyntax, c.INS)
		}
		r = next
	}
	if data != nil {
		r.Data = append(data, r.Data...)
	}
	return r, nil
}

// roomForMore is room for a portrait that comes in pieces.
const roomForMore = 16 << 10

func transmit(ctx context.Context, t Transmitter, c Command) (Response, error) {
	raw, err := c.Encode()
	if err != nil {
		return Response{}, err
	}
	out, err := t.Transmit(ctx, raw)
	if err != nil {
		return Response{}, fmt.Errorf("transmit INS %02X: %w", c.INS, err)
	}
	r, err := ParseResponse(out)
	if err != nil {
		return Response{}, fmt.Errorf("INS %02X: %w", c.INS, err)
	}
	return r, nil
}
