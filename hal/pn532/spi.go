package pn532

import (
	"errors"
	"fmt"
	"math/bits"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// What the first byte of a transfer announces, UM 6.2.5.
const (
	spiWrite  = 0x01
	spiStatus = 0x02
	spiRead   = 0x03
)

// spiWire is the chip on SPI. It wants the least significant bit first, which
// few controllers can do, so that the bits are turned here.
type spiWire struct {
	port spi.PortCloser
	conn spi.Conn
	idle time.Time // since when nobody drives the line
}

const (
	// undriven is what is read where there is no chip, or one without power.
	undriven = 0xFF
	// patience with that: a chip that wakes needs a moment.
	patience = 300 * time.Millisecond
)

var errUndriven = errors.New("spi: nobody drives the line")

func newSPI(p spi.PortCloser, f physic.Frequency) (*spiWire, error) {
	c, err := p.Connect(f, spi.Mode0, 8)
	if err != nil {
		return nil, fmt.Errorf("spi: %w", err)
	}
	return &spiWire{port: p, conn: c}, nil
}

func (w *spiWire) wake() error {
	// Being selected wakes it; what it says then means nothing.
	if _, err := w.tx(spiStatus, make([]byte, 1)); err != nil {
		return err
	}
	time.Sleep(wakeTime)
	return nil
}

func (w *spiWire) write(b []byte) error {
	_, err := w.tx(spiWrite, b)
	return err
}

// tx sends a word and data in one go and gives what came beside the data.
func (w *spiWire) tx(word byte, data []byte) ([]byte, error) {
	out := make([]byte, 1+len(data))
	in := make([]byte, len(out))
	out[0] = bits.Reverse8(word)
	for i, b := range data {
		out[1+i] = bits.Reverse8(b)
	}
	if err := w.conn.Tx(out, in); err != nil {
		return nil, fmt.Errorf("spi: %w", err)
	}
	for i := range in {
		in[i] = bits.Reverse8(in[i])
	}
	return in[1:], nil
}

func (w *spiWire) read(max int, d time.Duration, stop <-chan struct{}) ([]byte, error) {
	return poll(d, stop, func() ([]byte, error) {
		st, err := w.tx(spiStatus, make([]byte, 1))
		if err != nil {
			return nil, err
		}
		switch {
		case st[0] != undriven:
			w.idle = time.Time{}
		case w.idle.IsZero():
			w.idle = time.Now()
		case time.Since(w.idle) > patience:
			return nil, errUndriven
		}
		if st[0] != ready {
			return nil, nil
		}
		return w.tx(spiRead, make([]byte, max))
	})
}

func (w *spiWire) whole() bool  { return true }
func (w *spiWire) flush() error { return nil }
func (w *spiWire) close() error { return w.port.Close() }
