//go:build memory || xwindow

package raylib

import (
	"runtime"
	"testing"

	"tram06/ui/scene"
)

// panel is the sample at the size of a terminal's panel: everything doubled.
func panel() *scene.Scene {
	sc := sample()
	sc.W, sc.H = 2*sc.W, 2*sc.H
	for i := range sc.Items {
		it := &sc.Items[i]
		it.Rect = scene.Rect{X: 2 * it.Rect.X, Y: 2 * it.Rect.Y, W: 2 * it.Rect.W, H: 2 * it.Rect.H}
		it.Radius, it.BorderWidth, it.Size, it.Base = 2*it.Radius, 2*it.BorderWidth, 2*it.Size, 2*it.Base
		for j := range it.Points {
			it.Points[j].X, it.Points[j].Y = 2*it.Points[j].X, 2*it.Points[j].Y
		}
	}
	return sc
}

func openPanel(b *testing.B) *Screen {
	b.Helper()
	s, err := Open(Options{Width: 2 * sampleW, Height: 2 * sampleH, Title: "bench", Glyph: typeset(b).Glyph, Icon: diamond})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkFirstFrame is opening the display, parsing the fonts, rasterising
// every glyph and drawing: what a start of the kiosk costs here.
func BenchmarkFirstFrame(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for b.Loop() {
		s := openPanel(b)
		if err := s.Draw(panel()); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkFrame is one frame with everything cached.
func BenchmarkFrame(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := openPanel(b)
	defer s.Close()
	sc := panel()
	for b.Loop() {
		s.last = nil
		if err := s.Draw(sc); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnchanged is what a loop pays for a scene that is shown already.
func BenchmarkUnchanged(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := openPanel(b)
	defer s.Close()
	sc := panel()
	for b.Loop() {
		if err := s.Draw(sc); err != nil {
			b.Fatal(err)
		}
	}
	if s.Frames() != 1 {
		b.Fatalf("%d frames", s.Frames())
	}
}

func BenchmarkSnapshot(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := openPanel(b)
	defer s.Close()
	if err := s.Draw(panel()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Snapshot(); err != nil {
			b.Fatal(err)
		}
	}
}
