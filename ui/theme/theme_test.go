package theme

import (
	"testing"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
)

// Every pair of text and background that screens use is readable.
func TestContrast(t *testing.T) {
	for _, th := range []session.Theme{session.Light, session.Night, session.HighContrast} {
		c := New(th, 100)
		least := 4.5
		if c.HighContrast {
			least = 7
		}
		for name, p := range map[string][2]scene.Color{
			"ink/paper": {c.Ink, c.Paper}, "ink/surface": {c.Ink, c.Surface}, "ink/locked": {c.Ink, c.Locked},
			"ink2/paper": {c.Ink2, c.Paper}, "ink2/surface": {c.Ink2, c.Surface}, "ink2/locked": {c.Ink2, c.Locked},
			"act/surface": {c.Act, c.Surface}, "act/paper": {c.Act, c.Paper}, "act/actsoft": {c.Act, c.ActSoft},
			"onact/act": {c.OnAct, c.Act}, "onact/actdeep": {c.OnAct, c.ActDeep}, "ink/actsoft": {c.Ink, c.ActSoft},
			"onmark/mark": {c.OnMark, c.Mark}, "ok/oksoft": {c.OK, c.OKSoft}, "ok/surface": {c.OK, c.Surface},
			"ink/oksoft": {c.Ink, c.OKSoft}, "warn/warnsoft": {c.Warn, c.WarnSoft}, "warn/surface": {c.Warn, c.Surface},
			"ink/warnsoft": {c.Ink, c.WarnSoft}, "bad/badsoft": {c.Bad, c.BadSoft}, "ink/badsoft": {c.Ink, c.BadSoft},
			"surface/ink": {c.Surface, c.Ink},
		} {
			if r := scenetest.Contrast(p[0], p[1]); r < least {
				t.Errorf("theme %d: %s has %.2f, want %.1f", th, name, r, least)
			}
		}
		for name, p := range map[string][2]scene.Color{"edge/surface": {c.Edge, c.Surface}, "edge/paper": {c.Edge, c.Paper}} {
			if r := scenetest.Contrast(p[0], p[1]); r < 3 {
				t.Errorf("theme %d: %s has %.2f, want 3", th, name, r)
			}
		}
	}
}

// Every size of the ladder is loaded, none is below 28, and a line is high
// enough that "Ễ" does not touch "ặ" of the line above.
func TestLadder(t *testing.T) {
	loaded := map[int]bool{}
	for _, s := range Sizes() {
		loaded[s] = true
		if lines[s]*100 < s*125 {
			t.Errorf("line %d of size %d is too low", lines[s], s)
		}
	}
	for i, rung := range ladder {
		for r, p := range rung {
			if !loaded[p[0]] || p[0] < 28 || p[1]*100 < p[0]*125 {
				t.Errorf("rung %d role %d: %v", i, r, p)
			}
			if d := below[i]; d >= 0 && p[0] < ladder[d][r][0] {
				t.Errorf("rung %d role %d is smaller than the rung below", i, r)
			}
		}
	}
	th := New(session.Light, 150)
	n := 1
	for down, ok := th.Smaller(); ok; down, ok = down.Smaller() {
		n++
	}
	if n != len(ladder)-1 {
		t.Errorf("%d rungs from the top", n)
	}
}
