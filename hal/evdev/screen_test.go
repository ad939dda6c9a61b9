package evdev_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
	"tram06/hal/evdev/remote"
	"tram06/hal/evdev/sim"
	"tram06/hal/haltest"
	"tram06/hal/supervisor"
)

var panel = evdev.Panel{Width: 101, Height: 201}

// glass is a simulated panel of ten fingers.
func glass() *sim.Device {
	i := input.Info{Name: "Simulated Panel", Phys: "sim/input0", Axes: map[uint16]input.Axis{
		input.AbsX: {Max: 1000}, input.AbsY: {Max: 2000},
		input.AbsSlot: {Max: 9}, input.AbsMultiX: {Max: 1000}, input.AbsMultiY: {Max: 2000},
		input.AbsTrackingID: {Max: 65535}, input.AbsToolType: {Max: 2},
	}}
	i.Keys.Set(input.BtnTouch, true)
	return sim.New(i, func() time.Duration { return 0 })
}

func finger(id, x, y int32) []input.Event {
	return []input.Event{
		{Type: input.Abs, Code: input.AbsTrackingID, Value: id},
		{Type: input.Abs, Code: input.AbsMultiX, Value: x},
		{Type: input.Abs, Code: input.AbsMultiY, Value: y},
		{},
	}
}

var lift = []input.Event{{Type: input.Abs, Code: input.AbsTrackingID, Value: -1}, {}}

func open(t *testing.T, sys input.System, uri string) hal.TouchScreen {
	t.Helper()
	reg := hal.Registry{"evdev": evdev.OpenerOn(sys, panel, nil), "sim+evdev": remote.Opener(panel, nil)}
	s, err := hal.Open[hal.TouchScreen](t.Context(), reg, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func words(t hal.Touch) string {
	return fmt.Sprintf("%s %d,%d", [...]string{"down", "move", "up", "cancel"}[t.Kind], t.X, t.Y)
}

func expect(t *testing.T, s hal.TouchScreen, want ...string) {
	t.Helper()
	for _, w := range want {
		touch, err := s.Next(t.Context())
		if err != nil || words(touch) != w || touch.At.IsZero() {
			t.Fatalf("%q, %v, want %q", words(touch), err, w)
		}
	}
}

// socket serves a simulated device to whoever dials, and gives its path.
func socket(t *testing.T, d *sim.Device) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "touch")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, ln, d) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Errorf("serving ended with %v", err)
		}
	})
	return path
}

func TestConformance(t *testing.T) {
	t.Run("in process", func(t *testing.T) {
		haltest.TouchScreen(t, func(t *testing.T) hal.TouchScreen {
			return open(t, input.System{Open: glass().Open}, "evdev:///sim?grab=1")
		})
	})
	t.Run("socket", func(t *testing.T) {
		path := socket(t, glass())
		haltest.TouchScreen(t, func(t *testing.T) hal.TouchScreen {
			return open(t, input.System{Open: remote.Dial}, "sim+evdev://"+path)
		})
	})
}

func next(ctx context.Context, s hal.TouchScreen) error { _, err := s.Next(ctx); return err }

func TestPlugCycles(t *testing.T) {
	d := glass()
	sys := input.System{Open: d.Open}
	haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.TouchScreen, func()) {
		d.Plug()
		return open(t, sys, "evdev:///sim"), d.Unplug
	}, next)
}

func TestPlugCyclesOverSockets(t *testing.T) {
	d := glass()
	path := socket(t, d)
	haltest.PlugCycles(t, 100, func(t *testing.T) (hal.TouchScreen, func()) {
		d.Plug()
		return open(t, input.System{Open: remote.Dial}, "sim+evdev://"+path), d.Unplug
	}, next)
}

// The plug is pulled while a finger rests: nobody lifts it any more, so the
// touch is cancelled, and then the device is gone.
func TestPulledUnderAFinger(t *testing.T) {
	d := glass()
	s := open(t, input.System{Open: d.Open}, "evdev:///sim")
	d.Send(finger(1, 500, 400)...)
	expect(t, s, "down 50,40")
	d.Unplug()
	expect(t, s, "cancel 50,40")
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) || !errors.Is(err, unix.ENODEV) {
		t.Fatalf("after the plug was pulled: %v", err)
	}
	if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeyTouchGone || !errors.Is(h.Err, unix.ENODEV) {
		t.Fatalf("health %+v", h)
	}
}

