package theme

import "tram06/ui/scene"

// The reference panel and its frame: top bar, steps, content, action bar. The
// frame never scrolls and never moves.
const (
	PanelW, PanelH = 1080, 1920
	Margin         = 48
	TopH           = 152
	StepsY         = TopH
	ContentY       = 272
	BarY           = 1640
	ContentW       = PanelW - 2*Margin
)

// Spacing.
const (
	S8, S12, S16, S24, S32, S40, S56, S88 = 8, 12, 16, 24, 32, 40, 56, 88
)

// Radii and targets.
const (
	RadiusControl = 16
	RadiusRow     = 20
	RadiusCard    = 24
	RadiusStart   = 32

	MinTarget = 61
	ButtonH   = 136
	BackW     = 312
	RowH      = 148
	AnswerH   = 176
	SmallH    = 88
)

// Content is where a page may put things: inside the margins, clear of steps
// and action bar.
func Content() scene.Rect {
	return scene.Rect{X: Margin, Y: ContentY + S24, W: ContentW, H: BarY - ContentY - S24 - S32}
}
