package devfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// Device is an open file on the side that shows it.
type Device interface {
	// Do carries out a call, and may change arg in place. What is no error number
	// of the kernel's is sent as EIO.
	Do(number uint32, arg []byte) error
	Close() error
}

// Serve shows a file to other programs until ln is closed; each that connects
// gets what open gives.
func Serve(ln net.Listener, open func() (Device, error)) error {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("simulated device: %w", err)
		}
		go serve(conn, open)
	}
}

func serve(conn net.Conn, open func() (Device, error)) {
	defer conn.Close()
	d, err := open()
	if err != nil {
		send(conn, err, nil)
		return
	}
	end := sync.OnceValue(d.Close)
	defer end()
	for answered := send(conn, nil, nil); answered; {
		number, arg, err := read(conn)
		switch {
		case err != nil:
			return
		case number == closing:
			send(conn, end(), nil)
			return
		}
		answered = send(conn, d.Do(number, arg), arg)
	}
}

// send answers, and tells whether that went well.
func send(conn net.Conn, err error, arg []byte) bool {
	var number unix.Errno
	if err != nil && !errors.As(err, &number) {
		number = unix.EIO
	}
	if number != 0 {
		arg = nil
	}
	_, err = conn.Write(append(head(uint32(number), len(arg)), arg...))
	return err == nil
}

// With gives a call's structure to do, and takes it back. One of another size is
// EINVAL, as a pointer to another structure is to the kernel.
func With[T any](arg []byte, do func(v *T) error) error {
	var v T
	if len(arg) != binary.Size(v) {
		return unix.EINVAL
	}
	if _, err := binary.Decode(arg, binary.BigEndian, &v); err != nil {
		return unix.EINVAL
	}
	if err := do(&v); err != nil {
		return err
	}
	_, err := binary.Encode(arg, binary.BigEndian, &v)
	return err
}
