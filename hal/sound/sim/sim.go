// Package sim is a simulated sound card, and says so: it plays to nobody, at the
// pace of a real one, and remembers what was heard. It is opened in the process
// of a test, or served to a kiosk that opens sim+sound.
package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/sound/remote"
	"tram06/hal/sound/speaker"
)

// kept is how many sounds are remembered, and of one how many samples.
const (
	kept    = 64
	longest = 60 * speaker.MaxHertz
)

// errUnplugged is what a card says that is not there.
var errUnplugged = fmt.Errorf("simulated sound card: %w", hal.ErrGone)

// Sound is one sound that was heard, without the silence around it.
type Sound struct {
	Hertz   int
	Samples []int16
}

// Device is a simulated sound card. It is plugged in at first.
type Device struct {
	mu    sync.Mutex
	out   bool
	users map[int]func() // what pulls it from those who use it
	next  int
	done  []Sound
	now   Sound
	quiet int           // chunks of silence since the last sample of now
	more  chan struct{} // holds a value when a sound has ended
}

// New makes a sound card.
func New() *Device {
	return &Device{users: map[int]func(){}, quiet: remote.Pause, more: make(chan struct{}, 1)}
}

// Open gives the card to a speaker in this process. now stamps health; nil is
// time.Now.
func (d *Device) Open(volume int, now func() time.Time) (hal.Sound, error) {
	pulled := make(chan struct{})
	leave, err := d.use(func() { close(pulled) })
	if err != nil {
		return nil, err
	}
	card := remote.NewCard(pulled, d.hear, func() error {
		leave()
		return nil
	})
	return speaker.New("sim+sound:", card, volume, now)
}

// use notes somebody who is told when the plug is pulled, until leave.
func (d *Device) use(pull func()) (leave func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.out {
		return nil, errUnplugged
	}
	d.next++
	n := d.next
	d.users[n] = pull
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.users, n)
	}, nil
}

// Unplug pulls the card out, Plug puts it back.
func (d *Device) Unplug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = true
	for n, pull := range d.users {
		pull()
		delete(d.users, n)
	}
}

// Plug puts the card back.
func (d *Device) Plug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = false
}

// hear remembers what was heard.
func (d *Device) hear(c remote.Chunk) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.Hertz != d.now.Hertz || len(d.now.Samples) > longest {
		d.finish()
	}
	if d.quiet++; !c.Silent() {
		d.quiet = 0
	}
	if d.quiet >= remote.Pause {
		d.finish()
		return
	}
	d.now.Hertz = c.Hertz
	d.now.Samples = append(d.now.Samples, c.Samples...)
}

// finish ends the sound that was heard last.
func (d *Device) finish() {
	s := d.now
	d.now = Sound{}
	for len(s.Samples) > 0 && s.Samples[0] == 0 {
		s.Samples = s.Samples[1:]
	}
	for n := len(s.Samples); n > 0 && s.Samples[n-1] == 0; n-- {
		s.Samples = s.Samples[:n-1]
	}
	if len(s.Samples) == 0 {
		return
	}
	if d.done = append(d.done, s); len(d.done) > kept {
		d.done = d.done[1:]
	}
	select {
	case d.more <- struct{}{}:
	default: // is told already
	}
}

// rest ends the sound that was heard last, because no more of it will come.
func (d *Device) rest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finish()
	d.quiet = remote.Pause
}

// Next waits for the next sound that has ended. It has one caller at a time.
func (d *Device) Next(ctx context.Context) (Sound, error) {
	for {
		d.mu.Lock()
		if len(d.done) > 0 {
			s := d.done[0]
			d.done = d.done[1:]
			d.mu.Unlock()
			return s, nil
		}
		d.mu.Unlock()
		select {
		case <-d.more:
		case <-ctx.Done():
			return Sound{}, ctx.Err()
		}
	}
}

// Heard gives the sounds since the last call, also one that has not ended.
// Silence inside of one that lasts less than a tenth of a second belongs to it.
func (d *Device) Heard() []Sound {
	d.rest()
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.done
	d.done = nil
	return out
}

// Ended gives the sounds that have ended since the last call of it or of Heard.
// One that goes on waits for its end.
func (d *Device) Ended() []Sound {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.done
	d.done = nil
	return out
}

// Serve plays for kiosks that connect, until ln is closed.
func (d *Device) Serve(ln net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		} else if err != nil {
			return fmt.Errorf("simulated sound card: %w", err)
		}
		leave, err := d.use(func() { _ = conn.Close() })
		if err != nil {
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer leave()
			defer d.rest()
			defer conn.Close()
			if _, err := io.WriteString(conn, remote.Ready); err != nil {
				return
			}
			for {
				c, err := remote.Read(conn)
				if err != nil {
					return
				}
				d.hear(c)
			}
		})
	}
}
