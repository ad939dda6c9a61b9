package evdev

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/input"
)

// Shorthands for events, as a panel sends them.
func abs(code uint16, v int32) input.Event { return input.Event{Type: input.Abs, Code: code, Value: v} }
func key(code uint16, v int32) input.Event { return input.Event{Type: input.Key, Code: code, Value: v} }

var (
	syn     = input.Event{}
	dropped = input.Event{Code: input.SynDropped}
)

func unasked() (input.State, error) { return input.State{}, errors.New("cannot be asked") }

func decode(c Config, ask func() (input.State, error), es ...input.Event) (out []string) {
	d := newDecoder(c, ask, func(t hal.Touch) { out = append(out, words(t)) })
	for _, e := range es {
		d.feed(e)
	}
	return out
}

func words(t hal.Touch) string {
	return fmt.Sprintf("%s %d,%d", [...]string{"down", "move", "up", "cancel"}[t.Kind], t.X, t.Y)
}

var (
	panel  = Panel{Width: 101, Height: 201}
	single = Config{Panel: panel, Calibration: calibrate.Identity, X: input.Axis{Max: 1000}, Y: input.Axis{Max: 2000}}
	multi  = Config{Panel: panel, Calibration: calibrate.Identity, X: input.Axis{Max: 1000}, Y: input.Axis{Max: 2000}, Multi: true}
)

