package evdev_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/remote"
	"tram06/hal/haltest"
)

// touched waits for a touch again and again.
func touched(ctx context.Context, s hal.TouchScreen, works func()) error {
	works()
	for {
		if _, err := s.Next(ctx); err != nil {
			return err
		}
	}
}

// reach opens a panel of a system.
func reach(ctx context.Context, sys input.System, uri string) (hal.TouchScreen, error) {
	return hal.Open[hal.TouchScreen](ctx, hal.Registry{"evdev": evdev.OpenerOn(sys, panel, nil)}, uri)
}

func TestSupervised(t *testing.T) {
	for name, uri := range map[string]string{"by path": "evdev:///sim?grab=1", "by name": "evdev:///?name=simulated"} {
		t.Run(name, func(t *testing.T) {
			d := glass()
			sys := input.System{Dir: events(t), Open: d.Open}
			haltest.Supervised(t, haltest.Rig[hal.TouchScreen]{
				Open:   func() (hal.TouchScreen, error) { return reach(t.Context(), sys, uri) },
				Unplug: d.Unplug, Plug: d.Plug, Virtual: true,
			}, touched)
		})
	}
}

func TestSupervisedOverASocket(t *testing.T) {
	d := glass()
	path := socket(t, d)
	haltest.Supervised(t, haltest.Rig[hal.TouchScreen]{
		Open: func() (hal.TouchScreen, error) {
			return reach(t.Context(), input.System{Open: remote.Dial}, "evdev://"+path)
		},
		Unplug: d.Unplug, Plug: d.Plug,
	}, touched)
}

func TestUnpluggedAtEveryStep(t *testing.T) {
	for _, uri := range []string{"evdev:///sim", "evdev:///sim?grab=1&jitter=2", "evdev:///?name=simulated"} {
		t.Run(uri, func(t *testing.T) {
			dir := events(t)
			d := glass()
			haltest.EveryStep(t, haltest.Visit[hal.TouchScreen]{
				Open: func(t *testing.T, cable *haltest.Fuse) (hal.TouchScreen, error) {
					d.Plug()
					d.Send(lift...) // nobody's finger is left from before
					return reach(t.Context(), input.System{Dir: dir, Open: d.Cable(cable.Broken)}, uri)
				},
				Use: func(ctx context.Context, s hal.TouchScreen) error {
					for _, step := range []struct {
						do   []input.Event
						want string
					}{
						{finger(1, 500, 400), "down 50,40"},
						{finger(1, 500, 1600), "move 50,160"},
						{lift, "up 50,160"},
						{finger(2, 10, 10), "down 1,1"},
						// So many that they are lost, and the state is asked for.
						{slices.Concat(slices.Repeat(slices.Concat(finger(2, 900, 900), finger(2, 10, 10)), 40), lift), ""},
					} {
						d.Send(step.do...)
						for {
							touch, err := s.Next(ctx)
							if err != nil {
								return err
							}
							cancelled := touch.Kind == hal.TouchCancel
							if step.want == "" && (cancelled || touch.Kind == hal.TouchUp) {
								break
							}
							if step.want == "" || cancelled { // the plug does that, and the device is gone then
								continue
							}
							if got := words(touch); got != step.want {
								return fmt.Errorf("%q, want %q", got, step.want)
							}
							break
						}
					}
					return nil
				},
				Virtual: true,
			})
		})
	}
}

// Peers that are no input device, or not for long.
func TestBadPeers(t *testing.T) {
	haltest.BadPeers(t, func(ctx context.Context, t *testing.T, peer func(net.Conn)) (hal.TouchScreen, error) {
		path := filepath.Join(t.TempDir(), "touch")
		haltest.Listen(t, "unix", path, peer)
		return reach(ctx, input.System{Open: remote.Dial}, "evdev://"+path)
	}, func(ctx context.Context, s hal.TouchScreen) error {
		for {
			if _, err := s.Next(ctx); err != nil {
				return err
			}
		}
	})
}

// A broken digitiser that never pauses: waits end when they shall, and Close
// ends it all.
func TestFlood(t *testing.T) {
	d := glass()
	s := open(t, input.System{Open: d.Open}, "evdev:///sim")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := int32(0); ; i++ {
			select {
			case <-stop:
				return
			default:
				d.Send(finger(i%9, i%1000, i%2000)...)
				d.Send(lift...)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var err error
	for err == nil {
		_, err = s.Next(ctx)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Next gives %v", err)
	}
	if h := s.Health(); h.State != hal.Ready {
		t.Errorf("a flooded panel says %v", h.State)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	close(stop)
	<-stopped
}
