package remote

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/sound"
	"tram06/hal/sound/speaker"
)

// A program that is there and takes nothing any more is gone, and does not hold
// up whoever leaves it.
func TestAProgramThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe() // which takes nothing that nobody reads
		defer far.Close()
		s, err := speaker.New("sim+sound:", overConn(near), 100, nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := s.Play(t.Context(), sound.Well(), sound.Hertz); !errors.Is(err, hal.ErrGone) {
			t.Errorf("Play gives %v, want ErrGone", err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it is noticed after %v", took)
		}
		began = time.Now()
		if err := s.Close(); err != nil {
			t.Errorf("Close gives %v", err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("Close takes %v", took)
		}
	})
}
