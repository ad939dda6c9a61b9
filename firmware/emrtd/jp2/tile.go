package jp2

import "fmt"

// rect is a half-open rectangle of samples.
type rect struct{ x0, y0, x1, y1 int }

func (r rect) w() int      { return r.x1 - r.x0 }
func (r rect) h() int      { return r.y1 - r.y0 }
func (r rect) empty() bool { return r.x1 <= r.x0 || r.y1 <= r.y0 }

// tile is one tile laid out for decoding.
type tile struct {
	area       rect // on the reference grid
	coding     *coding
	components []tileComponent
	precincts  []*precinct
}

type tileComponent struct {
	area        rect // in samples of the component
	style       style
	resolutions []rect
}

// precinct is what one packet a layer belongs to.
type precinct struct {
	component, resolution, index int
	x, y                         int // where it is in progressions by position
	layer                        int // the next one that is due
	bands                        []precinctBand
}

type precinctBand struct {
	blocks           []block
	across, down     int
	inclusion, zeros tagTree
}

// subband of one resolution.
type subband struct {
	area    rect
	kind    byte // contexts: bandLL, bandHL, bandHH
	style   byte // of its code-blocks
	planes  int  // magnitude bit-planes
	step    float32
	ox, oy  int // where it lies among the coefficients of the tile-component
	xo, yo  int // which half it is: 0 low, 1 high
	xcb, yc int // log2 of its code-blocks
}

// Kinds of subbands, as context tables tell them apart.
const (
	bandLL = iota // and LH
	bandHL
	bandHH
)

// block is a code-block: what packets told of it.
type block struct {
	area      rect // in its subband
	band      *subband
	included  bool
	zeros     int // missing most significant bit-planes
	lengthBit int // Lblock
	passes    int
	segments  []codeword
}

// codeword is one codeword segment: so many passes, in pieces from layers.
type codeword struct {
	passes int
	data   [][]byte
}

// Costs of making things, in units of the meter.
const (
	costPrecinct = 64
	costBlock    = 64
)

// tileArea is the rectangle of tile i.
func (g geometry) tileArea(i int) rect {
	p, q := i%g.across, i/g.across
	return rect{
		x0: max(g.tx0+p*g.tw, g.x0), y0: max(g.ty0+q*g.th, g.y0),
		x1: min(g.tx0+(p+1)*g.tw, g.x1), y1: min(g.ty0+(q+1)*g.th, g.y1),
	}
}

// layOut divides a tile into components, resolutions, subbands, precincts and
// code-blocks: ISO/IEC 15444-1 annex B.
func (d *decoder) layOut(i int, c *coding) (*tile, error) {
	t := &tile{area: d.size.tileArea(i), coding: c}
	for n, comp := range d.size.components {
		tc := tileComponent{style: c.styles[n], area: rect{
			ceilDiv(t.area.x0, comp.dx), ceilDiv(t.area.y0, comp.dy), ceilDiv(t.area.x1, comp.dx), ceilDiv(t.area.y1, comp.dy)}}
		for r := range tc.style.levels + 1 {
			nb := tc.style.levels - r
			res := rect{ceilShift(tc.area.x0, nb), ceilShift(tc.area.y0, nb), ceilShift(tc.area.x1, nb), ceilShift(tc.area.y1, nb)}
			tc.resolutions = append(tc.resolutions, res)
		}
		for r, res := range tc.resolutions {
			if res.empty() {
				continue
			}
			bands, err := subbands(tc, comp, c.quants[n], r)
			if err != nil {
				return nil, err
			}
			if err := d.precincts(t, n, r, tc, bands); err != nil {
				return nil, err
			}
		}
		t.components = append(t.components, tc)
	}
	return t, nil
}

