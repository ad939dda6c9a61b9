package escpos

import (
	"time"

	"tram06/hal"
)

// take files one event.
func (p *Printer) take(ev event) {
	switch ev.kind {
	case evAuto:
		if p.model.contrary {
			return
		}
		p.autos++
		p.note(automatic(ev.b))
	case evPaper:
		if m := &p.model; !m.counts && m.learnt >= afterCounts && m.resumed < maxReminders {
			m.resumes = true // it was busy with what a former user left in it
		}
		if p.acks == p.asked {
			p.surplus = true
			return
		}
		p.acks++
		p.atEnd = ev.b[0]&0x0C != 0
	case evPrinted:
		p.printed = ev.b
	}
}

func (p *Printer) note(s Status) {
	if s.Hot && !p.status.Hot {
		p.hotSince = time.Now()
	}
	if t := s.trouble(); t != nil && p.page.hurt == nil && !p.isOut() {
		p.page.hurt = t
	}
	p.status = s
}

// hear takes what the printer says by itself while nobody asks.
func (p *Printer) hear(ev event) error {
	p.take(ev)
	var err error
	if ev.kind == evRealtime && !p.answers {
		_, err = p.ask(true) // it answers after all
	}
	p.report()
	return err
}

func (p *Printer) report() {
	if !p.answers {
		p.Set(hal.Degraded, hal.KeyPrinterUnknown, nil)
		return
	}
	s, key := p.status.Health()
	if key == hal.KeyPrinterHot && p.tooHot() {
		s = hal.Fault
	}
	p.Set(s, key, p.status.Err())
}

// tooHot tells whether the head was hot for longer than a page is waited for.
func (p *Printer) tooHot() bool { return p.status.Hot && time.Since(p.hotSince) >= p.opts.Confirm }

// poll asks for the status and reports it. Its error ends the conversation. A
// page that comes meanwhile waits for one answer at most.
func (p *Printer) poll() error {
	if !p.answers && isClosed(p.known) {
		// It said nothing so far. Should it answer now, it will be heard.
		_, err := p.send([]byte{dle, eot, 1})
		return err
	}
	answered, err := p.ask(true)
	if err != nil {
		return err
	}
	if !answered && p.answers {
		if p.busy() {
			return nil
		}
		// One lost answer may be the air on a bad cable; two are a printer that
		// was switched off behind a network that still takes our bytes.
		if p.missed++; p.missed >= 2 {
			return p.gone(errNoAnswer)
		}
		return nil
	}
	p.missed = 0
	p.report()
	return p.recover()
}

// greet asks a printer whether it is there, so that its line has something to
// carry. One that owes an answer already is left to the next poll: what piles up
// before a closed door comes back as so many answers that nobody asked for.
func (p *Printer) greet() error {
	if !p.answers || p.missed > 0 || p.held {
		return nil
	}
	answered, changed, err := p.glance()
	switch {
	case err != nil:
		return err
	case !answered:
		p.missed++
	case changed:
		return p.poll()
	}
	return nil
}

// pause is how long the printer is left alone while a page waits for its word.
func (p *Printer) pause() time.Duration {
	if p.opts.beat > 0 {
		return min(p.opts.beat, p.opts.Reply)
	}
	return p.opts.Reply
}

// busy tells whether the printer holds the line up for a reason that it told
// before: some take nothing while their cover is open, not even a question.
func (p *Printer) busy() bool { return p.held && p.status.Err() != nil }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// mend counts the polls until a printer that stopped is told to try again.
type mend struct{ wait, left int }

// maxMend keeps a cutter that stays jammed from grinding all night.
const maxMend = 10

// recover tells a printer that stopped for a jam to throw away what it holds
// and to try again. A printer whose jam was cleared by hand stays stopped until
// then. The pauses grow.
func (p *Printer) recover() error {
	s := p.status
	if !s.Cutter && !s.Fault || s.CoverOpen {
		p.mend = mend{}
		return nil
	}
	if p.mend.left > 0 {
		p.mend.left--
		return nil
	}
	p.mend.wait = min(2*p.mend.wait+1, maxMend)
	p.mend.left = p.mend.wait
	p.dirty = true
	_, err := p.send(cmdRecover)
	return err
}
