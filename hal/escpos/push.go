package escpos

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"tram06/hal"
)

// maxChunk bounds one write, so that progress shows on slow lines.
const maxChunk = 2048

// push writes data and meanwhile listens for trouble. owed tells how many bytes
// are missing from a command when only n bytes of data went out.
func (p *Printer) push(data []byte, owed func(n int) int) (trouble, dead error) {
	var sent atomic.Int64
	defer func() { p.page.out += int(sent.Load()) }()
	finished := make(chan error, 1)
	go func() { finished <- p.write(data, &sent) }()

	interrupt := func() error {
		p.deadline(time.Unix(1, 0)) // long past: ends the write
		err := <-finished
		p.deadline(time.Time{})
		p.dirty, p.debt, p.paid = true, owed(int(sent.Load())), 0
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		return p.gone(err)
	}
	watch := time.NewTicker(p.opts.Stall)
	defer watch.Stop()
	for last := int64(0); ; {
		select {
		case err := <-finished:
			if err != nil {
				return nil, p.gone(err)
			}
			return nil, nil
		case ev := <-p.events:
			p.take(ev)
			if p.status.Hot {
				p.report()
			}
			if p.page.hurt != nil {
				p.report()
				return p.page.hurt, interrupt()
			}
		case <-watch.C:
			now := sent.Load()
			switch {
			case now != last:
				last = now
			case p.tooHot():
				p.report()
				return hal.ErrHot, interrupt()
			case !p.status.Hot:
				return unknown(errors.New("the printer takes no more data")), interrupt()
			}
		case <-p.stop:
			_ = interrupt() // Close has already shut the line
			return nil, hal.ErrGone
		case <-p.lost:
			_ = interrupt()
			return nil, p.gone(p.readErr)
		}
	}
}

func (p *Printer) write(data []byte, sent *atomic.Int64) error {
	for len(data) > 0 {
		n, err := p.link.Write(data[:min(len(data), maxChunk)])
		sent.Add(int64(n))
		data = data[n:]
		if err != nil {
			return err
		}
	}
	return nil
}
