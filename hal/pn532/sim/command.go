package sim

import "time"

// Codes of commands.
const (
	Diagnose            = 0x00
	GetFirmwareVersion  = 0x02
	ReadRegister        = 0x06
	WriteRegister       = 0x08
	SetSerialBaudRate   = 0x10
	SetParameters       = 0x12
	SAMConfiguration    = 0x14
	PowerDown           = 0x16
	RFConfiguration     = 0x32
	InDataExchange      = 0x40
	InListPassiveTarget = 0x4A
	InPSL               = 0x4E
	InDeselect          = 0x44
	InRelease           = 0x52
	InSelect            = 0x54
)

// Statuses that the simulator gives by itself.
const (
	ok            = 0x00
	timeout       = 0x01
	wrongParam    = 0x10
	notAcceptable = 0x27
	moreData      = 0x40
)

// never is longer than any test waits.
const never = 365 * 24 * time.Hour

// execute runs a command and queues acknowledgement and answer.
func (c *Chip) execute(cmd []byte) {
	code, p := cmd[0], cmd[1:]
	c.commands = append(c.commands, code)
	c.out = nil // a new command ends the one before
	c.queue(0, func() []byte { return ackFrame })
	d := c.slow[code]
	if code == InListPassiveTarget && c.retries == 0xFF && asks(p) && c.pick(p[1] == 3) == nil {
		d = never // it looks for ever, as after power-on
	}
	c.queue(d, func() []byte {
		answer, understood := c.answer(code, p)
		if !understood {
			c.last = errorFrame
		} else {
			c.last = encode(append([]byte{code + 1}, answer...))
		}
		return c.last
	})
}

func (c *Chip) answer(code byte, p []byte) (answer []byte, understood bool) {
	if !c.configured && code != SAMConfiguration && code != GetFirmwareVersion {
		return nil, false
	}
	switch code {
	case GetFirmwareVersion:
		return []byte{0x32, 0x01, 0x06, 0x07}, len(p) == 0
	case SAMConfiguration:
		if len(p) < 1 || len(p) > 3 || p[0] != 1 {
			return nil, false
		}
		c.configured = true
		return nil, true
	case SetParameters:
		if len(p) != 1 {
			return nil, false
		}
		c.parameters = p[0]
		return nil, true
	case SetSerialBaudRate:
		bauds := map[byte]int{4: 115200, 5: 230400, 6: 460800, 7: 921600}
		if len(p) != 1 || bauds[p[0]] == 0 {
			return nil, false
		}
		c.nextBaud = bauds[p[0]]
		return nil, true
	case RFConfiguration:
		return nil, c.configure(p)
	case Diagnose:
		switch {
		case len(p) > 0 && p[0] == 0: // the line itself is tried: an echo
			return p, true
		case len(p) == 1 && p[0] == 6:
			return []byte{c.present()}, true
		}
		return nil, false
	case ReadRegister: // of two bytes each; none of them changes anything here
		return make([]byte, len(p)/2), len(p) >= 2 && len(p)%2 == 0
	case WriteRegister:
		return nil, len(p) >= 3 && len(p)%3 == 0
	case PowerDown:
		if len(p) < 1 || len(p) > 2 {
			return nil, false
		}
		c.asleep = true
		c.fieldOff()
		return []byte{ok}, true
	case InListPassiveTarget:
		return c.list(p)
	case InPSL:
		if len(p) != 3 {
			return nil, false
		}
		return []byte{c.speed(p)}, true
	case InSelect, InDeselect, InRelease:
		if len(p) != 1 || p[0] > 2 {
			return nil, false
		}
		return []byte{c.settle(code, p[0])}, true
	case InDataExchange:
		if len(p) < 1 || len(p) > 1+262 {
			return nil, false
		}
		return c.exchange(p[0], p[1:]), true
	}
	return nil, false
}

func (c *Chip) configure(p []byte) bool {
	lengths := map[byte]int{0x01: 2, 0x02: 4, 0x04: 2, 0x05: 4}
	if len(p) < 1 || len(p) != lengths[p[0]] {
		return false
	}
	switch p[0] {
	case 0x01:
		if c.field = p[1]&1 != 0; !c.field {
			c.fieldOff()
		}
	case 0x05:
		c.retries = p[3]
	}
	return true
}

