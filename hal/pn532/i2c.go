package pn532

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
)

const (
	// address of the chip, UM 6.2.3.2: 48h for writing, 49h for reading.
	address = 0x24
	// ready is the status byte in front of all that is read. A bus without a
	// chip reads as 00 or FF.
	ready = 0x01
	// busTries: a chip in power-down does not acknowledge its address, but is
	// woken by it.
	busTries = 3
	wakeTime = 5 * time.Millisecond // 2 ms by the data sheet
)

// i2cWire is the chip on I²C.
type i2cWire struct {
	bus i2c.BusCloser
}

func (w *i2cWire) wake() error {
	var b [1]byte
	_ = w.bus.Tx(address, nil, b[:]) // the address alone wakes it; an answer is not due yet
	time.Sleep(wakeTime)
	return nil
}

func (w *i2cWire) write(b []byte) error { return w.tx(b, nil) }

func (w *i2cWire) tx(out, in []byte) error {
	var err error
	for try := range busTries {
		if try > 0 {
			time.Sleep(wakeTime)
		}
		if err = w.bus.Tx(address, out, in); err == nil {
			return nil
		}
	}
	return fmt.Errorf("i2c: %w", err)
}

func (w *i2cWire) read(max int, d time.Duration, stop <-chan struct{}) ([]byte, error) {
	return poll(d, stop, func() ([]byte, error) {
		var st [1]byte
		if err := w.tx(nil, st[:]); err != nil || st[0] != ready {
			return nil, err
		}
		b := make([]byte, 1+max)
		if err := w.tx(nil, b); err != nil || b[0] != ready {
			return nil, err
		}
		return b[1:], nil
	})
}

func (w *i2cWire) whole() bool  { return true }
func (w *i2cWire) flush() error { return nil }
func (w *i2cWire) close() error { return w.bus.Close() }

// poll asks until there is something. It begins briskly, because most answers
// come within milliseconds, and gets slower, because a card that reckons takes
// a second.
func poll(d time.Duration, stop <-chan struct{}, ask func() ([]byte, error)) ([]byte, error) {
	begun := time.Now()
	for {
		b, err := ask()
		if err != nil || b != nil {
			return b, err
		}
		gone := time.Since(begun)
		if gone >= d {
			return nil, nil
		}
		pause := time.NewTimer(min(max(gone/4, time.Millisecond), 5*time.Millisecond, d-gone))
		select {
		case <-pause.C:
		case <-stop:
			pause.Stop()
			return nil, nil
		}
	}
}
