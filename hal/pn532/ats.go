package pn532

import (
	"fmt"
	"time"
)

// ats is the answer to select of a card of type A, ISO/IEC 14443-4 5.2.
type ats struct {
	rates      byte // see target
	wait       time.Duration
	historical []byte
}

// unit is (256 × 16) / fc, by which frame waiting times are counted.
const unit = 302065 * time.Nanosecond

// frameWait is the frame waiting time of an index; 15 is reserved and means
// the default.
func frameWait(fwi byte) time.Duration {
	if fwi >= 15 {
		fwi = 4
	}
	return unit << fwi
}

func parseATS(b []byte) (ats, error) {
	a := ats{wait: frameWait(4)} // by default
	if len(b) == 0 || int(b[0]) != len(b) {
		return a, fmt.Errorf("answer to select of %d bytes: %w", len(b), errTarget)
	}
	r := reader{b: b[1:]}
	if r.left() == 0 {
		return a, nil
	}
	t0 := r.byte()
	if t0&0x10 != 0 {
		a.rates = commonRates(r.byte())
	}
	if t0&0x20 != 0 {
		a.wait = frameWait(r.byte() >> 4) // the start-up time beside it is kept by the chip
	}
	if t0&0x40 != 0 {
		r.byte() // numbers of cards and nodes: the chip uses none
	}
	if r.short {
		return a, fmt.Errorf("answer to select ends early: %w", errTarget)
	}
	a.historical = r.b
	return a, nil
}

// commonRates reads TA(1): what the card offers in both directions. The chip
// goes up to 424 kbit/s.
func commonRates(ta byte) byte {
	return ta & 0x03 & (ta >> 4)
}

// atr is the answer to reset that stands for this card, PC/SC part 3,
// 3.1.3.2.3.1: the historical bytes in a frame that says T=0 and T=1.
func (a ats) atr() []byte { return atr(a.historical) }

// atrB does so for type B: application data, protocol information, and the
// buffer length index of the answer to ATTRIB.
func atrB(atqb, attrib []byte) ([]byte, error) {
	if len(atqb) != 12 || len(attrib) < 1 {
		return nil, fmt.Errorf("answers of type B of %d and %d bytes: %w", len(atqb), len(attrib), errTarget)
	}
	return atr(append(append(make([]byte, 0, 8), atqb[5:12]...), attrib[0]&0xF0)), nil
}

func atr(historical []byte) []byte {
	historical = historical[:min(len(historical), 15)]
	b := make([]byte, 0, 5+len(historical))
	b = append(b, 0x3B, 0x80|byte(len(historical)), 0x80, 0x01)
	b = append(b, historical...)
	var tck byte
	for _, v := range b[1:] {
		tck ^= v
	}
	return append(b, tck)
}
