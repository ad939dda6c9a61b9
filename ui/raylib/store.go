package raylib

import (
	"fmt"
	"image"
	"strings"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/ui/raylib/atlas"
	"tram06/ui/scene"
)

// pageSide of the atlas. Small pages keep texture coordinates exact on GPUs
// that compute them with ten bits, and hold little memory while few glyphs are
// in use: half a megabyte a page.
const pageSide = 512

// Limits of what stays cached from frame to frame.
const (
	maxPages     = 10
	maxLoose     = 24
	loosePixels  = 256 * 256 // masks above this never go into the atlas
	maxPictures  = 8
	bytesPerGray = 2
)

// maskKey names a mask: one of the shapes with its measures.
type maskKey struct {
	kind maskKind
	// What a..e mean depends on kind: rune, size and weight of a glyph, radius
	// and width of a corner, and so on.
	a, b, c, d, e int
	name          string // icon's name, or the points of an outline
}

type maskKind uint8

const (
	kindGlyph maskKind = iota
	kindIcon
	kindCorner
	kindRing
	kindArc
	kindPolygon
	kindStroke
)

// sprite is a mask on a texture, and where it lies from its anchor.
type sprite struct {
	tex     rl.Texture2D
	src     image.Rectangle
	off     image.Point
	advance int
}

// loose is a texture of its own: a large mask or a picture.
type loose struct {
	tex  rl.Texture2D
	off  image.Point
	used int // frame of the last use
}

type pictureKey struct {
	image  string
	w, h   int
	radius int
}

// store owns all textures. Nothing is freed while a frame is being drawn,
// because a GPU draws later than it is told.
type store struct {
	glyph    GlyphFunc
	icon     IconFunc
	packer   *atlas.Packer
	pages    []rl.Texture2D
	small    map[maskKey]sprite
	large    map[maskKey]*loose
	pictures map[pictureKey]*loose
	frame    int
}

func newStore(o Options) *store {
	return &store{
		glyph: o.Glyph, icon: o.Icon,
		packer:   atlas.New(pageSide),
		small:    map[maskKey]sprite{},
		large:    map[maskKey]*loose{},
		pictures: map[pictureKey]*loose{},
	}
}

func (s *store) begin() { s.frame++ }

// end drops what grew beyond the limits; the next frame makes it again.
func (s *store) end() {
	if len(s.pages) > maxPages {
		s.dropPages()
	}
	trim(s.large, maxLoose, s.frame, func(l *loose) { rl.UnloadTexture(l.tex) })
	trim(s.pictures, maxPictures, s.frame, wipe)
}

// trim drops the least recently used entries that this frame did not use.
func trim[K comparable](m map[K]*loose, limit, frame int, drop func(*loose)) {
	for len(m) > limit {
		var oldest K
		at := frame
		for k, l := range m {
			if l.used < at {
				oldest, at = k, l.used
			}
		}
		if at == frame {
			return
		}
		drop(m[oldest])
		delete(m, oldest)
	}
}

// mask finds the mask of key, made by draw at its first use.
func (s *store) mask(key maskKey, draw func() (m *image.Alpha, off image.Point, advance int, err error)) (sprite, error) {
	if sp, ok := s.small[key]; ok {
		return sp, nil
	}
	if l, ok := s.large[key]; ok {
		l.used = s.frame
		return l.sprite(), nil
	}
	m, off, advance, err := draw()
	if err != nil {
		return sprite{}, err
	}
	if m == nil || m.Rect.Empty() {
		sp := sprite{off: off, advance: advance}
		s.small[key] = sp
		return sp, nil
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if w*h <= loosePixels {
		if at, ok := s.packer.Add(w, h); ok {
			tex, err := s.page(at.Page)
			if err != nil {
				return sprite{}, err
			}
			rl.UpdateTextureRec(tex, rect(at.Rect), grayAlpha(m))
			sp := sprite{tex: tex, src: at.Rect, off: off, advance: advance}
			s.small[key] = sp
			return sp, nil
		}
	}
	tex, err := texture(grayAlpha(m), w, h, rl.UncompressedGrayAlpha)
	if err != nil {
		return sprite{}, err
	}
	l := &loose{tex: tex, off: off, used: s.frame}
	s.large[key] = l
	return l.sprite(), nil
}

func (l *loose) sprite() sprite {
	return sprite{tex: l.tex, src: image.Rect(0, 0, int(l.tex.Width), int(l.tex.Height)), off: l.off}
}

// page returns the texture of an atlas page, made empty at its first use.
func (s *store) page(i int) (rl.Texture2D, error) {
	for len(s.pages) <= i {
		tex, err := texture(make([]byte, pageSide*pageSide*bytesPerGray), pageSide, pageSide, rl.UncompressedGrayAlpha)
		if err != nil {
			return rl.Texture2D{}, err
		}
		s.pages = append(s.pages, tex)
	}
	return s.pages[i], nil
}

func (s *store) dropPages() {
	for _, t := range s.pages {
		rl.UnloadTexture(t)
	}
	s.pages = nil
	s.packer.Reset()
	clear(s.small)
}

// forget wipes pictures by the beginning of their key.
func (s *store) forget(prefix string) {
	for k, l := range s.pictures {
		if strings.HasPrefix(k.image, prefix) {
			wipe(l)
			delete(s.pictures, k)
		}
	}
}

func (s *store) close() {
	s.forget("")
	s.dropPages()
	for _, l := range s.large {
		rl.UnloadTexture(l.tex)
	}
	clear(s.large)
}

// wipe overwrites a picture before its memory goes back.
func wipe(l *loose) {
	rl.UpdateTexture(l.tex, make([]byte, int(l.tex.Width)*int(l.tex.Height)*4))
	rl.UnloadTexture(l.tex)
}

func texture(pix []byte, w, h int, format rl.PixelFormat) (rl.Texture2D, error) {
	tex := rl.LoadTextureFromImage(rl.NewImage(pix, int32(w), int32(h), 1, format))
	if tex.ID == 0 {
		return tex, fmt.Errorf("no texture of %dx%d: %s", w, h, takeTrace())
	}
	return tex, nil
}

// grayAlpha spreads coverage to white with alpha, which tinting then colours.
func grayAlpha(m *image.Alpha) []byte {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := make([]byte, 0, w*h*bytesPerGray)
	for y := range h {
		for _, a := range m.Pix[y*m.Stride : y*m.Stride+w] {
			out = append(out, 255, a)
		}
	}
	return out
}

func rect(r image.Rectangle) rl.Rectangle {
	return rl.Rectangle{X: float32(r.Min.X), Y: float32(r.Min.Y), Width: float32(r.Dx()), Height: float32(r.Dy())}
}

// tint is a scene colour as raylib's.
func tint(c scene.Color) rl.Color { return rl.Color{R: c.R, G: c.G, B: c.B, A: c.A} }
