package sim

import (
	"errors"
	"fmt"
	"math/bits"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// errNoDevice is what a bus says when nobody acknowledges.
var errNoDevice = errors.New("remote I/O error")

// shelf holds the message that is ready, until it is read.
type shelf struct {
	chip *Chip
	have []byte
	full bool
}

// ready looks for a message. The caller holds the chip's lock.
func (s *shelf) ready() bool {
	if !s.full {
		s.have, s.full, _ = s.chip.fetch()
	}
	return s.full
}

// write takes a message from the host, which must be exactly one.
func (s *shelf) write(b []byte) {
	s.full = false
	if w, cmd, used := parse(b); w != incomplete && used == len(b) {
		s.chip.hear(w, cmd)
	}
}

// read gives the message that is ready, and zeros after it; what b is too short
// for is lost.
func (s *shelf) read(b []byte) {
	n := copy(b, s.have)
	clear(b[n:])
	s.full = false
}

type i2cBus struct {
	shelf
	closed bool
}

// I2C is a bus with nothing but the chip on it.
func (c *Chip) I2C() i2c.BusCloser { return &i2cBus{shelf: shelf{chip: c}} }

func (b *i2cBus) String() string                    { return "simulated I2C" }
func (b *i2cBus) SetSpeed(f physic.Frequency) error { return nil }

func (b *i2cBus) Close() error {
	b.chip.mu.Lock()
	defer b.chip.mu.Unlock()
	if b.closed {
		return errors.New("closed twice")
	}
	b.closed = true
	return nil
}

func (b *i2cBus) Tx(addr uint16, w, r []byte) error {
	b.chip.mu.Lock()
	defer b.chip.mu.Unlock()
	if b.closed {
		return errors.New("bus is closed")
	}
	if addr != 0x24 || b.chip.unplug {
		return errNoDevice
	}
	if len(w) > 0 {
		b.write(w)
	}
	if len(r) > 0 {
		r[0] = 0
		if b.ready() {
			r[0] = 1
			if len(r) > 1 {
				b.read(r[1:])
			}
		}
	}
	return nil
}

type spiPort struct {
	shelf
	closed bool
}

// SPI is a port with nothing but the chip on it.
func (c *Chip) SPI() spi.PortCloser { return &spiPort{shelf: shelf{chip: c}} }

func (p *spiPort) String() string                      { return "simulated SPI" }
func (p *spiPort) LimitSpeed(f physic.Frequency) error { return nil }
func (p *spiPort) Duplex() conn.Duplex                 { return conn.Full }
func (p *spiPort) TxPackets([]spi.Packet) error        { return errors.New("no packets here") }

func (p *spiPort) Close() error {
	p.chip.mu.Lock()
	defer p.chip.mu.Unlock()
	if p.closed {
		return errors.New("closed twice")
	}
	p.closed = true
	return nil
}

func (p *spiPort) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	if mode != spi.Mode0 || bits != 8 || f > 5*physic.MegaHertz {
		return nil, fmt.Errorf("the chip knows no mode %v, %d bits, %v", mode, bits, f)
	}
	return p, nil
}

func (p *spiPort) Tx(w, r []byte) error {
	p.chip.mu.Lock()
	defer p.chip.mu.Unlock()
	if p.closed {
		return errors.New("port is closed")
	}
	if len(w) != len(r) || len(w) < 2 {
		return errors.New("a transfer has as many bytes out as in, and at least two")
	}
	if p.chip.unplug { // nobody pulls the line down
		for i := range r {
			r[i] = 0xFF
		}
		return nil
	}
	clear(r)
	switch bits.Reverse8(w[0]) {
	case 0x01:
		b := make([]byte, len(w)-1)
		for i := range b {
			b[i] = bits.Reverse8(w[1+i])
		}
		p.write(b)
	case 0x02:
		if p.ready() {
			r[1] = bits.Reverse8(1)
		}
	case 0x03:
		if p.ready() {
			p.read(r[1:])
			for i := range r[1:] {
				r[1+i] = bits.Reverse8(r[1+i])
			}
		}
	}
	return nil
}