// subbands of resolution r: LL alone of the lowest, else HL, LH and HH.
func subbands(tc tileComponent, comp component, q quant, r int) ([]*subband, error) {
	res := tc.resolutions[r]
	var out []*subband
	for i := range 4 {
		if (r == 0) != (i == 0) {
			continue
		}
		b := &subband{xo: i & 1, yo: i >> 1, style: tc.style.blockStyle}
		nb := tc.style.levels - r
		gain := b.xo + b.yo
		switch i {
		case 0:
			b.area, b.kind = res, bandLL
		default:
			nb++
			b.area = rect{halfUp(tc.area.x0, nb, b.xo), halfUp(tc.area.y0, nb, b.yo), halfUp(tc.area.x1, nb, b.xo), halfUp(tc.area.y1, nb, b.yo)}
			b.kind = [...]byte{bandLL, bandHL, bandLL, bandHH}[i]
			low := tc.resolutions[r-1]
			b.ox, b.oy = b.xo*low.w(), b.yo*low.h()
		}
		s, ok := q.step(r, i)
		if !ok {
			return nil, fmt.Errorf("%w: subband without a quantization step", ErrFormat)
		}
		if b.planes = q.guard + s.exponent - 1; b.planes > 30 {
			return nil, fmt.Errorf("%w: %d bit-planes", ErrUnsupported, b.planes)
		}
		b.step = (1 + float32(s.mantissa)/2048) * pow2(comp.bits+gain-s.exponent) * scale97(tc.resolutions, r, b.xo, b.yo)
		ppx, ppy := int(tc.style.precincts[r]&0x0F), int(tc.style.precincts[r]>>4)
		if r > 0 {
			ppx, ppy = ppx-1, ppy-1
		}
		b.xcb, b.yc = min(tc.style.cbw, ppx), min(tc.style.cbh, ppy)
		out = append(out, b)
	}
	return out, nil
}

// halfUp is where a border of the tile-component lies in a subband.
func halfUp(v, nb, half int) int { return ceilShift(v-half<<(nb-1), nb) }

func pow2(n int) float32 {
	if n < 0 {
		return 1 / float32(int(1)<<-n)
	}
	return float32(int(1) << n)
}

// precincts lays a grid over a resolution and its subbands.
func (d *decoder) precincts(t *tile, comp, r int, tc tileComponent, bands []*subband) error {
	res := tc.resolutions[r]
	ppx, ppy := int(tc.style.precincts[r]&0x0F), int(tc.style.precincts[r]>>4)
	px0, py0, px1, py1 := res.x0>>ppx, res.y0>>ppy, ceilShift(res.x1, ppx), ceilShift(res.y1, ppy)
	if err := d.work.spend(costPrecinct * (px1 - px0) * (py1 - py0)); err != nil {
		return err
	}
	nb := tc.style.levels - r
	c := d.size.components[comp]
	for py := py0; py < py1; py++ {
		for px := px0; px < px1; px++ {
			p := &precinct{component: comp, resolution: r, index: (py-py0)*(px1-px0) + px - px0, x: t.area.x0, y: t.area.y0}
			if px<<ppx >= res.x0 {
				p.x = px << ppx << nb * c.dx
			}
			if py<<ppy >= res.y0 {
				p.y = py << ppy << nb * c.dy
			}
			for _, b := range bands {
				area := rect{px << ppx, py << ppy, (px + 1) << ppx, (py + 1) << ppy}
				if r > 0 {
					area = rect{area.x0 >> 1, area.y0 >> 1, area.x1 >> 1, area.y1 >> 1}
				}
				pb, err := d.blocks(b, area)
				if err != nil {
					return err
				}
				p.bands = append(p.bands, pb)
			}
			t.precincts = append(t.precincts, p)
		}
	}
	return nil
}

// blocks divides the part of a subband that is in area.
func (d *decoder) blocks(b *subband, area rect) (precinctBand, error) {
	area = area.within(b.area)
	if area.empty() {
		return precinctBand{}, nil
	}
	bx0, by0, bx1, by1 := area.x0>>b.xcb, area.y0>>b.yc, ceilShift(area.x1, b.xcb), ceilShift(area.y1, b.yc)
	p := precinctBand{across: bx1 - bx0, down: by1 - by0}
	if err := d.work.spend(costBlock * p.across * p.down); err != nil {
		return precinctBand{}, err
	}
	p.inclusion, p.zeros = newTagTree(p.across, p.down), newTagTree(p.across, p.down)
	p.blocks = make([]block, 0, p.across*p.down)
	for y := by0; y < by1; y++ {
		for x := bx0; x < bx1; x++ {
			whole := rect{x << b.xcb, y << b.yc, (x + 1) << b.xcb, (y + 1) << b.yc}
			p.blocks = append(p.blocks, block{area: whole.within(area), band: b, lengthBit: 3})
		}
	}
	return p, nil
}

func (r rect) within(o rect) rect {
	return rect{max(r.x0, o.x0), max(r.y0, o.y0), min(r.x1, o.x1), min(r.y1, o.y1)}
}
