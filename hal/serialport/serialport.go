// Package serialport opens the serial ports of scanners and readers, and says what
// they belong to. Whoever wants to know why one does not open asks for the
// kernel's error, as with any other device file: the library has errors of its
// own, which stand for none.
package serialport

import (
	"errors"
	"fmt"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Open opens the port at path, for bytes of eight bits without parity.
func Open(path string, baud int) (serial.Port, error) {
	p, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err != nil {
		return nil, fmt.Errorf("serial port %s: %w: %w", path, hal.ErrGone, kernels(err))
	}
	return p, nil
}

// kernels gives the kernel's error for one of the library's that took its place.
func kernels(err error) error {
	var of interface {
		error
		Code() serial.PortErrorCode
	}
	if !errors.As(err, &of) {
		return err
	}
	switch of.Code() {
	case serial.PortBusy:
		return unix.EBUSY
	case serial.PermissionDenied:
		return unix.EACCES
	case serial.PortNotFound:
		return unix.ENOENT
	}
	return err
}
