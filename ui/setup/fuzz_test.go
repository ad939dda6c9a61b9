package setup

import (
	"image"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/ui/scene"
	"tram06/ui/text"
)

// page is what both pages are to whoever shows them.
type page interface {
	Touch(hal.Touch)
	Tick(time.Time)
	Device(hal.Health)
	Count(evdev.Counts, []image.Point, time.Time)
	Scene(*text.Fonts) *scene.Scene
	Ended() End
}

// play turns bytes into what panels, drivers and clocks do, sense or none.
func play(p page, size Panel, script []byte) {
	now := noon
	var reports uint64
	for len(script) >= 4 && p.Ended() == Running {
		op, a, b, c := script[0], int(script[1]), int(script[2]), int(script[3])
		script = script[4:]
		now = now.Add(time.Duration(c) * 20 * time.Millisecond)
		switch op % 8 {
		case 0, 1, 2, 3:
			// A little beside the screen, too.
			p.Touch(hal.Touch{Kind: hal.TouchKind(op % 4), X: a*size.W/250 - 2, Y: b*size.H/250 - 2, At: now})
		case 4, 5:
			p.Tick(now)
		case 6:
			p.Device(hal.Health{State: hal.State(a % 4), Key: []string{"", hal.KeyTouchGone, hal.KeyTouchUncalibrated, "x"}[b%4]})
		case 7:
			reports += uint64(a)
			p.Count(evdev.Counts{Reports: reports, Dropped: uint64(b), Most: c % 11}, []image.Point{{X: 5 * a, Y: 5 * b}}, now)
		}
	}
}

// FuzzPages: whatever a broken panel tells, nothing leaves the screen, and a
// page that is left alone ends.
func FuzzPages(f *testing.F) {
	rests := func(places ...byte) (s []byte) {
		for i := 0; i+1 < len(places); i += 2 {
			x, y := places[i], places[i+1]
			s = append(s, 0, x, y, 1, 5, 0, 0, 20, 5, 0, 0, 20, 2, x, y, 1)
		}
		return s
	}
	f.Add(byte(0), rests(27, 27, 227, 27, 227, 227, 27, 227, 127, 127))
	f.Add(byte(1), rests(27, 27, 27, 27, 27, 27, 27, 27, 27, 27))
	f.Add(byte(2), rests(227, 27, 227, 227, 27, 227, 27, 27, 127, 127, 190, 190))
	f.Add(byte(3), append(rests(0, 0, 255, 255), 6, 0, 1, 0, 7, 255, 3, 9, 1, 9, 9, 9, 3, 0, 0, 255))
	fonts := fonts(f)
	f.Fuzz(func(t *testing.T, which byte, script []byte) {
		size := panels[[]string{"upright", "landscape", "ten-inch", "small"}[which%4]]
		rotate := 90 * int(which/4%4)
		trial := NewTrial(size, time.Minute, noon)
		cal := NewCalibration(size, evdev.Panel{Width: size.W, Height: size.H, Rotate: rotate}, time.Minute, noon)
		for _, p := range []page{trial, cal} {
			play(p, size, script)
			sc := p.Scene(fonts)
			for _, it := range sc.Items {
				if !it.Rect.Within(scene.Rect{W: size.W, H: size.H}) {
					t.Errorf("%s: %+v %q leaves the screen", sc.Name, it.Rect, it.Text)
				}
			}
			for range 3 { // a finger that lies there may be told late
				p.Tick(noon.Add(24 * time.Hour))
			}
			if p.Ended() == Running {
				t.Errorf("%s: nobody touches it for a day, and it goes on", sc.Name)
			}
		}
		if n := trial.Findings(); n.Touched+len(n.Missed) != n.Cols*n.Rows {
			t.Errorf("%d tiles touched, %d missed of %d", n.Touched, len(n.Missed), n.Cols*n.Rows)
		}
		if found, kept := cal.Kept(); kept && !(found.MostMM >= 0 && found.MeanMM <= found.MostMM+1e-9) {
			t.Errorf("%+v", found)
		}
	})
}
