//go:build !noaudio

package raylib

// #include "quiet.h"
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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
	hanging = 400 * time.Millisecond
)

// inUse is held by whoever has raylib's one sound card.
var inUse sync.Mutex

// card is raylib's sound card.
type card struct {
	stream rl.AudioStream
	open   bool
	ending chan struct{} // not nil while it is being closed; closed then
	pcm    []string      // the playing devices of the machine when it began to rest
}

var _ speaker.Card = (*card)(nil)

func openCard() (speaker.Card, error) {
	if !inUse.TryLock() {
		return nil, fmt.Errorf("the sound card is open already: %w", hal.ErrGone)
	}
	c := &card{}
	if err := c.begin(); err != nil {
		inUse.Unlock()
		return nil, err
	}
	return c, nil
}

func (c *card) begin() error {
	installTrace()
	C.tram_quiet_alsa()
	takeSoundTrace()
	rl.InitAudioDevice()
	why := takeSoundTrace()
	switch {
	case !rl.IsAudioDeviceReady():
		return fmt.Errorf("no sound card: %w: %s", hal.ErrGone, why)
	case strings.Contains(why, "| Null"):
		// What miniaudio takes when there is nothing: it plays to nobody.
		rl.CloseAudioDevice()
		return fmt.Errorf("no sound system: %w", hal.ErrGone)
	}
	c.open = true
	return nil
}

// Run replaces the stream; raylib changes the rate to that of the card.
func (c *card) Run(hertz int, fill func([]float32)) error {
	c.endStream()
	if !c.open {
		if err := c.begin(); err != nil {
			return err
		}
	}
	c.stream = rl.LoadAudioStream(uint32(hertz), 32, 1)
	if !rl.IsAudioStreamValid(c.stream) {
		return fmt.Errorf("no stream of %d Hz: %s", hertz, takeSoundTrace())
	}
	rl.SetAudioStreamCallback(c.stream, func(out []float32, _ int) { fill(out) })
	rl.PlayAudioStream(c.stream)
	return nil
}

func (c *card) endStream() {
	if rl.IsAudioStreamValid(c.stream) {
		rl.StopAudioStream(c.stream)
		rl.UnloadAudioStream(c.stream)
	}
	c.stream = rl.AudioStream{}
}

// end closes the card, and gives up waiting for one that hangs.
func (c *card) end() error {
	if c.ending == nil {
		c.ending = make(chan struct{})
		go func() {
			defer close(c.ending)
			c.endStream()
			if c.open {
				rl.CloseAudioDevice()
				c.open = false
			}
		}()
	}
	select {
	case <-c.ending:
		c.ending = nil
		return nil
	case <-time.After(hanging):
		return errors.New("the sound card does not end")
	}
}

// Rest closes the card, which otherwise asks for silence a hundred times a
// second.
func (c *card) Rest() error {
	c.pcm = playing()
	return c.end()
}

// Present tells whether all that could play when it began to rest is still
// there.
func (c *card) Present() bool {
	now := playing()
	return !slices.ContainsFunc(c.pcm, func(was string) bool { return !slices.Contains(now, was) })
}

// playing lists the kernel's playing devices; there are none where a sound
// server does without.
func playing() []string {
	names, _ := filepath.Glob("/dev/snd/pcmC*D*p") // the pattern is right
	return names
}

func (*card) Latency() time.Duration { return latency }

// Gone is nil: raylib does not tell. A card that was pulled out asks for nothing
// any more.
func (*card) Gone() <-chan struct{} { return nil }

// Close gives the card back. One that hangs is left to itself, and cannot be
// opened until it ends.
func (c *card) Close() error {
	err := c.end()
	if err == nil {
		inUse.Unlock()
		return nil
	}
	ending := c.ending
	go func() {
		<-ending
		inUse.Unlock()
	}()
	return err
}
