package widget

import (
	"tram06/ui/scene"
	"tram06/ui/theme"
)

// The ring around the target that a keypad has the focus on: a line, apart from
// the shape by a band.
const (
	ringBand = 6
	ringLine = 6
)

// FocusRing gives what is drawn over s to show that the target id has the
// focus; nothing if there is no such target.
func FocusRing(t theme.Theme, s *scene.Scene, id string) []scene.Item {
	for i := range s.Targets {
		if s.Targets[i].ID != id || id == "" {
			continue
		}
		shape, radius := drawn(s, s.Targets[i].Rect)
		band, line := shape.Inset(-ringBand), shape.Inset(-ringBand-ringLine)
		return []scene.Item{
			{Kind: scene.Box, Rect: band, Border: t.RingBand, BorderWidth: ringBand, Radius: radius + ringBand},
			{Kind: scene.Box, Rect: line, Border: t.Ring, BorderWidth: ringLine, Radius: radius + ringBand + ringLine},
		}
	}
	return nil
}

// drawn finds the box that a touch area belongs to, and how round it is.
func drawn(s *scene.Scene, area scene.Rect) (shape scene.Rect, radius int) {
	for _, r := range []scene.Rect{area.Inset(reach), area} {
		for i := range s.Items {
			if it := &s.Items[i]; it.Kind == scene.Box && it.Rect == r {
				return r, it.Radius
			}
		}
	}
	return area.Inset(reach), theme.RadiusControl
}
