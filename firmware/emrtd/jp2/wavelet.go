package jp2

import "slices"

// Inverse wavelet transforms: ISO/IEC 15444-1 annex F. A tile-component's
// coefficients lie as its subbands do: of each resolution the low half left
// and above, the high half right and below.

// Constants of the 9-7 filter: table F.4.
const (
	alpha = -1.586134342059924
	beta  = -0.052980118572961
	gamma = 0.882911075530934
	delta = 0.443506852043971
	kappa = 1.230174104914001
)

// number is what the two wavelets compute with.
type number interface{ int32 | float32 }

// inverse turns the coefficients in c, of lines of stride, into samples, and
// returns them in memory of their own, lines without a gap.
func inverse[T number](c []T, stride int, resolutions []rect, lift func(line []T, odd int), rows func(a []T, stride, w, h, odd int)) []T {
	n := len(resolutions)
	if n < 2 {
		return slices.Clone(c)
	}
	// What one level makes is the low part of the next: two buffers take turns.
	var buffers [2][]T
	for i := range buffers {
		r := resolutions[n-1-i]
		buffers[i] = make([]T, r.w()*r.h())
	}
	low, lowStride := c, stride
	for r := 1; r < n; r++ {
		res, half := resolutions[r], resolutions[r-1]
		w, h := res.w(), res.h()
		if res.empty() { // a tile of few samples in the outer corner of one
			low, lowStride = nil, 0
			continue
		}
		out := buffers[(n-1-r)%2][:w*h]
		for y := range h {
			// Where the line goes, and where its two halves are: in lines of
			// the low half the lower resolution is on the left.
			to, left := y*2+res.y0&1, c[y*stride:][:half.w()]
			if y < half.h() {
				left = low[y*lowStride:][:half.w()]
			} else {
				to = (y-half.h())*2 + 1 - res.y0&1
			}
			line := out[to*w:][:w]
			interleave(line, left, c[y*stride+half.w():][:w-half.w()], res.x0&1)
			lift(line, res.x0&1)
		}
		for x := 0; x < w; x += strip { // narrow enough for the cache
			rows(out[x:], w, min(strip, w-x), h, res.y0&1)
		}
		low, lowStride = out, w
	}
	clear(buffers[1])
	return low
}

// strip is how many columns are transformed at once.
const strip = 128

// interleave puts low at even places, seen from a border at 0 or 1, and high
// between.
func interleave[T number](to, low, high []T, odd int) {
	for i, j := 0, odd; i < len(low) && j < len(to); i, j = i+1, j+2 {
		to[j] = low[i]
	}
	for i, j := 0, 1-odd; i < len(high) && j < len(to); i, j = i+1, j+2 {
		to[j] = high[i]
	}
}

// mirror folds an index back into 0 to n-1, n > 1.
func mirror(i, n int) int {
	if i < 0 {
		return -i
	}
	if i >= n {
		return 2*(n-1) - i
	}
	return i
}

// lift53 undoes the reversible transform of one line whose first place is
// even or odd.
func lift53(a []int32, odd int) {
	n := len(a)
	if n == 1 {
		if odd == 1 {
			a[0] /= 2
		}
		return
	}
	for i := odd; i < n; i += 2 {
		a[i] -= (a[mirror(i-1, n)] + a[mirror(i+1, n)] + 2) >> 2
	}
	for i := 1 - odd; i < n; i += 2 {
		a[i] += (a[mirror(i-1, n)] + a[mirror(i+1, n)]) >> 1
	}
}

// rows53 is lift53 down w columns at once; lines are stride apart.
func rows53(a []int32, stride, w, h, odd int) {
	if h == 1 {
		if odd == 1 {
			for i := range a[:w] {
				a[i] /= 2
			}
		}
		return
	}
	for y := odd; y < h; y += 2 {
		row, up, down := threeRows(a, stride, w, h, y)
		for x := range row {
			row[x] -= (up[x] + down[x] + 2) >> 2
		}
	}
	for y := 1 - odd; y < h; y += 2 {
		row, up, down := threeRows(a, stride, w, h, y)
		for x := range row {
			row[x] += (up[x] + down[x]) >> 1
		}
	}
}

// threeRows gives row y and its neighbours, all of the same length.
func threeRows[T number](a []T, stride, w, h, y int) (row, up, down []T) {
	u, d := mirror(y-1, h), mirror(y+1, h)
	row = a[y*stride:][:w]
	return row, a[u*stride:][:len(row)], a[d*stride:][:len(row)]
}

// steps97 are the four lifting steps, backwards, and whether each is for even
// places.
var steps97 = [4]struct {
	k    float32
	even bool
}{{delta, true}, {gamma, false}, {beta, true}, {alpha, false}}

// lift97 undoes the irreversible transform of one line. The scaling of the two
// halves is in the steps that coefficients were dequantized with.
func lift97(a []float32, odd int) {
	n := len(a)
	if n == 1 {
		if odd == 1 {
			a[0] /= 2
		}
		return
	}
	for _, s := range steps97 {
		i := odd
		if !s.even {
			i = 1 - odd
		}
		if i == 0 {
			a[0] -= s.k * 2 * a[1]
			i = 2
		}
		for ; i+1 < n; i += 2 {
			a[i] -= s.k * (a[i-1] + a[i+1])
		}
		if i < n {
			a[i] -= s.k * 2 * a[i-1]
		}
	}
}

// rows97 is lift97 down w columns at once; lines are stride apart.
func rows97(a []float32, stride, w, h, odd int) {
	if h == 1 {
		if odd == 1 {
			for i := range a[:w] {
				a[i] /= 2
			}
		}
		return
	}
	for _, s := range steps97 {
		start := odd
		if !s.even {
			start = 1 - odd
		}
		for y := start; y < h; y += 2 {
			row, up, down := threeRows(a, stride, w, h, y)
			for x := range row {
				row[x] -= s.k * (up[x] + down[x])
			}
		}
	}
}

// scale97 is by what a coefficient of a subband of resolution r is multiplied
// on its way to a sample: by kappa for each direction and level in which it is
// in the low half, by its inverse where it is in the high one, and not at all
// where there is a single sample.
func scale97(resolutions []rect, r, xo, yo int) float32 {
	k := float32(1)
	by := func(n, high int) {
		switch {
		case n < 2:
		case high == 1:
			k /= kappa
		default:
			k *= kappa
		}
	}
	for level := max(r, 1); level < len(resolutions); level++ {
		by(resolutions[level].w(), xo)
		by(resolutions[level].h(), yo)
		xo, yo = 0, 0
	}
	return k
}
