// Package mask makes anti-aliased coverage masks of the few shapes that a
// scene knows: rounded corners, ring corners, ring segments, polygons and
// strokes. A GPU without multisampling, and a software renderer even more so,
// draws such edges jagged; a mask that is made once and tinted when drawn is
// smooth and the same on every backend.
//
// A mask is opaque (255) where the shape covers a pixel wholly. Masks know
// nothing of colour or of a place on the screen.
package mask

import (
	"image"
	"math"

	"golang.org/x/image/vector"

	"tram06/ui/scene"
)

// strips is into how many rows a pixel is cut where an arc runs through it; the
// area within a row is exact, so that the sum is right to a step of 1 in 255.
const strips = 32

// Corner is the top left corner of a filled box with rounded corners. The
// other three are the same mask mirrored; see Mirror.
func Corner(radius int) *image.Alpha {
	m := image.NewAlpha(image.Rect(0, 0, radius, radius))
	addCorner(m, 0, radius, 1)
	return m
}

// RingCorner is the top left corner of a border of the given width along a box
// with rounded corners. Its side is the larger of radius and width, so that the
// straight parts of the border begin where the mask ends.
func RingCorner(radius, width int) *image.Alpha {
	side := max(radius, width)
	m := image.NewAlpha(image.Rect(0, 0, side, side))
	addCorner(m, 0, radius, 1)
	// Inside an arc that is smaller than the border the inner corner is square.
	addCorner(m, width, max(radius-width, 0), -1)
	return m
}

// addCorner adds or takes away a box that begins at (at, at), reaches beyond
// the mask, and has a rounded top left corner.
func addCorner(m *image.Alpha, at, radius, sign int) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sum := make([]float64, w)
	for y := at; y < h; y++ {
		clear(sum)
		for k := range strips {
			left := float64(at)
			if dy := float64(at+radius) - (float64(y) + (float64(k)+0.5)/strips); dy > 0 {
				r := float64(radius)
				left = float64(at) + r - math.Sqrt(r*r-dy*dy)
			}
			for x := int(left); x < w; x++ {
				sum[x] += min(1, float64(x+1)-left)
			}
		}
		for x, c := range sum {
			v := int(m.Pix[y*m.Stride+x]) + sign*int(c*255/strips+0.5)
			m.Pix[y*m.Stride+x] = byte(min(max(v, 0), 255))
		}
	}
}

func finish(z *vector.Rasterizer, w, h int) *image.Alpha {
	m := image.NewAlpha(image.Rect(0, 0, w, h))
	z.Draw(m, m.Bounds(), image.Opaque, image.Point{})
	return m
}

// Mirror returns m flipped left to right, top to bottom, or both.
func Mirror(m *image.Alpha, x, y bool) *image.Alpha {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewAlpha(image.Rect(0, 0, w, h))
	for j := range h {
		sj := j
		if y {
			sj = h - 1 - j
		}
		for i := range w {
			si := i
			if x {
				si = w - 1 - i
			}
			out.Pix[j*out.Stride+i] = m.Pix[sj*m.Stride+si]
		}
	}
	return out
}

// Arc is a ring segment that fills a box of w by h pixels: a circle of the
// largest diameter that fits, width wide towards the centre, from start over
// sweep degrees clockwise from twelve o'clock. The ends are cut straight.
func Arc(w, h, width, start, sweep int) *image.Alpha {
	m := image.NewAlpha(image.Rect(0, 0, w, h))
	outer := float64(min(w, h)) / 2
	inner := max(outer-float64(width), 0)
	cx, cy := float64(w)/2, float64(h)/2

	if sweep < 0 {
		start, sweep = start+sweep, -sweep
	}
	whole := sweep >= 360
	from := float64(start) * math.Pi / 180
	half := float64(sweep) * math.Pi / 360
	middle := from + half

	for j := range h {
		y := float64(j) + 0.5 - cy
		for i := range w {
			x := float64(i) + 0.5 - cx
			d := math.Hypot(x, y)
			c := min(cover(outer-d), cover(d-inner))
			if inner == 0 {
				c = cover(outer - d)
			}
			if c > 0 && !whole {
				// Angle away from the middle of the segment, then the
				// distance to the nearer cut, positive inside.
				a := math.Abs(math.Remainder(math.Atan2(x, -y)-middle, 2*math.Pi))
				gap := half - a
				dist := d
				if math.Abs(gap) < math.Pi/2 {
					dist = d * math.Sin(math.Abs(gap))
				}
				c = min(c, cover(math.Copysign(dist, gap)))
			}
			m.Pix[j*m.Stride+i] = byte(c*255 + 0.5)
		}
	}
	return m
}

