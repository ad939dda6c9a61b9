package pn532

import (
	"fmt"
	"time"
)

// powerOnBaud is what the chip speaks after power-on, UM 6.2.4.
const powerOnBaud = 115200

// bauds are the rates of SetSerialBaudRate, UM 7.2.8. Slower ones than that of
// power-on would make a reading take minutes.
var bauds = map[int]byte{115200: 0x04, 230400: 0x05, 460800: 0x06, 921600: 0x07}

// Port is what the driver needs of a serial port, such as package serialport's.
// Read gives nothing and no error when its time is up.
type Port interface {
	SetBaud(int) error
	SetReadTimeout(time.Duration) error
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	Drain() error
	ResetInputBuffer() error
	Close() error
}

// serialWire is the chip on its high speed UART.
type serialWire struct {
	port Port
	in   [4096]byte
}

// preamble wakes a sleeping chip by its first edges and then gives it the time
// to begin to listen (AN, "HSU wake up").
var preamble = []byte{0x55, 0x55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

func (w *serialWire) wake() error { return w.write(preamble) }

func (w *serialWire) write(b []byte) error {
	for len(b) > 0 {
		n, err := w.port.Write(b)
		if err != nil {
			return fmt.Errorf("serial line: %w", err)
		}
		b = b[n:]
	}
	return nil
}

func (w *serialWire) read(_ int, d time.Duration, _ <-chan struct{}) ([]byte, error) {
	if err := w.port.SetReadTimeout(max(d, time.Millisecond)); err != nil {
		return nil, fmt.Errorf("serial line: %w", err)
	}
	n, err := w.port.Read(w.in[:])
	if err != nil {
		return nil, fmt.Errorf("serial line: %w", err)
	}
	return w.in[:n], nil
}

func (w *serialWire) whole() bool  { return false }
func (w *serialWire) flush() error { return w.port.ResetInputBuffer() }
func (w *serialWire) close() error { return w.port.Close() }

// agree brings chip and line to the wanted rate. The chip changes once its
// answer was acknowledged.
func (w *serialWire) agree(l *link, baud int) error {
	if _, err := l.call(request{cmd: []byte{cmdBaudRate, bauds[baud]}, size: 2, wait: soon}); err != nil {
		return err
	}
	if err := l.abort(); err != nil { // an acknowledgement, here
		return err
	}
	if err := w.port.Drain(); err != nil {
		return fmt.Errorf("%w: serial line: %w", errBus, err)
	}
	if err := w.port.SetBaud(baud); err != nil {
		return fmt.Errorf("%w: serial line at %d baud: %w", errBus, baud, err)
	}
	time.Sleep(time.Millisecond)
	return nil
}
