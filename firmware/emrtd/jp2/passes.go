package jp2

// Each pass goes over columns of four samples, in rows of such columns. at
// walks the magnitudes, i the flags.

// lines is how many samples the columns from line y on have.
func (d *blockDecoder) lines(y int) int { return min(4, d.h-y) }

// significance is the significance propagation pass: section D.3.1.
func (d *blockDecoder) significance(plane int) {
	for y := 0; y < d.h; y += 4 {
		i, n := d.stride*(y/4+1)+1, d.lines(y)
		for x := range d.w {
			if d.flags[i+x]&allSignificant == 0 {
				continue
			}
			d.significanceColumn(i+x, y*d.w+x, n, plane)
		}
	}
}

func (d *blockDecoder) significanceColumn(i, at, n, plane int) {
	for k := range n {
		w := d.flags[i] >> (3 * k)
		if w&selfBit != 0 || w&aroundBits == 0 {
			continue
		}
		if d.mq.decode(d.zero[w&0x1FF]) == 1 {
			d.mag[at+k*d.w] = 3 << (plane - 1)
			d.set(i, k, d.sign(i, k))
		}
		d.flags[i] |= 1 << (visitedShift + k)
	}
}

// significanceRaw is the same with bits that bypass the coder.
func (d *blockDecoder) significanceRaw(plane int) {
	for y := 0; y < d.h; y += 4 {
		i, n := d.stride*(y/4+1)+1, d.lines(y)
		for x := range d.w {
			for k := range n {
				w := d.flags[i+x] >> (3 * k)
				if w&selfBit != 0 || w&aroundBits == 0 {
					continue
				}
				if d.raw.bit() == 1 {
					d.mag[(y+k)*d.w+x] = 3 << (plane - 1)
					d.set(i+x, k, d.raw.bit())
				}
				d.flags[i+x] |= 1 << (visitedShift + k)
			}
		}
	}
}

// refinement is the magnitude refinement pass: section D.3.3.
func (d *blockDecoder) refinement(plane int) {
	half := uint32(1) << (plane - 1)
	for y := 0; y < d.h; y += 4 {
		i, n := d.stride*(y/4+1)+1, d.lines(y)
		for x := range d.w {
			if d.flags[i+x]&ownSignificant == 0 {
				continue
			}
			for k := range n {
				f := d.flags[i+x]
				w := f >> (3 * k)
				if w&selfBit == 0 || f>>(visitedShift+k)&1 != 0 {
					continue
				}
				cx := uint8(ctxRefine)
				switch {
				case f>>(refinedShift+k)&1 != 0:
					cx = ctxRefine + 2
				case w&aroundBits != 0:
					cx = ctxRefine + 1
				}
				m := &d.mag[(y+k)*d.w+x]
				if d.mq.decode(cx) == 1 {
					*m += half
				} else {
					*m -= half
				}
				d.flags[i+x] |= 1 << (refinedShift + k)
			}
		}
	}
}

// refinementRaw is the same with bits that bypass the coder.
func (d *blockDecoder) refinementRaw(plane int) {
	half := uint32(1) << (plane - 1)
	for y := 0; y < d.h; y += 4 {
		i, n := d.stride*(y/4+1)+1, d.lines(y)
		for x := range d.w {
			for k := range n {
				f := d.flags[i+x]
				if f>>(3*k)&selfBit == 0 || f>>(visitedShift+k)&1 != 0 {
					continue
				}
				m := &d.mag[(y+k)*d.w+x]
				if d.raw.bit() == 1 {
					*m += half
				} else {
					*m -= half
				}
				d.flags[i+x] |= 1 << (refinedShift + k)
			}
		}
	}
}

// cleanup is the cleanup pass: section D.3.4. It ends a bit-plane.
func (d *blockDecoder) cleanup(plane int) {
	for y := 0; y < d.h; y += 4 {
		i, n := d.stride*(y/4+1)+1, d.lines(y)
		for x := range d.w {
			first := 0
			known := false // the first sample is significant, as the run ended there
			if n == 4 && d.flags[i+x]&(allSignificant|allVisited) == 0 {
				if d.mq.decode(ctxRun) == 0 {
					continue
				}
				first = int(d.mq.decode(ctxUniform)<<1 | d.mq.decode(ctxUniform))
				known = true
			}
			d.cleanupColumn(i+x, y*d.w+x, first, n, plane, known)
			d.flags[i+x] &^= allVisited
		}
	}
}

func (d *blockDecoder) cleanupColumn(i, at, first, n, plane int, known bool) {
	for k := first; k < n; k++ {
		f := d.flags[i]
		w := f >> (3 * k)
		if !known && (w&selfBit != 0 || f>>(visitedShift+k)&1 != 0) {
			continue
		}
		if known || d.mq.decode(d.zero[w&0x1FF]) == 1 {
			d.mag[at+k*d.w] = 3 << (plane - 1)
			d.set(i, k, d.sign(i, k))
		}
		known = false
	}
}
