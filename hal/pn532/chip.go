package pn532

import (
	"errors"
	"fmt"
	"time"
)

// Commands, UM 7.2 and 7.3.
const (
	cmdDiagnose          = 0x00
	cmdFirmware          = 0x02
	cmdBaudRate          = 0x10
	cmdParameters        = 0x12
	cmdSAM               = 0x14
	cmdRFConfig          = 0x32
	cmdExchange          = 0x40
	cmdPSL               = 0x4E
	cmdList              = 0x4A
	cmdRelease           = 0x52
	cmdSelect            = 0x54
	icPN532              = 0x32
	moreInformation      = 0x40 // in the target's number and in the status
	statusMask           = 0x3F
	maxData              = 262 // in one InDataExchange, UM 7.3.8
	maxAnswer            = 65536 + 2
	typeA           byte = 0x00
	typeB           byte = 0x03
)

// How long the chip may take.
const (
	soon = 300 * time.Millisecond // what it does by itself
	// search covers the anticollision and activation of two cards.
	search = time.Second
	// presence: a card that has gone is noticed by the frame waiting time that
	// it asked for, which may be 5 s. It is not waited for that long.
	presence = 600 * time.Millisecond
	// fieldPause is how long the field stays off for a card to forget all: at
	// least 5.1 ms by ISO/IEC 14443-3.
	fieldPause = 10 * time.Millisecond
)

var errNotPN532 = errors.New("the chip is no PN532")

// chip speaks the chip's commands.
type chip struct {
	link *link
	// Version and revision of its firmware.
	version, revision byte
}

// plain sends a command whose answer is of no interest.
func (c *chip) plain(cmd ...byte) error {
	_, err := c.link.call(request{cmd: cmd, size: 16, wait: soon})
	return err
}

// checked sends a command whose answer is a status.
func (c *chip) checked(wait time.Duration, cmd ...byte) error {
	b, err := c.link.call(request{cmd: cmd, size: 16, wait: wait})
	if err != nil {
		return err
	}
	if len(b) < 1 {
		return fmt.Errorf("command %02X: answer without a status: %w", cmd[0], errNoise)
	}
	if s := status(b[0] & statusMask); s != 0 {
		return s
	}
	return nil
}

// begin wakes the chip and sets it up, whatever state it was left in.
func (c *chip) begin() error {
	if err := c.hello(); err != nil {
		return err
	}
	for _, cmd := range [][]byte{
		// Cards are activated up to ISO/IEC 14443-4, without card and node
		// numbers: UM 7.2.9, the chip's default.
		{cmdParameters, 0x14},
		// Item 2, time-outs: activation as after power-on, answers up to 3.28 s.
		// With cards of ISO/IEC 14443-4 the chip itself keeps the time the card
		// asked for, and its extensions; PACE takes them.
		{cmdRFConfig, 0x02, 0x00, 0x0B, 0x10},
		// Item 4 and 5, retries: a few, and none for ever, which is the
		// default and would end only with a card.
		{cmdRFConfig, 0x04, 0x02},
		{cmdRFConfig, 0x05, 0x02, 0x01, 0x02},
	} {
		if err := c.plain(cmd...); err != nil {
			return err
		}
	}
	return c.field(false)
}

// hello wakes the chip and asks for its name. After power-on it is in its
// low-battery mode, which SAMConfiguration ends (AN, "Low battery mode").
func (c *chip) hello() error {
	var err error
	for range tries {
		if err = c.link.wire.wake(); err != nil {
			return fmt.Errorf("wake the chip: %w: %w", errBus, err)
		}
		if err = c.link.abort(); err != nil { // what another program left running
			return err
		}
		// Normal mode, no secure module, interrupt line as usual: UM 7.2.10.
		err = c.plain(cmdSAM, 0x01, 0x14, 0x01)
		if err == nil || errors.Is(err, errBus) || errors.Is(err, errStopped) {
			break
		}
	}
	if err != nil {
		return err
	}
	return c.identify()
}

// identify asks for the firmware; it also tells whether the chip lives.
func (c *chip) identify() error {
	b, err := c.link.call(request{cmd: []byte{cmdFirmware}, size: 5, wait: soon})
	if err != nil {
		return err
	}
	if len(b) < 4 || b[0] != icPN532 {
		return errNotPN532
	}
	c.version, c.revision = b[1], b[2]
	return nil
}

// field switches the field; finding a card switches it on by itself.
func (c *chip) field(on bool) error {
	v := byte(0)
	if on {
		v = 1
	}
	return c.plain(cmdRFConfig, 0x01, v)
}

// list looks for one or two cards, type A first.
func (c *chip) list(most byte) ([]target, error) {
	for _, q := range [][]byte{{cmdList, most, typeA}, {cmdList, most, typeB, 0x00}} { // 00: any application
		b, err := c.link.call(request{cmd: q, size: maxFrame - 1, wait: search})
		if err != nil {
			return nil, err
		}
		found, err := parseTargets(q[2], b)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// answers asks the card whether it is there, UM 7.2.1, test 6. A card that is
// being lifted answers garbled; only silence is a clear word.
func (c *chip) answers() error {
	err := c.checked(presence, cmdDiagnose, 0x06)
	var s status
	if errors.As(err, &s) && s != statusTimeout {
		err = c.checked(presence, cmdDiagnose, 0x06)
	}
	return err
}

func (c *chip) release(tg byte) error { return c.checked(presence, cmdRelease, tg) }
func (c *chip) pick(tg byte) error    { return c.checked(presence, cmdSelect, tg) }

// speed agrees on a bit rate, 0 for 106 kbit/s and one more for each doubling.
func (c *chip) speed(tg, rate byte) error { return c.checked(presence, cmdPSL, tg, rate, rate) }

// exchange sends one command APDU to the card and gives its answer.
func (c *chip) exchange(tg byte, apdu []byte, limit time.Duration) ([]byte, error) {
	until := time.Now().Add(limit)
	if len(apdu) == 0 {
		return nil, errTarget // would ask the card for the rest of an answer
	}
	for len(apdu) > maxData {
		b, _, err := c.pass(tg|moreInformation, apdu[:maxData], until)
		if err != nil {
			return nil, err
		}
		if len(b) > 0 {
			return nil, fmt.Errorf("card answers half a command: %w", errNoise)
		}
		apdu = apdu[maxData:]
	}
	answer, more, err := c.pass(tg, apdu, until)
	for more && err == nil {
		if len(answer) > maxAnswer {
			return nil, fmt.Errorf("answer of more than %d bytes: %w", maxAnswer, errNoise)
		}
		var b []byte
		b, more, err = c.pass(tg, nil, until)
		answer = append(answer, b...)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// pass is one InDataExchange, UM 7.3.8.
func (c *chip) pass(tg byte, data []byte, until time.Time) (answer []byte, more bool, err error) {
	b, err := c.link.call(request{
		cmd:  append([]byte{cmdExchange, tg}, data...),
		size: maxFrame - 1,
		wait: time.Until(until),
		once: true,
	})
	if err != nil {
		return nil, false, err
	}
	if len(b) < 1 {
		return nil, false, fmt.Errorf("exchange: answer without a status: %w", errNoise)
	}
	if s := status(b[0] & statusMask); s != 0 {
		return nil, false, s
	}
	return b[1:], b[0]&moreInformation != 0, nil
}
