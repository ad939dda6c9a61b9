package pn532

import (
	"errors"
	"fmt"
	"time"
)

// errTarget: the chip describes a card in a way that makes no sense.
var errTarget = errors.New("malformed description of a card")

// target is a card that the chip has activated.
type target struct {
	tg   byte
	iso4 bool   // of ISO/IEC 14443-4, and activated as such
	atr  []byte // as PC/SC would give it
	// rates are the bit rates beyond 106 kbit/s that card and chip have in
	// common in both directions: bit 0 for 212, bit 1 for 424.
	rates byte
	// wait is how long the card may take before it must ask for more time.
	wait time.Duration
}

// parseTargets reads the answer to InListPassiveTarget, UM 7.3.5.
func parseTargets(brty byte, b []byte) ([]target, error) {
	r := reader{b: b}
	n := r.byte()
	if n > 2 {
		return nil, fmt.Errorf("%d cards: %w", n, errTarget)
	}
	found := make([]target, 0, n)
	for range n {
		t, err := parseTarget(brty, &r)
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	if r.short {
		return nil, fmt.Errorf("description ends early: %w", errTarget)
	}
	return found, nil
}

func parseTarget(brty byte, r *reader) (t target, err error) {
	t.tg = r.byte()
	if t.tg != 1 && t.tg != 2 && !r.short {
		return t, fmt.Errorf("card number %d: %w", t.tg, errTarget)
	}
	if brty == typeB {
		atqb := r.take(12)
		attrib := r.take(int(r.byte()))
		if r.short {
			return t, nil // told once, by the caller
		}
		// Bit 1 of the protocol type says ISO/IEC 14443-4.
		if t.iso4 = atqb[10]&0x01 != 0 && len(attrib) > 0; t.iso4 {
			t.wait = frameWait(atqb[11] >> 4)
			t.atr, err = atrB(atqb, attrib)
		}
		return t, err
	}
	r.take(2) // SENS_RES says nothing that SEL_RES does not say better
	sak := r.byte()
	switch n := r.byte(); n {
	case 4, 7, 10:
		r.take(int(n)) // the card's number is nobody's business
	default:
		if !r.short {
			return t, fmt.Errorf("card number of %d bytes: %w", n, errTarget)
		}
	}
	// Bit 6 says ISO/IEC 14443-4; the chip then asked for the ATS. A card that
	// did not give one is of no use.
	if sak&0x20 == 0 || r.short || r.left() == 0 {
		return t, nil
	}
	n := r.byte() // counts itself
	if n == 0 {
		return t, nil
	}
	a, err := parseATS(append([]byte{n}, r.take(int(n)-1)...))
	if r.short {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.iso4, t.rates, t.wait, t.atr = true, a.rates, a.wait, a.atr()
	return t, nil
}

// reader takes bytes until there are none.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) left() int { return len(r.b) }

func (r *reader) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.short, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}
