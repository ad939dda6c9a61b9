//go:build !noaudio

package raylib

// #include "quiet.h"
import "C"

import (
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

// latency is more than what ALSA and sound servers keep ready.
const latency = 150 * time.Millisecond

// inUse is held by whoever has raylib's one sound card.
var inUse sync.Mutex

// card is raylib's sound card.
type card struct {
	stream rl.AudioStream
	open   bool
	pcm    []string // the playing devices of the machine when it began to rest
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

// Rest closes the card, which otherwise asks for silence a hundred times a
// second.
func (c *card) Rest() error {
	c.pcm = playing()
	c.end()
	return nil
}

func (c *card) end() {
	c.endStream()
	if c.open {
		rl.CloseAudioDevice()
		c.open = false
	}
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

// Close gives the card back. Until it has ended nobody else can open it.
func (c *card) Close() error {
	c.end()
	inUse.Unlock()
	return nil
}
