package escpos

import (
	"context"
	"errors"
	"slices"
	"time"

	"tram06/hal"
)

// window is how many segments may be unconfirmed: one prints while the next
// one arrives, and whatever is asked of the printer still gets through.
const window = 2

// closing is how often the printer is asked behind the cut whether it got there,
// in one breath.
//
// The answers (GS r 1) are plain bytes: they come in the order of the questions,
// but a byte that a line says by mistake while one is due passes for it, and the
// true one for the next. Let s be how many did so within a page. Then of the
// answers that were counted at most s are false, and when as many were counted
// as were asked for, all but the last s questions are truly answered: with
// s < closing one of those behind the cut, so the page is out. The s answers
// that are still due follow at once, are more than were asked for, and make the
// outcome unknown. An answer that got lost leaves the count short, and the
// outcome unknown too.
const closing = 3

func unknown(why error) error { return errors.Join(hal.ErrJobUnknown, why) }

// run prints one job. result is the citizen's; dead ends the conversation.
func (p *Printer) run(j job) (result, dead error) {
	if err := j.ctx.Err(); err != nil {
		return err, nil
	}
	if err := p.opts.jobs.refuse(j.id); err != nil {
		return err, nil
	}
	if p.answers {
		result, dead = p.ready(j.ctx)
		for dead == nil && errors.Is(result, hal.ErrHot) && !p.tooHot() { // meanwhile
			result, dead = p.ready(j.ctx)
		}
		if dead != nil {
			return dead, dead
		}
		if result != nil {
			return result, nil
		}
		if err := j.ctx.Err(); err != nil {
			return err, nil
		}
	}
	// From here on ctx does not count: half a receipt is worse than a late one.
	name, err := p.opts.jobs.begin(j.id)
	if err != nil {
		return err, nil
	}
	p.page = underWay{name: name}
	if l, ok := p.link.(interface{ patience(time.Duration) }); ok {
		l.patience(pageSilence)
		defer l.patience(silence)
	}
	result, dead = p.transfer(j.page)
	if dead == nil && result != nil && p.dirty {
		result, dead = p.giveUp(result)
	}
	switch {
	case dead != nil && p.page.out == 0:
		result = dead // nothing of the page left the kiosk
	case dead != nil:
		result = unknown(dead)
	}
	p.opts.jobs.end(j.id, result)
	return result, dead
}

// giveUp has the printer forget a page in which there was trouble. When all of
// it was sent nothing is certain: it may be out although the printer's word of
// that is not, and a printer that cannot forget may bring it out later. A cutter
// that says it is stuck has not cut it.
func (p *Printer) giveUp(trouble error) (result, dead error) {
	_, forgotten, err := p.exchange(cmdClear, evCleared)
	if err != nil {
		return nil, err
	}
	out := p.isOut() // it was quicker
	if forgotten {
		p.forgotten()
	}
	switch {
	case out && p.model.names && p.page.hurt == nil:
		return nil, nil
	case errors.Is(trouble, hal.ErrJobUnknown):
		return trouble, nil
	case p.page.whole && !(forgotten && p.status.Cutter):
		return unknown(trouble), nil
	}
	return trouble, nil
}

// ready asks how the printer is and makes it fit for a page.
func (p *Printer) ready(ctx context.Context) (refused, dead error) {
	fresh := false
	if p.model.tells && !p.model.contrary {
		// It says by itself how it is. That it is there is asked all the same.
		answered, changed, err := p.glance()
		if err != nil {
			return nil, err
		}
		fresh = answered && !changed
	}
	if !fresh {
		answered, err := p.ask(false)
		switch {
		case err != nil:
			return nil, err
		case !answered && p.busy():
			return p.status.Err(), nil
		case !answered:
			return nil, p.gone(errNoAnswer)
		}
	}
	p.report()
	if p.status.Hot {
		if refused, dead = p.cool(ctx); refused != nil || dead != nil {
			return refused, dead
		}
	}
	p.page = underWay{}
	tries := 0
	for p.model.learnt < needed {
		if err := p.status.Err(); err != nil {
			return err, nil
		}
		if err := p.learn(); err != nil {
			return nil, err
		}
		if tries++; tries > 3*needed { // it answers none of them, nor how it is
			return nil, p.gone(errNoAnswer)
		}
	}
	if p.dirty && p.model.clears {
		if err := p.forget(); err != nil {
			return nil, err
		}
	}
	p.dirty = false // asked; a model that cannot, cannot
	if due := p.asked - p.acks; p.model.counts && due > 0 {
		if trouble, dead := p.inStep(due); trouble != nil || dead != nil {
			return trouble, dead
		}
	}
	return p.status.Err(), nil
}

