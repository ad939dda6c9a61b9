package icon

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

// fill covers the inside of all outlines by the non-zero rule.
func fill(all []polyline, size int) *image.Alpha {
	k := float64(size) / grid
	z := vector.NewRasterizer(size, size)
	for _, l := range all {
		for i, p := range l.pts {
			x, y := float32(p.x*k), float32(p.y*k)
			if i == 0 {
				z.MoveTo(x, y)
			} else {
				z.LineTo(x, y)
			}
		}
		z.ClosePath()
	}
	m := image.NewAlpha(image.Rect(0, 0, size, size))
	z.Draw(m, m.Bounds(), image.Opaque, image.Point{})
	return m
}

// stroke draws all outlines with a round pen: a pixel is covered by how near
// its middle is to the nearest segment.
func stroke(all []polyline, size int) *image.Alpha {
	k := float64(size) / grid
	half := pen * k / 2
	m := image.NewAlpha(image.Rect(0, 0, size, size))
	for _, l := range all {
		pts := l.pts
		if l.closed || len(pts) == 1 {
			pts = append(append([]point(nil), pts...), pts[0])
		}
		for i := 1; i < len(pts); i++ {
			segment(m, point{pts[i-1].x * k, pts[i-1].y * k}, point{pts[i].x * k, pts[i].y * k}, half)
		}
	}
	return m
}

func segment(m *image.Alpha, a, b point, half float64) {
	reach := half + 1
	lo := func(u, v float64) int { return max(int(math.Floor(min(u, v)-reach)), 0) }
	hi := func(u, v float64) int { return min(int(math.Ceil(max(u, v)+reach)), m.Rect.Dx()) }
	vx, vy := b.x-a.x, b.y-a.y
	vv := vx*vx + vy*vy
	for y := lo(a.y, b.y); y < hi(a.y, b.y); y++ {
		for x := lo(a.x, b.x); x < hi(a.x, b.x); x++ {
			px, py := float64(x)+0.5-a.x, float64(y)+0.5-a.y
			t := 0.0
			if vv > 0 {
				t = min(max((px*vx+py*vy)/vv, 0), 1)
			}
			c := min(max(half-math.Hypot(px-t*vx, py-t*vy)+0.5, 0), 1)
			if v := byte(c*255 + 0.5); v > m.Pix[y*m.Stride+x] {
				m.Pix[y*m.Stride+x] = v
			}
		}
	}
}
