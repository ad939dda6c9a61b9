// Package theme holds the measures of the look: colours of the three themes,
// the type roles with their sizes, spacing, radii and the frame. A screen
// names a role or a token, never a number of its own, so that another panel or
// a larger text is a change in one place.
package theme

import (
	"tram06/firmware/session"
	"tram06/ui/scene"
)

// Colors are the colour tokens of one theme. Of the ring's two colours one stands
// out from whatever lies below: on dark grounds, where ink and mark are both
// light, mark is the line and the band is dark.
type Colors struct {
	Paper, Surface, Locked scene.Color // page; cards and bars; values from the chip
	Ink, Ink2              scene.Color // text; labels and notes
	Line, Edge             scene.Color // quiet edges; edges of what can be pressed

	Act, OnAct, ActSoft, ActDeep scene.Color // actions; pressed
	Mark, OnMark                 scene.Color // here, now
	Ring, RingBand               scene.Color // around what a keypad is on: line and the band inside
	OK, OKSoft                   scene.Color // confirmed by the other side
	Warn, WarnSoft               scene.Color // kept, but not sent
	Bad, BadSoft                 scene.Color // something went wrong
}

var light = Colors{
	Paper: scene.RGB(0xF4F2EC), Surface: scene.RGB(0xFFFFFF), Locked: scene.RGB(0xE9E6DC),
	Ink: scene.RGB(0x141C2B), Ink2: scene.RGB(0x465061), Line: scene.RGB(0xD5D2C8), Edge: scene.RGB(0x6F7886),
	Act: scene.RGB(0x1C3F94), OnAct: scene.RGB(0xFFFFFF), ActSoft: scene.RGB(0xE5EBF8), ActDeep: scene.RGB(0x122A66),
	Mark: scene.RGB(0xF2A900), OnMark: scene.RGB(0x141C2B),
	Ring: scene.RGB(0x141C2B), RingBand: scene.RGB(0xF2A900),
	OK: scene.RGB(0x11613B), OKSoft: scene.RGB(0xDFF0E6), Warn: scene.RGB(0x7A4700), WarnSoft: scene.RGB(0xFFF0CC),
	Bad: scene.RGB(0xA31919), BadSoft: scene.RGB(0xFBE6E4),
}

var night = Colors{
	Paper: scene.RGB(0x0F1521), Surface: scene.RGB(0x1A2333), Locked: scene.RGB(0x121A28),
	Ink: scene.RGB(0xF1F4F9), Ink2: scene.RGB(0xB7C1D1), Line: scene.RGB(0x35425A), Edge: scene.RGB(0x8492AA),
	Act: scene.RGB(0x9DBBFF), OnAct: scene.RGB(0x0B1630), ActSoft: scene.RGB(0x22304F), ActDeep: scene.RGB(0xC4D6FF),
	Mark: scene.RGB(0xFFC233), OnMark: scene.RGB(0x141C2B),
	Ring: scene.RGB(0xFFC233), RingBand: scene.RGB(0x141C2B),
	OK: scene.RGB(0x7FDCA8), OKSoft: scene.RGB(0x12382A), Warn: scene.RGB(0xFFD27A), WarnSoft: scene.RGB(0x3D2E0E),
	Bad: scene.RGB(0xFFA79E), BadSoft: scene.RGB(0x45201F),
}

var highContrast = Colors{
	Paper: scene.RGB(0), Surface: scene.RGB(0), Locked: scene.RGB(0),
	Ink: scene.RGB(0xFFFFFF), Ink2: scene.RGB(0xFFFFFF), Line: scene.RGB(0xFFFFFF), Edge: scene.RGB(0xFFFFFF),
	Act: scene.RGB(0xFFE100), OnAct: scene.RGB(0), ActSoft: scene.RGB(0), ActDeep: scene.RGB(0xFFE100),
	Mark: scene.RGB(0xFFE100), OnMark: scene.RGB(0),
	Ring: scene.RGB(0xFFE100), RingBand: scene.RGB(0),
	OK: scene.RGB(0x6BFFA8), OKSoft: scene.RGB(0), Warn: scene.RGB(0xFFE100), WarnSoft: scene.RGB(0),
	Bad: scene.RGB(0xFFB4AB), BadSoft: scene.RGB(0),
}

// Theme is the look of one screen: colours and a step of the type ladder.
type Theme struct {
	Colors
	HighContrast bool
	// Border of things that inform; every box has one in high contrast.
	Border int
	// Large says that the person asked for larger text.
	Large bool

	rung int
}

// New gives the look for the theme and text size that a person chose.
func New(t session.Theme, size session.TextSize) Theme {
	th := Theme{Colors: light, Border: 3, rung: rungNormal, Large: size > 100}
	switch t {
	case session.Night:
		th.Colors = night
	case session.HighContrast:
		th.Colors, th.HighContrast, th.Border = highContrast, true, 4
	}
	if th.Large {
		th.rung = rung150
	}
	return th
}

// Smaller steps down the type ladder; ok is false on its lowest rung.
func (t Theme) Smaller() (Theme, bool) {
	if below[t.rung] < 0 {
		return t, false
	}
	t.rung = below[t.rung]
	return t, true
}
