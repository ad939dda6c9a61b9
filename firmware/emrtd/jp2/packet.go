package jp2

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// Costs in units of the meter: of each packet, also an empty one, and of each
// precinct that a volume is sorted from.
const (
	costPacket = 16
	costSort   = 32
)

// readPackets takes the packets of a tile in the order of its progressions. It
// stops without an error where the bytes end.
func (d *decoder) readPackets(t *tile, body []byte) error {
	p := packets{work: &d.work, coding: t.coding, body: body}
	for _, v := range t.coding.volumes() {
		v.layers = min(v.layers, t.coding.layers)
		if err := p.volume(v, t.precincts); err != nil {
			return err
		}
	}
	return nil
}

// packets is the reading of one tile's packets.
type packets struct {
	work   *meter
	coding *coding
	body   []byte
}

// Keys by which the five progressions sort precincts; the layer goes in front,
// in between, or last of all.
var byProgression = [...]func(a, b *precinct) int{
	func(a, b *precinct) int { // LRCP
		return cmp.Or(a.resolution-b.resolution, a.component-b.component, a.index-b.index)
	},
	func(a, b *precinct) int { // RLCP
		return cmp.Or(a.resolution-b.resolution, a.component-b.component, a.index-b.index)
	},
	func(a, b *precinct) int { // RPCL
		return cmp.Or(a.resolution-b.resolution, a.y-b.y, a.x-b.x, a.component-b.component, a.index-b.index)
	},
	func(a, b *precinct) int { // PCRL
		return cmp.Or(a.y-b.y, a.x-b.x, a.component-b.component, a.resolution-b.resolution, a.index-b.index)
	},
	func(a, b *precinct) int { // CPRL
		return cmp.Or(a.component-b.component, a.y-b.y, a.x-b.x, a.resolution-b.resolution, a.index-b.index)
	},
}

const (
	progressionLRCP = 0
	progressionRLCP = 1
)

// volume reads one progression volume: ISO/IEC 15444-1 section B.12.
func (p *packets) volume(v order, all []*precinct) error {
	if len(p.body) == 0 {
		return nil
	}
	if err := p.work.spend(costSort * len(all)); err != nil {
		return err
	}
	var list []*precinct
	for _, c := range all {
		if c.resolution >= v.res0 && c.resolution < v.res1 && c.component >= v.comp0 && c.component < v.comp1 {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, byProgression[v.kind])
	switch v.kind {
	case progressionLRCP:
		return p.layersOf(list, v.layers)
	case progressionRLCP:
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].resolution == list[0].resolution {
				n++
			}
			if err := p.layersOf(list[:n], v.layers); err != nil {
				return err
			}
			list = list[n:]
		}
		return nil
	}
	for i := range list {
		if err := p.layersOf(list[i:i+1], v.layers); err != nil {
			return err
		}
	}
	return nil
}

// layersOf reads a packet of each precinct for one layer after the other.
func (p *packets) layersOf(list []*precinct, layers int) error {
	for l := range layers {
		for _, c := range list {
			if len(p.body) == 0 {
				return nil
			}
			if err := p.work.spend(costPacket); err != nil {
				return err
			}
			if c.layer != l { // an earlier volume had it
				continue
			}
			c.layer++
			p.packet(c, l)
		}
	}
	return nil
}

// piece is what a packet holds for one code-block's segment.
type piece struct {
	block   *block
	segment int
	length  int
}

func (p *packets) packet(c *precinct, layer int) {
	if p.coding.sop && bytes.HasPrefix(p.body, []byte{markSOP >> 8, markSOP & 0xFF}) && len(p.body) >= 6 {
		p.body = p.body[6:]
	}
	r := &bitReader{b: p.body}
	var pieces []piece
	if r.bit() == 1 {
		for i := range c.bands {
			pieces = p.header(r, &c.bands[i], layer, pieces)
		}
	}
	r.align()
	p.body = p.body[r.at:]
	if p.coding.eph && bytes.HasPrefix(p.body, []byte{markEPH >> 8, markEPH & 0xFF}) {
		p.body = p.body[2:]
	}
	if r.end {
		// The header itself was cut short: nothing it said can be relied on.
		p.body = nil
	}
	for _, e := range pieces {
		n := min(e.length, len(p.body))
		s := &e.block.segments[e.segment]
		s.data = append(s.data, p.body[:n])
		p.body = p.body[n:]
	}
}

// header reads what a packet says of the code-blocks of one subband: section
// B.10.
func (p *packets) header(r *bitReader, b *precinctBand, layer int, out []piece) []piece {
	for i := range b.blocks {
		if r.end {
			return out
		}
		k := &b.blocks[i]
		x, y := i%b.across, i/b.across
		if k.included {
			if r.bit() == 0 {
				continue
			}
		} else {
			if !b.inclusion.below(r, x, y, int32(layer)+1) {
				continue
			}
			k.included = true
			// More planes than there can be are as good as none left.
			for !b.zeros.below(r, x, y, int32(k.zeros)+1) && k.zeros <= 64 {
				k.zeros++
			}
		}
		passes := readPasses(r)
		for r.bit() == 1 && k.lengthBit < 32 {
			k.lengthBit++
		}
		for passes > 0 {
			s, room := k.open()
			n := min(passes, room)
			length := r.bits(k.lengthBit + bits.Len(uint(n)) - 1)
			s.passes += n
			k.passes += n
			passes -= n
			out = append(out, piece{k, len(k.segments) - 1, length})
		}
	}
	return out
}

// readPasses reads the number of coding passes: table B.4.
func readPasses(r *bitReader) int {
	if r.bit() == 0 {
		return 1
	}
	if r.bit() == 0 {
		return 2
	}
	if n := r.bits(2); n < 3 {
		return 3 + n
	}
	if n := r.bits(5); n < 31 {
		return 6 + n
	}
	return 37 + r.bits(7)
}