func TestTouches(t *testing.T) {
	finger := func(slot int, id, x, y int32) []input.Event {
		return []input.Event{abs(input.AbsSlot, int32(slot)), abs(input.AbsTrackingID, id), abs(input.AbsMultiX, x), abs(input.AbsMultiY, y)}
	}
	lift := func(slot int) []input.Event {
		return []input.Event{abs(input.AbsSlot, int32(slot)), abs(input.AbsTrackingID, -1)}
	}
	join := func(parts ...[]input.Event) []input.Event { return slices.Concat(parts...) }
	report := []input.Event{syn}

	asked := func(s input.State) func() (input.State, error) {
		return func() (input.State, error) { return s.Clone(), nil }
	}
	two := asked(input.State{Slot: 1, Slots: []input.Slot{{ID: 7, X: 100, Y: 100}, {ID: -1, X: 500, Y: 600}}})
	still := asked(input.State{Slots: []input.Slot{{ID: 4, X: 700, Y: 800}}})
	other := asked(input.State{Slots: []input.Slot{{ID: 5, X: 700, Y: 800}}})
	palm := abs(input.AbsToolType, input.ToolPalm)
	trembling := multi
	trembling.Jitter = 3
	for name, c := range map[string]struct {
		c    Config
		ask  func() (input.State, error)
		in   []input.Event
		want []string
	}{
		"single": {single, unasked,
			[]input.Event{abs(input.AbsX, 500), abs(input.AbsY, 400), key(input.BtnTouch, 1), syn, abs(input.AbsX, 510), syn, key(input.BtnTouch, 0), syn},
			[]string{"down 50,40", "move 51,40", "up 51,40"}},
		"tablet": {single, unasked,
			[]input.Event{abs(input.AbsX, 10), abs(input.AbsY, 20), syn, key(input.BtnLeft, 1), syn, key(input.BtnLeft, 0), syn},
			[]string{"down 1,2", "up 1,2"}},
		"jitter below a pixel": {single, unasked,
			[]input.Event{abs(input.AbsX, 500), abs(input.AbsY, 400), key(input.BtnTouch, 1), syn, abs(input.AbsX, 501), syn, abs(input.AbsX, 499), syn},
			[]string{"down 50,40"}},
		"out of range": {single, unasked,
			[]input.Event{abs(input.AbsX, -5), abs(input.AbsY, 99999), key(input.BtnTouch, 1), syn},
			[]string{"down 0,200"}},
		"multitouch": {multi, unasked,
			join(finger(0, 4, 500, 400), report, []input.Event{abs(input.AbsMultiY, 600)}, report, lift(0), report),
			[]string{"down 50,40", "move 50,60", "up 50,60"}},
		"single-touch emulation is not heard twice": {multi, unasked,
			join(finger(0, 4, 500, 400), []input.Event{key(input.BtnTouch, 1), abs(input.AbsX, 500), abs(input.AbsY, 400)}, report),
			[]string{"down 50,40"}},
		"a second finger is ignored": {multi, unasked,
			join(finger(0, 4, 500, 400), report, finger(1, 5, 10, 10), report, lift(1), report, lift(0), report),
			[]string{"down 50,40", "up 50,40"}},
		"a second finger does not take over": {multi, unasked,
			join(finger(0, 4, 500, 400), report, finger(1, 5, 10, 10), report, lift(0), report,
				[]input.Event{abs(input.AbsSlot, 1), abs(input.AbsMultiX, 100)}, report, lift(1), report, finger(0, 6, 200, 200), report),
			[]string{"down 50,40", "up 50,40", "down 20,20"}},
		"a new finger in the same packet": {multi, unasked,
			join(finger(0, 4, 500, 400), report, finger(0, 5, 100, 100), report, lift(0), report),
			[]string{"down 50,40", "up 50,40", "down 10,10", "up 10,10"}},
		"slots out of reason": {multi, unasked,
			join(finger(-1, 4, 500, 400), report, finger(1<<20, 4, 500, 400), report),
			nil},
		"lost events cancel": {multi, unasked,
			join(finger(0, 4, 500, 400), report, []input.Event{dropped, abs(input.AbsMultiX, 900), syn}, []input.Event{abs(input.AbsMultiX, 100)}, report,
				lift(0), report, finger(0, 5, 200, 200), report),
			[]string{"down 50,40", "cancel 50,40", "down 20,20"}},
		"after lost events the kernel is asked": {multi, two,
			// The finger in slot 0 was down before we looked: it presses nothing.
			// Slot 1 is current, and its place is known.
			join([]input.Event{dropped, syn, abs(input.AbsMultiX, 300)}, report, lift(0), report,
				[]input.Event{abs(input.AbsSlot, 1), abs(input.AbsTrackingID, 9)}, report),
			[]string{"down 30,60"}},
		"a finger that stays while events are lost goes on": {multi, func() func() (input.State, error) {
			calls := 0
			return func() (input.State, error) {
				if calls++; calls == 1 {
					return input.State{}, nil
				}
				return still()
			}
		}(),
			join(finger(0, 4, 500, 400), report, []input.Event{dropped, abs(input.AbsMultiX, 1), syn}, lift(0), report),
			[]string{"down 50,40", "move 70,80", "up 70,80"}},
		"another finger after events were lost": {multi, func() func() (input.State, error) {
			calls := 0
			return func() (input.State, error) {
				if calls++; calls == 1 {
					return input.State{}, nil
				}
				return other()
			}
		}(),
			join(finger(0, 4, 500, 400), report, []input.Event{dropped, syn, abs(input.AbsMultiX, 1)}, report, lift(0), report,
				finger(0, 6, 100, 100), report),
			[]string{"down 50,40", "cancel 50,40", "down 10,10"}},
		"a palm presses nothing": {multi, unasked,
			join(finger(0, 4, 500, 400), []input.Event{palm}, report, finger(1, 5, 100, 100), report),
			[]string{"down 10,10"}},
		"a finger that turns out to be a palm": {multi, unasked,
			join(finger(0, 4, 500, 400), report, []input.Event{palm}, report, lift(0), report,
				[]input.Event{abs(input.AbsSlot, 0), abs(input.AbsTrackingID, 5), abs(input.AbsToolType, 0)}, report),
			[]string{"down 50,40", "cancel 50,40", "down 50,40"}},
		"the size of a finger is ignored": {multi, unasked,
			join(finger(0, 4, 500, 400), []input.Event{abs(0x30, 200), abs(0x3A, 90)}, report, []input.Event{abs(0x30, 900)}, report),
			[]string{"down 50,40"}},
		"a trembling finger rests": {trembling, unasked,
			join(finger(0, 4, 500, 400), report, []input.Event{abs(input.AbsMultiX, 530)}, report,
				[]input.Event{abs(input.AbsMultiX, 470)}, report, []input.Event{abs(input.AbsMultiY, 440)}, report),
			[]string{"down 50,40", "move 47,44"}},
		"lost single": {single, unasked,
			[]input.Event{key(input.BtnTouch, 1), syn, dropped, key(input.BtnTouch, 0), syn, key(input.BtnTouch, 1), syn},
			[]string{"down 0,0", "cancel 0,0", "down 0,0"}},
	} {
		if got := decode(c.c, c.ask, c.in...); !slices.Equal(got, c.want) {
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
		c := single
		c.Panel.Rotate = rotate
		// An axis that does not begin at 0, and one that is told backwards.
		odd := c
		odd.X, odd.Y = input.Axis{Min: -300, Max: 700}, input.Axis{Min: 2500, Max: 500}
		for i, g := range [4][2]int32{{0, 0}, {1000, 0}, {1000, 2000}, {0, 2000}} {
			x, y := c.place(g[0], g[1])
			if got := fmt.Sprintf("%d,%d", x, y); got != want[i] {
				t.Errorf("rotate %d, corner %d: %s, want %s", rotate, i, got, want[i])
			}
			x, y = odd.place(g[0]-300, 2500-g[1])
			if got := fmt.Sprintf("%d,%d", x, y); got != want[i] {
				t.Errorf("odd axes, rotate %d, corner %d: %s, want %s", rotate, i, got, want[i])
			}
			there := calibrate.Point{X: float64(g[0]) / 1000, Y: float64(g[1]) / 2000}
			if back := c.Panel.glass(c.Panel.upright(there)); back != there {
				t.Errorf("rotate %d: %v comes back as %v", rotate, there, back)
			}
		}
	}
}

// A person calibrates a panel that is mounted mirrored and off, in each
// rotation, twice: the second time changes next to nothing.
func TestCalibration(t *testing.T) {
	broken := calibrate.Matrix{-0.85, 0.02, 0.93, 0.01, 0.9, 0.04} // glass to what it tells
	for _, rotate := range []int{0, 90, 180, 270} {
		c := Config{Panel: Panel{Width: 1080, Height: 1920, Rotate: rotate}, Calibration: calibrate.Identity,
			X: input.Axis{Min: 100, Max: 4000}, Y: input.Axis{Max: 4095}}
		tap := func(x, y int) (int, int) {
			g := broken.Apply(c.Panel.glass(calibrate.Point{X: float64(x) / 1079, Y: float64(y) / 1919}))
			return c.place(int32(100+g.X*3900), int32(g.Y*4095))
		}
		for round, allowed := range []int{2, 2} {
			var taps []Tap
			for _, target := range calibrate.Targets() {
				x, y := c.Panel.pixel(target)
				tx, ty := tap(x, y)
				taps = append(taps, Tap{x, y, tx, ty})
			}
			r, err := c.Panel.Recalibrate(c.Calibration, taps)
			if err != nil {
				t.Fatalf("rotate %d, round %d: %v", rotate, round, err)
			}
			c.Calibration = r.Matrix
			for _, at := range [][2]int{{0, 0}, {1079, 0}, {540, 960}, {200, 1900}} {
				x, y := tap(at[0], at[1])
				if max(x-at[0], at[0]-x, y-at[1], at[1]-y) > allowed {
					t.Errorf("rotate %d, round %d: a tap at %v is told as %d,%d", rotate, round, at, x, y)
				}
			}
		}
	}
	if _, err := panel.Recalibrate(calibrate.Matrix{}, nil); !errors.Is(err, calibrate.ErrMatrix) {
		t.Errorf("a calibration that cannot be is undone: %v", err)
	}
}

func TestMillimetres(t *testing.T) {
	c := Config{Panel: Panel{Width: 1000, Height: 500, Rotate: 90},
		X: input.Axis{Max: 1000, Resolution: 10}, Y: input.Axis{Min: 1000, Max: -1000, Resolution: 10}}
	// 500 pixels on 100 mm and 1000 on 200 mm.
	if n, err := c.pixels(2); err != nil || n != 10 {
		t.Errorf("2 mm are %d pixels, %v", n, err)
	}
	if _, err := single.pixels(2); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("a panel without a size: %v", err)
	}
}

