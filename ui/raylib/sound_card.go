//go:build !noaudio

package raylib

// #include "quiet.h"
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	rl "github.com/gen2brain/raylib-go/raylib"

	"tram06/hal"
	"tram06/hal/sound/speaker"
)

const (
	// latency is more than what ALSA and sound servers keep ready.
	latency = 150 * time.Millisecond
	// hanging is how long the end of a card may take that does not answer.
	hanging = 800 * time.Millisecond
)

// inUse is held by whoever has raylib's one sound card.
var inUse sync.Mutex

// card is raylib's sound card.
type card struct{ stream rl.AudioStream }

var _ speaker.Card = (*card)(nil)

func openCard() (speaker.Card, error) {
	if !inUse.TryLock() {
		return nil, fmt.Errorf("the sound card is open already: %w", hal.ErrGone)
	}
	installTrace()
	C.tram_quiet_alsa()
	takeSoundTrace()
	rl.InitAudioDevice()
	why := takeSoundTrace()
	switch {
	case !rl.IsAudioDeviceReady():
		inUse.Unlock()
		return nil, fmt.Errorf("no sound card: %w: %s", hal.ErrGone, why)
	case strings.Contains(why, "| Null"):
		// What miniaudio takes when there is nothing: it plays to nobody.
		rl.CloseAudioDevice()
		inUse.Unlock()
		return nil, fmt.Errorf("no sound system: %w", hal.ErrGone)
	}
	return &card{}, nil
}

// Run replaces the stream; raylib changes the rate to that of the card.
func (c *card) Run(hertz int, fill func([]float32)) error {
	c.end()
	c.stream = rl.LoadAudioStream(uint32(hertz), 32, 1)
	if !rl.IsAudioStreamValid(c.stream) {
		return fmt.Errorf("no stream of %d Hz: %s", hertz, takeSoundTrace())
	}
	rl.SetAudioStreamCallback(c.stream, func(out []float32, _ int) { fill(out) })
	rl.PlayAudioStream(c.stream)
	return nil
}

func (c *card) end() {
	if rl.IsAudioStreamValid(c.stream) {
		rl.StopAudioStream(c.stream)
		rl.UnloadAudioStream(c.stream)
	}
	c.stream = rl.AudioStream{}
}

func (*card) Latency() time.Duration { return latency }

// Gone is nil: raylib does not tell. A card that was pulled out asks for nothing
// any more.
func (*card) Gone() <-chan struct{} { return nil }

// Close gives the card back. One that hangs is left to itself, and cannot be
// opened until it ends.
func (c *card) Close() error {
	ended := make(chan struct{})
	go func() {
		defer inUse.Unlock()
		defer close(ended)
		c.end()
		rl.CloseAudioDevice()
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(hanging):
		return errors.New("the sound card does not end")
	}
}
