package people

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"golang.org/x/image/vector"
)

const (
	photoWidth  = 480
	photoHeight = 640
)

type hairStyle uint8

const (
	shortHair hairStyle = iota
	longHair
	thinHair
)

// face says how to draw somebody: head and shoulders in flat colours.
type face struct {
	background, skin, hair, shirt, collar color.RGBA
	style                                 hairStyle
	quality                               int // of the JPEG: about 15 KB, as chips hold
}

func rgb(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

// mix shades a colour: t = 0 gives a, t = 1 gives b.
func mix(a, b color.RGBA, t float64) color.RGBA {
	f := func(x, y uint8) uint8 { return uint8(float64(x)*(1-t) + float64(y)*t + 0.5) }
	return color.RGBA{R: f(a.R, b.R), G: f(a.G, b.G), B: f(a.B, b.B), A: 0xFF}
}

var (
	black = rgb(0x000000)
	white = rgb(0xFFFFFF)
)

// Portrait is the photograph on the chip: a drawing, as a JPEG.
func (c Citizen) Portrait() ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, c.face.draw(), &jpeg.Options{Quality: c.face.quality}); err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	return b.Bytes(), nil
}

//go:generate go run ./jp2 portraits

//go:embed portraits/*.jp2
var portraits embed.FS

// Portrait2000 is the same drawing as JPEG 2000, which Go cannot write: the
// files were made from it beforehand.
func (c Citizen) Portrait2000() ([]byte, error) {
	b, err := portraits.ReadFile("portraits/" + c.Key + ".jp2")
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	return b, nil
}

// Drawing is the portrait before it was encoded.
func (c Citizen) Drawing() image.Image { return c.face.draw() }

func (f face) draw() *image.RGBA {
	p := pen{img: image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))}
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(f.background), image.Point{}, draw.Src)
	shade := mix(f.skin, rgb(0x6A3A1E), 0.28)

	if f.style == longHair {
		p.fill(f.hair, // behind the shoulders
			at(240, 120), to(360, 118, 398, 200, 392, 330), to(390, 400, 404, 452, 396, 500),
			to(340, 520, 140, 520, 84, 500), to(76, 452, 90, 400, 88, 330), to(82, 200, 120, 118, 240, 120))
	}
	f.body(p)
	// Neck, with the shadow of the chin.
	p.fill(mix(f.skin, shade, 0.35), at(196, 390), to(196, 390, 284, 390, 284, 390), to(284, 440, 292, 468, 300, 478),
		to(284, 520, 196, 520, 180, 478), to(188, 468, 196, 440, 196, 390))
	p.fill(shade, at(197, 408), to(215, 452, 265, 452, 283, 408), to(283, 400, 197, 400, 197, 408))
	f.neckline(p)
	// Ears and head.
	if f.style != longHair {
		p.ellipse(mix(f.skin, shade, 0.3), 131, 312, 17, 31)
		p.ellipse(mix(f.skin, shade, 0.3), 349, 312, 17, 31)
	}
	p.fill(f.skin, at(134, 280), to(134, 180, 180, 146, 240, 146), to(300, 146, 346, 180, 346, 280),
		to(346, 372, 296, 436, 240, 436), to(184, 436, 134, 372, 134, 280))
	f.features(p, shade)
	f.topHair(p)
	return p.img
}

// body is the clothes below the neck.
func (f face) body(p pen) {
	p.fill(f.shirt, at(30, 640), to(34, 540, 92, 500, 180, 474), to(212, 520, 268, 520, 300, 474),
		to(388, 500, 446, 540, 450, 640))
	// Sleeves, a little darker.
	dark := mix(f.shirt, black, 0.16)
	p.fill(dark, at(30, 640), to(33, 582, 50, 544, 84, 518), to(100, 560, 104, 600, 104, 640))
	p.fill(dark, at(450, 640), to(447, 582, 430, 544, 396, 518), to(380, 560, 376, 600, 376, 640))
}

// neckline is the collar, drawn over the neck.
func (f face) neckline(p pen) {
	if f.style == longHair { // a woven band along a round neck
		p.fill(f.collar, at(172, 474), to(206, 560, 274, 560, 308, 474), to(316, 478, 322, 480, 326, 484),
			to(284, 592, 196, 592, 154, 484), to(158, 480, 164, 478, 172, 474))
		for i := range 7 {
			x := 182 + float32(i)*19.4
			d := (x - 240) / 62
			p.ellipse(mix(f.collar, rgb(0xF3D9A0), 0.75), x, 553-d*d*34, 4, 4)
		}
		return
	}
	p.fill(f.collar, at(182, 464), to(196, 500, 216, 520, 240, 536), to(226, 556, 214, 566, 204, 574), to(180, 548, 168, 516, 164, 482))
	p.fill(f.collar, at(298, 464), to(284, 500, 264, 520, 240, 536), to(254, 556, 266, 566, 276, 574), to(300, 548, 312, 516, 316, 482))
	line := mix(f.shirt, black, 0.3)
	p.fill(line, at(238, 540), to(238, 580, 238, 610, 238, 640), to(240, 640, 241, 640, 242, 640), to(242, 610, 242, 580, 242, 540))
	p.ellipse(mix(f.shirt, white, 0.6), 250, 600, 5, 5)
}

