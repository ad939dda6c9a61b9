package theme

import "tram06/ui/scene"

// Role is what a text is for; the role decides its size.
type Role uint8

// The roles of type.
const (
	Note  Role = iota // labels, law, codes
	Body              // sentences
	Lead              // buttons, choices, values
	Head              // names, receipt number
	Title             // one a screen
	Hero              // attract only
	Digits
	roles
)

// Style is a role on a rung of the ladder.
type Style struct {
	Size, Line int
	Weight     scene.Weight
}

const (
	rungNormal = 1
	rung150    = 5
)

// ladder holds the sizes of every role, {em, line}, the smallest first. The
// second rung is 100 percent, the last 150. The others are for pages whose
// words would not fit otherwise: below 150 percent first the titles give way,
// then the values, and the smallest words last. Nothing is ever below 28.
var ladder = [...][roles][2]int{
	{{28, 38}, {28, 40}, {36, 50}, {44, 60}, {56, 72}, {88, 112}, {192, 240}},
	{{28, 40}, {36, 50}, {44, 60}, {56, 72}, {72, 92}, {104, 132}, {192, 240}},
	{{36, 48}, {36, 50}, {42, 56}, {44, 60}, {56, 72}, {88, 112}, {192, 240}},
	{{36, 50}, {42, 58}, {44, 60}, {54, 72}, {64, 84}, {104, 132}, {192, 240}},
	{{36, 50}, {44, 60}, {54, 72}, {64, 84}, {72, 92}, {104, 132}, {192, 240}},
	{{42, 58}, {54, 72}, {64, 84}, {72, 92}, {88, 112}, {104, 132}, {192, 240}},
}

// below leads from a rung to the next smaller one: a page of 150 percent has
// the smallest words of 100 percent only when all else failed.
var below = [...]int{-1, 0, 0, 2, 3, 4}

// lines gives the line height of each size that is loaded.
var lines = map[int]int{28: 40, 36: 50, 42: 58, 44: 60, 54: 72, 56: 72, 64: 84, 72: 92, 88: 112, 104: 132, 192: 240}

// Sizes are the em heights that screens use, for backends that load ahead.
func Sizes() []int { return []int{28, 36, 42, 44, 54, 56, 64, 72, 88, 104, 192} }

// Style gives the size of a role. Titles, heads and heroes are bold.
func (t Theme) Style(r Role) Style {
	p := ladder[t.rung][r]
	s := Style{Size: p[0], Line: p[1]}
	if r >= Head {
		s.Weight = scene.Bold
	}
	return s
}

// Bold gives the role in bold.
func (t Theme) Bold(r Role) Style {
	s := t.Style(r)
	s.Weight = scene.Bold
	return s
}

// Chrome is the size of labels in the top bar and of steps. Each stands beside
// an icon or a bar, and the frame keeps its height at every text size.
func (t Theme) Chrome() Style { return Style{Size: 28, Line: 38} }

// Below gives the next smaller size that is loaded, same weight.
func (s Style) Below() (Style, bool) {
	best := 0
	for _, z := range Sizes() {
		if z < s.Size && z > best {
			best = z
		}
	}
	if best == 0 {
		return s, false
	}
	return Style{Size: best, Line: lines[best], Weight: s.Weight}, true
}