func TestATouchEverywhereIsTheSame(t *testing.T) {
	d := glass()
	near := open(t, input.System{Open: d.Open}, "evdev:///sim")
	far := open(t, input.System{Open: remote.Dial}, "sim+evdev://"+socket(t, d))
	d.AwaitReaders(2)
	d.Send(slices.Concat(finger(1, 500, 400), finger(1, 500, 600), lift)...)
	for _, s := range []hal.TouchScreen{near, far} {
		expect(t, s, "down 50,40")
		touch, err := s.Next(t.Context())
		if err != nil || words(touch) != "move 50,60" {
			t.Fatalf("%q, %v", words(touch), err)
		}
		expect(t, s, "up 50,60")
	}
}

// A finger that lay on the glass before the device was opened presses nothing.
func TestAFingerFromBefore(t *testing.T) {
	d := glass()
	d.Send(finger(1, 10, 10)...)
	s := open(t, input.System{Open: d.Open}, "evdev:///sim")
	d.Send(finger(1, 20, 20)...)
	d.Send(lift...)
	d.Send(finger(2, 500, 400)...)
	expect(t, s, "down 50,40")
}

func TestGrabbedByAnother(t *testing.T) {
	d := glass()
	sys := input.System{Open: d.Open}
	first := open(t, sys, "evdev:///sim?grab=1")
	reg := hal.Registry{"evdev": evdev.OpenerOn(sys, panel, nil)}
	if _, err := hal.Open[hal.TouchScreen](t.Context(), reg, "evdev:///sim?grab=1"); !errors.Is(err, unix.EBUSY) {
		t.Fatalf("a grabbed panel is grabbed again: %v", err)
	}
	if n := d.Readers(); n != 1 {
		t.Fatalf("%d have the panel open", n)
	}
	_ = first.Close()
	open(t, sys, "evdev:///sim?grab=1")
}

// Recordings of devices play through the whole driver.
func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		file, query string
		want        []string
	}{
		{"capacitive", "w=1025&h=601", []string{
			"down 512,300", "up 512,300", "down 102,60", "move 205,60", "move 307,60", "up 307,60"}},
		{"capacitive", "w=601&h=1025&rotate=90", []string{
			"down 300,512", "up 300,512", "down 60,922", "move 60,819", "move 60,717", "up 60,717"}},
		{"resistive", "w=800&h=480&jitter=4", []string{
			"down 400,240", "up 400,240", "down 0,0", "cancel 0,0", "down 799,479", "cancel 799,479"}},
		{"resistive", "w=800&h=480&flip=x&jitter=4", []string{
			"down 400,240", "up 400,240", "down 799,0", "cancel 799,0", "down 0,479", "cancel 0,479"}},
		{"resistive", "w=800&h=480&jitter=4&calibration=0.5+0+0.25+0+0.5+0.25", []string{
			"down 400,240", "up 400,240", "down 200,120", "cancel 200,120", "down 603,362", "cancel 603,362"}},
	} {
		played := func(path string) (input.Device, error) {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			return recording.Open(f)
		}
		path, err := filepath.Abs(filepath.Join("testdata", c.file+".input"))
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, input.System{Open: played}, "evdev://"+path+"?"+c.query)
		var got []string
		for {
			touch, err := s.Next(t.Context())
			if err != nil {
				break
			}
			got = append(got, words(touch))
		}
		// Moves that nobody took in time are merged: only the last of a row is
		// certain.
		if !slices.Equal(got, c.want) && !slices.Equal(got, merged(c.want)) {
			t.Errorf("%s?%s: %q, want %q", c.file, c.query, got, c.want)
		}
	}
}

func merged(touches []string) (out []string) {
	for _, w := range touches {
		if n := len(out); n > 0 && strings.HasPrefix(w, "move") && strings.HasPrefix(out[n-1], "move") {
			out = out[:n-1]
		}
		out = append(out, w)
	}
	return out
}

func TestCalibrationFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "touch.matrix")
	d := glass()
	uri := "evdev:///sim?calibration-file=" + url.QueryEscape(path)
	tap := func(want string) {
		t.Helper()
		s := open(t, input.System{Open: d.Open}, uri)
		d.Send(finger(1, 500, 400)...)
		d.Send(lift...)
		expect(t, s, "down "+want, "up "+want)
	}
	tap("50,40") // nobody calibrated it yet
	if err := os.WriteFile(path, []byte("-1 0 0.9  0 1 0.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	tap("40,60")
	// Half a calibration: the panel works without, and says so.
	if err := os.WriteFile(path, []byte("-1 0 0.9"), 0o600); err != nil {
		t.Fatal(err)
	}
	tap("50,40")
	for _, c := range []struct {
		text string
		want error
	}{{"-1 0 0.9", calibrate.ErrMatrix}, {"", fs.ErrNotExist}, {"1 0 0 0 1 0", nil}} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if c.text != "" {
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, input.System{Open: d.Open}, uri)
		h := s.Health()
		if c.want == nil {
			if h.State != hal.Ready {
				t.Errorf("with a calibration: %+v", h)
			}
			continue
		}
		if h.State != hal.Degraded || h.Key != hal.KeyTouchUncalibrated || !errors.Is(h.Err, c.want) {
			t.Errorf("%q: %+v, want %v", c.text, h, c.want)
		}
	}
}

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"evdev:///dev/null":                                            "not supported",
		"evdev:///nowhere/event0":                                      "device gone",
		"evdev:///":                                                    "give a device",
		"evdev://dev/input/event0":                                     "three slashes",
		"evdev:///dev/null?name=x":                                     "either",
		"evdev:///?name=no+such+panel+anywhere":                        "device gone",
		"evdev:///?id=12":                                              "vendor:product",
		"evdev:///dev/null?rotate=45":                                  "want 0, 90",
		"evdev:///dev/null?w=0":                                        "want a number from 1",
		"evdev:///dev/null?w=wide":                                     "want a number",
		"evdev:///dev/null?mirror=1":                                   "known: name, phys, uniq, id, grab, w, h",
		"evdev:///dev/null?grab=maybe":                                 "want 0 or 1",
		"evdev:///dev/null?flip=z":                                     "want x, y or xy",
		"evdev:///dev/null?jitter=-1":                                  "want pixels",
		"evdev:///dev/null?jitter=NaN":                                 "want pixels",
		"evdev:///dev/null?calibration=1+2":                            "want six",
		"evdev:///dev/null?calibration=2+0+0+0+1+0&calibration-file=x": "either",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evdev.Opener(panel, time.Now)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
	reg := hal.Registry{"evdev": evdev.OpenerOn(input.System{Open: glass().Open}, panel, nil)}
	if _, err := hal.Open[hal.TouchScreen](t.Context(), reg, "evdev:///sim?jitter=1mm"); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("millimetres of a panel that does not tell its size: %v", err)
	}
}

// Pulled and plugged in again under a supervisor, which is woken.
func TestHeals(t *testing.T) {
	d := glass()
	ctx, cancel := context.WithCancel(t.Context())
	health, touches, wake := make(chan string, 16), make(chan string), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- supervisor.Run(ctx, supervisor.Options[hal.TouchScreen]{
			URI:      "evdev:///?name=simulated",
			Registry: hal.Registry{"evdev": evdev.OpenerOn(input.System{Dir: events(t), Open: d.Open}, panel, nil)},
			Key:      hal.KeyTouchGone,
			OnHealth: func(h hal.Health) { health <- h.State.String() },
			Backoff:  func(int) time.Duration { return time.Hour },
			Wake:     wake,
			Use: func(ctx context.Context, s hal.TouchScreen) error {
				for {
					touch, err := s.Next(ctx)
					if err != nil {
						return err
					}
					if touch.Kind == hal.TouchDown {
						touches <- words(touch)
					}
				}
			},
		})
	}()
	for range 3 {
		if h := <-health; h != "ready" {
			t.Fatalf("health %s, want ready", h)
		}
		d.AwaitReaders(1)
		d.Send(finger(1, 500, 400)...)
		if got := <-touches; got != "down 50,40" {
			t.Fatal(got)
		}
		d.Unplug()
		if h := <-health; h != "absent" {
			t.Fatalf("health %s, want absent", h)
		}
		d.Plug()
		wake <- struct{}{}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// events is a folder with one device node.
func events(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "event3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// BenchmarkTouch is a finger that moves, from the kernel's side to Next.
func BenchmarkTouch(b *testing.B) {
	d := glass()
	reg := hal.Registry{"evdev": evdev.OpenerOn(input.System{Open: d.Open}, evdev.Panel{Width: 1080, Height: 1920}, nil)}
	s, err := hal.Open[hal.TouchScreen](b.Context(), reg, "evdev:///sim?jitter=2")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for i := range b.N {
		d.Send(finger(1, int32(i%2*500), 100)...)
		if _, err := s.Next(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