// features are eyes, brows, nose and mouth: calm, looking ahead.
func (f face) features(p pen, shade color.RGBA) {
	brow := mix(f.hair, f.skin, 0.15)
	if f.style == thinHair {
		brow = mix(f.hair, shade, 0.35)
	}
	for _, side := range []float32{-1, 1} {
		x := func(d float32) float32 { return 240 + side*d }
		p.fill(brow, at(x(32), 266), to(x(48), 259, x(68), 257, x(88), 270), to(x(68), 265, x(50), 267, x(33), 273))
		p.fill(white, at(x(35), 299), to(x(46), 286, x(70), 286, x(82), 299), to(x(70), 309, x(46), 309, x(35), 299))
		p.ellipse(rgb(0x3A2A22), x(58), 297.5, 9.5, 9.5)
		p.ellipse(white, x(58)+3, 294, 2.4, 2.4)
		p.fill(mix(f.hair, black, 0.4), at(x(33), 300), to(x(45), 284, x(71), 284, x(85), 299), to(x(71), 288, x(46), 288, x(33), 300))
		if f.style == thinHair { // laughter lines
			p.fill(shade, at(x(84), 306), to(x(92), 309, x(98), 315, x(101), 322), to(x(97), 316, x(91), 311, x(84), 308))
			p.fill(shade, at(x(42), 352), to(x(54), 362, x(60), 374, x(60), 386), to(x(57), 374, x(51), 363, x(42), 354))
		}
	}
	p.fill(shade, at(228, 346), to(232, 354, 248, 354, 252, 346), to(260, 342, 262, 352, 254, 357), to(246, 361, 234, 361, 226, 357), to(218, 352, 220, 342, 228, 346))
	lips := mix(f.skin, rgb(0xB4504A), 0.55)
	p.fill(lips, at(208, 386), to(220, 382, 232, 381, 240, 384), to(248, 381, 260, 382, 272, 386), to(258, 401, 222, 401, 208, 386))
	p.fill(mix(lips, black, 0.35), at(204, 385), to(224, 393, 256, 393, 276, 385), to(256, 396, 224, 396, 204, 385))
}

// topHair lies over the forehead.
func (f face) topHair(p pen) {
	switch f.style {
	case shortHair:
		p.fill(f.hair, at(128, 300), to(104, 168, 168, 104, 250, 108), to(330, 108, 376, 172, 352, 300),
			to(344, 264, 338, 240, 330, 222), to(290, 220, 238, 206, 214, 186), to(196, 214, 168, 226, 150, 230), to(142, 248, 136, 264, 128, 300))
	case longHair:
		p.fill(f.hair, at(108, 360), to(92, 190, 150, 112, 240, 112), to(330, 112, 388, 190, 372, 360),
			to(352, 350, 344, 320, 344, 276), to(330, 230, 300, 200, 240, 172), to(180, 200, 150, 230, 136, 276), to(136, 320, 128, 350, 108, 360))
	case thinHair:
		p.fill(f.hair, at(126, 300), to(104, 226, 124, 166, 168, 138), to(220, 112, 270, 114, 316, 140), to(358, 168, 374, 226, 354, 300),
			to(350, 262, 340, 232, 322, 210), to(304, 190, 280, 178, 240, 178), to(200, 178, 176, 190, 158, 210), to(140, 232, 130, 262, 126, 300))
	}
}

// pen fills outlines with smooth edges.
type pen struct{ img *image.RGBA }

// piece is a start, or a curve to the last of three points.
type piece struct {
	start bool
	p     [6]float32
}

func at(x, y float32) piece { return piece{start: true, p: [6]float32{x, y}} }

func to(ax, ay, bx, by, x, y float32) piece { return piece{p: [6]float32{ax, ay, bx, by, x, y}} }

func (p pen) fill(c color.RGBA, outline ...piece) {
	box := bounds(outline).Intersect(p.img.Bounds())
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	dx, dy := float32(box.Min.X), float32(box.Min.Y)
	for _, o := range outline {
		if o.start {
			r.MoveTo(o.p[0]-dx, o.p[1]-dy)
			continue
		}
		r.CubeTo(o.p[0]-dx, o.p[1]-dy, o.p[2]-dx, o.p[3]-dy, o.p[4]-dx, o.p[5]-dy)
	}
	r.ClosePath()
	r.Draw(p.img, box, image.NewUniform(c), image.Point{})
}

// bounds is a box around an outline: a curve stays within its points.
func bounds(outline []piece) image.Rectangle {
	var box image.Rectangle
	for _, o := range outline {
		n := len(o.p)
		if o.start {
			n = 2
		}
		for i := 0; i < n; i += 2 {
			x, y := int(o.p[i]), int(o.p[i+1])
			box = box.Union(image.Rect(x-1, y-1, x+2, y+2))
		}
	}
	return box
}

func (p pen) ellipse(c color.RGBA, x, y, rx, ry float32) {
	const k = 0.5523 // a quarter of a circle as one curve
	p.fill(c, at(x+rx, y), to(x+rx, y+k*ry, x+k*rx, y+ry, x, y+ry), to(x-k*rx, y+ry, x-rx, y+k*ry, x-rx, y),
		to(x-rx, y-k*ry, x-k*rx, y-ry, x, y-ry), to(x+k*rx, y-ry, x+rx, y-k*ry, x+rx, y))
}
