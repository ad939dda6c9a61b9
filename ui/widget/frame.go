package widget

import (
	"strings"

	"tram06/ui/scene"
	"tram06/ui/theme"
)

// Top is what the top bar says.
type Top struct {
	Place, Machine string
	Langs          []string // codes, as shown in capitals
	Lang           string
	LangNames      []string // spoken
	SetLang        func(code string) any
	Size, Colors   string
	Help           string
	StepSize       any
	StepTheme      any
	OpenHelp       any
	HelpOff        bool // the page cannot be left now
}

// TopBar draws place, languages, text size, colours and help.
func (p *Pen) TopBar(t Top) {
	c, st := p.T, p.T.Chrome()
	bold := st
	bold.Weight = scene.Bold
	p.Fill(scene.Rect{W: theme.PanelW, H: theme.TopH - c.Border}, c.Surface, 0)
	p.Fill(scene.Rect{Y: theme.TopH - c.Border, W: theme.PanelW, H: c.Border}, c.Line, 0)

	logo := scene.Rect{X: theme.Margin, Y: 32, W: 88, H: 88}
	p.Fill(logo, c.Act, 20)
	p.Centre(scene.Rect{X: logo.X, Y: logo.Y + 12, W: 88, H: 52}, "06", theme.Style{Size: 44, Line: 52, Weight: scene.Bold}, c.OnAct)
	bar := c.Mark
	if c.HighContrast {
		bar = c.OnAct
	}
	p.Fill(scene.Rect{X: logo.X + 20, Y: logo.Y + 66, W: 48, H: 8}, bar, 4)

	const y, h, gap = 24, 104, 12
	x := theme.PanelW - theme.Margin
	tool := func(id, label, icon string, w int, strong, off bool, action any) {
		x -= w
		r := scene.Rect{X: x, Y: y, W: w, H: h}
		fill, ink, edge, s := c.Surface, c.Ink, c.Edge, st
		if strong {
			fill, ink, edge, s = c.ActSoft, c.Act, c.Act, bold
		}
		if off {
			fill, ink, edge, s = c.Surface, c.Ink2, c.Line, st
		}
		if p.Pressed == id {
			fill, ink, edge = c.ActDeep, c.OnAct, c.Ink
		}
		p.Box(r, fill, edge, c.Border, theme.RadiusControl)
		p.Icon(r.X+(w-44)/2, r.Y+10, 44, icon, ink)
		p.Centre(scene.Rect{X: r.X, Y: r.Y + 56, W: w, H: 38}, label, s, ink)
		p.Target(id, label, r, action)
		p.Targets[len(p.Targets)-1].Disabled = off
		x -= gap
	}
	var tools []scene.Target
	keep := func(from int) { // the focus goes from left to right
		tools = append(append([]scene.Target(nil), p.Targets[from:]...), tools...)
		p.Targets = p.Targets[:from]
	}
	n := len(p.Targets)
	wide := func(label string, s theme.Style, least int) int { return max(p.Width(label, s)+24, least) }
	tool("help", t.Help, "f-help", wide(t.Help, bold, 136), true, t.HelpOff, t.OpenHelp)
	keep(n)
	tool("colors", t.Colors, "f-contrast-2", wide(t.Colors, st, 120), false, false, t.StepTheme)
	keep(n)
	tool("size", t.Size, "o-text-size", wide(t.Size, st, 120), false, false, t.StepSize)
	keep(n)

	seg := scene.Rect{X: x - 72*len(t.Langs), Y: y, W: 72 * len(t.Langs), H: h}
	p.Box(seg, c.Surface, c.Edge, c.Border, theme.RadiusControl)
	for i, l := range t.Langs {
		r := scene.Rect{X: seg.X + 72*i, Y: y, W: 72, H: h}
		ink := c.Ink
		id := "lang." + l
		switch {
		case p.Pressed == id:
			p.Fill(r.Inset(c.Border), c.ActDeep, theme.RadiusControl-4)
			ink = c.OnAct
		case l == t.Lang:
			p.Fill(r.Inset(c.Border), c.Ink, theme.RadiusControl-4)
			ink = c.Paper
		}
		p.Centre(r, strings.ToUpper(l), bold, ink)
		p.Targets = append(p.Targets, scene.Target{ID: id, Rect: r, Label: t.LangNames[i], Lang: l, Chosen: l == t.Lang, Action: t.SetLang(l)})
	}
	keep(n)
	p.Targets = append(p.Targets, tools...)

	// The place takes the room that is left, on one or two lines.
	left := logo.X + logo.W + 20
	room := seg.X - 16 - left
	lines := p.F.Wrap(t.Place, bold.Size, bold.Weight, room)
	if len(lines) > 2 {
		lines = lines[:2]
	}
	if len(lines) == 2 {
		for i, l := range lines {
			p.Line(left, 38+i*38, l, bold, c.Ink)
		}
		return
	}
	p.Line(left, 38, lines[0], bold, c.Ink)
	p.Line(left, 76, p.F.Wrap(t.Machine, st.Size, st.Weight, room)[0], st, c.Ink2)
}

