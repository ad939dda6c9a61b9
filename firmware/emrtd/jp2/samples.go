package jp2

import (
	"image"
	"slices"
)

// plane is one component of the picture, as bytes.
type plane struct {
	area rect // in its own samples
	pix  []uint8
}

// samples of one tile-component: coefficients first, samples in the end. One
// of the two is in use.
type samples struct {
	whole []int32
	real  []float32
}

func (s samples) wipe() {
	clear(s.whole[:cap(s.whole)])
	clear(s.real[:cap(s.real)])
}

// decodeTiles decodes all tiles into planes.
func (d *decoder) decodeTiles() error {
	g := d.size
	for _, c := range g.components {
		a := rect{ceilDiv(g.x0, c.dx), ceilDiv(g.y0, c.dy), ceilDiv(g.x1, c.dx), ceilDiv(g.y1, c.dy)}
		d.out = append(d.out, plane{a, make([]uint8, a.w()*a.h())})
	}
	var b blockDecoder
	defer func() {
		clear(b.mag)
		clear(b.joined)
	}()
	for i := range d.tiles {
		if err := d.decodeTile(i, &b); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) decodeTile(i int, b *blockDecoder) error {
	c := d.tiles[i].coding
	if c == nil {
		c = &d.main
	}
	t, err := d.layOut(i, c)
	if err != nil {
		return err
	}
	body := joinBodies(d.tiles[i].bodies)
	if len(d.tiles[i].bodies) > 1 { // a copy, once the blocks are decoded
		defer clear(body)
	}
	if err := d.readPackets(t, body); err != nil {
		return err
	}
	all := make([]samples, len(t.components))
	defer func() {
		for _, s := range all {
			s.wipe()
		}
	}()
	for n, tc := range t.components {
		if err := d.work.spend(2 * tc.area.w() * tc.area.h()); err != nil {
			return err
		}
		if all[n], err = d.component(t, n, b); err != nil {
			return err
		}
	}
	if c.transform {
		unmix(all)
	}
	for n, tc := range t.components {
		d.out[n].put(all[n], tc.area, d.size.components[n])
	}
	return nil
}

// component decodes the blocks of one component and turns them into samples.
// The coefficients' memory serves one component after the other.
func (d *decoder) component(t *tile, n int, b *blockDecoder) (samples, error) {
	tc := t.components[n]
	size := tc.area.w() * tc.area.h()
	if tc.area.empty() {
		return samples{}, nil
	}
	c := &d.coefficients
	c.wipe()
	if tc.style.reversible {
		c.whole = slices.Grow(c.whole[:0], size)[:size]
	} else {
		c.real = slices.Grow(c.real[:0], size)[:size]
	}
	for _, p := range t.precincts {
		if p.component != n {
			continue
		}
		for j := range p.bands {
			for k := range p.bands[j].blocks {
				block := &p.bands[j].blocks[k]
				if block.passes == 0 {
					continue
				}
				if err := b.decode(block, &d.work); err != nil {
					return samples{}, err
				}
				if tc.style.reversible {
					b.storeWhole(block, c.whole, tc.area.w())
				} else {
					b.storeReal(block, c.real, tc.area.w())
				}
			}
		}
	}
	if tc.style.reversible {
		return samples{whole: inverse(c.whole, tc.area.w(), tc.resolutions, lift53, rows53)}, nil
	}
	return samples{real: inverse(c.real, tc.area.w(), tc.resolutions, lift97, rows97)}, nil
}

func joinBodies(bodies [][]byte) []byte {
	if len(bodies) == 1 {
		return bodies[0]
	}
	var out []byte
	for _, b := range bodies {
		out = append(out, b...)
	}
	return out
}

// place is where the first sample of a block lies among the coefficients.
func (k *block) place(stride int) int {
	b := k.band
	return (b.oy+k.area.y0-b.area.y0)*stride + b.ox + k.area.x0 - b.area.x0
}

// line gives the magnitudes of line y, doubled, and the flags that have their
// signs, at the bit that is the third value.
func (d *blockDecoder) line(y int) (mag, flags []uint32, shift int) {
	mag = d.mag[y*d.w:][:d.w]
	return mag, d.flags[d.stride*(y/4+1)+1:][:len(mag)], signShift + y%4
}

// storeWhole puts a block into its place.
func (d *blockDecoder) storeWhole(k *block, to []int32, stride int) {
	at := k.place(stride)
	for y := range d.h {
		mag, flags, shift := d.line(y)
		row := to[at+y*stride:][:len(mag)]
		for x, m := range mag {
			v := int32(m >> 1)
			if flags[x]>>shift&1 != 0 {
				v = -v
			}
			row[x] = v
		}
	}
}

// storeReal dequantizes a block into its place: annex E. The doubled magnitude
// has half a step added where bit-planes are missing.
func (d *blockDecoder) storeReal(k *block, to []float32, stride int) {
	at, half := k.place(stride), k.band.step/2
	for y := range d.h {
		mag, flags, shift := d.line(y)
		row := to[at+y*stride:][:len(mag)]
		for x, m := range mag {
			if m == 0 {
				continue
			}
			v := float32(m) * half
			if flags[x]>>shift&1 != 0 {
				v = -v
			}
			row[x] = v
		}
	}
}

// unmix undoes the component transform: annex G. It is for three components of
// one size and one wavelet; others are left as they are.
func unmix(s []samples) {
	if len(s) < 3 {
		return
	}
	switch {
	case len(s[0].whole) > 0 && len(s[1].whole) == len(s[0].whole) && len(s[2].whole) == len(s[0].whole):
		y, u, v := s[0].whole, s[1].whole, s[2].whole
		for i := range y {
			g := y[i] - (u[i]+v[i])>>2
			y[i], u[i], v[i] = v[i]+g, g, u[i]+g
		}
	case len(s[0].real) > 0 && len(s[1].real) == len(s[0].real) && len(s[2].real) == len(s[0].real):
		y, u, v := s[0].real, s[1].real, s[2].real
		for i := range y {
			l, cb, cr := y[i], u[i], v[i]
			y[i], u[i], v[i] = l+1.402*cr, l-0.344136*cb-0.714136*cr, l+1.772*cb
		}
	}
}

// put makes bytes of the samples of a tile. Signed samples have no level
// shift; a picture shows them from its middle all the same.
func (p *plane) put(s samples, area rect, c component) {
	if area.empty() {
		return
	}
	w, offset, top := area.w(), int32(1)<<(c.bits-1), int32(1)<<c.bits-1
	for y := range area.h() {
		out := p.pix[(area.y0-p.area.y0+y)*p.area.w()+area.x0-p.area.x0:][:w]
		if s.whole != nil {
			for x, v := range s.whole[y*w:][:w] {
				out[x] = eight(max(0, min(top, v+offset)), c.bits)
			}
			continue
		}
		shift, limit := float32(offset)+0.5, float32(top)
		for x, v := range s.real[y*w:][:w] {
			if v += shift; v > 0 { // what is no number is not either
				out[x] = eight(int32(min(limit, v)), c.bits)
			}
		}
	}
}

// eight makes eight bits of a sample with more or fewer.
func eight(v int32, bits int) uint8 {
	switch {
	case bits > 8:
		v >>= bits - 8
	case bits < 8:
		v = v * 255 / (1<<bits - 1)
	}
	return uint8(v)
}

// picture makes an image of the planes.
func (d *decoder) picture(space uint32) image.Image {
	w, h := d.size.pixels()
	if len(d.out) < 3 {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			d.line(0, y, img.Pix[y*img.Stride:][:w])
		}
		return img
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	buffer := make([]uint8, 3*w)
	defer clear(buffer)
	red, green, blue := buffer[:w], buffer[w:2*w], buffer[2*w:]
	for y := range h {
		d.line(0, y, red)
		d.line(1, y, green)
		d.line(2, y, blue)
		row := img.Pix[y*img.Stride:][:4*w]
		for x, r := range red {
			g, b := green[x], blue[x]
			if space == spaceSYCC {
				r, g, b = fromYCC(r, g, b)
			}
			to := row[4*x:][:4]
			to[0], to[1], to[2], to[3] = r, g, b, 0xFF
		}
	}
	return img
}

// line gives the samples of component n under line y of the picture.
func (d *decoder) line(n, y int, out []uint8) {
	p, c := &d.out[n], d.size.components[n]
	sy := min(max((d.size.y0+y)/c.dy-p.area.y0, 0), p.area.h()-1)
	from := p.pix[sy*p.area.w():][:p.area.w()]
	if c.dx == 1 {
		copy(out, from)
		return
	}
	for x := range out {
		out[x] = from[min(max((d.size.x0+x)/c.dx-p.area.x0, 0), len(from)-1)]
	}
}

func fromYCC(y, cb, cr uint8) (r, g, b uint8) {
	l, u, v := float32(y), float32(cb)-128, float32(cr)-128
	cut := func(v float32) uint8 { return uint8(max(0, min(255, v+0.5))) }
	return cut(l + 1.402*v), cut(l - 0.344136*u - 0.714136*v), cut(l + 1.772*u)
}

// wipe overwrites what the picture was made from.
func (d *decoder) wipe() {
	for _, p := range d.out {
		clear(p.pix)
	}
	d.coefficients.wipe()
}
