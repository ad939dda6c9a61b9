// Package scene is what one screen consists of, as plain data: a display list,
// the places that can be touched, the words to be spoken and the order of the
// focus. A scene can be compared, stored as text, measured by a lint and drawn
// by any backend; it knows no font file, no window and no session.
//
// All lengths are pixels of the upright panel, the origin at the top left.
package scene

import "image"

// Color is straight (not premultiplied) RGBA.
type Color struct{ R, G, B, A uint8 }

// RGB makes an opaque colour from 0xRRGGBB.
func RGB(v uint32) Color {
	return Color{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// Rect is a rectangle by its corner and size.
type Rect struct{ X, Y, W, H int }

// Contains tells whether the pixel (x, y) lies inside r.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && y >= r.Y && x < r.X+r.W && y < r.Y+r.H
}

// Inset shrinks r by d on each side.
func (r Rect) Inset(d int) Rect { return Rect{r.X + d, r.Y + d, r.W - 2*d, r.H - 2*d} }

// Overlaps tells whether r and o share a pixel.
func (r Rect) Overlaps(o Rect) bool {
	return r.X < o.X+o.W && o.X < r.X+r.W && r.Y < o.Y+o.H && o.Y < r.Y+r.H
}

// Within tells whether r lies wholly inside o.
func (r Rect) Within(o Rect) bool {
	return r.X >= o.X && r.Y >= o.Y && r.X+r.W <= o.X+o.W && r.Y+r.H <= o.Y+o.H
}

// Kind tells which fields of an Item count.
type Kind uint8

// The kinds of items.
const (
	// Box is a filled and bordered rectangle; Radius rounds its corners.
	Box Kind = iota
	// Text is one line, its baseline at Y, beginning at X.
	Text
	// Icon is a named one-colour symbol scaled into Rect.
	Icon
	// Picture is an image scaled into Rect, its corners rounded by Radius.
	Picture
	// Polygon is a filled closed outline through Points.
	Polygon
	// Line is an open stroke through Points with round ends, BorderWidth wide.
	Line
	// Arc is a ring segment inside Rect from Start over Sweep degrees,
	// clockwise from twelve o'clock, BorderWidth wide.
	Arc
)

// Weight of a font.
type Weight uint8

// The two weights that are loaded.
const (
	Regular Weight = iota
	Bold
)

// Point is a place on the panel.
type Point struct{ X, Y int }

// Item is one entry of the display list; later items cover earlier ones.
type Item struct {
	Kind Kind
	Rect Rect // Box, Icon, Picture, Arc; for Text the line's measured box

	Fill        Color // A=0: none. Box, Polygon
	Border      Color // Box, Line, Arc
	BorderWidth int
	Radius      int

	Text   string // Text
	Size   int    // em height in pixels
	Weight Weight
	Ink    Color // Text, Icon
	Base   int   // Text: y of the baseline

	Name   string // Icon: its name
	Points []Point
	Start  int // Arc, degrees
	Sweep  int

	// Image and ImageKey belong to Picture: equal keys mean equal pixels, so
	// that comparing scenes does not compare pixels.
	Image    image.Image
	ImageKey string
}

// Target is a place that can be touched.
type Target struct {
	// ID is stable over redraws of one screen: "primary", "back", "lang.en".
	ID   string
	Rect Rect // touch area
	// Label is what speech says of it, in the language Lang if that is not the
	// page's: the names of languages.
	Label string
	Lang  string
	// Action is handed on when the target is released; a session event.
	Action any
	// Disabled targets are drawn but do nothing.
	Disabled bool
	// Chosen marks the answer or the setting that holds now.
	Chosen bool
}

// Scene is one whole screen.
type Scene struct {
	// Name of the screen, for goldens, screenshots and logs: "consent".
	Name       string
	W, H       int
	Background Color
	Items      []Item
	// Targets in the order of the focus.
	Targets []Target
	// Spoken is what speech says when the screen appears; Read are the
	// paragraphs that it goes on with, see Prose.
	Spoken string
	Read   []string
	// Back is the id of the target that a keypad's back key presses, "" for
	// none. It loses no more than a digit.
	Back string
}

// Hit finds the topmost enabled target at (x, y).
func (s *Scene) Hit(x, y int) (Target, bool) {
	for i := len(s.Targets) - 1; i >= 0; i-- {
		if t := s.Targets[i]; !t.Disabled && t.Rect.Contains(x, y) {
			return t, true
		}
	}
	return Target{}, false
}

// Equal tells whether drawing b after a would change a pixel or a touch area.
func Equal(a, b *Scene) bool {
	if a.Name != b.Name || a.W != b.W || a.H != b.H || a.Background != b.Background ||
		len(a.Items) != len(b.Items) || len(a.Targets) != len(b.Targets) || a.Spoken != b.Spoken {
		return false
	}
	for i := range a.Items {
		if !sameItem(&a.Items[i], &b.Items[i]) {
			return false
		}
	}
	for i := range a.Targets {
		x, y := &a.Targets[i], &b.Targets[i]
		if x.ID != y.ID || x.Rect != y.Rect || x.Label != y.Label || x.Lang != y.Lang ||
			x.Disabled != y.Disabled || x.Chosen != y.Chosen {
			return false
		}
	}
	return true
}

func sameItem(x, y *Item) bool {
	if x.Kind != y.Kind || x.Rect != y.Rect || x.Fill != y.Fill || x.Border != y.Border ||
		x.BorderWidth != y.BorderWidth || x.Radius != y.Radius || x.Text != y.Text || x.Size != y.Size ||
		x.Weight != y.Weight || x.Ink != y.Ink || x.Base != y.Base || x.Name != y.Name ||
		x.Start != y.Start || x.Sweep != y.Sweep || x.ImageKey != y.ImageKey || len(x.Points) != len(y.Points) {
		return false
	}
	for i := range x.Points {
		if x.Points[i] != y.Points[i] {
			return false
		}
	}
	return true
}
