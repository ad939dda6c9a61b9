package raylib

import (
	"image"

	"tram06/ui/raylib/mask"
	"tram06/ui/scene"
)

// box draws the fill, then the border inside the box's edge.
func (p *painter) box(it *scene.Item) error {
	r := it.Rect
	if r.W <= 0 || r.H <= 0 {
		return nil
	}
	radius := min(it.Radius, r.W/2, r.H/2)
	width := min(it.BorderWidth, (r.W+1)/2, (r.H+1)/2)
	bordered := width > 0 && it.Border.A > 0

	if it.Fill.A > 0 {
		body, rad := r, radius
		// Where an opaque border covers it the fill ends under its middle:
		// else the fill's colour would shine through the smoothed outer edge.
		if bordered && it.Border.A == 255 && width > 1 {
			body, rad = r.Inset(width/2), max(radius-width/2, 0)
		}
		if err := p.solid(body, rad, it.Fill); err != nil {
			return err
		}
	}
	if bordered {
		return p.ring(r, radius, width, it.Border)
	}
	return nil
}

// solid fills a rectangle with rounded corners.
func (p *painter) solid(r scene.Rect, radius int, c scene.Color) error {
	if radius <= 0 {
		fill(r.X, r.Y, r.W, r.H, c)
		return nil
	}
	fill(r.X+radius, r.Y, r.W-2*radius, radius, c)
	fill(r.X, r.Y+radius, r.W, r.H-2*radius, c)
	fill(r.X+radius, r.Y+r.H-radius, r.W-2*radius, radius, c)
	return p.corners(r, maskKey{kind: kindCorner, a: radius}, radius, c, func() *image.Alpha {
		return mask.Corner(radius)
	})
}

// ring draws a border of the given width.
func (p *painter) ring(r scene.Rect, radius, width int, c scene.Color) error {
	side := radius
	if radius > 0 {
		side = max(radius, width)
		if 2*side > r.W || 2*side > r.H {
			// A border thicker than half the box leaves no hole.
			return p.solid(r, radius, c)
		}
	}
	if radius == 0 {
		side = width
		fill(r.X, r.Y, r.W, width, c)
		fill(r.X, r.Y+r.H-width, r.W, width, c)
		fill(r.X, r.Y+side, width, r.H-2*side, c)
		fill(r.X+r.W-width, r.Y+side, width, r.H-2*side, c)
		return nil
	}
	fill(r.X+side, r.Y, r.W-2*side, width, c)
	fill(r.X+side, r.Y+r.H-width, r.W-2*side, width, c)
	fill(r.X, r.Y+side, width, r.H-2*side, c)
	fill(r.X+r.W-width, r.Y+side, width, r.H-2*side, c)
	return p.corners(r, maskKey{kind: kindRing, a: radius, b: width}, side, c, func() *image.Alpha {
		return mask.RingCorner(radius, width)
	})
}

// corners draws one mask at the four corners of r, mirrored.
func (p *painter) corners(r scene.Rect, key maskKey, side int, c scene.Color, draw func() *image.Alpha) error {
	for i := range 4 {
		right, bottom := i&1 != 0, i&2 != 0
		key.c = i
		g, err := p.store.mask(key, func() (*image.Alpha, image.Point, int, error) {
			return mask.Mirror(draw(), right, bottom), image.Point{}, 0, nil
		})
		if err != nil {
			return err
		}
		x, y := r.X, r.Y
		if right {
			x = r.X + r.W - side
		}
		if bottom {
			y = r.Y + r.H - side
		}
		blit(g, x, y, c)
	}
	return nil
}
