package kiosk

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/evdev"
	evinput "tram06/hal/evdev/input"
	"tram06/hal/evdev/sim"
)

// glass is a display that notes what is done on it.
type glass struct{ kinds []hal.TouchKind }

func (*glass) Show(session.State) error { return nil }
func (g *glass) Touch(t hal.Touch) (session.Event, bool) {
	g.kinds = append(g.kinds, t.Kind)
	return nil, false
}
func (*glass) Key(hal.KeyPress) (session.Event, bool) { return nil, false }
func (*glass) Poll() []hal.Touch                      { return nil }
func (*glass) PollEvery() time.Duration               { return 0 }
func (*glass) Forget(uint64)                          {}

// A panel that is pulled out under a finger leaves no button pressed, whoever is
// quicker: the one who takes its last word or the one who closes it.
func TestAPanelThatIsPulledUnderAFinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panel := sim.NewGlass("glass", func() time.Duration { return 0 })
		open := evdev.OpenerOn(evinput.System{Open: panel.Open}, evdev.Panel{Width: 100, Height: 100}, nil)
		g := &glass{}
		k := New(Options{
			Machine: session.New(session.Config{}), Display: g, Touch: "evdev:///sim",
			Registry: hal.Registry{"evdev": func(ctx context.Context, u *url.URL) (hal.Device, error) { return open(ctx, u) }},
		})
		ctx, end := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- k.Run(ctx) }()
		hand := &sim.Hand{Glass: panel, Width: 100, Height: 100}
		var want []hal.TouchKind
		for range 20 {
			synctest.Wait()
			hand.Down(0, 50, 50)
			synctest.Wait()
			panel.Unplug()
			<-time.After(time.Second)
			panel.Plug()
			<-time.After(20 * time.Second)
			want = append(want, hal.TouchDown, hal.TouchCancel)
		}
		end()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(g.kinds, want) {
			t.Errorf("told %v", g.kinds)
		}
	})
}

// A loop that is busy drawing while the panel is pulled has no room for the last
// word about the finger. It is kept until there is some.
func TestAFingerIsLiftedFromABusyLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := New(Options{})
		k.done = t.Context()
		f := &finger{k: k}
		panel, gone := context.WithCancel(t.Context())
		f.touched(panel, hal.Touch{Kind: hal.TouchDown})
		for len(k.touch) < cap(k.touch) {
			f.touched(panel, hal.Touch{Kind: hal.TouchMove})
		}
		gone()
		go f.gone()
		synctest.Wait()
		var last hal.Touch
		for range cap(k.touch) + 1 {
			select {
			case last = <-k.touch:
			default:
			}
			synctest.Wait()
		}
		if last.Kind != hal.TouchCancel {
			t.Errorf("the last the loop hears of the finger is %+v", last)
		}
	})
}
