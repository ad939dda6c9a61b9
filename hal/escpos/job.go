package escpos

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"tram06/hal"
)

const (
	// maxChunk bounds one write, so that progress shows on slow lines.
	maxChunk = 2048
	// window is how many segments may be unconfirmed: one prints while the next
	// one arrives, and whatever is asked of the printer still gets through.
	window = 2
)

func unknown(why error) error { return errors.Join(hal.ErrJobUnknown, why) }

// run prints one job. result is the citizen's; dead ends the conversation.
func (p *Printer) run(j job) (result, dead error) {
	if err := j.ctx.Err(); err != nil {
		return err, nil
	}
	answered, err := p.ask()
	if err == nil && !answered && p.answers {
		err = p.gone(errNoAnswer)
	}
	if err != nil {
		return err, err
	}
	if answered {
		p.report()
		if err := p.status.Err(); err != nil {
			return err, nil
		}
		if err := p.prepare(); err != nil {
			return err, err
		}
	}
	// From here on ctx does not count: half a receipt is worse than a late one.
	trouble, dead := p.transfer(j.page)
	switch {
	case dead != nil:
		return unknown(dead), dead
	case trouble != nil && p.dirty:
		return trouble, p.forget()
	}
	return trouble, nil
}

// prepare cleans up after a page that was given up, and finds out once
// whether the printer's progress can be followed.
func (p *Printer) prepare() error {
	if p.dirty {
		if err := p.forget(); err != nil {
			return err
		}
		p.dirty = false // asked; a model that cannot, cannot
	}
	if p.probed {
		return nil
	}
	// A debt swallows the question, so it is paid first.
	if p.debt > 0 {
		return nil
	}
	_, ok, err := p.exchange(cmdConfirm, evPaper)
	p.counts, p.probed = ok, true
	return err
}

// transfer sends the page segment by segment. trouble is certain, unless it
// wraps ErrJobUnknown; dead means that the line broke.
func (p *Printer) transfer(page *Program) (trouble, dead error) {
	head := make([]byte, p.debt, p.debt+len(cmdInit)+len(cmdASB)) // NULs fill up the old command
	head = append(head, cmdInit...)
	if p.answers {
		head = append(head, cmdASB...)
	}
	debt := p.debt
	if trouble, dead = p.push(head, func(n int) int { return max(debt-n, 0) }); trouble != nil || dead != nil {
		return trouble, dead
	}
	p.debt = 0
	begin, asked := 0, 0
	p.drain()
	p.acks = 0
	ends := page.segments()
	for i, end := range ends {
		allowed := window - 1
		if i == len(ends)-1 {
			// Before the last question all others are answered, so that a stray
			// byte cannot pass for the confirmation of the end.
			allowed = 0
		}
		if trouble, dead = p.await(asked, allowed); trouble != nil || dead != nil {
			return trouble, dead
		}
		if i == len(ends)-1 {
			p.drain()
			p.acks, asked = 0, 0
		}
		data := page.data[begin:end:end]
		if p.counts {
			data = append(data, cmdConfirm...)
			asked++
		}
		from := begin
		owed := func(n int) int { return page.owed(from + n) }
		if trouble, dead = p.push(data, owed); trouble != nil || dead != nil {
			return trouble, dead
		}
		begin = end
	}
	switch {
	case !p.answers:
		return unknown(errors.New("this printer does not answer status")), nil
	case !p.counts:
		return unknown(errors.New("this printer does not confirm the end")), nil
	}
	if trouble, dead = p.await(asked, 0); trouble != nil || dead != nil {
		return trouble, dead
	}
	if p.atEnd {
		return unknown(hal.ErrNoPaper), nil
	}
	return nil, nil
}

// push writes data and meanwhile listens for trouble. owed tells how many bytes
// are missing from a command when only n bytes of data went out.
func (p *Printer) push(data []byte, owed func(n int) int) (trouble, dead error) {
	var sent atomic.Int64
	finished := make(chan error, 1)
	go func() { finished <- p.write(data, &sent) }()

	interrupt := func() error {
		p.deadline(time.Unix(1, 0)) // long past: ends the write
		err := <-finished
		p.deadline(time.Time{})
		p.dirty, p.debt = true, owed(int(sent.Load()))
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
			if t := p.status.trouble(); t != nil {
				p.report()
				return t, interrupt()
			}
		case <-watch.C:
			now := sent.Load()
			if now == last {
				return unknown(errors.New("the printer takes no more data")), interrupt()
			}
			last = now
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

// await waits until at most allowed of the asked questions are unanswered.
func (p *Printer) await(asked, allowed int) (trouble, dead error) {
	if !p.counts {
		return nil, nil
	}
	limit := time.NewTimer(p.opts.Confirm)
	defer limit.Stop()
	// Models without automatic status are asked how they are.
	tick := time.NewTicker(p.opts.Reply)
	defer tick.Stop()
	for p.acks < asked-allowed {
		select {
		case ev := <-p.events:
			p.take(ev)
		case <-tick.C:
			if _, err := p.ask(); err != nil {
				return nil, err
			}
		case <-limit.C:
			p.dirty = true
			return unknown(errors.New("no confirmation from the printer")), nil
		case <-p.stop:
			return nil, hal.ErrGone
		case <-p.lost:
			return nil, p.gone(p.readErr)
		}
		// Judged after the count: trouble behind the end is the next job's.
		if t := p.status.trouble(); t != nil && p.acks < asked-allowed {
			p.dirty = true
			p.report()
			return t, nil
		}
	}
	return nil, nil
}
