package fittings_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/fittings"
	"tram06/firmware/session"
	"tram06/hal"
)

func TestBuzzer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		synctest.Wait()
		heard := func(before, after session.State) int {
			m.mu.Lock()
			m.edges = 0
			m.mu.Unlock()
			m.Follow(before, after)
			wait(2 * time.Second)
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.edges / 2
		}
		here := session.State{Phase: session.Identify}
		there := here
		there.Reads = 1
		if n := heard(here, there); n != 1 {
			t.Errorf("a card that was read: %d tones", n)
		}
		there = here
		there.Sheet = session.IdleSheet
		if n := heard(here, there); n != 2 {
			t.Errorf("a question: %d tones", n)
		}
		if n := heard(here, here); n != 0 {
			t.Errorf("nothing happened: %d tones", n)
		}
	})
}

// A cue for something that is over by the time there is a buzzer is none.
func TestABuzzerThatComesLateIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t)
		synctest.Wait()
		m.chip.Unplug()
		wait(2 * time.Second)
		m.Follow(session.State{Phase: session.Identify}, session.State{Phase: session.Identify, Reads: 1})
		wait(time.Minute)
		m.chip.Plug()
		m.mu.Lock()
		m.edges = 0
		m.mu.Unlock()
		wait(10 * time.Second)
		m.is(t, "buzzer", "ready")
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.edges != 0 {
			t.Errorf("it sounds: %d edges", m.edges)
		}
	})
}

// A sound card plays the cues instead of the buzzer, and its trouble gives them
// back to it.
func TestSoundGoesBeforeTheBuzzer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var played []string
		there := true
		say := func(format string, args ...any) {
			mu.Lock()
			played = append(played, fmt.Sprintf(format, args...))
			mu.Unlock()
		}
		reg := hal.Registry{
			"card": func(context.Context, *url.URL) (hal.Device, error) {
				if !there {
					return nil, hal.ErrGone
				}
				return &speaker{say: say, fails: func() bool { return !there }}, nil
			},
			"buzz": func(context.Context, *url.URL) (hal.Device, error) { return &speaker{say: say}, nil },
		}
		f := fittings.New(fittings.Options{
			URIs: fittings.URIs{Sound: "card:///", Buzzer: "buzz:///"}, Registry: reg,
			Tone: func(c fittings.Cue) ([]int16, int) { return make([]int16, int(c)), 48000 },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { f.Run(ctx); close(done) }()
		read := func() {
			f.Follow(session.State{Phase: session.Identify}, session.State{Phase: session.Confirm, Reads: 1})
			wait(5 * time.Second)
		}
		synctest.Wait()
		f.Volume(40)
		synctest.Wait()
		read()
		there = false
		read() // noticed by playing it
		read()
		cancel()
		<-done
		if got := strings.Join(played, ", "); got != "volume 40, play 1 at 48000, beep 1760" {
			t.Errorf("heard %s", got)
		}
	})
}

// speaker is a sound card and a buzzer.
type speaker struct {
	say   func(string, ...any)
	fails func() bool
}

func (*speaker) URI() string        { return "speaker:" }
func (*speaker) Close() error       { return nil }
func (*speaker) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (s *speaker) Play(_ context.Context, samples []int16, hertz int) error {
	if s.fails() {
		return fmt.Errorf("sound: %w", hal.ErrGone)
	}
	s.say("play %d at %d", len(samples), hertz)
	return nil
}
func (s *speaker) SetVolume(p int) error { s.say("volume %d", p); return nil }
func (s *speaker) Beep(_ context.Context, hertz int, _ time.Duration) error {
	s.say("beep %d", hertz)
	return nil
}
