//go:build memory && drm && rgfw

package raylib

import (
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"
)

// The memory backend is a trick on raylib-go's build constraints: the tags drm
// and rgfw together select no platform at all, and the C flags then name one.
// trace.c refuses to compile when the flags are missing, and this file is not
// there when the tags are, so that a wrong build fails instead of opening a
// window.

// Variant names the backend that this program was built with.
const Variant = "memory"

const (
	// swapped: snapshots have red and blue exchanged.
	swapped   = true
	offscreen = false
	immediate = true
	pollEvery = time.Duration(0)
)

func openDisplay(o Options) error {
	if o.Rotate != 0 {
		return ErrRotate
	}
	rl.InitWindow(int32(o.Width), int32(o.Height), o.Title)
	if !rl.IsWindowReady() {
		return ErrNoDisplay
	}
	return nil
}
