package jp2

import "math/bits"

// Code-block styles: table A.19.
const (
	styleBypass       = 0x01
	styleReset        = 0x02
	styleTermAll      = 0x04
	styleCausal       = 0x08
	styleSegmentMarks = 0x20
)

// open gives the segment that the next passes belong to, and for how many of
// them there is room in it.
func (k *block) open() (*codeword, int) {
	n := len(k.segments)
	if n > 0 {
		if room := capacity(k.band.style, n-1) - k.segments[n-1].passes; room > 0 {
			return &k.segments[n-1], room
		}
	}
	k.segments = append(k.segments, codeword{})
	return &k.segments[n], capacity(k.band.style, n)
}

// capacity is how many passes segment i holds. With bypass the first four
// bit-planes are in one, then two raw passes and one coded take turns.
func capacity(style byte, i int) int {
	switch {
	case style&styleTermAll != 0:
		return 1
	case style&styleBypass == 0:
		return 1 << 30
	case i == 0:
		return 10
	case i%2 == 1:
		return 2
	}
	return 1
}

// Flags of a column of four samples. The low eighteen bits say which of the
// samples in the column, around it, above and below are significant: three a
// row, left to right, so that the neighbourhood of sample k is nine bits from
// 3k on, itself in the middle.
const (
	selfBit    = 1 << 4
	aroundBits = 0x1EF

	signShift    = 18
	refinedShift = 22
	visitedShift = 26

	allSignificant = 1<<18 - 1
	allVisited     = 0xF << visitedShift
	ownSignificant = 1<<4 | 1<<7 | 1<<10 | 1<<13
)

// blockDecoder decodes one code-block after another: annex D.
type blockDecoder struct {
	mq     mq
	raw    rawBits
	w, h   int
	stride int      // columns of flags in a row: one more on either side
	flags  []uint32 // a row for each four lines, one more above and below
	mag    []uint32 // magnitudes, doubled, so that a half can be added
	zero   *[512]uint8
	causal bool
	joined []byte
}

// start clears the decoder for a block.
func (d *blockDecoder) start(k *block) {
	d.w, d.h = k.area.w(), k.area.h()
	d.stride = d.w + 2
	n := d.stride * ((d.h+3)/4 + 2)
	if cap(d.flags) < n {
		d.flags = make([]uint32, n)
	}
	d.flags = d.flags[:n]
	clear(d.flags)
	if cap(d.mag) < d.w*d.h {
		d.mag = make([]uint32, d.w*d.h)
	}
	d.mag = d.mag[:d.w*d.h]
	clear(d.mag)
	d.zero = &zeroContexts[k.band.kind]
	d.causal = k.band.style&styleCausal != 0
}

// decode runs the coding passes of a block.
func (d *blockDecoder) decode(k *block, work *meter) error {
	d.start(k)
	style := k.band.style
	plane := k.band.planes - k.zeros // the doubled bit that is coded next
	kind := 2                        // the first pass is a cleanup
	number := 0
	d.mq.reset()
	for _, s := range k.segments {
		data := d.join(s.data)
		raw := style&styleBypass != 0 && number >= 10 && kind < 2
		if raw {
			d.raw.start(data)
		} else {
			d.mq.start(data)
		}
		for range s.passes {
			if plane < 1 || plane > 31 {
				return nil
			}
			if err := work.spend(d.w * d.h); err != nil {
				return err
			}
			switch {
			case kind == 0 && raw:
				d.significanceRaw(plane)
			case kind == 0:
				d.significance(plane)
			case kind == 1 && raw:
				d.refinementRaw(plane)
			case kind == 1:
				d.refinement(plane)
			default:
				d.cleanup(plane)
				if style&styleSegmentMarks != 0 {
					for range 4 { // 1010, to find errors; ours came with a signed hash
						d.mq.decode(ctxUniform)
					}
				}
			}
			if style&styleReset != 0 {
				d.mq.reset()
			}
			number++
			if kind++; kind == 3 {
				kind = 0
				plane--
			}
		}
	}
	return nil
}

