package pn532

import (
	"errors"
	"fmt"

	"tram06/hal"
)

// status is the chip's word on a command, the low six bits of the status byte,
// UM 7.1.
type status byte

// Those with a meaning for the driver; the others all say that the talk with
// the card broke off.
const (
	statusTimeout     status = 0x01
	statusOverheated  status = 0x0D
	statusOverCurrent status = 0x2D
)

var statusWords = map[status]string{
	statusTimeout: "card does not answer",
	0x02:          "checksum error",
	0x03:          "parity error",
	0x04:          "wrong number of bits in the anticollision",
	0x05:          "framing error",
	0x06:          "bits collide",
	0x07:          "chip's buffer too small",
	0x09:          "radio buffer overflows",
	0x0A:          "no field in time",
	0x0B:          "protocol error",
	0x0D:          "chip too hot",
	0x0E:          "chip's internal buffer overflows",
	0x10:          "wrong parameter",
	0x13:          "wrong format of data",
	0x14:          "authentication error",
	0x23:          "check byte of the card's number wrong",
	0x25:          "wrong state",
	0x26:          "not allowed as configured",
	0x27:          "not acceptable now",
	0x29:          "card released",
	0x2A:          "card exchanged for another one",
	0x2B:          "card disappeared",
	0x2D:          "too much current",
}

func (s status) Error() string {
	if w, ok := statusWords[s]; ok {
		return fmt.Sprintf("%s (%02X)", w, byte(s))
	}
	return fmt.Sprintf("status %02X", byte(s))
}

// fault tells a chip that is unwell from a card that is gone.
func fault(err error) bool {
	return errors.Is(err, statusOverheated) || errors.Is(err, statusOverCurrent)
}

// removed turns the failure of an exchange into what hal says of it.
func removed(err error) error {
	if fault(err) {
		return fmt.Errorf("%w: %w: %w", hal.ErrCardRemoved, hal.ErrFault, err)
	}
	return fmt.Errorf("%w: %w", hal.ErrCardRemoved, err)
}
