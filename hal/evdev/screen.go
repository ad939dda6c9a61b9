// Package evdev drives touch panels through the kernel's input devices, in
// pure Go.
//
//	evdev:///dev/input/event3?w=1080&h=1920&rotate=90
//	evdev:///?name=Goodix&grab=1
//
// One finger is followed: a kiosk has buttons, not gestures. Single-touch
// panels, multitouch panels of type B, and absolute pointers such as a virtual
// machine's tablet are understood. w, h and rotate override the board's.
package evdev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
)

// queued touches wait for Next. Moves are merged, so that only a stuck user of
// the device ever fills it.
const queued = 64

// Config is what the kernel tells about a device.
type Config struct {
	Panel Panel
	Multi bool // type B slots
	X, Y  Range
	Now   func() time.Time // nil is time.Now

	// sync gives the kernel's present state; nil if it cannot be asked.
	sync func() (snapshot, error)
}

// Screen is one open touch panel.
type Screen struct {
	*pulse.Pulse
	uri string
	src io.ReadCloser
	now func() time.Time

	stop chan struct{}
	once sync.Once
	done chan struct{}
	more chan struct{}

	mu    sync.Mutex
	queue []hal.Touch
}

var _ hal.TouchScreen = (*Screen)(nil)

// New reads input records from src, whose Close must unblock its Read.
func New(uri string, src io.ReadCloser, c Config) *Screen {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Screen{
		Pulse: pulse.New(c.Now, hal.Ready, hal.KeyOK),
		uri:   uri,
		src:   src,
		now:   c.Now,
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
		more:  make(chan struct{}, 1),
	}
	go s.read(newDecoder(c))
	return s
}

// URI names the device.
func (s *Screen) URI() string { return s.uri }

// Close ends the screen.
func (s *Screen) Close() error {
	var err error
	s.once.Do(func() {
		close(s.stop)
		err = s.src.Close()
	})
	<-s.done
	if err != nil {
		return fmt.Errorf("close touch screen: %w", err)
	}
	return nil
}

func (s *Screen) read(d *decoder) {
	defer close(s.done)
	buf := make([]byte, 64*recordSize)
	have := 0
	for {
		n, err := s.src.Read(buf[have:])
		have += n
		i := 0
		for ; have-i >= recordSize; i += recordSize {
			d.feed(parse(buf[i:]), s.push)
		}
		have = copy(buf, buf[i:have])
		if err != nil {
			s.Set(hal.Absent, hal.KeyTouchGone, errors.Join(hal.ErrGone, err))
			return
		}
	}
}

func (s *Screen) push(t hal.Touch) {
	t.At = s.now()
	s.mu.Lock()
	n := len(s.queue)
	switch {
	case n > 0 && t.Kind == hal.TouchMove && s.queue[n-1].Kind == hal.TouchMove:
		s.queue[n-1] = t
	case n >= queued:
		// Nobody has looked for dozens of taps: they were not meant for what
		// is on the screen by now. A cancel ends the oldest one cleanly.
		s.queue = append(s.queue[:0], hal.Touch{Kind: hal.TouchCancel, X: t.X, Y: t.Y, At: t.At})
	default:
		s.queue = append(s.queue, t)
	}
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// Next waits for one touch.
func (s *Screen) Next(ctx context.Context) (hal.Touch, error) {
	for {
		select {
		case <-s.stop:
			return hal.Touch{}, fmt.Errorf("touch screen: %w", hal.ErrGone)
		default:
		}
		if t, ok := s.pop(); ok {
			return t, nil
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return hal.Touch{}, fmt.Errorf("touch screen: %w", ctx.Err())
		case <-s.stop:
		case <-s.done:
			// What came in before the plug was pulled is still given out.
			if t, ok := s.pop(); ok {
				return t, nil
			}
			return hal.Touch{}, fmt.Errorf("touch screen: %w", hal.ErrGone)
		}
	}
}

func (s *Screen) pop() (hal.Touch, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return hal.Touch{}, false
	}
	t := s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	return t, true
}
