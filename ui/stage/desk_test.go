package stage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/person"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/ui/scene"
	"tram06/ui/screen"
	"tram06/ui/text"
)

// The person is made up.
var (
	code   = cccd.QR{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam", Residence: "xã Suối Mây"}
	holder = person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
		Residence: "xã Suối Mây", Assurance: person.ChipSigned}
)

// glass is a backend that shows to nobody.
type glass struct {
	shown  *scene.Scene
	draws  int
	forgot []string
}

func (g *glass) Draw(sc *scene.Scene) error {
	g.shown, g.draws = sc, g.draws+1
	return nil
}
func (*glass) Poll() []hal.Touch        { return nil }
func (*glass) PollEvery() time.Duration { return 0 }
func (g *glass) Forget(prefix string)   { g.forgot = append(g.forgot, prefix) }

// desk is a kiosk without devices: the session, its screens and a stage. What
// devices and the authority would do, a test does.
type desk struct {
	t     *testing.T
	st    *Stage
	g     glass
	m     *session.Machine
	s     session.State
	at    time.Time
	fx    []session.Effect // wanted since the last look
	acts  []session.Event  // what keys and fingers did
	said  []scene.Utterance
	vol   []int
	pages map[string]bool
}

var opened = time.Date(2026, 11, 23, 9, 40, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	t.Helper()
	fonts, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	svc, err := service.Load(service.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, m: session.New(session.Config{Services: svc}), at: opened, pages: map[string]bool{}}
	env := screen.Env{Fonts: fonts, Services: svc,
		Site: screen.Site{Place: "UBND xã Suối Mây", Machine: "Trạm 06", Authority: "Công an xã Suối Mây", Controller: "UBND xã Suối Mây", Counter: "1"}}
	d.st = New(Options{
		Backend: &d.g,
		View: func(s session.State, pressed string) *scene.Scene {
			e := env
			e.Pressed = pressed
			return screen.View(s, e)
		},
		Clock:  func() time.Time { return d.at },
		Say:    func(u scene.Utterance) { d.said = append(d.said, u) },
		Volume: func(percent int) { d.vol = append(d.vol, percent) },
	})
	d.s = d.m.Initial(d.at)
	for x := session.Reader; x <= session.Network; x++ {
		d.do(session.DeviceChanged{Device: x, Ready: true})
	}
	return d
}

// do plays events, and shows what came of them.
func (d *desk) do(evs ...session.Event) {
	d.t.Helper()
	for _, ev := range evs {
		d.at = d.at.Add(time.Millisecond)
		var fx []session.Effect
		d.s, fx = d.m.Update(d.s, d.at, ev)
		d.fx = append(d.fx, fx...)
	}
	d.show()
}

func (d *desk) show() {
	d.t.Helper()
	if err := d.st.Show(d.s); err != nil {
		d.t.Fatal(err)
	}
	d.pages[d.g.shown.Name] = true
}

// key presses one, after so long.
func (d *desk) key(after time.Duration, b hal.Button, held bool) {
	d.t.Helper()
	d.at = d.at.Add(after)
	ev, redraw := d.st.Key(hal.KeyPress{Button: b, Held: held, At: d.at})
	if ev != nil {
		d.acts = append(d.acts, ev)
		d.do(ev)
	} else if redraw {
		d.show()
	}
}

func (d *desk) press(bs ...hal.Button) {
	d.t.Helper()
	for _, b := range bs {
		d.key(400*time.Millisecond, b, false)
	}
}

// choose goes to a target with the down key, and activates it.
func (d *desk) choose(id string) {
	d.t.Helper()
	d.press(hal.ButtonDown)
	for range d.g.shown.Targets {
		if d.st.keys.f.Focused() == id {
			d.press(hal.ButtonOK)
			return
		}
		d.press(hal.ButtonDown)
	}
	d.t.Fatalf("on %s the keypad does not come to %s", d.g.shown.Name, id)
}

// on checks which page shows.
func (d *desk) on(name string) {
	d.t.Helper()
	if d.g.shown.Name != name {
		d.t.Fatalf("on page %s, want %s", d.g.shown.Name, name)
	}
}

// heard gives all that was said since the last call.
func (d *desk) heard() string {
	var b strings.Builder
	for _, u := range d.said {
		b.WriteString(u.Text + " | ")
	}
	d.said = nil
	return b.String()
}

// hears checks what was said since the last call.
func (d *desk) hears(parts ...string) {
	d.t.Helper()
	all := d.heard()
	for _, p := range parts {
		if !strings.Contains(all, p) {
			d.t.Errorf("on %s: %q is not said in %q", d.g.shown.Name, p, all)
		}
	}
}

// wanted takes the last effect of its kind.
func wanted[E session.Effect](d *desk) E {
	d.t.Helper()
	for i, fx := range slices.Backward(d.fx) {
		if e, ok := fx.(E); ok {
			d.fx = slices.Delete(d.fx, i, i+1)
			return e
		}
	}
	var none E
	d.t.Fatalf("on %s nobody wants %T", d.g.shown.Name, none)
	return none
}

// ringed tells whether a ring is on the screen.
func (d *desk) ringed() bool {
	n := len(d.g.shown.Items)
	return n > 2 && d.g.shown.Items[n-1].Fill.A == 0 && d.g.shown.Items[n-1].BorderWidth == 6 &&
		d.g.shown.Items[n-2].Fill.A == 0 && d.g.shown.Items[n-2].BorderWidth == 6
}
