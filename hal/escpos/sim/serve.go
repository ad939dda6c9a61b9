package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// line is one connection. Answers are queued: a printer does not stop because
// nobody listens to it.
type line struct {
	rw   io.ReadWriter
	more chan struct{}
	gone chan struct{}
	once sync.Once

	mu  sync.Mutex
	out []byte
}

func (l *line) queue(b []byte) {
	l.mu.Lock()
	l.out = append(l.out, b...)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *line) hangUp() {
	l.once.Do(func() {
		close(l.gone)
		if c, ok := l.rw.(io.Closer); ok {
			_ = c.Close() // nothing to lose: the plug is pulled
		}
	})
}

func (l *line) isGone() bool {
	select {
	case <-l.gone:
		return true
	default:
		return false
	}
}

func (l *line) write() {
	for {
		select {
		case <-l.gone:
			return
		case <-l.more:
		}
		l.mu.Lock()
		b := l.out
		l.out = nil
		l.mu.Unlock()
		if _, err := l.rw.Write(b); err != nil {
			l.hangUp()
			return
		}
	}
}

// ErrOff: the printer is switched off.
var ErrOff = errors.New("printer is switched off")

// Attach prints what arrives on rw until it ends, ctx ends, or the printer is
// switched off. It closes rw if it can be closed.
func (p *Printer) Attach(ctx context.Context, rw io.ReadWriter) error {
	l := &line{rw: rw, more: make(chan struct{}, 1), gone: make(chan struct{})}
	p.mu.Lock()
	if p.off {
		p.mu.Unlock()
		l.hangUp()
		return ErrOff
	}
	epoch := p.epoch
	p.line = l
	p.mu.Unlock()

	var wg sync.WaitGroup
	wg.Go(l.write)
	end := func() {
		l.hangUp()
		p.mu.Lock()
		p.changed.Broadcast() // a receive that waits for room
		p.mu.Unlock()
	}
	stop := context.AfterFunc(ctx, end)
	defer func() {
		stop()
		end()
		wg.Wait()
		p.mu.Lock()
		if p.line == l {
			p.line = nil
		}
		p.mu.Unlock()
	}()
	buf := make([]byte, 4096)
	for {
		n, err := rw.Read(buf)
		if !p.receive(buf[:n], epoch, l.isGone) {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) && !l.isGone() {
			return fmt.Errorf("printer line: %w", err)
		}
		if err != nil {
			break
		}
	}
	return ctx.Err()
}

// Serve accepts connections as a network printer does, one at a time, until
// ctx ends. It owns the listener: while the printer is off, nobody listens.
func (p *Printer) Serve(ctx context.Context, ln net.Listener) error {
	addr := ln.Addr()
	power := make(chan struct{}, 1)
	var mu sync.Mutex // guards ln
	closeListener := func() {
		mu.Lock()
		defer mu.Unlock()
		if ln != nil {
			_ = ln.Close()
			ln = nil
		}
	}
	defer closeListener()
	defer context.AfterFunc(ctx, closeListener)()
	relisten := func() error {
		l, err := net.Listen(addr.Network(), addr.String())
		if err != nil {
			return fmt.Errorf("printer listens again: %w", err)
		}
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			_ = l.Close()
			return ctx.Err()
		}
		ln = l
		return nil
	}
	var relistenErr error
	p.mu.Lock()
	p.onOff = func(off bool) {
		if off {
			closeListener()
			return
		}
		err := relisten()
		mu.Lock()
		relistenErr = err
		mu.Unlock()
		select {
		case power <- struct{}{}:
		default: // one is enough to look again
		}
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.onOff = nil
		p.mu.Unlock()
	}()
	for {
		mu.Lock()
		l, err := ln, relistenErr
		mu.Unlock()
		if err != nil {
			return err
		}
		if l == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-power:
				continue
			}
		}
		c, err := l.Accept()
		if ctx.Err() != nil {
			if c != nil {
				_ = c.Close()
			}
			return ctx.Err()
		}
		if err != nil {
			mu.Lock()
			ours := ln != l // closed by Off, not by somebody else
			mu.Unlock()
			if ours {
				continue
			}
			return fmt.Errorf("printer accepts: %w", err)
		}
		// A line that breaks is the other side's affair.
		_ = p.Attach(ctx, c)
	}
}
