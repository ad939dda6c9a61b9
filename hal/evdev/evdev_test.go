package evdev

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
)

// Shorthands for records, as a panel sends them.
func abs(code int, v int32) record { return record{evAbs, uint16(code), v} }
func key(code int, v int32) record { return record{evKey, uint16(code), v} }

var (
	syn     = record{evSyn, synReport, 0}
	dropped = record{evSyn, synDropped, 0}
)

func bytesOf(rs ...record) []byte {
	b := make([]byte, recordSize*len(rs))
	for i, r := range rs {
		at := b[i*recordSize:]
		binary.LittleEndian.PutUint16(at[16:], r.kind)
		binary.LittleEndian.PutUint16(at[18:], r.code)
		binary.LittleEndian.PutUint32(at[20:], uint32(r.value))
	}
	return b
}

func decode(c Config, rs ...record) (out []string) {
	d := newDecoder(c)
	for _, r := range rs {
		d.feed(r, func(t hal.Touch) { out = append(out, words(t)) })
	}
	return out
}

func words(t hal.Touch) string {
	return fmt.Sprintf("%s %d,%d", [...]string{"down", "move", "up", "cancel"}[t.Kind], t.X, t.Y)
}

var (
	panel  = Panel{Width: 101, Height: 201}
	single = Config{Panel: panel, X: Range{0, 1000}, Y: Range{0, 2000}}
	multi  = Config{Panel: panel, X: Range{0, 1000}, Y: Range{0, 2000}, Multi: true}
)