// join puts the pieces of a segment together.
func (d *blockDecoder) join(pieces [][]byte) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	d.joined = d.joined[:0]
	for _, p := range pieces {
		d.joined = append(d.joined, p...)
	}
	return d.joined
}

// set makes sample k of the column at i significant.
func (d *blockDecoder) set(i, k int, sign uint32) {
	f := d.flags
	f[i] |= 1<<(3*k+4) | sign<<(signShift+k)
	f[i-1] |= 1 << (3*k + 5)
	f[i+1] |= 1 << (3*k + 3)
	switch {
	case k == 3:
		j := i + d.stride
		f[j-1] |= 1 << 2
		f[j] |= 1 << 1
		f[j+1] |= 1 << 0
	case k == 0 && !d.causal:
		j := i - d.stride
		f[j-1] |= 1 << 17
		f[j] |= 1 << 16
		f[j+1] |= 1 << 15
	}
}

// sign decodes the sign of sample k of the column at i: section D.3.2.
func (d *blockDecoder) sign(i, k int) uint32 {
	c := d.signContext(i, k)
	return d.mq.decode(c&0x0F) ^ uint32(c>>7)
}

func (d *blockDecoder) signContext(i, k int) uint8 {
	f := d.flags[i]
	at := 3*k + 3 // the row of the sample
	west := contribution(f>>at&1, d.flags[i-1]>>(signShift+k)&1)
	east := contribution(f>>(at+2)&1, d.flags[i+1]>>(signShift+k)&1)
	var above, below uint32
	if k > 0 {
		above = f >> (signShift + k - 1) & 1
	} else {
		above = d.flags[i-d.stride] >> (signShift + 3) & 1
	}
	if k < 3 {
		below = f >> (signShift + k + 1) & 1
	} else {
		below = d.flags[i+d.stride] >> signShift & 1
	}
	north := contribution(f>>(at-2)&1, above)
	south := contribution(f>>(at+4)&1, below)
	h, v := max(-1, min(1, west+east)), max(-1, min(1, north+south))
	return signContexts[3*(h+1)+v+1]
}

// contribution of a neighbour: 0 while it is not significant, else its sign.
func contribution(significant, sign uint32) int {
	return int(significant) * (1 - 2*int(sign))
}

// signContexts is table D.3: the context, and bit 7 where the symbol turns.
var signContexts = [9]uint8{
	0x80 | 13, 0x80 | 12, 0x80 | 11, // h -1, v -1 to 1
	0x80 | 10, 9, 10,
	11, 12, 13,
}

// zeroContexts is table D.1 for each kind of subband, by the nine bits of a
// neighbourhood.
var zeroContexts = func() (out [3][512]uint8) {
	for i := range 512 {
		n := func(mask uint) int { return bits.OnesCount(uint(i) & mask) }
		h, v, d := n(1<<3|1<<5), n(1<<1|1<<7), n(1<<0|1<<2|1<<6|1<<8)
		out[bandLL][i] = zeroContext(h, v, d)
		out[bandHL][i] = zeroContext(v, h, d)
		out[bandHH][i] = zeroContextHH(h+v, d)
	}
	return out
}()

func zeroContext(h, v, d int) uint8 {
	switch {
	case h == 2:
		return 8
	case h == 1 && v > 0:
		return 7
	case h == 1 && d > 0:
		return 6
	case h == 1:
		return 5
	case v > 0:
		return uint8(2 + v)
	}
	return uint8(min(d, 2))
}

func zeroContextHH(hv, d int) uint8 {
	switch {
	case d > 2:
		return 8
	case d == 2:
		return uint8(6 + min(hv, 1))
	case d == 1:
		return uint8(3 + min(hv, 2))
	}
	return uint8(min(hv, 2))
}
