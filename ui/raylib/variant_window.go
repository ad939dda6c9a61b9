//go:build !drm && !memory

package raylib

import (
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/ui/raylib/view"
)

// Variant names the backend that this program was built with.
const Variant = "window"

const (
	// swapped: snapshots have red and blue exchanged.
	swapped = false
	// offscreen: the scene is drawn to a texture first, so that the window can
	// have any size and be painted again without the scene.
	offscreen = true
	// immediate: quads are drawn at once, so that state may change for free.
	immediate = false
	// pollEvery is often enough for a mouse and cheap enough for a laptop.
	pollEvery = 16 * time.Millisecond
)

// share of the monitor's height or width that the window may take; the rest is
// for title bars and panels.
const share = 0.88

func openDisplay(o Options) error {
	// Hidden at first: the monitor's size is known only once a window exists.
	rl.SetConfigFlags(rl.FlagWindowResizable | rl.FlagWindowHidden)
	pw, ph := o.Width, o.Height
	if o.Rotate%180 != 0 {
		pw, ph = ph, pw
	}
	rl.InitWindow(int32(pw/2), int32(ph/2), o.Title)
	if !rl.IsWindowReady() {
		return ErrNoDisplay
	}
	w, h := pw, ph
	m := rl.GetCurrentMonitor()
	mw, mh := rl.GetMonitorWidth(m), rl.GetMonitorHeight(m)
	if mw > 0 && mh > 0 {
		w, h = view.Shrink(pw, ph, int(float64(mw)*share), int(float64(mh)*share))
	}
	rl.SetWindowSize(w, h)
	if mw > 0 && mh > 0 {
		at := rl.GetMonitorPosition(m)
		rl.SetWindowPosition(int(at.X)+(mw-w)/2, int(at.Y)+(mh-h)/2)
	}
	rl.ClearWindowState(rl.FlagWindowHidden)
	rl.PollInputEvents()
	return nil
}
