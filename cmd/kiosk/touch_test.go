package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

// The whole chain but the pixels: a finger on a simulated glass that lies
// before the picture in each of the four ways, the driver, the page.
func TestTouchTestOverAPanel(t *testing.T) {
	for _, rotate := range []int{0, 90, 180, 270} {
		bubble(t, fmt.Sprint(rotate), func(t *testing.T) {
			wall := newGlassWall()
			h := newHand(rotate)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			type end struct {
				r   touchReport
				err error
			}
			ended := make(chan end, 1)
			go func() {
				r, err := touchTest(ctx, touchOptions{Board: board(t, rotate), Device: "evdev:///sim", display: wall, registry: h.registry()})
				ended <- end{r, err}
			}()
			h.awaitReader()
			// Along every row of tiles, then a finger on Done.
			sc := wall.await(func(s *scene.Scene) bool { return s.Name == "touch-test" })
			for y := 10; y < sc.H; y += 60 {
				h.down(0, y)
				wall.follow(0, y)
				for x := 49; x < sc.W; x += 50 {
					h.move(x, y)
					wall.follow(x, y)
				}
				h.lift()
			}
			wall.await(func(s *scene.Scene) bool { return says(s, "Đạt: ô nào cũng nhận.") })
			done := sc.Targets[0].Rect
			h.down(done.X+done.W/2, done.Y+done.H/2)
			got := <-ended
			if got.err != nil {
				t.Fatal(got.err)
			}
			r := got.r
			if !r.Passed || r.Ended != endedDone || r.Hit != r.Cells || len(r.Missed) != 0 || r.Touches < 18 || r.Device != "evdev:///sim" {
				t.Errorf("%+v", r)
			}
			if r.Lost == nil || r.Fingers == nil || *r.Fingers != 1 || *r.Multi {
				t.Errorf("%+v", r)
			}
			var text strings.Builder
			if err := r.Write(&text); err != nil || !strings.Contains(text.String(), "✓ passed") {
				t.Errorf("%v: %s", err, text.String())
			}
			var back map[string]any
			text.Reset()
			if err := r.JSON(&text); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(text.String()), &back); err != nil || back["passed"] != true {
				t.Errorf("%v: %s", err, text.String())
			}
		})
	}
}

// A window's mouse is a finger; closing the window ends the test.
func TestTouchTestInAWindow(t *testing.T) {
	bubble(t, "mouse", func(t *testing.T) {
		wall := newGlassWall()
		wall.window = true
		b := board(t, 0)
		b.Devices.Touch = ""
		ended := make(chan touchReport, 1)
		go func() {
			r, err := touchTest(t.Context(), touchOptions{Board: b, display: wall})
			if err != nil {
				t.Error(err)
			}
			ended <- r
		}()
		wall.await(func(s *scene.Scene) bool { return s.Name == "touch-test" })
		wall.click(hal.TouchDown, 10, 20)
		wall.click(hal.TouchMove, 300, 20)
		wall.follow(300, 20)
		wall.closeWindow()
		r := <-ended
		if r.Passed || r.Ended != endedStopped || r.Hit != 2 || r.Device != "" || r.Lost != nil {
			t.Errorf("%+v", r)
		}
	})
}

// The plug is pulled in the middle of the test: the page says so with its code,
// and goes on when the panel is back.
func TestTouchTestUnplugged(t *testing.T) {
	bubble(t, "plug", func(t *testing.T) {
		wall, h := newGlassWall(), newHand(0)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan touchReport, 1)
		go func() {
			r, err := touchTest(ctx, touchOptions{Board: board(t, 0), Device: "evdev:///sim", Timeout: time.Hour, display: wall, registry: h.registry()})
			if err != nil {
				t.Error(err)
			}
			ended <- r
		}()
		const gone = "MAY-602"
		for i := range 3 {
			h.awaitReader()
			x, y := 50, 100+200*i
			h.down(x, y)
			wall.follow(x, y)
			h.Down(1, 400, 400) // a second finger, counted over all openings
			synctest.Wait()
			h.Glass.Unplug()
			wall.await(func(s *scene.Scene) bool { return says(s, gone) })
			h.Glass.Plug()
			wall.await(func(s *scene.Scene) bool { return !says(s, gone) })
		}
		cancel()
		r := <-ended
		if r.Hit != 3 || r.Ended != endedStopped || r.Fingers == nil || *r.Fingers != 2 || r.Touches != 3 {
			t.Errorf("%+v", r)
		}
	})
}
