package raylib

import (
	"errors"
	"fmt"
	"image"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/ui/raylib/mask"
	"tram06/ui/scene"
)

// painter draws the items of a scene onto the current target.
type painter struct{ store *store }

// scene draws all items. An item that cannot be drawn is left out and
// reported; a screen that lacks an icon is better than none.
func (p *painter) scene(sc *scene.Scene) error {
	bg := sc.Background
	bg.A = 255
	rl.ClearBackground(tint(bg))
	var errs []error
	for i := range sc.Items {
		if err := p.item(&sc.Items[i]); err != nil {
			errs = append(errs, fmt.Errorf("item %d: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

func (p *painter) item(it *scene.Item) error {
	switch it.Kind {
	case scene.Box:
		return p.box(it)
	case scene.Text:
		return p.text(it)
	case scene.Icon:
		return p.icon(it)
	case scene.Picture:
		return p.picture(it)
	case scene.Polygon:
		return p.polygon(it)
	case scene.Line:
		return p.line(it)
	case scene.Arc:
		return p.arc(it)
	}
	return fmt.Errorf("unknown kind %d", it.Kind)
}

// text draws one line, each glyph where the sum of the whole-pixel advances
// before it ends.
func (p *painter) text(it *scene.Item) error {
	if it.Ink.A == 0 {
		return nil
	}
	x := it.Rect.X
	for _, r := range it.Text {
		key := maskKey{kind: kindGlyph, a: int(r), b: it.Size, c: int(it.Weight)}
		g, err := p.store.mask(key, func() (*image.Alpha, image.Point, int, error) {
			m, off, adv := p.store.glyph(r, it.Size, it.Weight)
			return m, off, adv, nil
		})
		if err != nil {
			return err
		}
		blit(g, x+g.off.X, it.Base+g.off.Y, it.Ink)
		x += g.advance
	}
	return nil
}

// icon draws a symbol as large as fits, in the middle of its box.
func (p *painter) icon(it *scene.Item) error {
	side := min(it.Rect.W, it.Rect.H)
	if side <= 0 || it.Ink.A == 0 {
		return nil
	}
	key := maskKey{kind: kindIcon, a: side, name: it.Name}
	g, err := p.store.mask(key, func() (*image.Alpha, image.Point, int, error) {
		m, err := p.store.icon(it.Name, side)
		return m, image.Point{}, 0, err
	})
	if err != nil {
		return fmt.Errorf("icon %q: %w", it.Name, err)
	}
	blit(g, it.Rect.X+(it.Rect.W-side)/2, it.Rect.Y+(it.Rect.H-side)/2, it.Ink)
	return nil
}

func (p *painter) polygon(it *scene.Item) error {
	if it.Fill.A == 0 || len(it.Points) == 0 {
		return nil
	}
	return p.outline(maskKey{kind: kindPolygon}, it.Points, it.Fill, mask.Polygon)
}

func (p *painter) line(it *scene.Item) error {
	if it.Border.A == 0 || len(it.Points) == 0 {
		return nil
	}
	key := maskKey{kind: kindStroke, a: it.BorderWidth}
	return p.outline(key, it.Points, it.Border, func(pts []scene.Point) (*image.Alpha, image.Point) {
		return mask.Stroke(pts, it.BorderWidth)
	})
}

// outline draws a mask made of points. The mask is made around the first
// point, so that the same shape elsewhere is the same mask.
func (p *painter) outline(key maskKey, pts []scene.Point, c scene.Color,
	draw func([]scene.Point) (*image.Alpha, image.Point)) error {
	first := pts[0]
	moved := make([]scene.Point, len(pts))
	for i, q := range pts {
		moved[i] = scene.Point{X: q.X - first.X, Y: q.Y - first.Y}
	}
	key.name = fmt.Sprint(moved)
	g, err := p.store.mask(key, func() (*image.Alpha, image.Point, int, error) {
		m, off := draw(moved)
		return m, off, 0, nil
	})
	if err != nil {
		return err
	}
	blit(g, first.X+g.off.X, first.Y+g.off.Y, c)
	return nil
}

func (p *painter) arc(it *scene.Item) error {
	r := it.Rect
	if it.Border.A == 0 || r.W <= 0 || r.H <= 0 || it.Sweep == 0 || it.BorderWidth <= 0 {
		return nil
	}
	key := maskKey{kind: kindArc, a: r.W, b: r.H, c: it.BorderWidth, d: it.Start, e: it.Sweep}
	g, err := p.store.mask(key, func() (*image.Alpha, image.Point, int, error) {
		return mask.Arc(r.W, r.H, it.BorderWidth, it.Start, it.Sweep), image.Point{}, 0, nil
	})
	if err != nil {
		return err
	}
	blit(g, r.X, r.Y, it.Border)
	return nil
}

// blit draws a sprite with its top left at (x, y).
func blit(g sprite, x, y int, c scene.Color) {
	if g.tex.ID == 0 {
		return
	}
	w, h := float32(g.src.Dx()), float32(g.src.Dy())
	rl.DrawTexturePro(g.tex, rect(g.src),
		rl.Rectangle{X: float32(x), Y: float32(y), Width: w, Height: h},
		rl.Vector2{}, 0, tint(c))
}

// fill draws a plain rectangle.
func fill(x, y, w, h int, c scene.Color) {
	if w <= 0 || h <= 0 || c.A == 0 {
		return
	}
	// The software renderer spends most of its time in blending; what is
	// opaque needs none. A GPU does not care, and a change of state costs it.
	plain := immediate && c.A == 255
	if plain {
		rl.DisableColorBlend()
	}
	// Untextured: without a texture if drawn at once, with a white one in a
	// batch, where "none" means the texture of the quad before.
	texture := uint32(0)
	if !immediate {
		texture = rl.GetTextureIdDefault()
	}
	x0, y0 := float32(x), float32(y)
	x1, y1 := x0+float32(w), y0+float32(h)
	rl.SetTexture(texture)
	rl.Begin(rl.Quads)
	rl.Color4ub(c.R, c.G, c.B, c.A)
	rl.Vertex2f(x0, y0)
	rl.Vertex2f(x0, y1)
	rl.Vertex2f(x1, y1)
	rl.Vertex2f(x1, y0)
	rl.End()
	if plain {
		rl.EnableColorBlend()
	}
}
