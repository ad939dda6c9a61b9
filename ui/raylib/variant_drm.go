//go:build drm && !memory && !rgfw

package raylib

import (
	"fmt"
	"os"
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"
	"golang.org/x/sys/unix"

	"tram06/ui/raylib/kms"
	"tram06/ui/raylib/tty"
)

// Variant names the backend that this program was built with.
const Variant = "drm"

const (
	// swapped: snapshots have red and blue exchanged.
	swapped   = false
	offscreen = true
	immediate = false
	// Touches come from package hal; raylib's own reader of /dev/input knows
	// neither hot-plug nor rotation and is never asked.
	pollEvery = time.Duration(0)
)

func openDisplay(o Options) error {
	// Left to itself raylib takes a mode near the size it is asked for, often
	// 640x480: ask for the one that the panel prefers.
	m, err := kms.Find(os.DirFS("/sys/class/drm"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	// raylib takes the keyboard of the terminal that the kiosk was started
	// from. Whether that is undone is no reason to be without a screen.
	restore := tty.Keep(unix.Stdin)
	rl.InitWindow(int32(m.Width), int32(m.Height), o.Title)
	_ = restore()
	if !rl.IsWindowReady() {
		return ErrNoDisplay
	}
	return nil
}
