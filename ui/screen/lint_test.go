package screen

import (
	"fmt"
	"testing"

	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
	"tram06/ui/theme"
)

// everyLook calls f with every sample in every language, theme and size.
func everyLook(t *testing.T, f func(t *testing.T, name string, s session.State, env Env, sc *scene.Scene, overflow bool)) {
	t.Helper()
	fonts, svc := load(t)
	for _, x := range samples(svc) {
		for _, lang := range []string{"vi", "en"} {
			for th := session.Light; th <= session.HighContrast; th++ {
				for _, size := range []session.TextSize{100, 150} {
					s := x.s
					s.Lang, s.Theme, s.TextSize = lang, th, size
					env := environment(fonts, svc)
					x.env(&env)
					sc, over := build(&s, &env)
					f(t, fmt.Sprintf("%s %s theme %d, %d %%", x.name, lang, th, size), s, env, sc, over)
				}
			}
		}
	}
}

// holder is the smallest box drawn before the item that holds its beginning.
func holder(sc *scene.Scene, i int) scene.Rect {
	best := scene.Rect{W: sc.W, H: sc.H}
	r := sc.Items[i].Rect
	for _, it := range sc.Items[:i] {
		if it.Kind == scene.Box && it.Rect.Contains(r.X, r.Y+r.H/2) && it.Rect.W*it.Rect.H < best.W*best.H {
			best = it.Rect
		}
	}
	return best
}

func TestNothingOverflowsOrOverlaps(t *testing.T) {
	frame := scene.Rect{W: theme.PanelW, H: theme.PanelH}
	everyLook(t, func(t *testing.T, name string, s session.State, env Env, sc *scene.Scene, over bool) {
		if over {
			t.Errorf("%s: the page does not fit", name)
		}
		var texts []int
		for i, it := range sc.Items {
			switch it.Kind {
			case scene.Polygon, scene.Line:
				for _, p := range it.Points {
					if p.X < 0 || p.Y < 0 || p.X > sc.W || p.Y > sc.H {
						t.Errorf("%s: a point outside of the frame: %v", name, p)
					}
				}
				continue
			case scene.Arc:
				continue
			case scene.Text:
				texts = append(texts, i)
				if h := holder(sc, i); it.Rect.X < h.X || it.Rect.X+it.Rect.W > h.X+h.W {
					t.Errorf("%s: %q at %v is wider than its panel %v", name, it.Text, it.Rect, h)
				}
				for _, r := range it.Text {
					if !env.Fonts.Has(r) {
						t.Errorf("%s: no glyph for %q in %q", name, r, it.Text)
					}
				}
				if it.Size < 28 {
					t.Errorf("%s: %q is only %d high", name, it.Text, it.Size)
				}
			}
			if !it.Rect.Within(frame) {
				t.Errorf("%s: item %d leaves the frame: %+v %q", name, i, it.Rect, it.Text)
			}
		}
		for n, i := range texts {
			for _, j := range texts[:n] {
				if sc.Items[i].Rect.Overlaps(sc.Items[j].Rect) {
					t.Errorf("%s: %q over %q", name, sc.Items[i].Text, sc.Items[j].Text)
				}
			}
		}
		checkTargets(t, name, sc)
	})
}

// checkTargets: large enough, apart, inside, named once; and no words run
// across the edge of one.
func checkTargets(t *testing.T, name string, sc *scene.Scene) {
	t.Helper()
	ids := map[string]bool{}
	for i, a := range sc.Targets {
		if ids[a.ID] || a.ID == "" || a.Label == "" || a.Action == nil {
			t.Errorf("%s: target %q twice, or without a label or an action", name, a.ID)
		}
		ids[a.ID] = true
		if a.Rect.W < theme.MinTarget || a.Rect.H < theme.MinTarget {
			t.Errorf("%s: target %q is only %dx%d", name, a.ID, a.Rect.W, a.Rect.H)
		}
		for _, b := range sc.Targets[:i] {
			if a.Rect.Overlaps(b.Rect) {
				t.Errorf("%s: targets %q and %q overlap", name, a.ID, b.ID)
			}
		}
		for _, it := range sc.Items {
			if it.Kind == scene.Text && it.Rect.Overlaps(a.Rect) && !it.Rect.Within(a.Rect) {
				t.Errorf("%s: %q runs across the edge of %q", name, it.Text, a.ID)
			}
		}
	}
}

