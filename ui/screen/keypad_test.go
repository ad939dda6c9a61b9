package screen

import (
	"strings"
	"testing"
	"time"

	"tram06/firmware/session"
	"tram06/hal"
	"tram06/ui/focus"
	"tram06/ui/scene"
	"tram06/ui/scene/scenetest"
	"tram06/ui/text"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

func phrases(lang string) focus.Phrases {
	w := text.In(lang)
	return focus.Phrases{Lang: lang, Keys: w.Keys, Chosen: w.Chosen, Unavailable: w.Unavailable, Volume: w.Volume}
}

// Every target of every page is reached by the down key, each once, and says
// what it is; what can be activated is, as by a finger.
func TestEveryTargetIsReachedByKeys(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		if s.Theme != session.Light {
			return // looks the same to a keypad
		}
		f := focus.New(60)
		now := morning
		f.Show(sc, phrases(s.Lang), now)
		first := f.Key(hal.KeyPress{Button: hal.ButtonUp, At: now.Add(time.Second)})
		whole := ""
		for _, u := range first.Say {
			whole += u.Text + " "
		}
		if sc.Spoken == "" || !strings.Contains(whole, text.In(s.Lang).Keys) {
			t.Errorf("%s: the page says %q", name, whole)
		}
		seen := map[string]bool{}
		for i, x := range sc.Targets {
			now = now.Add(time.Second)
			r := f.Key(hal.KeyPress{Button: hal.ButtonDown, At: now})
			if f.Focused() != x.ID || seen[x.ID] {
				t.Fatalf("%s: down key %d goes to %q, want %q", name, i, f.Focused(), x.ID)
			}
			seen[x.ID] = true
			if len(r.Say) == 0 || len(strings.TrimSpace(r.Say[0].Text)) < 2 || r.Say[0].Lang == "" || !r.Say[0].Interrupt {
				t.Errorf("%s: %s says %+v", name, x.ID, r.Say)
			}
			ok := f.Key(hal.KeyPress{Button: hal.ButtonOK, At: now.Add(500 * time.Millisecond)})
			switch {
			case x.Disabled && (ok.Action != nil || !strings.Contains(ok.Say[0].Text, text.In(s.Lang).Unavailable)):
				t.Errorf("%s: %s is off and gives %v", name, x.ID, ok.Action)
			case !x.Disabled && ok.Action != x.Action:
				t.Errorf("%s: OK on %s gives %v, want %v", name, x.ID, ok.Action, x.Action)
			}
		}
	})
}

// The back key never ends what a person did without asking, and is there
// wherever there is something to go back from.
func TestBackIsSafe(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		var action any
		for _, x := range sc.Targets {
			if x.ID == sc.Back && !x.Disabled {
				action = x.Action
			}
		}
		switch action {
		case session.CloseSheet{}, session.Back{}, session.AskCancel{}:
			if _, pad := targetOf(sc, "erase"); pad && s.Digits != "" {
				t.Errorf("%s: back leaves the page instead of taking back a digit", name)
			}
		case session.EraseDigit{}:
			if s.Digits == "" {
				t.Errorf("%s: back takes back a digit that is not there", name)
			}
		case nil:
			switch s.Phase {
			case session.Attract, session.Submitting, session.Done, session.Goodbye, session.Closed:
			default:
				t.Errorf("%s: no back", name)
			}
		default:
			t.Errorf("%s: back is %T", name, action)
		}
	})
}

func targetOf(sc *scene.Scene, id string) (scene.Target, bool) {
	for _, x := range sc.Targets {
		if x.ID == id {
			return x, true
		}
	}
	return scene.Target{}, false
}

