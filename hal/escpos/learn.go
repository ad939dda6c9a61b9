package escpos

import "slices"

// model is what was found out about a printer. Makers' names are no guide:
// clones answer with names that are not theirs. So each printer is asked, once
// and while it stands idle.
type model struct {
	learnt int // of the lessons

	clears bool // it can be told to forget what it holds: DLE DC4 8
	tells  bool // it says by itself when something changes: GS a
	echoes bool // and how it is, whenever it is told to do so
	counts bool // it tells how far it came: GS r 1
	names  bool // it names the page that has come out: GS ( H

	offered  bool // it was told to forget while it stood still
	again    bool // it has to be told anew that it shall tell
	reminded int  // how often it was, without success
	contrary bool // what it tells by itself is never what it answers
	resumes  bool // it told how far it came, though it was thought not to
	resumed  int  // how often that was looked into
}

// lesson finds out one thing. known is false when the printer was in no state to
// answer.
type lesson func(*Printer) (known bool, err error)

var lessons = []lesson{
	(*Printer).learnClears, (*Printer).learnTells, (*Printer).learnCounts, (*Printer).learnNames,
	(*Printer).learnAbout,
}

const (
	// needed is how many of them a page needs.
	needed = 4
	// afterCounts is how many have been taken once learnCounts has.
	afterCounts = 3
)

// maxReminders is how often a printer is told or asked anew before it is not
// believed.
const maxReminders = 3

// agrees compares what the printer told by itself with what it answers. One
// that was switched off and on behind a line that did not notice tells nothing
// any more.
func (m *model) agrees(yes bool) {
	switch {
	case !m.tells || m.contrary:
	case yes:
		m.reminded = 0
	case m.reminded == maxReminders:
		m.contrary = true
	default:
		m.again = true
	}
}

var always = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// curious is ready while there is something to be found out and the printer can
// answer. One that stands still obeys real-time commands only.
func (p *Printer) curious() <-chan struct{} {
	m := &p.model
	switch {
	case !p.answers:
	case m.learnt == 0 && !m.offered:
		return always // before it goes on with what somebody else left in it
	case p.status.Err() == nil && (m.again || m.resumes || m.learnt < len(lessons)):
		return always
	}
	return nil
}

// learn takes the next lesson.
func (p *Printer) learn() error {
	if p.model.again {
		p.model.again = false
		return p.remind()
	}
	if p.model.resumes {
		p.model.resumes = false
		p.model.resumed++
		_, err := p.learnCounts()
		return err
	}
	known, err := lessons[p.model.learnt](p)
	if err != nil {
		return err
	}
	if known {
		p.model.learnt++
	}
	p.report()
	return nil
}

// silent judges a question that was not answered: known tells that the printer
// could have answered.
func (p *Printer) silent() (known bool, err error) {
	answered, err := p.ask(false)
	return answered && p.status.Err() == nil, err
}

func (p *Printer) learnClears() (known bool, err error) {
	p.model.offered = true
	if err := p.forget(); err != nil {
		return false, err
	}
	if !p.dirty {
		p.model.clears = true
		return true, nil
	}
	known, err = p.silent()
	if known {
		p.dirty = false // a model that cannot, cannot
	}
	return known, err
}

// setUp puts the printer into a known state. It also drops whatever a model
// that did not know a question took for text.
func setUp() []byte { return append(append([]byte{}, cmdInit...), cmdASB...) }

func (p *Printer) learnTells() (known bool, err error) {
	_, ok, err := p.exchange(setUp(), evAuto)
	if err != nil {
		return false, err
	}
	if p.model.tells = ok; !ok {
		return p.silent()
	}
	_, p.model.echoes, err = p.exchange(cmdASB, evAuto)
	return true, err
}

// remind enables the automatic status again.
func (p *Printer) remind() error {
	p.model.reminded++
	_, _, err := p.exchange(cmdASB, evAuto)
	return err
}

// learnCounts asks so often that one of the answers is new, whatever is due from
// before: to a former user, too, if the printer could not be told to forget him.
func (p *Printer) learnCounts() (known bool, err error) {
	due := p.asked - p.acks
	if !p.model.clears {
		due += closing
	}
	p.asked += due + 1
	_, ok, err := p.exchange(slices.Concat(questions(due+1)...), evPaper)
	for ok && err == nil && p.acks < p.asked-due {
		_, ok, err = p.answer(evPaper)
	}
	if err != nil {
		return false, err
	}
	if p.model.counts = ok; !ok {
		return p.silent()
	}
	if due > 0 {
		err = p.listen()
	}
	p.acks = p.asked
	return true, err
}

// nobody is the name of no page: pages' names have no blanks.
var nobody = [4]byte{' ', ' ', ' ', ' '}

func (p *Printer) learnNames() (known bool, err error) {
	_, ok, err := p.exchange(nameCommand(nobody), evPrinted)
	if err != nil {
		return false, err
	}
	if p.model.names = ok && p.printed == nobody; ok {
		return true, nil
	}
	if _, err := p.send(setUp()); err != nil {
		return false, err
	}
	return p.silent()
}

// learnAbout asks who made it. Whoever wants a page printed comes first.
func (p *Printer) learnAbout() (known bool, err error) {
	is := p.Identity()
	for _, q := range []struct {
		what byte
		into *string
	}{{66, &is.Maker}, {67, &is.Model}, {68, &is.Serial}, {65, &is.Firmware}} {
		if p.called() {
			return false, nil
		}
		ev, ok, err := p.exchange([]byte{gs, 'I', q.what}, evAbout)
		if err != nil {
			return false, err
		}
		if !ok {
			if _, err := p.send(setUp()); err != nil {
				return false, err
			}
			if q.what == 66 {
				return p.silent()
			}
			continue // a model that tells some
		}
		if *q.into == "" {
			*q.into = plainText(ev.text)
		}
	}
	p.is.Store(&is)
	return true, nil
}
