package pn532

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

const (
	// ackWait is how long the chip may take to acknowledge: 15 ms by UM 6.2.2,
	// and some for a serial adapter that gathers bytes and for a busy machine.
	ackWait = 200 * time.Millisecond
	// lastAckWait is for commands that are not sent again.
	lastAckWait = time.Second
	// gap is the longest pause within a frame on a stream; a frame that stops
	// for longer was cut.
	gap = 100 * time.Millisecond
	// slice is how long one read may last, so that Close is noticed.
	slice = 50 * time.Millisecond
	// tries is how often a command is sent that the chip does not acknowledge.
	tries = 3
	// nacks is how often one answer is asked for again.
	nacks = 3
	// flood ends a dialogue with something that never stops sending.
	flood = 16 << 10
)

var (
	// errSilent: not one of several times.
	errSilent  = errors.New("chip does not acknowledge")
	errMissing = errors.New("chip does not answer")
	errSyntax  = errors.New("chip does not understand the command")
	errNoise   = errors.New("chip cannot be understood")
	errStopped = errors.New("stopped")
	// errBus: the bus itself failed, not the talk over it.
	errBus = errors.New("bus failed")
)

// wire moves bytes. A wire is used by one goroutine.
type wire interface {
	// wake brings the chip out of its power-down and low-battery modes.
	wake() error
	write(b []byte) error
	// read gives what has come, at most max bytes of it, and nothing and no
	// error when nothing came within d or stop was closed.
	read(max int, d time.Duration, stop <-chan struct{}) ([]byte, error)
	// whole tells that each read begins with a message's first byte and that
	// what it leaves of the message is lost. Otherwise reads are a stream.
	whole() bool
	// flush drops what came unasked.
	flush() error
	close() error
}

// link is the dialogue of UM 6.2.2: command, acknowledgement, answer.
type link struct {
	wire wire
	stop <-chan struct{}
	buf  []byte // of a stream: what came and was not yet looked at
}

// request is one command.
type request struct {
	cmd  []byte
	size int           // the longest answer, its code counted
	wait time.Duration // for the answer
	once bool          // must not reach the chip twice
}

// call sends a command and gives what follows the answer's code.
func (l *link) call(q request) ([]byte, error) {
	out := encode(q.cmd)
	var err error
	for range tries {
		var answer []byte
		if err = l.send(out); err == nil {
			answer, err = l.answer(q)
		}
		if err == nil {
			return answer, nil
		}
		if !errors.Is(err, errSilent) {
			break
		}
	}
	if !errors.Is(err, errBus) && !errors.Is(err, errSyntax) {
		// Whatever it is doing, it shall not answer into the next dialogue.
		err = errors.Join(err, l.abort())
	}
	return nil, fmt.Errorf("command %02X: %w", q.cmd[0], err)
}

func (l *link) send(b []byte) error {
	l.buf = nil
	if err := l.wire.flush(); err != nil {
		return fmt.Errorf("%w: %w", errBus, err)
	}
	return l.write(b)
}

func (l *link) write(b []byte) error {
	if err := l.wire.write(b); err != nil {
		return fmt.Errorf("%w: %w", errBus, err)
	}
	return nil
}

// abort ends whatever command is under way, UM 6.2.1.3.
func (l *link) abort() error { return l.write(ackFrame) }

// answer waits for the acknowledgement and the answer.
func (l *link) answer(q request) ([]byte, error) {
	until := time.Now().Add(q.wait)
	ackBy := time.Now().Add(ackWait)
	if q.once {
		ackBy = time.Now().Add(lastAckWait)
	}
	acked, clean, spoiled, heard := false, false, 0, 0
	for {
		by, size := until, q.size+1
		if !acked {
			by, size = ackBy, 0
		}
		f, err := l.next(size+around, by, &heard)
		switch {
		case errors.Is(err, errMore) && !clean && !q.once:
			return nil, errSilent
		case errors.Is(err, errMore):
			return nil, errMissing
		case errors.Is(err, errBad) && !acked:
			// The acknowledgement, most likely. Asking for it again would
			// bring the answer of the command before.
			acked = true
		case errors.Is(err, errBad):
			l.buf = nil // whatever it still holds will come again
			if spoiled++; spoiled > nacks {
				return nil, errNoise
			}
			if err := l.write(nackFrame); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		case f.kind == ack:
			acked, clean = true, true
		case f.kind == refusal:
			return nil, errSyntax
		case f.kind == info && f.data[0] == q.cmd[0]+1:
			return f.data[1:], nil
		}
		// All else is a late answer to a command that was given up, or a NACK,
		// which the chip never sends.
	}
}

// next waits for a frame. errMore says that none came in time, errBad that one
// came and was spoiled or cut.
func (l *link) next(size int, until time.Time, heard *int) (frame, error) {
	for {
		for len(l.buf) > 0 {
			f, used, err := decode(l.buf)
			l.buf = l.buf[used:]
			if errors.Is(err, errMore) {
				break
			}
			if l.wire.whole() {
				l.buf = nil // what follows a frame here is no message
			}
			return f, err
		}
		begun := bytes.HasPrefix(l.buf, start)
		if begun && l.wire.whole() {
			l.buf = nil
			return frame{}, errBad
		}
		d := time.Until(until)
		if d <= 0 {
			return frame{}, errMore
		}
		if begun {
			d = min(d, gap)
		} else {
			d = min(d, slice)
		}
		b, err := l.wire.read(size, d, l.stop)
		select {
		case <-l.stop:
			return frame{}, errStopped
		default:
		}
		if err != nil {
			return frame{}, fmt.Errorf("%w: %w", errBus, err)
		}
		if len(b) == 0 && begun {
			l.buf = nil
			return frame{}, errBad
		}
		if *heard += len(b); *heard > flood {
			return frame{}, errNoise
		}
		l.buf = append(l.buf, b...)
	}
}
