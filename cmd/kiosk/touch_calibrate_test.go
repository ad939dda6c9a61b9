package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/ui/scene"
)

// restOn rests a finger on each cross, trembling a little.
func (h *hand) restOn(wall *glassWall) {
	h.awaitReader()
	for i, at := range calibrate.Targets() {
		x, y := int(at.X*float64(h.Width-1)), int(at.Y*float64(h.Height-1))
		wall.await(func(s *scene.Scene) bool { return says(s, fmt.Sprintf("%d / 5", i+1)) })
		h.down(x, y)
		h.move(x+1, y)
		h.move(x, y-1)
		h.move(x, y)
		wall.await(func(s *scene.Scene) bool { return says(s, "Được rồi, mời nhấc tay.") })
		h.lift()
	}
}

// tap touches a target until something ends: a page that is new takes no touch
// for a moment.
func (h *hand) tap(x, y int, ended <-chan struct{}) {
	again := time.NewTicker(400 * time.Millisecond)
	defer again.Stop()
	for {
		h.down(x, y)
		h.lift()
		select {
		case <-ended:
			return
		case <-again.C:
		}
	}
}

// A glass that lies askew before the picture, in each of the four ways and
// with its axes swapped, is calibrated, and told right from then on.
func TestCalibrateAPanel(t *testing.T) {
	ways := map[string]func(x, y float64) (float64, float64){
		"resistive": func(x, y float64) (float64, float64) { return 0.1 + 0.8*x + 0.01*y, 0.92 - 0.02*x - 0.84*y },
		"swapped":   func(x, y float64) (float64, float64) { return y, x },
	}
	for _, rotate := range []int{0, 90, 180, 270} {
		for name, askew := range ways {
			bubble(t, fmt.Sprint(name, rotate), func(t *testing.T) {
				wall := newGlassWall()
				h := newHand(rotate)
				h.Askew = askew
				dir := t.TempDir()
				file := filepath.Join(dir, "touch.matrix")
				old := "1 0 0 0 1" // broken: it is what the technician came for
				if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
					t.Fatal(err)
				}
				uri := "evdev:///sim?calibration-file=" + file
				ended := make(chan struct{})
				var got calibration
				var err error
				go func() {
					defer close(ended)
					got, err = touchCalibrate(t.Context(), touchOptions{Board: board(t, rotate), Device: uri, display: wall, registry: h.registry()}, "")
				}()
				h.restOn(wall)
				sc := wall.await(func(s *scene.Scene) bool { return s.Name == "touch-check" })
				if b, err := os.ReadFile(file); err != nil || string(b) != old {
					t.Errorf("changed before it was kept: %q, %v", b, err)
				}
				keep := sc.Targets[0].Rect
				h.tap(keep.X+keep.W/2, keep.Y+keep.H/2, ended)
				if err != nil || !got.Kept || got.Ended != endedDone || got.File != file || got.URI != uri || got.MostMM > 1 {
					t.Fatalf("%+v, %v", got, err)
				}
				if m, err := calibrate.Load(file); err != nil || m != *got.Matrix {
					t.Fatalf("%v, %v", m, err)
				}
				// The kiosk opens it as the board file names it.
				s, err := hal.Open[hal.TouchScreen](t.Context(), h.registry(), uri)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if s.Health().State != hal.Ready {
					t.Errorf("%+v", s.Health())
				}
				h.down(123, 456)
				touch, err := s.Next(t.Context())
				if err != nil || math.Abs(float64(touch.X-123)) > 3 || math.Abs(float64(touch.Y-456)) > 3 {
					t.Errorf("a touch at 123,456 is told as %+v, %v", touch, err)
				}
				var text strings.Builder
				if err := got.write(&text); err != nil || !strings.Contains(text.String(), "✓ calibrated") || strings.Contains(text.String(), "to do") {
					t.Errorf("%v: %s", err, text.String())
				}
			})
		}
	}
}

// Without a file the numbers are told, as a URI that opens the panel right.
func TestCalibrateIntoTheURI(t *testing.T) { bubble(t, "numbers", calibrateIntoTheURI) }

func calibrateIntoTheURI(t *testing.T) {
	wall := newGlassWall()
	h := newHand(0)
	h.Askew = func(x, y float64) (float64, float64) { return 1 - x, y }
	ended := make(chan struct{})
	var got calibration
	var err error
	go func() {
		defer close(ended)
		got, err = touchCalibrate(t.Context(), touchOptions{Board: board(t, 0), Device: "evdev:///sim?jitter=3", display: wall, registry: h.registry()}, "")
	}()
	h.restOn(wall)
	sc := wall.await(func(s *scene.Scene) bool { return s.Name == "touch-check" })
	keep := sc.Targets[0].Rect
	h.tap(keep.X+keep.W/2, keep.Y+keep.H/2, ended)
	if err != nil || !got.Kept || got.File != "" || !strings.HasPrefix(got.URI, "evdev:///sim?jitter=3&calibration=-") {
		t.Fatalf("%+v, %v", got, err)
	}
	var text strings.Builder
	if err := got.write(&text); err != nil || !strings.Contains(text.String(), "touch: "+got.URI) {
		t.Errorf("%v: %s", err, text.String())
	}
	b, err := json.Marshal(got)
	if err != nil || !strings.Contains(string(b), `"matrix":[-`) {
		t.Errorf("%s, %v", b, err)
	}
	s, err := hal.Open[hal.TouchScreen](t.Context(), h.registry(), got.URI)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h.down(100, 200)
	if touch, err := s.Next(t.Context()); err != nil || !near(touch.X, 100) || !near(touch.Y, 200) {
		t.Errorf("%+v, %v", touch, err)
	}
}

// Whoever cannot touch anything is not stuck, and nothing is changed.
func TestCalibrateLeftAlone(t *testing.T) { bubble(t, "a minute", calibrateLeftAlone) }

func calibrateLeftAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "touch.matrix")
	if err := calibrate.Save(file, calibrate.Identity, "as it was"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := newHand(0)
	got, err := touchCalibrate(t.Context(), touchOptions{
		Board: board(t, 0), Device: "evdev:///sim", display: newGlassWall(), registry: h.registry(),
	}, file)
	if err != nil || got.Kept || got.Ended != endedTimeout || got.File != "" || got.Matrix != nil {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err = touchCalibrate(ctx, touchOptions{Board: board(t, 0), Device: "evdev:///sim", display: newGlassWall(), registry: h.registry()}, file)
	if err != nil || got.Kept || got.Ended != endedStopped {
		t.Errorf("%+v, %v", got, err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != string(before) {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := touchCalibrate(t.Context(), touchOptions{Board: board(t, 0), Device: "evdev:///sim?w=800", display: newGlassWall(), registry: h.registry()}, ""); err == nil ||
		!strings.Contains(err.Error(), "800 x 1024") {
		t.Errorf("a URI of another screen: %v", err)
	}
	// A file that cannot be written is told before anyone touches anything.
	_, err = touchCalibrate(t.Context(), touchOptions{Board: board(t, 0), display: newGlassWall()}, filepath.Join(file, "nowhere"))
	if !errors.Is(err, fs.ErrNotExist) && !strings.Contains(fmt.Sprint(err), "not a directory") {
		t.Errorf("%v", err)
	}
}
