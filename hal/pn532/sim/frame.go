package sim

import (
	"bytes"
	"time"
)

var (
	ackFrame   = []byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00}
	nackFrame  = []byte{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00}
	errorFrame = []byte{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}
)

// encode frames an answer, in the longer form only where it must be.
func encode(data []byte) []byte {
	n := 1 + len(data)
	f := []byte{0x00, 0x00, 0xFF, byte(n), byte(0x100 - n&0xFF)}
	if n > 255 {
		f = []byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, byte(n >> 8), byte(n), byte(-(n>>8 + n&0xFF))}
	}
	f = append(append(f, 0xD5), data...)
	check := byte(0xD5)
	for _, b := range data {
		check += b
	}
	return append(f, -check, 0x00)
}

// what begins at the start of b.
type what uint8

const (
	incomplete what = iota
	nothing         // no frame, or a wrong one: a byte is skipped
	acknowledge
	retransmit
	command
)

// parse looks at the start of b, where a preamble should be.
func parse(b []byte) (w what, cmd []byte, used int) {
	head := []byte{0x00, 0x00, 0xFF}
	if n := min(len(b), len(head)); !bytes.Equal(b[:n], head[:n]) {
		return nothing, nil, 1
	}
	if len(b) < 6 {
		return incomplete, nil, 0
	}
	switch {
	case bytes.HasPrefix(b, ackFrame):
		return acknowledge, nil, 6
	case bytes.HasPrefix(b, nackFrame):
		return retransmit, nil, 6
	}
	n, at := int(b[3]), 5
	if b[3] == 0xFF && b[4] == 0xFF {
		if len(b) < 8 {
			return incomplete, nil, 0
		}
		n, at = int(b[5])<<8+int(b[6]), 8
		if b[5]+b[6]+b[7] != 0 {
			return nothing, nil, 1
		}
	} else if b[3]+b[4] != 0 {
		return nothing, nil, 1
	}
	if n < 2 || n > 265 {
		return nothing, nil, 1
	}
	if len(b) < at+n+2 {
		return incomplete, nil, 0
	}
	var check byte
	for _, v := range b[at : at+n+1] {
		check += v
	}
	if check != 0 || b[at] != 0xD4 || b[at+n+1] != 0x00 {
		return nothing, nil, 1
	}
	return command, bytes.Clone(b[at+1 : at+n]), at + n + 2
}

// hear takes one message of the host.
func (c *Chip) hear(w what, cmd []byte) {
	if !c.passes() {
		return
	}
	switch w {
	case acknowledge:
		c.out = nil // ends a command under way
		if c.nextBaud != 0 {
			c.baud, c.nextBaud = c.nextBaud, 0
		}
	case retransmit:
		if again := c.last; again != nil {
			c.out = nil
			c.queue(0, func() []byte { return again })
		}
	case command:
		c.execute(cmd)
	}
	c.announce()
}

func (c *Chip) queue(d time.Duration, f func() []byte) {
	c.out = append(c.out, message{time.Now().Add(d), f})
}

// fetch takes the next message if it is due, else it says when one will be.
func (c *Chip) fetch() (b []byte, due bool, at time.Time) {
	for len(c.out) > 0 {
		m := c.out[0]
		if time.Now().Before(m.at) {
			return nil, false, m.at
		}
		c.out = c.out[1:]
		if !c.passes() {
			return nil, false, time.Time{}
		}
		b := bytes.Clone(m.make())
		c.sent++
		if c.spoil != nil {
			if b = c.spoil(c.sent, b); b == nil {
				continue
			}
		}
		return b, true, time.Time{}
	}
	return nil, false, time.Time{}
}
