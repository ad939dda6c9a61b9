//go:build memory && drm && rgfw

package stage_test

import (
	"runtime"
	"testing"

	"tram06/ui/icon"
	"tram06/ui/raylib"
	"tram06/ui/theme"
)

// BenchmarkTouchDrawn is the same with the pixels: raylib's software renderer
// draws every scene into memory.
func BenchmarkTouchDrawn(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := fonts(b)
	s, err := raylib.Open(raylib.Options{Width: theme.PanelW, Height: theme.PanelH, Title: "bench", Glyph: f.Glyph, Icon: icon.Mask})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	benchmarkTouch(b, f, s)
}
