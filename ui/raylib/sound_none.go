//go:build noaudio

package raylib

import (
	"fmt"

	"tram06/hal"
	"tram06/hal/sound/speaker"
)

func openCard() (speaker.Card, error) {
	return nil, fmt.Errorf("this build has no sound (tag noaudio): %w", hal.ErrUnsupported)
}
