package evdev_test

import (
	"image"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
	"tram06/hal/evdev/sim"
)

func at(slot int32, events ...input.Event) []input.Event {
	return append([]input.Event{{Type: input.Abs, Code: input.AbsSlot, Value: slot}}, events...)
}

func opened(t *testing.T, d *sim.Device) *evdev.Screen {
	t.Helper()
	s, ok := open(t, input.System{Open: d.Open}, "evdev:///sim").(*evdev.Screen)
	if !ok {
		t.Fatal("a panel of another type")
	}
	return s
}

func TestCounts(t *testing.T) {
	d := glass()
	s := opened(t, d)
	if c := s.Counts(); c != (evdev.Counts{}) {
		t.Errorf("before any touch: %+v", c)
	}
	d.Send(at(0, finger(1, 500, 400)...)...)
	d.Send(at(3, finger(2, 100, 100)...)...)
	for len(s.Fingers()) != 2 {
		runtime.Gosched() // nobody waits for what is not followed
	}
	if f := s.Fingers(); f[0] != image.Pt(50, 40) || f[1] != image.Pt(10, 10) {
		t.Errorf("fingers at %v", f)
	}
	d.Send(at(3, lift...)...)
	expect(t, s, "down 50,40")
	d.Send(at(0, lift...)...)
	expect(t, s, "up 50,40")
	// The second finger is told as a slot, an id and two places.
	want := evdev.Counts{Events: 4 + 5 + 2 + 3, Reports: 4, Most: 2}
	if c := s.Counts(); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

// What the kernel dropped is counted, however many fingers came and went.
func TestCountsWhatWasLost(t *testing.T) {
	const told = `input 1
axis 47 0 9 0 0 0
axis 53 0 1000 0 0 0
axis 54 0 2000 0 0 0
axis 57 0 99 0 0 0
begin
0.000000 abs 57 4
0.000000 abs 53 500
0.000000 syn 0 0
0.000000 syn 3 0
0.000000 abs 53 600
0.000000 syn 0 0
0.000000 syn 3 0
0.000000 syn 0 0
`
	played := func(string) (input.Device, error) { return recording.Open(io.NopCloser(strings.NewReader(told))) }
	s, ok := open(t, input.System{Open: played}, "evdev:///told").(*evdev.Screen)
	if !ok {
		t.Fatal("a panel of another type")
	}
	<-s.Done()
	if c, want := s.Counts(), (evdev.Counts{Events: 8, Reports: 3, Dropped: 2, Fingers: 1, Most: 1}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestIdentity(t *testing.T) {
	d := sim.New(input.Info{Name: " Bad\x00Name\x1b[2J " + strings.Repeat("ế", 60), Uniq: "SN\n42",
		Axes: map[uint16]input.Axis{input.AbsX: {Max: 9}, input.AbsY: {Max: 9}, input.AbsSlot: {Max: 1}, input.AbsMultiX: {Max: 9}, input.AbsMultiY: {Max: 9}, input.AbsTrackingID: {Max: 9}}},
		func() time.Duration { return 0 })
	var s hal.TouchScreen = opened(t, d)
	got := s.(hal.Identified).Identity()
	if !strings.HasPrefix(got.Model, "Bad Name [2J ế") || len(got.Model) > hal.MaxIdentity || got.Serial != "SN 42" {
		t.Errorf("%q", got)
	}
	if slices.ContainsFunc([]rune(got.Model), func(r rune) bool { return r < ' ' || r == 0xFFFD }) {
		t.Errorf("%q", got.Model)
	}
}