// inStep waits until no answer is on its way that could pass for one to the page
// that comes next. So many may be, to questions of a page that was given up, or
// they got lost. All of them come before the answers to one question more than
// that; and when one of these is there, the others are not far.
func (p *Printer) inStep(due int) (trouble, dead error) {
	p.asked += due + 1
	trouble, dead = p.command(questions(due + 1)...)
	switch {
	case dead != nil:
		return nil, dead
	case errors.Is(trouble, hal.ErrJobUnknown): // nothing of the new page is out, though
		return nil, p.gone(errNoAnswer)
	case trouble != nil:
		return trouble, nil
	}
	trouble, dead = p.await(func() bool { return p.acks >= p.asked-due })
	switch {
	case dead != nil:
		return nil, dead
	case errors.Is(trouble, hal.ErrJobUnknown): // it is well, but answers no more
		p.model.counts, p.dirty = false, false
		return nil, nil
	case trouble != nil:
		return trouble, nil
	}
	dead = p.listen()
	p.acks = p.asked
	return nil, dead
}

// questions asks n times how far the printer came.
func questions(n int) [][]byte { return slices.Repeat([][]byte{cmdConfirm}, n) }

// command sends commands behind what the one that was cut off still swallows.
func (p *Printer) command(commands ...[]byte) (trouble, dead error) {
	debt := p.debt
	var all Program
	all.add(make([]byte, debt)...) // NULs fill it up
	for _, c := range commands {
		all.add(c...)
	}
	trouble, dead = p.push(all.data, func(n int) int {
		if n == 0 {
			return debt
		}
		return all.owed(n)
	})
	if trouble == nil && dead == nil {
		p.debt = 0
	}
	return trouble, dead
}

// cool waits until a hot head has cooled down.
func (p *Printer) cool(ctx context.Context) (refused, dead error) {
	tick := time.NewTicker(p.pause())
	defer tick.Stop()
	for p.status.Hot && !p.tooHot() {
		select {
		case ev := <-p.events:
			p.take(ev)
		case <-tick.C:
			if _, err := p.ask(false); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return ctx.Err(), nil
		case <-p.stop:
			return nil, hal.ErrGone
		case <-p.lost:
			return nil, p.gone(p.readErr)
		}
	}
	p.report()
	return p.status.Err(), nil
}

// transfer sends the page segment by segment. trouble is certain, unless it
// wraps ErrJobUnknown; dead means that the line broke.
func (p *Printer) transfer(page *Program) (trouble, dead error) {
	head := [][]byte{cmdInit}
	if p.answers {
		head = append(head, cmdASB)
	}
	if trouble, dead = p.command(head...); trouble != nil || dead != nil {
		return trouble, dead
	}
	p.drain()
	p.surplus, p.printed = false, nobody
	begin := 0
	ends := page.segments()
	for i, end := range ends {
		last := i == len(ends)-1
		allowed := window - 1
		if last {
			// Before the last question all others are answered, so that a stray
			// byte cannot pass for the confirmation of the end.
			allowed = 0
		}
		trouble, dead = p.await(func() bool { return !p.model.counts || p.acks >= p.asked-allowed })
		if last && dead == nil && errors.Is(trouble, hal.ErrJobUnknown) {
			// An answer got lost. What is on the paper by now must not hang in front
			// of the next citizen's.
			if stopped, dead := p.pushLast(page.part(begin, end)); stopped != nil || dead != nil {
				return trouble, dead
			}
			p.dirty = false
		}
		if trouble != nil || dead != nil {
			return trouble, dead
		}
		if last && i > 0 && !p.model.names {
			if dead = p.listen(); dead != nil {
				return nil, dead
			}
		}
		part := page.part(begin, end)
		if last {
			p.askForEnd(part)
			trouble, dead = p.pushLast(part)
		} else {
			if p.model.counts {
				p.asked++
				part.add(cmdConfirm...)
			}
			trouble, dead = p.push(part.data, part.owed)
		}
		if trouble != nil || dead != nil {
			return trouble, dead
		}
		begin = end
	}
	return p.confirmed()
}

