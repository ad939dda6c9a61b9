package stage_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/sim"
	"tram06/ui/scene"
	"tram06/ui/screen"
	"tram06/ui/stage"
	"tram06/ui/text"
	"tram06/ui/theme"
)

// paper is a backend that shows nothing: what is measured ends where a real one
// begins to draw.
type paper struct{ last *scene.Scene }

func (p *paper) Draw(s *scene.Scene) error { p.last = s; return nil }
func (p *paper) Poll() []hal.Touch         { return nil }
func (p *paper) PollEvery() time.Duration  { return 0 }
func (p *paper) Forget(string)             {}

// finger taps on the pages of a kiosk that has no other devices: events of a
// panel go in, through the driver, the pointer and the session, scenes come out.
type finger struct {
	tb    testing.TB
	hand  *sim.Hand
	glass hal.TouchScreen
	now   atomic.Int64 // milliseconds; it goes on by a second a tap
	stage *stage.Stage
	m     *session.Machine
	state session.State
	shown *scene.Scene
	n     int
	took  []time.Duration
}

func newFinger(tb testing.TB, fonts *text.Fonts, b stage.Backend) *finger {
	tb.Helper()
	services, err := service.Load(service.Builtin())
	if err != nil {
		tb.Fatal(err)
	}
	f := &finger{tb: tb, m: session.New(session.Config{Services: services})}
	f.hand = &sim.Hand{Width: theme.PanelW, Height: theme.PanelH, Rotate: 90,
		Glass: sim.NewGlass("Bench", func() time.Duration { return 0 })}
	clock := func() time.Time { return time.UnixMilli(f.now.Load()) }
	reg := hal.Registry{"evdev": evdev.OpenerOn(input.System{Open: f.hand.Glass.Open}, evdev.Panel{Width: theme.PanelW, Height: theme.PanelH, Rotate: 90}, clock)}
	if f.glass, err = hal.Open[hal.TouchScreen](context.Background(), reg, "evdev:///sim?jitter=2"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.glass.Close() })
	env := screen.Env{Fonts: fonts, Services: services, Site: screen.Site{Place: "UBND xã Suối Mây", Machine: "Trạm 06", Counter: "1"}}
	f.stage = stage.New(stage.Options{Backend: b, Clock: clock,
		View: func(s session.State, pressed string) *scene.Scene {
			e := env
			e.Pressed = pressed
			return screen.View(s, e)
		},
		Drawn: func(s *scene.Scene) error { f.shown = s; f.n++; return nil },
	})
	f.state = f.m.Initial(clock())
	for d := range session.Device(len(f.state.Devices)) {
		f.state, _ = f.m.Update(f.state, clock(), session.DeviceChanged{Device: d, Ready: true})
	}
	f.show()
	return f
}

func (f *finger) show() {
	if err := f.stage.Show(f.state); err != nil {
		f.tb.Fatal(err)
	}
}

// tap presses a target and lets it go: two touches, and a changed scene each.
func (f *finger) tap(id string) {
	var at scene.Rect
	for _, t := range f.shown.Targets {
		if t.ID == id {
			at = t.Rect
		}
	}
	if at.W == 0 {
		f.tb.Fatalf("%s has no %s", f.shown.Name, id)
	}
	f.now.Add(1000)
	x, y := at.X+at.W/2, at.Y+at.H/2
	f.one(func() { f.hand.Down(0, x, y) })
	f.one(func() { f.hand.Lift(0) })
}

// one is one event, as the kiosk's loop takes it.
func (f *finger) one(do func()) {
	began, before := time.Now(), f.n
	do()
	t, err := f.glass.Next(context.Background())
	if err != nil {
		f.tb.Fatal(err)
	}
	ev, redraw := f.stage.Touch(t)
	if ev != nil {
		f.state, _ = f.m.Update(f.state, time.UnixMilli(f.now.Load()), ev)
	}
	if ev != nil || redraw {
		f.show()
	}
	f.took = append(f.took, time.Since(began))
	if f.n == before {
		f.tb.Fatalf("a touch on %s changed nothing", f.shown.Name)
	}
}

// way leads through pages and back.
var way = [][2]string{{"attract", "primary"}, {"consent", "lang.en"}, {"consent", "lang.vi"}, {"consent", "agree"},
	{"identify-scan", "other"}, {"other-ways", "type"}, {"type-digits", "digit.4"}, {"type-digits", "cancel"}, {"cancel", "back"}, {"goodbye", "primary"}}

func (f *finger) goRound() {
	for _, s := range way {
		if f.shown.Name != s[0] {
			f.tb.Fatalf("on %s, want %s", f.shown.Name, s[0])
		}
		f.tap(s[1])
	}
}

func fonts(tb testing.TB) *text.Fonts {
	tb.Helper()
	f, err := text.New()
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// Every touch of a target changes what is shown, at once: pressed when the
// finger lands, the next page when it leaves.
func TestEveryTouchChangesTheScene(t *testing.T) {
	p := &paper{}
	f := newFinger(t, fonts(t), p)
	for range 3 {
		f.goRound()
	}
	if p.last == nil || p.last.Name != "attract" || f.n != 1+3*2*len(way) {
		t.Errorf("%d scenes, the last is %s", f.n, p.last.Name)
	}
}

// BenchmarkTouch is one event of the panel until the changed scene is there:
// driver, pointer, session, the scene and its comparison with the last one.
func BenchmarkTouch(b *testing.B) { benchmarkTouch(b, fonts(b), &paper{}) }

func benchmarkTouch(b *testing.B, fonts *text.Fonts, backend stage.Backend) {
	f := newFinger(b, fonts, backend)
	f.goRound() // glyphs are measured once
	f.took = nil
	touches := float64(2 * len(way))
	for b.Loop() {
		f.goRound()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/touches/1e6, "ms/touch")
	slices.Sort(f.took)
	b.ReportMetric(float64(f.took[len(f.took)*99/100].Nanoseconds())/1e6, "p99-ms")
}
