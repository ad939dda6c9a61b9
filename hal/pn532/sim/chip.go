// Package sim is a simulator: a PN532 with cards in its field, as strict as
// the manual (UM0701-02) about frames, checksums, the order of commands and
// their parameters. It hangs on a simulated I²C bus, SPI port or serial line.
//
// What a driver does wrong is not forgiven: a frame that is not exact is
// dropped without a word, a command that comes too early or with wrong
// parameters is answered with the syntax error frame, a card that was halted
// stays so until the field was off.
package sim

import (
	"bytes"
	"math/bits"
	"sync"
	"time"
)

// Card is a card as the chip sees it.
type Card struct {
	TypeB  bool
	UID    []byte // of type A: 4, 7 or 10 bytes
	SAK    byte   // of type A
	ATS    []byte // of type A with SAK bit 6, its length in front
	ATQB   []byte // of type B, 12 bytes
	ATTRIB []byte // of type B
	// Deaf cards do not answer the presence check, and are lost by it.
	Deaf bool
	// Transmit answers one command APDU; an empty answer is silence. It must
	// not call the chip's methods.
	Transmit func(apdu []byte) []byte
}

// NewCard is a card of type A with a random number, as identity cards have.
func NewCard(transmit func(apdu []byte) []byte) *Card {
	return &Card{
		UID: []byte{0x08, 0x11, 0x22, 0x33}, SAK: 0x20,
		ATS:      []byte{0x0E, 0x78, 0x77, 0x94, 0x02, 0x80, 0x73, 0xC8, 0x21, 0x10, 0x00, 0x90, 0x00, 0x31},
		Transmit: transmit,
	}
}

// NewCardB is a card of type B.
func NewCardB(transmit func(apdu []byte) []byte) *Card {
	return &Card{
		TypeB:  true,
		ATQB:   []byte{0x50, 0x11, 0x22, 0x33, 0x44, 0xE1, 0xF3, 0x5E, 0x11, 0x77, 0x81, 0xA5},
		ATTRIB: []byte{0x30}, Transmit: transmit,
	}
}

// active is a card that was activated.
type active struct {
	card  *Card
	fresh bool // nothing was said since
	rate  byte
	lost  bool   // it no longer answers
	heard []byte // the first pieces of a command
	rest  []byte // the last pieces of an answer
}

// message waits to be fetched by the host.
type message struct {
	at   time.Time
	make func() []byte
}

// Chip is the simulated PN532.
type Chip struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something can be read

	configured bool // SAMConfiguration was heard: out of the low-battery mode
	parameters byte
	retries    byte // MaxRtyPassiveActivation
	field      bool
	table      []*Card
	halted     map[*Card]bool
	targets    [3]*active // 1 and 2
	tear       int        // exchanges until the cards are lifted; -1 for never
	codes      []byte     // statuses to answer exchanges with
	noRate     bool       // refuse every bit rate

	out      []message
	last     []byte // for NACK
	sent     int
	unplug   bool
	asleep   bool // on a serial line: until it is woken
	pull     int  // messages until the plug is pulled; 0 for never
	baud     int
	nextBaud int // once the host acknowledges

	piece    int
	slow     map[byte]time.Duration
	spoil    func(n int, message []byte) []byte
	commands []byte
	fields   int
}

// New is a chip that was just powered.
func New() *Chip {
	c := &Chip{piece: 262, slow: map[byte]time.Duration{}, changed: make(chan struct{})}
	c.power()
	return c
}

func (c *Chip) power() {
	c.configured, c.parameters, c.retries, c.baud, c.nextBaud, c.asleep = false, 0x14, 0xFF, 115200, 0, true
	c.out, c.last, c.tear = nil, nil, -1
	c.fieldOff()
}

func (c *Chip) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.announce()
}

func (c *Chip) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Lay puts cards into the field.
func (c *Chip) Lay(cards ...*Card) { c.set(func() { c.table = append(c.table, cards...) }) }

// Lift takes all cards away.
func (c *Chip) Lift() { c.set(c.lift) }

func (c *Chip) lift() {
	c.table, c.tear = nil, -1
	for _, t := range c.targets {
		if t != nil {
			t.lost = true
		}
	}
}

// LiftAfter takes all cards away when they have answered n more commands.
func (c *Chip) LiftAfter(n int) { c.set(func() { c.tear = n }) }

// Unplug cuts the bus; Plug joins it again, and the chip has lost its power.
func (c *Chip) Unplug() { c.set(func() { c.unplug = true }) }

// UnplugAt cuts the bus instead of the host's or the chip's nth message from
// now on; 0 calls it off.
func (c *Chip) UnplugAt(n int) { c.set(func() { c.pull = n }) }

// passes counts a message, and tells whether the plug is still in.
func (c *Chip) passes() bool {
	if c.pull > 0 {
		if c.pull--; c.pull == 0 {
			c.unplug = true
		}
	}
	return !c.unplug
}

// Plug ends Unplug.
func (c *Chip) Plug() { c.set(func() { c.unplug = false; c.power() }) }

// Reset is a dip of the power: the chip forgets all it was told.
func (c *Chip) Reset() { c.set(c.power) }

// Slow has every such command take that long.
func (c *Chip) Slow(command byte, d time.Duration) { c.set(func() { c.slow[command] = d }) }

// Spoil has every outgoing message changed, or dropped when nil comes back.
// They are counted from 1.
func (c *Chip) Spoil(f func(n int, message []byte) []byte) { c.set(func() { c.spoil = f; c.sent = 0 }) }

// Fail answers the next exchanges with these statuses.
func (c *Chip) Fail(statuses ...byte) { c.set(func() { c.codes = statuses }) }

// Piece sets how many bytes of a card's answer go into one message.
func (c *Chip) Piece(n int) { c.set(func() { c.piece = n }) }

// Commands are the codes of all commands so far.
func (c *Chip) Commands() (codes []byte) {
	c.set(func() { codes = bytes.Clone(c.commands) })
	return codes
}

// Field tells whether the field is on, and how often it was switched off.
func (c *Chip) Field() (on bool, offs int) {
	c.set(func() { on, offs = c.field, c.fields })
	return on, offs
}

// Rate is the bit rate agreed with the first target.
func (c *Chip) Rate() (kbit int) {
	c.set(func() {
		if t := c.targets[1]; t != nil {
			kbit = 106 << t.rate
		}
	})
	return kbit
}

// Baud is what the chip speaks on its serial line.
func (c *Chip) Baud() (baud int) {
	c.set(func() { baud = c.baud })
	return baud
}

func (c *Chip) fieldOff() {
	c.field = false
	c.fields++
	c.halted = map[*Card]bool{}
	c.targets = [3]*active{}
}

// pick is the next card of a kind that answers a request.
func (c *Chip) pick(typeB bool) *Card {
	for _, k := range c.table {
		if k.TypeB == typeB && !c.halted[k] {
			return k
		}
	}
	return nil
}

// offers tells whether a card of type A takes a bit rate in both directions.
func (k *Card) offers(rate byte) bool {
	if rate == 0 {
		return true
	}
	if k.TypeB || len(k.ATS) < 3 || k.ATS[1]&0x10 == 0 {
		return false
	}
	ta := k.ATS[2]
	return bits.OnesCount8(ta&(0x11<<(rate-1))) == 2
}

// FailPSL has cards break off when they are asked for a higher bit rate.
func (c *Chip) FailPSL(on bool) { c.set(func() { c.noRate = on }) }
