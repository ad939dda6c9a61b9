package escpos

import (
	"errors"
	"os"
	"time"

	"tram06/hal"
)

var errNoAnswer = errors.New("printer stopped answering")

// ask puts DLE EOT 1 to 4 and reads the status into p. It tells whether the
// printer answered at all; its error ends the conversation.
func (p *Printer) ask() (answered bool, err error) {
	p.drain()
	var s Status
	for n := byte(1); n <= 4; n++ {
		ev, ok, err := p.exchange([]byte{dle, eot, n}, evRealtime)
		if err != nil {
			return false, err
		}
		if !ok && n == 1 {
			return false, nil
		}
		if ok {
			s.realtime(int(n), ev.b[0])
		}
	}
	p.status, p.answers = s, true
	return true, nil
}

func (p *Printer) drain() {
	for {
		select {
		case ev := <-p.events:
			p.take(ev)
		default:
			return
		}
	}
}

// exchange sends a short command and waits for an answer of one kind.
func (p *Printer) exchange(cmd []byte, kind eventKind) (event, bool, error) {
	timeout := time.NewTimer(p.opts.Reply)
	defer timeout.Stop()
	if sent, err := p.send(cmd); err != nil || !sent {
		return event{}, false, err
	}
	for {
		select {
		case ev := <-p.events:
			p.take(ev)
			if ev.kind == kind {
				return ev, true, nil
			}
		case <-timeout.C:
			return event{}, false, nil
		case <-p.stop:
			return event{}, false, hal.ErrGone
		case <-p.lost:
			return event{}, false, p.gone(p.readErr)
		}
	}
}

// send writes a short command. sent is false when the line took none of it, as
// with a printer whose buffer is full; half a command garbles all that
// follows, so it counts as a broken line.
func (p *Printer) send(cmd []byte) (sent bool, err error) {
	p.deadline(time.Now().Add(p.opts.Reply))
	defer p.deadline(time.Time{})
	n, err := p.link.Write(cmd)
	switch {
	case err == nil:
		return true, nil
	case n == 0 && errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	}
	return false, p.gone(err)
}

func (p *Printer) deadline(t time.Time) {
	// A line without deadlines is unblocked by Close alone.
	_ = p.link.SetWriteDeadline(t)
}

// forget tells the printer to throw away what it holds. Not every model can;
// then the next job begins by trying again and by filling up the command that
// was cut off.
func (p *Printer) forget() error {
	_, ok, err := p.exchange(cmdClear, evCleared)
	if ok {
		p.dirty, p.debt = false, 0
	}
	return err
}
