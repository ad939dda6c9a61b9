package recording

import (
	"bufio"
	"fmt"
	"io"
	"sync"

	"tram06/hal/evdev/input"
)

// longest line: a name in quotes with every byte escaped fits.
const longest = 4096

// Reader is a recording as a device. It gives events as soon as they are
// there, whatever their times say; its end is a pulled plug.
type Reader struct {
	src  io.ReadCloser
	l    lines
	info input.Info

	mu    sync.Mutex
	state input.State
}

var _ input.Device = (*Reader)(nil)

// Open reads the head. src's Close must end its Read. When it gives an error,
// src is the caller's to close.
func Open(src io.ReadCloser) (*Reader, error) {
	r := &Reader{src: src, l: lines{s: bufio.NewScanner(src)}}
	r.l.s.Buffer(nil, longest)
	var err error
	if r.info, err = r.l.head(); err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	return r, nil
}

// Info describes the device.
func (r *Reader) Info() input.Info { return r.info }

// Read gives one event: a line may be all that is there.
func (r *Reader) Read(events []input.Event) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	e, err := r.l.event()
	if err != nil {
		return 0, err
	}
	r.mu.Lock()
	r.state.Apply(e)
	r.mu.Unlock()
	events[0] = e
	return 1, nil
}

// State is where the events led to that were read.
func (r *Reader) State() (input.State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.Clone(), nil
}

// Grab does nothing: nobody else reads this text.
func (r *Reader) Grab() error { return nil }

// Close ends the device.
func (r *Reader) Close() error { return r.src.Close() }
