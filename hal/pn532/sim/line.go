package sim

import (
	"errors"
	"io"
	"sync"
	"time"
)

// wakeBytes pass unheard while a sleeping chip begins to listen.
const wakeBytes = 8

// Line is the host's end of a serial line to the chip.
type Line struct {
	chip *Chip
	baud int

	waking  int // bytes until the chip listens
	in, out []byte
	timeout time.Duration
	closed  bool
}

// Line is a serial line on which the chip sleeps, as after power-on.
func (c *Chip) Line() *Line { return &Line{chip: c, baud: 115200, timeout: -1} }

// SetBaud sets the rate of the host's end.
func (l *Line) SetBaud(baud int) error {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	l.baud = baud
	return nil
}

// SetReadTimeout bounds Read; a negative time does not.
func (l *Line) SetReadTimeout(d time.Duration) error {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	l.timeout = d
	return nil
}

// Write sends to the chip.
func (l *Line) Write(b []byte) (int, error) {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	if err := l.usable(); err != nil {
		return 0, err
	}
	if l.baud != l.chip.baud {
		return len(b), nil // noise to the chip
	}
	for i, v := range b {
		switch {
		case !l.chip.asleep:
			l.in = append(l.in, b[i:]...)
			l.hear()
			return len(b), nil
		case l.waking > 0:
			l.waking--
			l.chip.asleep = l.waking > 0
		case v == 0x55:
			l.waking = wakeBytes
		}
	}
	return len(b), nil
}

func (l *Line) hear() {
	for len(l.in) > 0 {
		w, cmd, used := parse(l.in)
		if w == incomplete {
			return
		}
		l.in = l.in[used:]
		l.chip.hear(w, cmd)
	}
}

func (l *Line) usable() error {
	if l.closed {
		return errors.New("port is closed")
	}
	if l.chip.unplug {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Read waits for something from the chip, and gives nothing when time is up.
func (l *Line) Read(b []byte) (int, error) {
	l.chip.mu.Lock()
	timeout := l.timeout
	l.chip.mu.Unlock()
	var up <-chan time.Time
	if timeout >= 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		up = t.C
	}
	for {
		n, changed, at, err := l.take(b)
		if n > 0 || err != nil {
			return n, err
		}
		var due <-chan time.Time
		if !at.IsZero() {
			t := time.NewTimer(time.Until(at))
			defer t.Stop()
			due = t.C
		}
		select {
		case <-changed:
		case <-due:
		case <-up:
			return 0, nil
		}
	}
}

func (l *Line) take(b []byte) (n int, changed <-chan struct{}, at time.Time, err error) {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	if err := l.usable(); err != nil {
		return 0, nil, at, err
	}
	for due := true; due; {
		var m []byte
		if m, due, at = l.chip.fetch(); due && l.baud == l.chip.baud {
			l.out = append(l.out, m...)
		}
	}
	n = copy(b, l.out)
	l.out = l.out[n:]
	return n, l.chip.changed, at, nil
}

// Drain does nothing: what is written has arrived.
func (l *Line) Drain() error { return nil }

// ResetInputBuffer drops what was not yet read.
func (l *Line) ResetInputBuffer() error {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	l.out = nil
	return l.usable()
}

// Close ends the line, and a Read on it.
func (l *Line) Close() error {
	l.chip.mu.Lock()
	defer l.chip.mu.Unlock()
	if l.closed {
		return errors.New("closed twice")
	}
	l.closed = true
	l.chip.announce()
	return nil
}

// Serve is the chip at the far end of a cable, such as the master of a pseudo
// terminal. It returns when the cable is cut.
func (c *Chip) Serve(cable io.ReadWriter) error {
	l := c.Line()
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 1024)
		for {
			n, err := l.Read(b)
			if err != nil {
				return
			}
			if _, err := cable.Write(b[:n]); err != nil {
				return
			}
		}
	})
	_, err := io.Copy(l, cable)
	_ = l.Close()
	done.Wait()
	return err
}
