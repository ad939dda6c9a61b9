package jp2

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// clone gives a copy for one tile, in which the main header's words for single
// components no longer stand against the tile's for all of them.
func (c *coding) clone() *coding {
	out := *c
	out.styles, out.quants = slices.Clone(c.styles), slices.Clone(c.quants)
	out.ownStyle, out.ownQuant = make([]bool, len(c.styles)), make([]bool, len(c.quants))
	out.orders = slices.Clone(c.orders)
	return &out
}

// read takes in one marker segment of a header. Those that only help to find
// one's way, and comments, are passed over.
func (c *coding) read(mark int, b []byte) error {
	switch mark {
	case markCOD:
		return c.readCOD(b)
	case markCOC:
		return c.readCOC(b)
	case markQCD:
		q, err := readQuant(b)
		if err != nil {
			return err
		}
		for i := range c.quants {
			if !c.ownQuant[i] {
				c.quants[i] = q
			}
		}
	case markQCC:
		if len(b) < 2 || int(b[0]) >= len(c.quants) {
			return fmt.Errorf("%w: quantization of no component", ErrFormat)
		}
		q, err := readQuant(b[1:])
		if err != nil {
			return err
		}
		c.quants[b[0]], c.ownQuant[b[0]] = q, true
	case markRGN:
		if len(b) >= 3 && b[2] != 0 {
			return fmt.Errorf("%w: region of interest", ErrUnsupported)
		}
	case markPOC:
		return c.readPOC(b)
	case markPPM, markPPT:
		return fmt.Errorf("%w: packed packet headers", ErrUnsupported)
	case markSIZ, markSOC, markEOC, markSOP, markEPH:
		return fmt.Errorf("%w: marker %04X in a header", ErrFormat, mark)
	}
	return nil
}

func (c *coding) readCOD(b []byte) error {
	if len(b) < 10 {
		return fmt.Errorf("%w: coding style cut short", ErrFormat)
	}
	c.sop, c.eph = b[0]&2 != 0, b[0]&4 != 0
	c.progression, c.layers, c.transform = b[1], int(binary.BigEndian.Uint16(b[2:])), b[4] != 0
	if c.progression > 4 || c.layers == 0 {
		return fmt.Errorf("%w: progression %d with %d layers", ErrFormat, c.progression, c.layers)
	}
	s, err := readStyle(b[5:], b[0]&1 != 0)
	if err != nil {
		return err
	}
	for i := range c.styles {
		if !c.ownStyle[i] {
			c.styles[i] = s
		}
	}
	return nil
}

func (c *coding) readCOC(b []byte) error {
	if len(b) < 7 || int(b[0]) >= len(c.styles) {
		return fmt.Errorf("%w: coding style of no component", ErrFormat)
	}
	s, err := readStyle(b[2:], b[1]&1 != 0)
	if err != nil {
		return err
	}
	c.styles[b[0]], c.ownStyle[b[0]] = s, true
	return nil
}

func readStyle(b []byte, precincts bool) (style, error) {
	s := style{levels: int(b[0]), cbw: int(b[1]) + 2, cbh: int(b[2]) + 2, blockStyle: b[3], reversible: b[4] == 1}
	switch {
	case s.levels > maxLevels || s.cbw > 10 || s.cbh > 10 || s.cbw+s.cbh > 12 || b[4] > 1:
		return style{}, fmt.Errorf("%w: coding style", ErrFormat)
	case s.blockStyle&^0x3F != 0:
		return style{}, fmt.Errorf("%w: block style %02X", ErrUnsupported, s.blockStyle)
	case precincts && len(b) < 6+s.levels:
		return style{}, fmt.Errorf("%w: precinct sizes cut short", ErrFormat)
	}
	for r := range s.levels + 1 {
		s.precincts[r] = 0xFF
		if precincts {
			s.precincts[r] = b[5+r]
			if r > 0 && (b[5+r]&0x0F == 0 || b[5+r]>>4 == 0) {
				return style{}, fmt.Errorf("%w: precinct of half a sample", ErrFormat)
			}
		}
	}
	return s, nil
}

func readQuant(b []byte) (quant, error) {
	if len(b) < 2 {
		return quant{}, fmt.Errorf("%w: quantization cut short", ErrFormat)
	}
	q := quant{kind: b[0] & 0x1F, guard: int(b[0] >> 5)}
	b = b[1:]
	switch q.kind {
	case 0:
		for _, v := range b {
			q.steps = append(q.steps, step{exponent: int(v >> 3)})
		}
	case 1, 2:
		for ; len(b) >= 2; b = b[2:] {
			v := int(binary.BigEndian.Uint16(b))
			q.steps = append(q.steps, step{exponent: v >> 11, mantissa: v & 0x7FF})
		}
	}
	if len(q.steps) == 0 {
		return quant{}, fmt.Errorf("%w: quantization of kind %d without steps", ErrFormat, q.kind)
	}
	return q, nil
}

// step gives the quantization step of a subband: resolution 0 has band 0, the
// others have 1 to 3.
func (q quant) step(resolution, band int) (step, bool) {
	if q.kind == 1 {
		s := q.steps[0]
		s.exponent -= max(resolution-1, 0)
		return s, s.exponent >= 0
	}
	i := 0
	if resolution > 0 {
		i = 3*(resolution-1) + band
	}
	if i >= len(q.steps) {
		return step{}, false
	}
	return q.steps[i], true
}

func (c *coding) readPOC(b []byte) error {
	if len(b) == 0 || len(b)%7 != 0 {
		return fmt.Errorf("%w: progression changes", ErrFormat)
	}
	for ; len(b) > 0; b = b[7:] {
		o := order{res0: int(b[0]), comp0: int(b[1]), layers: int(binary.BigEndian.Uint16(b[2:])), res1: int(b[4]), comp1: int(b[5]), kind: b[6]}
		if o.comp1 == 0 {
			o.comp1 = 256
		}
		if o.kind > 4 {
			return fmt.Errorf("%w: progression %d", ErrFormat, o.kind)
		}
		c.orders = append(c.orders, o)
	}
	return nil
}

// volumes are the progressions of a tile, one after the other.
func (c *coding) volumes() []order {
	if len(c.orders) > 0 {
		return c.orders
	}
	return []order{{kind: c.progression, res1: maxLevels + 1, comp1: len(c.styles), layers: c.layers}}
}
