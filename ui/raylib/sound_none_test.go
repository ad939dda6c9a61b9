//go:build noaudio

package raylib

import (
	"errors"
	"testing"

	"tram06/hal"
)

func TestNoSoundInThisBuild(t *testing.T) {
	s, err := hal.Open[hal.Sound](t.Context(), hal.Registry{"audio": OpenSound(nil)}, "audio:///")
	if !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("opens as %v, %v, want ErrUnsupported", s, err)
	}
}