// What stands on a page outside of its buttons is read to whoever does not see
// it, all of it and each paragraph once.
func TestAllThatIsShownIsRead(t *testing.T) {
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		all := strings.Join(append([]string{sc.Spoken}, sc.Read...), " ")
		all = strings.Join(strings.Fields(all), " ")
		for _, it := range sc.Items {
			inFrame := it.Rect.Y < theme.TopH || s.Phase != session.Attract && it.Rect.Y < theme.ContentY-theme.S88 ||
				it.Rect.Y < theme.ContentY && stepOf(s.Phase) > 0
			if it.Kind != scene.Text || inFrame {
				continue
			}
			pressed := false
			for _, x := range sc.Targets {
				pressed = pressed || it.Rect.Overlaps(x.Rect)
			}
			if text := strings.Join(strings.Fields(it.Text), " "); !pressed && !strings.Contains(all, text) {
				t.Errorf("%s: %q is shown and not read", name, text)
			}
		}
	})
}

// ground is what lies under a pixel, as far as boxes go.
func ground(sc *scene.Scene, x, y int) scene.Color {
	c := sc.Background
	for _, it := range sc.Items {
		if it.Kind != scene.Box || !it.Rect.Contains(x, y) {
			continue
		}
		inner := it.Rect.Inset(it.BorderWidth)
		switch {
		case it.Border.A > 0 && !inner.Contains(x, y):
			c = it.Border
		case it.Fill.A > 0:
			c = it.Fill
		}
	}
	return c
}

// The ring stands out from what it covers, stays on the panel, and covers no
// words but those of a neighbour's edge.
func TestTheRingIsSeen(t *testing.T) {
	frame := scene.Rect{W: theme.PanelW, H: theme.PanelH}
	everyLook(t, func(t *testing.T, name string, s session.State, _ Env, sc *scene.Scene, _ bool) {
		th := theme.New(s.Theme, s.TextSize)
		for _, x := range sc.Targets {
			ring := widget.FocusRing(th, sc, x.ID)
			if len(ring) != 2 {
				t.Fatalf("%s: the ring of %s has %d parts", name, x.ID, len(ring))
			}
			band, line := ring[0], ring[1]
			if !line.Rect.Within(frame) {
				t.Errorf("%s: the ring of %s leaves the panel: %v", name, x.ID, line.Rect)
			}
			if c := scenetest.Contrast(band.Border, line.Border); c < 7 {
				t.Errorf("%s: line and band of the ring of %s have a contrast of %.1f", name, x.ID, c)
			}
			hidden, all := 0, 0
			look := func(px, py int) {
				g := ground(sc, px, py)
				if all++; scenetest.Contrast(line.Border, g) < 3 && scenetest.Contrast(band.Border, g) < 3 {
					hidden++
				}
			}
			r := line.Rect
			for px := r.X + line.Radius; px < r.X+r.W-line.Radius; px += 4 {
				look(px, r.Y)
				look(px, r.Y+r.H-1)
			}
			for py := r.Y + line.Radius; py < r.Y+r.H-line.Radius; py += 4 {
				look(r.X, py)
				look(r.X+r.W-1, py)
			}
			if hidden > 0 {
				t.Errorf("%s: %d of %d points of the ring of %s are not seen", name, hidden, all, x.ID)
			}
			for _, it := range sc.Items {
				if it.Kind == scene.Text && it.Rect.Overlaps(line.Rect) && !it.Rect.Within(band.Rect.Inset(band.BorderWidth)) {
					ink := scene.Rect{X: it.Rect.X, Y: it.Base - it.Size*3/4, W: it.Rect.W, H: it.Size}
					if ink.Overlaps(line.Rect) && !ink.Within(band.Rect.Inset(band.BorderWidth)) {
						t.Errorf("%s: the ring of %s covers %q", name, x.ID, it.Text)
					}
				}
			}
		}
	})
}

// Without a keypad no scene has a ring, and no screen looks different.
func TestNoRingWithoutFocus(t *testing.T) {
	fonts, svc := load(t)
	for _, x := range samples(svc) {
		env := environment(fonts, svc)
		x.env(&env)
		for _, id := range []string{"", "no such target"} {
			if ring := widget.FocusRing(theme.New(x.s.Theme, x.s.TextSize), View(x.s, env), id); len(ring) > 0 {
				t.Errorf("%s: a ring around %q", x.name, id)
			}
		}
	}
}
