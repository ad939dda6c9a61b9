// Package vpcd is a simulator: it lays a simulated chip on the virtual reader
// of the Debian package vsmartcard-vpcd, which pcscd then shows like any other
// reader. Everything above it (pcscd, libpcsclite, the pcsc driver) is the real
// thing; only the air between chip and antenna is missing.
//
// The virtual reader is the TCP server and the card its client: a connection
// is a card on the reader, closing it takes the card away. Frames in both
// directions are a two-byte length and the payload. One byte from the reader
// is a control code, anything longer a command APDU.
//
// The reader takes one card a slot. A second card on the same slot waits,
// unseen, until the first one is gone.
//
// The server listens on all addresses, so neither it nor this package belongs
// on a kiosk that citizens use.
package vpcd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// Chip is the card itself.
type Chip interface {
	// ATR is the answer to reset, ISO/IEC 7816-3.
	ATR() []byte
	// Reset forgets everything since power-on.
	Reset()
	// Transmit answers one command APDU with data and status word.
	Transmit(cmd []byte) []byte
}

// Control codes of the virtual reader.
const (
	powerOff = 0x00
	powerOn  = 0x01
	reset    = 0x02
	getATR   = 0x04
)

// Slot is a card that lies on a reader.
type Slot struct {
	conn *net.TCPConn
	raw  interface {
		Control(func(fd uintptr)) error
	}
	chip Chip
	done chan struct{}

	mu      sync.Mutex
	apdus   int
	left    int // commands still to be answered before the card goes
	tearing bool
	removed bool
	err     error
}

// Insert lays chip on the reader that listens on addr. The context bounds the
// connecting only; the card lies there until Remove.
//
// The chip is used by one goroutine from here on.
func Insert(ctx context.Context, addr string, chip Chip) (*Slot, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("insert virtual card: %w", err)
	}
	tcp := c.(*net.TCPConn)
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("insert virtual card: %w", err), c.Close())
	}
	s := &Slot{conn: tcp, raw: raw, chip: chip, done: make(chan struct{})}
	go s.run()
	return s, nil
}

// Remove takes the card away. It is idempotent and returns once nothing uses
// the chip any more. The error is the one that broke the connection before,
// if any.
func (s *Slot) Remove() error {
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	closeErr := s.conn.Close()
	<-s.done
	if s.err == nil && closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		return fmt.Errorf("remove virtual card: %w", closeErr)
	}
	return s.err
}

// RemoveAfter tears the card off in the middle: it answers n more commands and
// is gone at the next one, which gets no answer.
func (s *Slot) RemoveAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tearing, s.left = true, n
}

// APDUs counts the commands that were answered.
func (s *Slot) APDUs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.apdus
}

// Done is closed when the card has gone, whoever took it.
func (s *Slot) Done() <-chan struct{} { return s.done }

func (s *Slot) run() {
	defer close(s.done)
	err := s.serve()
	_ = s.conn.Close() // what broke it is in err
	s.mu.Lock()
	defer s.mu.Unlock()
	// A reader that closes has been switched off, which is no fault of ours.
	if !s.removed && !errors.Is(err, io.EOF) && !errors.Is(err, errTorn) {
		s.err = err
	}
}

var errTorn = errors.New("card torn off")

func (s *Slot) serve() error {
	r := bufio.NewReader(quickReader{s})
	out := make([]byte, 0, 4096)
	for {
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return err
		}
		payload := make([]byte, binary.BigEndian.Uint16(head[:]))
		if _, err := io.ReadFull(r, payload); err != nil {
			return fmt.Errorf("virtual reader broke off: %w", io.ErrUnexpectedEOF)
		}
		answer, err := s.handle(payload)
		if err != nil {
			return err
		}
		if answer == nil {
			continue
		}
		out = binary.BigEndian.AppendUint16(out[:0], uint16(len(answer)))
		out = append(out, answer...)
		if _, err := s.conn.Write(out); err != nil {
			return fmt.Errorf("answer the virtual reader: %w", err)
		}
	}
}

// handle gives the answer to a frame, nil where the protocol has none.
func (s *Slot) handle(payload []byte) ([]byte, error) {
	switch {
	case len(payload) == 0:
		return nil, nil
	case len(payload) == 1:
		switch payload[0] {
		case powerOff, powerOn, reset:
			s.chip.Reset()
			return nil, nil
		case getATR:
			return s.chip.ATR(), nil
		}
		return nil, nil // later versions may know more; none asks for an answer
	}
	s.mu.Lock()
	if s.tearing {
		if s.left == 0 {
			s.mu.Unlock()
			return nil, errTorn
		}
		s.left--
	}
	s.apdus++
	s.mu.Unlock()
	answer := s.chip.Transmit(payload)
	if len(answer) < 2 || len(answer) > 0xFFFF {
		return nil, fmt.Errorf("chip answers with %d bytes", len(answer))
	}
	return answer, nil
}

// quickReader asks for an immediate TCP acknowledgement before every read.
// The virtual reader sends length and payload apart and waits with the second
// for the acknowledgement of the first: without this each APDU costs 44 ms.
// Linux forgets the option by itself, hence every time.
type quickReader struct{ s *Slot }

func (q quickReader) Read(p []byte) (int, error) {
	var opt error
	err := q.s.raw.Control(func(fd uintptr) {
		opt = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
	})
	if err := errors.Join(err, opt); err != nil {
		return 0, fmt.Errorf("set TCP_QUICKACK: %w", err)
	}
	return q.s.conn.Read(p)
}