// cover turns a signed distance to an edge, positive inside, into coverage.
func cover(d float64) float64 { return min(max(d+0.5, 0), 1) }

// Polygon fills the closed outline through points by the non-zero rule. It
// returns the mask and where its top left pixel lies; a nil mask means nothing.
func Polygon(points []scene.Point) (*image.Alpha, image.Point) {
	if len(points) < 3 {
		return nil, image.Point{}
	}
	b := bounds(points)
	if b.Empty() {
		return nil, image.Point{}
	}
	z := vector.NewRasterizer(b.Dx(), b.Dy())
	for i, p := range points {
		x, y := float32(p.X-b.Min.X), float32(p.Y-b.Min.Y)
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
	return finish(z, b.Dx(), b.Dy()), b.Min
}

// Stroke draws an open line through points, width wide, with round ends and
// round joints. It returns the mask and where its top left pixel lies.
func Stroke(points []scene.Point, width int) (*image.Alpha, image.Point) {
	if len(points) == 0 || width <= 0 {
		return nil, image.Point{}
	}
	hw := float64(width) / 2
	b := bounds(points).Inset(-(width/2 + 2))
	m := image.NewAlpha(image.Rect(0, 0, b.Dx(), b.Dy()))
	if len(points) == 1 {
		points = []scene.Point{points[0], points[0]}
	}
	for k := 1; k < len(points); k++ {
		segment(m, points[k-1], points[k], b.Min, hw)
	}
	return m, b.Min
}

// segment adds one capsule to m; where capsules overlap the denser one counts,
// so that joints do not show.
func segment(m *image.Alpha, p, q scene.Point, origin image.Point, hw float64) {
	ax, ay := float64(p.X-origin.X), float64(p.Y-origin.Y)
	vx, vy := float64(q.X-p.X), float64(q.Y-p.Y)
	vv := vx*vx + vy*vy
	reach := hw + 1
	x0, x1 := span(ax, ax+vx, reach, m.Rect.Dx())
	y0, y1 := span(ay, ay+vy, reach, m.Rect.Dy())
	for j := y0; j < y1; j++ {
		y := float64(j) + 0.5 - ay
		for i := x0; i < x1; i++ {
			x := float64(i) + 0.5 - ax
			t := 0.0
			if vv > 0 {
				t = min(max((x*vx+y*vy)/vv, 0), 1)
			}
			c := byte(cover(hw-math.Hypot(x-t*vx, y-t*vy))*255 + 0.5)
			if at := j*m.Stride + i; c > m.Pix[at] {
				m.Pix[at] = c
			}
		}
	}
}

// span is the range of pixels within reach of [a, b], cut to [0, n).
func span(a, b, reach float64, n int) (int, int) {
	lo := int(math.Floor(min(a, b) - reach))
	hi := int(math.Ceil(max(a, b) + reach))
	return max(lo, 0), min(hi, n)
}

func bounds(points []scene.Point) image.Rectangle {
	b := image.Rectangle{
		Min: image.Pt(points[0].X, points[0].Y),
		Max: image.Pt(points[0].X, points[0].Y),
	}
	for _, p := range points[1:] {
		b.Min.X, b.Max.X = min(b.Min.X, p.X), max(b.Max.X, p.X)
		b.Min.Y, b.Max.Y = min(b.Min.Y, p.Y), max(b.Max.Y, p.Y)
	}
	return b
}