func TestTouches(t *testing.T) {
	finger := func(slot int, id, x, y int32) []record {
		return []record{abs(absSlot, int32(slot)), abs(absTrackingID, id), abs(absMultiX, x), abs(absMultiY, y)}
	}
	lift := func(slot int) []record { return []record{abs(absSlot, int32(slot)), abs(absTrackingID, -1)} }
	join := func(parts ...[]record) []record { return slices.Concat(parts...) }
	report := []record{syn}

	asked := multi
	asked.sync = func() (snapshot, error) {
		return snapshot{slot: 1, slots: []contact{{id: 7, x: 100, y: 100}, {id: -1, x: 500, y: 600}}}, nil
	}
	for name, c := range map[string]struct {
		c    Config
		in   []record
		want []string
	}{
		"single": {single,
			[]record{abs(absX, 500), abs(absY, 400), key(btnTouch, 1), syn, abs(absX, 510), syn, key(btnTouch, 0), syn},
			[]string{"down 50,40", "move 51,40", "up 51,40"}},
		"tablet": {single,
			[]record{abs(absX, 10), abs(absY, 20), syn, key(btnLeft, 1), syn, key(btnLeft, 0), syn},
			[]string{"down 1,2", "up 1,2"}},
		"jitter below a pixel": {single,
			[]record{abs(absX, 500), abs(absY, 400), key(btnTouch, 1), syn, abs(absX, 501), syn, abs(absX, 499), syn},
			[]string{"down 50,40"}},
		"out of range": {single,
			[]record{abs(absX, -5), abs(absY, 99999), key(btnTouch, 1), syn},
			[]string{"down 0,200"}},
		"multitouch": {multi,
			join(finger(0, 4, 500, 400), report, []record{abs(absMultiY, 600)}, report, lift(0), report),
			[]string{"down 50,40", "move 50,60", "up 50,60"}},
		"single-touch emulation is not heard twice": {multi,
			join(finger(0, 4, 500, 400), []record{key(btnTouch, 1), abs(absX, 500), abs(absY, 400)}, report),
			[]string{"down 50,40"}},
		"a second finger is ignored": {multi,
			join(finger(0, 4, 500, 400), report, finger(1, 5, 10, 10), report, lift(1), report, lift(0), report),
			[]string{"down 50,40", "up 50,40"}},
		"a second finger does not take over": {multi,
			join(finger(0, 4, 500, 400), report, finger(1, 5, 10, 10), report, lift(0), report,
				[]record{abs(absSlot, 1), abs(absMultiX, 100)}, report, lift(1), report, finger(0, 6, 200, 200), report),
			[]string{"down 50,40", "up 50,40", "down 20,20"}},
		"a new finger in the same packet": {multi,
			join(finger(0, 4, 500, 400), report, finger(0, 5, 100, 100), report, lift(0), report),
			[]string{"down 50,40", "up 50,40", "down 10,10", "up 10,10"}},
		"slots out of reason": {multi,
			join(finger(-1, 4, 500, 400), report, finger(1<<20, 4, 500, 400), report),
			nil},
		"lost events cancel": {multi,
			join(finger(0, 4, 500, 400), report, []record{dropped, abs(absMultiX, 900), syn}, []record{abs(absMultiX, 100)}, report,
				lift(0), report, finger(0, 5, 200, 200), report),
			[]string{"down 50,40", "cancel 50,40", "down 20,20"}},
		"after lost events the kernel is asked": {asked,
			// The finger in slot 0 was down before we looked: it presses nothing.
			// Slot 1 is current, and its place is known.
			join([]record{dropped, syn, abs(absMultiX, 300)}, report, lift(0), report,
				[]record{abs(absSlot, 1), abs(absTrackingID, 9)}, report),
			[]string{"down 30,60"}},
		"lost single": {single,
			[]record{key(btnTouch, 1), syn, dropped, key(btnTouch, 0), syn, key(btnTouch, 1), syn},
			[]string{"down 0,0", "cancel 0,0", "down 0,0"}},
	} {
		if got := decode(c.c, c.in...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The corners of the glass, for each way to mount it. Glass and panel are
// turned together: with 90 the picture's top left is the panel's top right.
func TestRotation(t *testing.T) {
	for rotate, want := range map[int][4]string{ // glass: top left, top right, bottom right, bottom left
		0:   {"0,0", "100,0", "100,200", "0,200"},
		90:  {"0,200", "0,0", "100,0", "100,200"},
		180: {"100,200", "0,200", "0,0", "100,0"},
		270: {"100,0", "100,200", "0,200", "0,0"},
	} {
		p := Panel{Width: 101, Height: 201, Rotate: rotate}
		for i, c := range [4][2]int32{{0, 0}, {1000, 0}, {1000, 2000}, {0, 2000}} {
			x, y := p.place(c[0], c[1], Range{0, 1000}, Range{0, 2000})
			if got := fmt.Sprintf("%d,%d", x, y); got != want[i] {
				t.Errorf("rotate %d, corner %d: %s, want %s", rotate, i, got, want[i])
			}
		}
	}
	if x, y := panel.place(5, 5, Range{}, Range{7, 3}); x != 0 || y != 0 {
		t.Errorf("an axis without a range gives %d,%d", x, y)
	}
}

func piped(t *testing.T, c Config) (*Screen, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := New("evdev:pipe", r, c)
	t.Cleanup(func() {
		_ = s.Close()
		_ = w.Close()
	})
	return s, w
}

func TestConformance(t *testing.T) {
	haltest.TouchScreen(t, func(t *testing.T) hal.TouchScreen {
		s, _ := piped(t, single)
		return s
	})
}

func TestRecordsInPiecesAndUnplugged(t *testing.T) {
	s, w := piped(t, single)
	data := bytesOf(abs(absX, 500), abs(absY, 400), key(btnTouch, 1), syn, key(btnTouch, 0), syn)
	go func() {
		for part := range slices.Chunk(data, 7) {
			_, _ = w.Write(part)
		}
		_ = w.Close()
	}()
	for _, want := range []string{"down 50,40", "up 50,40"} {
		touch, err := s.Next(t.Context())
		if err != nil || words(touch) != want || touch.At.IsZero() {
			t.Fatalf("%q, %v, want %q", words(touch), err, want)
		}
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("after the plug was pulled: %v", err)
	}
	if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeyTouchGone {
		t.Fatalf("health %+v", h)
	}
}

// failing is a device whose read fails as the kernel's does on unplugging.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, unix.ENODEV }
func (failing) Close() error             { return nil }

func TestNoDevice(t *testing.T) {
	s := New("evdev:none", failing{}, single)
	defer s.Close()
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) {
		t.Fatal(err)
	}
	if h := s.Health(); !errors.Is(h.Err, unix.ENODEV) {
		t.Fatalf("health %+v", h)
	}
}

func TestNobodyLooks(t *testing.T) {
	s := &Screen{now: time.Now, more: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	for x := range 10 {
		s.push(hal.Touch{Kind: hal.TouchMove, X: x})
	}
	if len(s.queue) != 1 || s.queue[0].X != 9 {
		t.Fatalf("moves are not merged: %v", s.queue)
	}
	for range 1000 {
		s.push(hal.Touch{Kind: hal.TouchDown})
		s.push(hal.Touch{Kind: hal.TouchUp})
	}
	if len(s.queue) > queued {
		t.Fatalf("%d touches wait", len(s.queue))
	}
	for {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Next(ctx); err != nil {
			return
		}
	}
}

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"evdev:///dev/null":                     "not supported",
		"evdev:///nowhere/event0":               "device gone",
		"evdev:///":                             "give a device",
		"evdev:///?name=no+such+panel+anywhere": "device gone",
		"evdev:///dev/null?rotate=45":           "want 0, 90",
		"evdev:///dev/null?w=0":                 "give w and h",
		"evdev:///dev/null?w=wide":              "want a number",
		"evdev:///dev/null?mirror=1":            "unknown parameter",
		"evdev:///dev/null?grab=maybe":          "want a number",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Opener(panel, time.Now)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(bytesOf(abs(absX, 500), key(btnTouch, 1), syn, dropped, syn, key(btnTouch, 0), syn), false)
	f.Add(bytesOf(abs(absSlot, 63), abs(absTrackingID, 5), syn, abs(absSlot, -1), abs(absTrackingID, 1), syn), true)
	f.Fuzz(func(t *testing.T, data []byte, many bool) {
		c := single
		c.Multi = many
		d := newDecoder(c)
		down := false
		for len(data) >= recordSize {
			d.feed(parse(data), func(touch hal.Touch) {
				if touch.X < 0 || touch.X >= panel.Width || touch.Y < 0 || touch.Y >= panel.Height {
					t.Fatalf("touch outside of the screen: %+v", touch)
				}
				begins := touch.Kind == hal.TouchDown
				if begins == down {
					t.Fatalf("%s while down is %v", words(touch), down)
				}
				down = begins || touch.Kind == hal.TouchMove
			})
			data = data[recordSize:]
		}
	})
}