func TestWhichDevicesArePanels(t *testing.T) {
	with := func(keys []uint16, axes ...uint16) input.Info {
		i := input.Info{Axes: map[uint16]input.Axis{}}
		for _, k := range keys {
			i.Keys.Set(k, true)
		}
		for _, a := range axes {
			i.Axes[a] = input.Axis{Max: 100}
		}
		return i
	}
	touch := []uint16{input.BtnTouch}
	for name, i := range map[string]input.Info{
		"keyboard":    with([]uint16{30}),
		"joystick":    with([]uint16{0x120}, input.AbsX, input.AbsY),
		"one axis":    with(touch, input.AbsX),
		"type A":      with(nil, input.AbsMultiX, input.AbsMultiY),
		"no range":    {Keys: with(touch).Keys, Axes: map[uint16]input.Axis{input.AbsX: {Min: 5, Max: 5}, input.AbsY: {Max: 5}}},
		"no identity": with(nil, input.AbsSlot, input.AbsMultiX, input.AbsMultiY),
	} {
		if _, err := configure(i, panel); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		i     input.Info
		multi bool
	}{
		"single":              {with(touch, input.AbsX, input.AbsY), false},
		"tablet":              {with([]uint16{input.BtnLeft}, input.AbsX, input.AbsY), false},
		"type B":              {with(touch, input.AbsX, input.AbsY, input.AbsSlot, input.AbsTrackingID, input.AbsMultiX, input.AbsMultiY), true},
		"type A with a mouse": {with(touch, input.AbsX, input.AbsY, input.AbsMultiX, input.AbsMultiY), false},
	} {
		got, err := configure(c.i, panel)
		if err != nil || got.Multi != c.multi || got.X.Max != 100 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestNobodyLooks(t *testing.T) {
	var l tail
	var queue []hal.Touch
	add := func(kind hal.TouchKind, x int) { queue = l.add(queue, hal.Touch{Kind: kind, X: x}) }
	for x := range 10 {
		add(hal.TouchMove, x)
	}
	if len(queue) != 1 || queue[0].X != 9 {
		t.Fatalf("moves are not merged: %v", queue)
	}
	queue = nil
	for x := range 1001 {
		add(hal.TouchDown, x)
		add(hal.TouchMove, x)
		add(hal.TouchUp, x)
		if len(queue) > queued+1 {
			t.Fatalf("%d touches wait", len(queue))
		}
		// Whatever was dropped, no touch moves or ends that did not begin,
		// apart from the one under way when nobody looked.
		down := false
		for i, q := range queue {
			switch q.Kind {
			case hal.TouchDown:
				down = true
			case hal.TouchCancel:
				if i != 0 {
					t.Fatalf("a cancel in the middle: %v", queue)
				}
			default:
				if !down {
					t.Fatalf("%s without a beginning: %v", words(q), queue)
				}
				down = q.Kind == hal.TouchMove
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	flat := func(es ...input.Event) (b []byte) {
		for _, e := range es {
			b = input.Layout32.Append(b, e)
		}
		return b
	}
	f.Add(flat(abs(input.AbsX, 500), key(input.BtnTouch, 1), syn, dropped, syn, key(input.BtnTouch, 0), syn), false)
	f.Add(flat(abs(input.AbsSlot, 63), abs(input.AbsTrackingID, 5), syn, abs(input.AbsSlot, -1), abs(input.AbsTrackingID, 1), syn), true)
	f.Add(flat(abs(input.AbsTrackingID, 5), syn, abs(input.AbsToolType, input.ToolPalm), syn, abs(input.AbsToolType, 0), syn), true)
	f.Fuzz(func(t *testing.T, data []byte, many bool) {
		c := single
		c.Multi = many
		down := false
		var d *decoder
		// What the device would answer is what it told.
		d = newDecoder(c, func() (input.State, error) {
			if d == nil {
				return input.State{}, nil
			}
			return d.state.Clone(), nil
		}, func(touch hal.Touch) {
			if touch.X < 0 || touch.X >= panel.Width || touch.Y < 0 || touch.Y >= panel.Height {
				t.Fatalf("touch outside of the screen: %+v", touch)
			}
			begins := touch.Kind == hal.TouchDown
			if begins == down {
				t.Fatalf("%s while down is %v", words(touch), down)
			}
			down = begins || touch.Kind == hal.TouchMove
		})
		for len(data) >= int(input.Layout32) {
			d.feed(input.Layout32.Parse(data))
			data = data[input.Layout32:]
		}
		d.end()
		if down {
			t.Fatal("a finger is still down when the device is gone")
		}
		if len(d.state.Slots) > input.MaxSlots {
			t.Fatalf("%d slots", len(d.state.Slots))
		}
	})
}