// Language, text size, colours and help stand on every screen; on every page
// of a session one can stop.
func TestTheWayOutIsAlwaysThere(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		has := map[string]scene.Target{}
		actions := map[any]bool{}
		for _, x := range sc.Targets {
			has[x.ID] = x
			if !x.Disabled {
				actions[x.Action] = true
			}
		}
		for _, id := range []string{"lang.vi", "lang.en", "size", "colors", "help"} {
			if _, ok := has[id]; !ok {
				t.Errorf("%s: no %s", name, id)
			}
		}
		switch {
		case s.Phase == session.Attract, s.Phase == session.Submitting, s.Phase == session.Closed:
		case s.Phase == session.Declined, s.Phase == session.Done, s.Phase == session.Goodbye:
			if !actions[session.Finish{}] && s.Sheet == session.NoSheet {
				t.Errorf("%s: no end", name)
			}
		case !actions[session.AskCancel{}] && !actions[session.Cancel{}]:
			t.Errorf("%s: no way to stop", name)
		}
		if s.Sheet != session.NoSheet && !actions[session.CloseSheet{}] {
			t.Errorf("%s: no way back from the sheet", name)
		}
		if s.Sheet == session.NoSheet && s.Phase != session.Submitting && s.Phase != session.Goodbye && s.Phase != session.Closed && has["help"].Disabled {
			t.Errorf("%s: no help", name)
		}
	})
}

// At most one button is filled; the two equal answers of the consent are the
// exception.
func TestOneFilledButton(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, env Env, sc *scene.Scene, _ bool) {
		act := theme.New(s.Theme, s.TextSize).Act
		filled := 0
		for _, x := range sc.Targets {
			for _, it := range sc.Items {
				if it.Kind == scene.Box && it.Fill == act && it.Rect == x.Rect.Inset(6) {
					filled++
				}
			}
		}
		want := 1
		if s.Phase == session.Consent && s.Sheet == session.NoSheet {
			want = 2
		}
		if filled > want {
			t.Errorf("%s: %d filled buttons", name, filled)
		}
	})
}

// The contrast of every text with what lies directly under it.
func TestContrast(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		least := 4.5
		if s.Theme == session.HighContrast {
			least = 7
		}
		for i, it := range sc.Items {
			if it.Kind != scene.Text {
				continue
			}
			under := sc.Background
			for _, b := range sc.Items[:i] {
				if b.Kind == scene.Box && b.Fill.A == 255 && b.Rect.Contains(it.Rect.X+it.Rect.W/2, it.Rect.Y+it.Rect.H/2) {
					under = b.Fill
				}
			}
			if c := scenetest.Contrast(it.Ink, under); c < least {
				t.Errorf("%s: %q has a contrast of %.1f", name, it.Text, c)
			}
		}
	})
}

// No page of the identification is a dead end: without reader, scanner or
// both there is a way on that works, or the counter is named.
func TestIdentifyHasAWayOn(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, env Env, sc *scene.Scene, _ bool) {
		if s.Phase != session.Identify || s.Sheet != session.NoSheet {
			return
		}
		way := false
		for _, x := range sc.Targets {
			switch x.Action.(type) {
			case session.UseQR:
				way = way || s.MayUseQR()
			case session.TypeNumber:
				way = way || s.Devices[session.Reader].Ready
			case session.OtherWay, session.OpenHelp:
				way = way || !x.Disabled && x.ID != "help"
			}
		}
		if !way {
			t.Errorf("%s: no way on", name)
		}
	})
}
