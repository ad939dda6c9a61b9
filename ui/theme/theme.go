// Package theme is the look as numbers: colours, type, space and the sizes of
// what is touched. Screens take everything from here, so that another panel,
// text size or colour scheme is another theme and never another screen.
//
// Numbers are pixels of the reference panel: 1080x1920, 21.5 inches, upright,
// 0.248 mm a pixel, seen from 600 mm.
package theme

import (
	"tram06/firmware/session"
	"tram06/ui/scene"
)

// Palette is one colour scheme.
type Palette struct {
	Paper, Surface, Locked   scene.Color // page; cards, bars, buttons; values from the chip
	Ink, Ink2                scene.Color // text; labels and notes
	Line, Edge               scene.Color // quiet edges; edges of what can be pressed
	Act, OnAct               scene.Color // actions and done steps
	ActSoft, ActDeep         scene.Color // information, selected answer; pressed
	Mark, OnMark             scene.Color // "here, now"
	OK, OKSoft               scene.Color // confirmed by the other side
	Warn, WarnSoft           scene.Color // kept but not sent
	Bad, BadSoft             scene.Color // something went wrong
	KeyBed, KeyFoot, KeyFace scene.Color // number pad
	// BorderOf is the width of a quiet border: high contrast draws all thicker.
	Quiet int
	// HighContrast schemes have no soft fills: boxes are told by borders.
	HighContrast bool
}

// Colours gives a session's scheme.
func Colours(t session.Theme) Palette {
	switch t {
	case session.Night:
		return night
	case session.HighContrast:
		return highContrast
	}
	return light
}

var light = Palette{
	Paper: scene.RGB(0xF4F2EC), Surface: scene.RGB(0xFFFFFF), Locked: scene.RGB(0xE9E6DC),
	Ink: scene.RGB(0x141C2B), Ink2: scene.RGB(0x465061), Line: scene.RGB(0xD5D2C8), Edge: scene.RGB(0x6F7886),
	Act: scene.RGB(0x1C3F94), OnAct: scene.RGB(0xFFFFFF), ActSoft: scene.RGB(0xE5EBF8), ActDeep: scene.RGB(0x122A66),
	Mark: scene.RGB(0xF2A900), OnMark: scene.RGB(0x141C2B),
	OK: scene.RGB(0x11613B), OKSoft: scene.RGB(0xDFF0E6), Warn: scene.RGB(0x7A4700), WarnSoft: scene.RGB(0xFFF0CC),
	Bad: scene.RGB(0xA31919), BadSoft: scene.RGB(0xFBE6E4),
	KeyBed: scene.RGB(0xDCD8CC), KeyFoot: scene.RGB(0xA9A596), KeyFace: scene.RGB(0xFFFFFF), Quiet: 3,
}

var night = Palette{
	Paper: scene.RGB(0x0F1521), Surface: scene.RGB(0x1A2333), Locked: scene.RGB(0x121A28),
	Ink: scene.RGB(0xF1F4F9), Ink2: scene.RGB(0xB7C1D1), Line: scene.RGB(0x35425A), Edge: scene.RGB(0x8492AA),
	Act: scene.RGB(0x9DBBFF), OnAct: scene.RGB(0x0B1630), ActSoft: scene.RGB(0x22304F), ActDeep: scene.RGB(0xC4D6FF),
	Mark: scene.RGB(0xFFC233), OnMark: scene.RGB(0x141C2B),
	OK: scene.RGB(0x7FDCA8), OKSoft: scene.RGB(0x12382A), Warn: scene.RGB(0xFFD27A), WarnSoft: scene.RGB(0x3D2E0E),
	Bad: scene.RGB(0xFFA79E), BadSoft: scene.RGB(0x45201F),
	KeyBed: scene.RGB(0x0A0F18), KeyFoot: scene.RGB(0x35425A), KeyFace: scene.RGB(0x1A2333), Quiet: 3,
}

var highContrast = Palette{
	Paper: scene.RGB(0), Surface: scene.RGB(0), Locked: scene.RGB(0),
	Ink: scene.RGB(0xFFFFFF), Ink2: scene.RGB(0xFFFFFF), Line: scene.RGB(0xFFFFFF), Edge: scene.RGB(0xFFFFFF),
	Act: scene.RGB(0xFFE100), OnAct: scene.RGB(0), ActSoft: scene.RGB(0), ActDeep: scene.RGB(0xFFE100),
	Mark: scene.RGB(0xFFE100), OnMark: scene.RGB(0),
	OK: scene.RGB(0x6BFFA8), OKSoft: scene.RGB(0), Warn: scene.RGB(0xFFE100), WarnSoft: scene.RGB(0),
	Bad: scene.RGB(0xFFB4AB), BadSoft: scene.RGB(0),
	KeyBed: scene.RGB(0), KeyFoot: scene.RGB(0xFFFFFF), KeyFace: scene.RGB(0), Quiet: 4, HighContrast: true,
}

// Role is what a text is for; its size follows from the text size chosen.
type Role uint8

// The roles of text.
const (
	Note   Role = iota // labels, law, codes
	Body               // sentences
	Lead               // buttons, choices, values
	Head               // names, the receipt number
	Title              // one a screen
	Hero               // the attract screen only
	Digits             // of a countdown
)

// Style is a size in pixels and the height of a line.
type Style struct{ Size, Line int }

var at100 = [...]Style{Note: {28, 40}, Body: {36, 50}, Lead: {44, 60}, Head: {56, 72}, Title: {72, 92}, Hero: {104, 132}, Digits: {192, 240}}
var at150 = [...]Style{Note: {42, 58}, Body: {54, 72}, Lead: {64, 84}, Head: {72, 92}, Title: {88, 112}, Hero: {104, 132}, Digits: {192, 240}}

// Text gives the style of a role at a text size in percent.
func Text(r Role, size session.TextSize) Style {
	if size >= 150 {
		return at150[r]
	}
	return at100[r]
}

// The frame and the grid.
const (
	Width, Height = 1080, 1920
	Margin        = 48
	Gutter        = 24
	Content       = Width - 2*Margin
	TopBar        = 152
	Steps         = 272  // content begins here
	ActionBar     = 1640 // and ends here
	MinTarget     = 61   // 15 mm
)