// pushLast sends the cut. When any of it went out, so may have the page.
func (p *Printer) pushLast(part *Program) (trouble, dead error) {
	before := p.page.out
	trouble, dead = p.push(part.data, part.owed)
	p.page.whole = p.page.out > before
	return trouble, dead
}

// askForEnd has the printer say that it came to the end of the page.
func (p *Printer) askForEnd(part *Program) {
	switch {
	case p.model.names:
		part.add(nameCommand(p.page.name)...)
	case p.model.counts:
		p.asked += closing
		for _, q := range questions(closing) {
			part.add(q...)
		}
		if p.echoes() {
			p.drain()
			p.page.mark = p.autos
			part.add(cmdASB...)
		}
	}
}

// echoes tells whether the end can be marked with an automatic status behind the
// last answer. That is one byte, which noise might have said before.
func (p *Printer) echoes() bool { return p.model.echoes && p.model.tells && !p.model.contrary }

// isOut tells whether the printer has said that the page under way is out.
func (p *Printer) isOut() bool {
	switch {
	case !p.page.whole:
	case p.model.names:
		return p.printed == p.page.name
	case p.model.counts:
		return p.acks == p.asked && (!p.echoes() || p.autos > p.page.mark)
	}
	return false
}

// confirmed waits for the printer's word that the page is out.
func (p *Printer) confirmed() (trouble, dead error) {
	switch {
	case !p.answers:
		return unknown(errors.New("this printer does not answer status")), nil
	case !p.model.names && !p.model.counts:
		return unknown(errors.New("this printer does not confirm the end")), nil
	}
	if trouble, dead = p.await(p.isOut); trouble != nil || dead != nil {
		return trouble, dead
	}
	if !p.model.names {
		if dead = p.listen(); dead != nil {
			return nil, dead
		}
	}
	switch {
	case p.model.names: // the name is proof enough
	case p.surplus:
		return unknown(errors.New("more answers than questions")), nil
	case p.atEnd:
		return unknown(hal.ErrNoPaper), nil
	}
	return nil, nil
}

// aside is how long stray bytes may come behind an answer.
const aside = 30 * time.Millisecond

// listen hears whether more comes than was asked for: where an answer is a plain
// byte, one that was said too often would pass for the answer to the next
// question.
func (p *Printer) listen() (dead error) {
	limit := time.NewTimer(aside)
	defer limit.Stop()
	for {
		select {
		case ev := <-p.events:
			p.take(ev)
		case <-limit.C:
			return nil
		case <-p.stop:
			return hal.ErrGone
		case <-p.lost:
			return p.gone(p.readErr)
		}
	}
}

// maxPauses is how often the wait for a page begins anew because the head became
// too hot, or cool again: ten times are more than any page takes.
const maxPauses = 10

// await waits until the printer has told what done wants to know.
func (p *Printer) await(done func() bool) (trouble, dead error) {
	limit := time.NewTimer(p.opts.Confirm)
	defer limit.Stop()
	// Models without automatic status are asked how they are.
	tick := time.NewTicker(p.pause())
	defer tick.Stop()
	for pauses := 0; !done(); {
		hot := p.status.Hot
		select {
		case ev := <-p.events:
			p.take(ev)
		case <-tick.C:
			if _, err := p.ask(false); err != nil {
				return nil, err
			}
		case <-limit.C:
			p.dirty = true
			if p.status.Hot {
				return hal.ErrHot, nil
			}
			return unknown(errors.New("no confirmation from the printer")), nil
		case <-p.stop:
			return nil, hal.ErrGone
		case <-p.lost:
			return nil, p.gone(p.readErr)
		}
		if p.status.Hot != hot { // it pauses, or goes on
			if pauses++; pauses <= maxPauses {
				limit.Reset(p.opts.Confirm)
			}
			p.report()
		}
		if p.page.hurt != nil {
			p.dirty = true
			p.report()
			return p.page.hurt, nil
		}
	}
	return nil, nil
}
