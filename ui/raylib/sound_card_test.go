//go:build !noaudio

package raylib

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/sound"
)

// alsa is the real sound library of this machine, whose default card writes
// what it plays into a pipe. Whoever reads the pipe is the card: its pace is
// that of the reader.
const alsa = `
pcm.!default {
	type plug
	slave { pcm "tap" rate 48000 format S16_LE channels 2 }
}
pcm.tap {
	type file
	slave.pcm { type null }
	file %q
	format "raw"
}
`

// tap is a card that is heard.
type tap struct {
	pipe *os.File

	all sync.WaitGroup

	mu    sync.Mutex
	heard []int16       // left channel, since the last call of take
	stuck chan struct{} // not nil: the card takes nothing until it is closed
}

func newTap(t *testing.T) *tap {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "card")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// Open for both, so that neither side waits for the other, nor sees it end.
	f, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	// As little as can be is kept in the pipe, so that it is heard soon.
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(raw.Control(func(fd uintptr) { _, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 4096) }), err); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "asound.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, alsa, fifo), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ALSA_CONFIG_PATH", conf)
	c := &tap{pipe: f}
	c.all.Go(c.listen)
	t.Cleanup(func() {
		// A card that was left because it hung still writes, and a pipe without a
		// reader would end the program.
		inUse.Lock()
		defer inUse.Unlock()
		_ = f.Close()
		c.all.Wait()
	})
	return c
}

// listen reads at the pace of the card.
func (c *tap) listen() {
	r := bufio.NewReaderSize(c.pipe, 1920)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	chunk := make([]byte, 480*4)
	for {
		for n := 0; n < len(chunk); {
			m, err := r.Read(chunk[n:])
			if err != nil {
				return
			}
			n += m
		}
		c.mu.Lock()
		for i := 0; i < len(chunk); i += 4 {
			c.heard = append(c.heard, int16(binary.LittleEndian.Uint16(chunk[i:])))
		}
		stuck := c.stuck
		c.mu.Unlock()
		if stuck != nil {
			<-stuck
		}
		<-tick.C
	}
}

// stick makes the card take nothing more, until it is let go.
func (c *tap) stick() (letGo func()) {
	stuck := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck = stuck
	return sync.OnceFunc(func() {
		c.mu.Lock()
		c.stuck = nil
		c.mu.Unlock()
		close(stuck)
	})
}

// take gives what was heard, without the silence around it.
func (c *tap) take() []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.heard
	c.heard = nil
	for len(s) > 0 && s[0] == 0 {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}

func openSound(ctx context.Context) (hal.Sound, error) {
	return hal.Open[hal.Sound](ctx, hal.Registry{"audio": OpenSound(nil)}, "audio:///?volume=100")
}

func TestNoSoundCard(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "asound.conf")
	if err := os.WriteFile(conf, []byte("pcm.!default { type hw card 31 }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ALSA_CONFIG_PATH", conf)
	for range 3 { // and again
		if s, err := openSound(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Fatalf("opens as %v, %v, want ErrGone", s, err)
		}
	}
	for _, uri := range []string{"audio:///?volume=101", "audio://host/", "audio:///x", "audio:///?bass=1"} {
		if s, err := hal.Open[hal.Sound](t.Context(), hal.Registry{"audio": OpenSound(nil)}, uri); err == nil || errors.Is(err, hal.ErrGone) {
			t.Errorf("%s opens as %v, %v", uri, s, err)
		}
	}
}

// The cues come out of the card as the tones that they are, in their length.
func TestSoundIsHeard(t *testing.T) {
	c := newTap(t)
	s, err := openSound(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if other, err := openSound(t.Context()); !errors.Is(err, hal.ErrGone) {
		t.Errorf("a second one opens as %v, %v", other, err)
	}
	for _, x := range []struct {
		hertz float64
		rate  int
	}{{440, sound.Hertz}, {1760, sound.Hertz}, {1000, 22050}, {1000, 48000}} {
		c.take()
		sent := sound.Tone(x.hertz*sound.Hertz/float64(x.rate), 200*time.Millisecond)
		if err := s.Play(t.Context(), sent, x.rate); err != nil {
			t.Fatal(err)
		}
		got := c.take()
		want := len(sent) * 48000 / x.rate
		if len(got) < want-200 || len(got) > want+200 {
			t.Errorf("%g Hz at %d: heard %d samples, want %d", x.hertz, x.rate, len(got), want)
		}
		if l := level(got, x.hertz, 48000); l < 0.95 {
			t.Errorf("%g Hz at %d: only %.2f of what is heard is that", x.hertz, x.rate, l)
		}
	}
}

// A card that nobody wants is closed, and wakes for the next sound.
func TestSoundCardRests(t *testing.T) {
	c := newTap(t)
	s, err := openSound(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	look := time.NewTicker(300 * time.Millisecond)
	defer look.Stop()
	for before := -1; ; {
		c.mu.Lock()
		n := len(c.heard)
		c.mu.Unlock()
		if n == before {
			break // it takes nothing any more
		}
		before = n
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("it never rests")
		}
	}
	if h := s.Health(); h.State != hal.Ready {
		t.Errorf("a card that rests says %v", h.State)
	}
	c.take()
	if err := s.Play(t.Context(), sound.Tone(440, 200*time.Millisecond), sound.Hertz); err != nil {
		t.Fatal(err)
	}
	if got := c.take(); len(got) < 9000 || level(got, 440, 48000) < 0.95 {
		t.Errorf("after its rest %d samples are heard, %.2f of them what was played", len(got), level(got, 440, 48000))
	}
}

// level is the share of the energy of s that lies at a frequency (Goertzel).
func level(s []int16, hertz, rate float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/rate)
	var a, b, all float64
	for _, x := range s {
		v := float64(x)
		a, b = v+c*a-b, a
		all += v * v
	}
	return 2 * (a*a + b*b - c*a*b) / max(all*float64(len(s)), 1)
}

// A card that takes nothing any more, as one that was pulled out, is gone; when
// it is back, it is opened anew.
func TestSoundCardThatStops(t *testing.T) {
	c := newTap(t)
	s, err := openSound(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	letGo := c.stick()
	defer letGo()
	if err := s.Play(t.Context(), make([]int16, 60*8000), 8000); !errors.Is(err, hal.ErrGone) {
		t.Errorf("Play gives %v, want ErrGone", err)
	}
	if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeySoundGone {
		t.Errorf("Health gives %v %q", h.State, h.Key)
	}
	if err := s.Close(); err != nil {
		t.Logf("it hangs: %v", err) // and does not hang whoever closes it
		if again, err := openSound(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Errorf("opens as %v, %v while the old one has not ended", again, err)
		}
	}
	letGo()
	for {
		s, err = openSound(t.Context())
		if err == nil {
			break
		}
		if !errors.Is(err, hal.ErrGone) || t.Context().Err() != nil {
			t.Fatalf("opening it anew gives %v", err)
		}
		runtime.Gosched() // the old one is about to end
	}
	defer s.Close()
	c.take()
	if err := s.Play(t.Context(), sound.Well(), sound.Hertz); err != nil {
		t.Errorf("Play gives %v afterwards", err)
	}
	if len(c.take()) == 0 {
		t.Error("nothing is heard afterwards")
	}
}

func TestSoundConformance(t *testing.T) {
	newTap(t)
	haltest.SoundCard(t, func() (hal.Sound, error) { return openSound(t.Context()) })
}
