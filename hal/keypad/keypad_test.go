package keypad

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
	"tram06/hal/evdev/sim"
)

// pad is a simulated keypad with all keys that any map knows.
func pad(t *testing.T) *sim.Device {
	t.Helper()
	i := input.Info{Name: "Simulated Numeric Keypad"}
	for name := range sets {
		m, err := parseMap(name)
		if err != nil {
			t.Fatal(err)
		}
		for code := range m {
			i.Keys.Set(code, true)
		}
	}
	return sim.New(i, func() time.Duration { return 0 })
}

func open(t *testing.T, d *sim.Device, query string) hal.Keypad {
	t.Helper()
	reg := hal.Registry{"evdev+keypad": OpenerOn(input.System{Open: d.Open}, nil)}
	p, err := hal.Open[hal.Keypad](t.Context(), reg, "evdev+keypad:///sim"+query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func press(t *testing.T, name string, value int32) []input.Event {
	t.Helper()
	code, err := input.KeyCode(name)
	if err != nil {
		t.Fatal(err)
	}
	return []input.Event{{Type: input.Key, Code: code, Value: value}, {}}
}

func tap(t *testing.T, d *sim.Device, name string) {
	t.Helper()
	d.Send(press(t, name, input.Pressed)...)
	d.Send(press(t, name, input.Released)...)
}

func TestIdentity(t *testing.T) {
	p := open(t, pad(t), "")
	if is := p.(hal.Identified).Identity(); is.Model != "Simulated Numeric Keypad" {
		t.Errorf("%+v", is)
	}
}

func TestButtons(t *testing.T) {
	for query, keys := range map[string]map[string]hal.Button{
		"": {
			"KEY_UP": hal.ButtonUp, "KEY_DOWN": hal.ButtonDown, "KEY_LEFT": hal.ButtonLeft, "KEY_RIGHT": hal.ButtonRight,
			"KEY_ENTER": hal.ButtonOK, "KEY_KPENTER": hal.ButtonOK, "KEY_ESC": hal.ButtonBack, "KEY_F1": hal.ButtonHelp,
			"KEY_F2": hal.ButtonRepeat, "KEY_VOLUMEUP": hal.ButtonLouder, "KEY_VOLUMEDOWN": hal.ButtonSofter,
			"KEY_KP0": hal.ButtonDigit0, "KEY_KP9": hal.ButtonDigit0 + 9, "KEY_5": hal.ButtonDigit0 + 5,
		},
		"?map=standard,arrows":                 {"KEY_KP8": hal.ButtonUp, "KEY_KP2": hal.ButtonDown, "KEY_KP5": hal.ButtonOK, "KEY_DOWN": hal.ButtonDown},
		"?map=KEY_KP0:help,KEY_F1:7":           {"KEY_KP0": hal.ButtonHelp, "KEY_F1": hal.ButtonDigit0 + 7, "KEY_KP1": hal.ButtonDigit0 + 1},
		"?map=arrows,KEY_KPPLUS:louder&grab=0": {"KEY_KPPLUS": hal.ButtonLouder, "KEY_KP5": hal.ButtonOK},
	} {
		d := pad(t)
		p := open(t, d, query)
		for key, want := range keys {
			tap(t, d, key)
			got, err := p.Next(t.Context())
			if err != nil || got.Button != want || got.Held || got.At.IsZero() {
				t.Errorf("%s: %s gives %+v, %v, want %s", query, key, got, err, want)
			}
		}
	}
}

// text plays what a keypad says, and gives what the driver makes of it.
func play(t *testing.T, query, events string) (out []string) {
	t.Helper()
	head := "input 1\nname \"Keypad\"\nkeys KEY_UP KEY_DOWN KEY_ENTER KEY_KP1\nbegin\n"
	sys := input.System{Open: func(string) (input.Device, error) {
		return recording.Open(io.NopCloser(strings.NewReader(head + events)))
	}}
	u, err := url.Parse("evdev+keypad:///text" + query)
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenerOn(sys, nil)(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for {
		k, err := d.(hal.Keypad).Next(t.Context())
		if err != nil {
			return out
		}
		word := k.Button.String()
		if k.Held {
			word += " held"
		}
		out = append(out, word)
	}
}

func TestWhatKeypadsSay(t *testing.T) {
	for name, c := range map[string]struct {
		query, events string
		want          []string
	}{
		"unmapped keys": {"?map=KEY_UP:none", "0.000000 key KEY_UP 1\n0.000000 key 30 1\n0.000000 key KEY_ENTER 1\n", []string{"ok"}},
		"scan codes":    {"", "0.000000 msc 4 458840\n0.000000 key KEY_ENTER 1\n0.000000 syn 0 0\n", []string{"ok"}},
		"lost events": {"", "0.000000 syn 3 0\n0.000000 key KEY_ENTER 1\n0.000000 syn 0 0\n0.000000 key KEY_UP 1\n",
			[]string{"up"}},
		"released": {"", "0.000000 key KEY_UP 0\n", nil},
	} {
		if got := play(t, c.query, c.events); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestHeld(t *testing.T) {
	d := pad(t)
	p := open(t, d, "")
	d.Send(press(t, "KEY_DOWN", input.Pressed)...)
	for range 3 {
		if k, err := p.Next(t.Context()); err != nil || k.Button != hal.ButtonDown {
			t.Fatalf("%+v, %v", k, err)
		}
		d.Send(press(t, "KEY_DOWN", input.Repeated)...)
		if k, err := p.Next(t.Context()); err != nil || k.Button != hal.ButtonDown || !k.Held {
			t.Fatalf("%+v, %v", k, err)
		}
		d.Send(press(t, "KEY_DOWN", input.Released)...)
		d.Send(press(t, "KEY_DOWN", input.Pressed)...)
	}
}

func TestNobodyListens(t *testing.T) {
	var queue []hal.KeyPress
	down := hal.KeyPress{Button: hal.ButtonDown}
	held := hal.KeyPress{Button: hal.ButtonDown, Held: true}
	queue = enqueue(queue, down)
	for range 50 {
		queue = enqueue(queue, held)
	}
	if len(queue) != 1 {
		t.Errorf("%d presses wait of a key that is held", len(queue))
	}
	for range 50 {
		if queue = enqueue(queue, down); len(queue) > queued {
			t.Fatalf("%d presses wait", len(queue))
		}
		if rest := queue[len(queue):cap(queue)]; len(queue) == 1 && slices.ContainsFunc(rest, func(k hal.KeyPress) bool { return k != hal.KeyPress{} }) {
			t.Fatal("what was dropped is still there")
		}
	}
}

func TestPulled(t *testing.T) {
	d := pad(t)
	p := open(t, d, "")
	d.Unplug()
	if _, err := p.Next(t.Context()); !errors.Is(err, hal.ErrGone) || !errors.Is(err, unix.ENODEV) {
		t.Fatalf("after the plug was pulled: %v", err)
	}
	if h := p.Health(); h.State != hal.Absent || h.Key != hal.KeyKeypadGone {
		t.Fatalf("health %+v", h)
	}
}

func TestRefused(t *testing.T) {
	mouse := sim.New(input.Info{Name: "Mouse"}, func() time.Duration { return 0 })
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "event0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]string{
		"evdev+keypad:///sim":                    "mapped to down",
		"evdev+keypad:///?name=mouse":            "device gone",
		"evdev+keypad:///":                       "give a device",
		"evdev+keypad:///sim?map=KEY_X":          "KEY:button",
		"evdev+keypad:///sim?map=KEY_NO:up":      "input-event-codes",
		"evdev+keypad:///sim?map=KEY_F1:sideway": "want up, down",
		"evdev+keypad:///sim?map=KEY_F1:digit":   "want up, down",
		"evdev+keypad:///sim?grab=x":             "want 0 or 1",
		"evdev+keypad:///sim?rotate=90":          "known: name, phys, uniq, id, grab, map",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		_, err = OpenerOn(input.System{Dir: dir, Open: mouse.Open}, nil)(t.Context(), u)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
	if n := mouse.Readers(); n != 0 {
		t.Errorf("%d refused devices are open", n)
	}
	keyless := keyMap{}
	if err := usable(input.Info{}, keyless); !errors.Is(err, hal.ErrUnsupported) {
		t.Error(err)
	}
	d := pad(t)
	first := open(t, d, "")
	u := &url.URL{Scheme: "evdev+keypad", Path: "/sim"}
	if _, err := OpenerOn(input.System{Open: d.Open}, nil)(t.Context(), u); !errors.Is(err, unix.EBUSY) {
		t.Errorf("a grabbed keypad: %v", err)
	}
	_ = first.Close()
}

func FuzzMap(f *testing.F) {
	f.Add("standard,digits")
	f.Add("KEY_F1:help,KEY_F2:none,,arrows")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMap(text)
		if err != nil {
			return
		}
		for code, b := range m {
			if b == 0 || b > hal.ButtonDigit0+9 || strings.HasPrefix(fmt.Sprint(b), "Button(") {
				t.Fatalf("key %d is button %d", code, b)
			}
		}
	})
}
