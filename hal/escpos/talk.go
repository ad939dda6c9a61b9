package escpos

import (
	"errors"
	"os"
	"time"

	"tram06/hal"
)

var errNoAnswer = errors.New("printer stopped answering")

// ask puts DLE EOT 1 to 4 and files the status. It tells whether the printer
// answered at all; its error ends the conversation. With yield it stops after
// any answer when a page has come.
func (p *Printer) ask(yield bool) (answered bool, err error) {
	p.drain()
	autos, before := p.autos, p.status
	b := well
	for n := byte(1); n <= 4; n++ {
		ev, ok, err := p.exchange([]byte{dle, eot, n}, evRealtime)
		if err != nil {
			return false, err
		}
		if !ok && n == 1 {
			return false, nil
		}
		if ok {
			b[n-1] = ev.b[0]
		}
		if yield && p.answers && p.called() {
			return true, nil
		}
	}
	p.answers = true
	if p.autos != autos {
		return true, nil // what it told by itself meanwhile is the newer
	}
	p.note(asked(b))
	p.model.agrees(p.status == before)
	return true, nil
}

// glance asks a printer only whether it is there, and whether it can print as far
// as was known.
func (p *Printer) glance() (answered, changed bool, err error) {
	p.drain()
	ev, ok, err := p.exchange([]byte{dle, eot, 1}, evRealtime)
	return ok, ok && ev.b[0]&0x08 != 0 != p.status.Offline, err
}

// called looks whether somebody wants a page printed.
func (p *Printer) called() bool {
	if len(p.todo) == 0 {
		select {
		case j := <-p.jobs:
			p.todo = append(p.todo, j)
		default:
		}
	}
	return len(p.todo) > 0
}

// drain files what has come so far. A flood does not keep it busy for ever.
func (p *Printer) drain() {
	for range cap(p.events) {
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
	if sent, err := p.send(cmd); err != nil || !sent {
		return event{}, false, err
	}
	return p.answer(kind)
}

// answer waits for an answer of one kind.
func (p *Printer) answer(kind eventKind) (event, bool, error) {
	timeout := time.NewTimer(p.opts.Reply)
	defer timeout.Stop()
	for {
		select {
		case ev := <-p.events:
			p.take(ev)
			if ev.kind == kind {
				return ev, true, nil
			}
			if ev.kind == evAuto && p.status.Err() != nil && kind != evRealtime && kind != evCleared {
				return event{}, false, nil // it stopped, and answers real-time commands only
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
//
// Behind a command that was cut off the printer may take cmd for a part of it.
// NULs see to it that it takes all of cmd for that or nothing.
func (p *Printer) send(cmd []byte) (sent bool, err error) {
	if left := p.debt - p.paid; left > 0 && left < len(cmd) {
		cmd = append(make([]byte, left), cmd...)
	}
	p.deadline(time.Now().Add(p.opts.Reply))
	defer p.deadline(time.Time{})
	n, err := p.link.Write(cmd)
	p.held = err != nil
	switch {
	case err == nil:
		p.paid += n
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
		p.forgotten()
	}
	return err
}

// forgotten notes that the printer holds nothing any more.
func (p *Printer) forgotten() {
	p.dirty, p.debt, p.paid = false, 0, 0
	p.acks = p.asked // what was thrown away is not answered
}
