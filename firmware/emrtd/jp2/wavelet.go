package jp2

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

// inverse turns the coefficients in c, of lines of stride, into samples.
// levels go from the second lowest resolution up.
func inverse[T number](c []T, stride int, resolutions []rect, lift func(line []T, odd int), rows func(a []T, w, h, odd int)) {
	if len(resolutions) < 2 {
		return
	}
	last := resolutions[len(resolutions)-1]
	scratch := make([]T, last.w()*last.h())
	defer clear(scratch)
	for r := 1; r < len(resolutions); r++ {
		res, low := resolutions[r], resolutions[r-1]
		if res.empty() {
			continue
		}
		w, h := res.w(), res.h()
		// Lines: each is put together into its place among the rows.
		for y := range h {
			from := c[y*stride : y*stride+w]
			to := y*2 + res.y0&1
			if y >= low.h() {
				to = (y-low.h())*2 + 1 - res.y0&1
			}
			line := scratch[to*w : to*w+w]
			interleave(line, from, low.w(), res.x0&1)
			lift(line, res.x0&1)
		}
		rows(scratch[:w*h], w, h, res.y0&1)
		for y := range h {
			copy(c[y*stride:y*stride+w], scratch[y*w:y*w+w])
		}
	}
}

// interleave puts the low half of from at even places, seen from a border at
// 0 or 1, and the high half between.
func interleave[T number](to, from []T, low, odd int) {
	for i, j := 0, odd; i < low; i, j = i+1, j+2 {
		to[j] = from[i]
	}
	for i, j := low, 1-odd; i < len(from); i, j = i+1, j+2 {
		to[j] = from[i]
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

// rows53 is lift53 down all columns at once.
func rows53(a []int32, w, h, odd int) {
	if h == 1 {
		if odd == 1 {
			for i := range a {
				a[i] /= 2
			}
		}
		return
	}
	for y := odd; y < h; y += 2 {
		row, up, down := threeRows(a, w, h, y)
		for x := range row {
			row[x] -= (up[x] + down[x] + 2) >> 2
		}
	}
	for y := 1 - odd; y < h; y += 2 {
		row, up, down := threeRows(a, w, h, y)
		for x := range row {
			row[x] += (up[x] + down[x]) >> 1
		}
	}
}

// threeRows gives row y and its neighbours, all of the same length.
func threeRows[T number](a []T, w, h, y int) (row, up, down []T) {
	u, d := mirror(y-1, h), mirror(y+1, h)
	row = a[y*w : y*w+w]
	return row, a[u*w : u*w+w][:len(row)], a[d*w : d*w+w][:len(row)]
}

// steps97 are the four lifting steps, backwards, and whether each is for even
// places.
var steps97 = [4]struct {
	k    float32
	even bool
}{{delta, true}, {gamma, false}, {beta, true}, {alpha, false}}

// lift97 undoes the irreversible transform of one line.
func lift97(a []float32, odd int) {
	n := len(a)
	if n == 1 {
		if odd == 1 {
			a[0] /= 2
		}
		return
	}
	for i := odd; i < n; i += 2 {
		a[i] *= kappa
	}
	for i := 1 - odd; i < n; i += 2 {
		a[i] *= 1 / kappa
	}
	for _, s := range steps97 {
		start := odd
		if !s.even {
			start = 1 - odd
		}
		i := start
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

// rows97 is lift97 down all columns at once.
func rows97(a []float32, w, h, odd int) {
	if h == 1 {
		if odd == 1 {
			for i := range a {
				a[i] /= 2
			}
		}
		return
	}
	for y := range h {
		k := float32(kappa)
		if y&1 != odd {
			k = 1 / kappa
		}
		row := a[y*w : y*w+w]
		for x := range row {
			row[x] *= k
		}
	}
	for _, s := range steps97 {
		start := odd
		if !s.even {
			start = 1 - odd
		}
		for y := start; y < h; y += 2 {
			row, up, down := threeRows(a, w, h, y)
			for x := range row {
				row[x] -= s.k * (up[x] + down[x])
			}
		}
	}
}
