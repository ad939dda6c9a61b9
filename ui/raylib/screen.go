package raylib

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/ui/raylib/view"
	"tram06/ui/scene"
)

// Errors of Open and of drawing.
var (
	// ErrNoDisplay: there is nothing to draw on, or not yet.
	ErrNoDisplay = errors.New("no display")
	// ErrRotate: the rotation is no quarter turn, or this backend has none.
	ErrRotate = errors.New("unsupported rotation")
	// ErrSize: a scene's size is not the screen's.
	ErrSize = errors.New("scene of another size")
	// ErrClosed: the screen was closed.
	ErrClosed = errors.New("screen closed")
)

// GlyphFunc rasterises one character: its coverage, where the mask's top left
// lies from the pen on the baseline, and how far the pen moves on. A nil or
// empty mask draws nothing.
type GlyphFunc func(r rune, size int, weight scene.Weight) (mask *image.Alpha, offset image.Point, advance int)

// IconFunc rasterises a named icon into a square of the given side.
type IconFunc func(name string, size int) (*image.Alpha, error)

// Options say what to open. All fields without a default are required.
type Options struct {
	// Width and Height of the upright panel in pixels; scenes have this size.
	Width, Height int
	// Rotate is how far the panel is turned clockwise to match the display:
	// 0, 90, 180 or 270.
	Rotate int
	// Title of the window.
	Title string
	// Glyph and Icon give the masks. They are asked once a glyph and size.
	Glyph GlyphFunc
	Icon  IconFunc
	// Now stamps pointer events; time.Now by default.
	Now func() time.Time
}

// Screen is the open display.
type Screen struct {
	o      Options
	paint  painter
	target rl.RenderTexture2D // used when offscreen
	last   *scene.Scene       // what is shown now, without its pictures
	frames int
	mouse  mouse
	open   bool
}

// Open opens the display of this build's Variant.
func Open(o Options) (*Screen, error) {
	if o.Width <= 0 || o.Height <= 0 {
		return nil, fmt.Errorf("open screen of %dx%d: %w", o.Width, o.Height, ErrSize)
	}
	if o.Glyph == nil || o.Icon == nil {
		return nil, errors.New("open screen: no source of glyphs or icons")
	}
	if o.Rotate < 0 || o.Rotate >= 360 || o.Rotate%90 != 0 {
		return nil, fmt.Errorf("open screen turned by %d: %w", o.Rotate, ErrRotate)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	installTrace()
	takeTrace()
	if err := openDisplay(o); err != nil {
		if why := takeTrace(); why != "" {
			return nil, fmt.Errorf("open screen: %w: %s", err, why)
		}
		return nil, fmt.Errorf("open screen: %w", err)
	}
	rl.SetExitKey(0) // no key ends a terminal
	s := &Screen{o: o, open: true, paint: painter{store: newStore(o)}}
	if offscreen {
		s.target = rl.LoadRenderTexture(int32(o.Width), int32(o.Height))
		if s.target.Texture.ID == 0 {
			s.Close()
			return nil, fmt.Errorf("open screen: no texture of %dx%d: %s", o.Width, o.Height, takeTrace())
		}
	}
	return s, nil
}

// Draw shows sc. A scene that equals the one shown is not drawn again. The
// caller may change sc afterwards.
func (s *Screen) Draw(sc *scene.Scene) error {
	if !s.open {
		return ErrClosed
	}
	if sc.W != s.o.Width || sc.H != s.o.Height {
		return fmt.Errorf("draw %s of %dx%d on %dx%d: %w", sc.Name, sc.W, sc.H, s.o.Width, s.o.Height, ErrSize)
	}
	if s.last != nil && scene.Equal(s.last, sc) {
		return nil
	}
	s.paint.store.begin()
	if offscreen {
		rl.BeginTextureMode(s.target)
		keepOpaque()
	} else {
		rl.BeginDrawing()
	}
	err := s.paint.scene(sc)
	if offscreen {
		rl.EndBlendMode()
		rl.EndTextureMode()
		s.present()
	} else {
		// Not EndDrawing: it would copy the frame once more and read the
		// standard input.
		rl.DrawRenderBatchActive()
	}
	s.paint.store.end()
	s.frames++
	s.last = remember(sc)
	if err != nil {
		return fmt.Errorf("draw %s: %w", sc.Name, err)
	}
	return nil
}

// keepOpaque blends colours as usual but never lowers the target's alpha,
// which otherwise lets black through wherever an edge was smoothed.
func keepOpaque() {
	const (
		one              = 1
		srcAlpha         = 0x0302
		oneMinusSrcAlpha = 0x0303
		add              = 0x8006
	)
	rl.SetBlendFactorsSeparate(srcAlpha, oneMinusSrcAlpha, one, oneMinusSrcAlpha, add, add)
	rl.BeginBlendMode(rl.BlendCustomSeparate)
}

// remember copies what Equal looks at, without holding on to anyone's portrait.
func remember(sc *scene.Scene) *scene.Scene {
	c := *sc
	c.Items = slices.Clone(sc.Items)
	for i := range c.Items {
		c.Items[i].Image = nil
		c.Items[i].Points = slices.Clone(c.Items[i].Points)
	}
	c.Targets = slices.Clone(sc.Targets)
	for i := range c.Targets {
		c.Targets[i].Action = nil
	}
	return &c
}

// Frames is how many frames were drawn since Open.
func (s *Screen) Frames() int { return s.frames }

func (s *Screen) view() view.View {
	return view.View{W: s.o.Width, H: s.o.Height, DW: rl.GetScreenWidth(), DH: rl.GetScreenHeight(), Rotate: s.o.Rotate}
}

// present puts the offscreen texture onto the display.
func (s *Screen) present() {
	if s.compose() {
		rl.SwapScreenBuffer()
	}
}

// compose draws the offscreen texture, fitted and turned, into the buffer that
// is shown next. It reports false for a minimised window.
func (s *Screen) compose() bool {
	v := s.view()
	if !v.Valid() {
		return false
	}
	filter := rl.FilterBilinear
	if v.Exact() {
		filter = rl.FilterPoint
	}
	rl.SetTextureFilter(s.target.Texture, filter)
	p := v.Place()
	w, h := float32(s.o.Width), float32(s.o.Height)
	rl.BeginDrawing()
	rl.ClearBackground(rl.Black)
	// Textures that were drawn to are upside down in OpenGL, hence -h.
	rl.DrawTexturePro(s.target.Texture,
		rl.Rectangle{Width: w, Height: -h},
		rl.Rectangle{X: float32(p.CX), Y: float32(p.CY), Width: float32(p.W), Height: float32(p.H)},
		rl.Vector2{X: float32(p.W / 2), Y: float32(p.H / 2)}, float32(v.Rotate), rl.White)
	rl.DrawRenderBatchActive()
	return true
}

// Forget wipes the cached pictures whose key begins with prefix; "" wipes all.
// Draw a scene without them first: what is on the display stays there.
func (s *Screen) Forget(imageKeyPrefix string) {
	if s.open {
		s.paint.store.forget(imageKeyPrefix)
	}
}

// PollEvery is how often Poll should be called; 0 is never.
func (s *Screen) PollEvery() time.Duration { return pollEvery }

// Close closes the display and wipes all cached pictures. It may be called
// twice.
func (s *Screen) Close() {
	if !s.open {
		return
	}
	s.open = false
	s.last = nil
	s.paint.store.close()
	if s.target.ID != 0 {
		rl.UnloadRenderTexture(s.target)
	}
	rl.CloseWindow()
}