func (c *Chip) present() byte {
	for _, t := range c.targets {
		if t == nil {
			continue
		}
		t.fresh = false
		if t.card.Deaf {
			t.lost = true
		}
		if t.lost {
			return timeout
		}
		return ok
	}
	return notAcceptable
}

// asks tells whether parameters ask for cards of type A or B: one or two, and
// for type B the family of applications.
func asks(p []byte) bool {
	return len(p) >= 2 && (p[0] == 1 || p[0] == 2) && (p[1] == 0 && len(p) == 2 || p[1] == 3 && len(p) == 3)
}

func (c *Chip) list(p []byte) ([]byte, bool) {
	if len(p) < 2 || p[0] < 1 || p[0] > 2 {
		return nil, false
	}
	switch {
	case asks(p):
	case (p[1] == 1 || p[1] == 2) && len(p) == 7, p[1] == 4 && len(p) == 2:
		c.field = true
		return []byte{0}, true // other kinds of cards: never one there
	default:
		return nil, false
	}
	c.field = true
	for i, t := range c.targets {
		if t != nil { // an active card hears no request
			c.halted[t.card] = true
			c.targets[i] = nil
		}
	}
	b := []byte{0}
	for b[0] < p[0] {
		k := c.pick(p[1] == 3)
		if k == nil {
			break
		}
		c.halted[k] = true
		b[0]++
		c.targets[b[0]] = &active{card: k, fresh: true}
		b = append(b, b[0])
		if k.TypeB {
			b = append(append(append(b, k.ATQB...), byte(len(k.ATTRIB))), k.ATTRIB...)
			continue
		}
		b = append(append(b, 0x00, 0x04, k.SAK, byte(len(k.UID))), k.UID...)
		if k.SAK&0x20 != 0 && c.parameters&0x10 != 0 {
			b = append(b, k.ATS...)
		}
	}
	return b, true
}

func (c *Chip) target(tg byte) *active {
	if tg < 1 || tg > 2 {
		return nil
	}
	return c.targets[tg]
}

func (c *Chip) speed(p []byte) byte {
	t := c.target(p[0])
	switch {
	case t == nil:
		return notAcceptable
	case p[1] != p[2] || p[1] > 2 || !t.fresh || !t.card.offers(p[1]):
		return wrongParam
	case t.lost || c.noRate:
		t.lost = true
		return timeout
	}
	t.fresh, t.rate = false, p[1]
	return ok
}

func (c *Chip) settle(code, tg byte) byte {
	if code != InSelect && tg == 0 {
		c.targets = [3]*active{}
		return ok
	}
	t := c.target(tg)
	if t == nil {
		return notAcceptable
	}
	if code != InSelect {
		c.targets[tg] = nil
	}
	if t.lost {
		return timeout
	}
	return ok
}

func (c *Chip) exchange(tg byte, data []byte) []byte {
	more := tg&moreData != 0
	t := c.target(tg &^ moreData)
	if t == nil || t.card.SAK&0x20 == 0 && !t.card.TypeB {
		return []byte{notAcceptable}
	}
	t.fresh = false
	if len(c.codes) > 0 {
		s := c.codes[0]
		c.codes, t.lost = c.codes[1:], true
		return []byte{s}
	}
	switch {
	case t.lost:
		return []byte{timeout}
	case more:
		t.heard, t.rest = append(t.heard, data...), nil
		return []byte{ok}
	case len(data) == 0 && t.rest == nil:
		return []byte{notAcceptable}
	case len(data) > 0:
		if c.tear == 0 {
			c.lift()
			return []byte{timeout}
		}
		if c.tear > 0 {
			c.tear--
		}
		apdu := append(t.heard, data...)
		t.heard = nil
		if t.rest = t.card.Transmit(apdu); len(t.rest) == 0 {
			t.lost = true
			return []byte{timeout}
		}
	}
	n := min(len(t.rest), c.piece)
	b := append([]byte{ok}, t.rest[:n]...)
	if t.rest = t.rest[n:]; len(t.rest) > 0 {
		b[0] |= moreData
	} else {
		t.rest = nil
	}
	return b
}