// Steps draws where in the session a page is: now is 1 to len(names), all says
// that everything is done. large replaces the names by one line of words.
func (p *Pen) Steps(names []string, now int, all bool, large string) {
	c, st := p.T, p.T.Chrome()
	const gap = 12
	w := (theme.ContentW - gap*(len(names)-1)) / len(names)
	y := theme.StepsY + 28
	for i, name := range names {
		x := theme.Margin + i*(w+gap)
		ink, s, done := c.Ink2, st, i+1 < now || all
		switch {
		case done:
			p.Fill(scene.Rect{X: x, Y: y, W: w, H: 12}, c.Act, 6)
			ink = c.Act
		case i+1 == now:
			p.Box(scene.Rect{X: x, Y: y - 3, W: w, H: 18}, c.Mark, c.Ink, 3, 9)
			ink, s.Weight = c.Ink, scene.Bold
		default:
			p.Box(scene.Rect{X: x, Y: y, W: w, H: 12}, quiet(c), c.Line, c.Border, 6)
		}
		if c.Large {
			continue
		}
		at := x
		label := string(rune('1'+i)) + ". " + name
		if done {
			p.Icon(at, y+25, 32, "o-check", ink)
			at, label = at+40, name
		}
		// A long name stands without its number.
		if p.Width(label, s) > x+w-at {
			label = name
		}
		p.Line(at, y+22, label, s, ink)
	}
	if c.Large {
		p.Line(theme.Margin, y+20, large, theme.Style{Size: 42, Line: 58, Weight: scene.Bold}, c.Ink)
	}
}

// quiet is the filling of a bar that has not come yet.
func quiet(t theme.Theme) scene.Color {
	if t.HighContrast {
		return t.Surface
	}
	return t.Line
}

// Bar is the action bar: the way back, the way on, and below them alone the
// third way. Sentence replaces all while there is nothing to press.
type Bar struct {
	Back, Primary *Button
	Third         *Button
	Sentence      string
	BackW         int // width of Back, theme.BackW if zero
	Tall          bool
}

// ActionBar draws the lower edge of the screen.
func (p *Pen) ActionBar(b Bar) {
	c := p.T
	p.Fill(scene.Rect{Y: theme.BarY, W: theme.PanelW, H: theme.PanelH - theme.BarY}, c.Surface, 0)
	p.Fill(scene.Rect{Y: theme.BarY, W: theme.PanelW, H: c.Border}, c.Line, 0)
	if b.Sentence != "" {
		para := p.ParaMid(theme.ContentW, b.Sentence, c.Bold(theme.Lead), c.Ink)
		para.Draw(p, scene.Rect{X: theme.Margin, Y: theme.BarY + (280-para.H)/2, W: theme.ContentW, H: para.H})
		return
	}
	h := theme.ButtonH
	if b.Tall {
		h = 216
	}
	backW := b.BackW
	if backW == 0 {
		backW = theme.BackW
	}
	row := scene.Rect{X: theme.Margin, Y: theme.BarY + 28, W: theme.ContentW, H: h}
	back, prim := row, row
	if b.Back != nil && b.Primary != nil {
		back.W = backW
		prim.X, prim.W = row.X+backW+theme.S24, row.W-backW-theme.S24
	} else if b.Back != nil {
		back.W = max(backW, 480)
	}
	// The way on comes first in the order of the focus.
	if b.Primary != nil {
		p.Button(prim, *b.Primary)
	}
	if b.Back != nil {
		p.Button(back, *b.Back)
	}
	if b.Third != nil && !b.Tall {
		p.Quiet(scene.Rect{X: theme.Margin, Y: row.Y + h + 12, W: theme.ContentW, H: 84}, *b.Third)
	}
}

// Quiet draws a line that can be pressed, without a border, in the middle of r.
func (p *Pen) Quiet(r scene.Rect, b Button) {
	st := p.fit(b.Label, p.T.Style(theme.Body), r.W-56-2*theme.S40)
	w := p.Width(b.Label, st) + 56 + 2*theme.S40
	r.X, r.W = r.X+(r.W-w)/2, w
	ink := p.T.Ink
	if p.Pressed == b.ID {
		p.Fill(r, p.T.ActDeep, theme.RadiusControl)
		ink = p.T.OnAct
	}
	p.Icon(r.X+theme.S40, r.Y+(r.H-40)/2, 40, b.Icon, ink)
	p.Line(r.X+theme.S40+56, r.Y+(r.H-st.Line)/2, b.Label, st, ink)
	p.Target(b.ID, b.Label, r, b.Action)
}
