// Package serialport has the serial ports of scanners, readers and printers, and
// says what they belong to.
//
// It speaks to the kernel's terminals itself, so that reads wait in the runtime's
// poller and a silent port costs nothing. Libraries such as go.bug.st/serial wait
// in select(2): while a thread stays in a system call Go's monitor looks after it
// again and again, which was a quarter of what an idle kiosk took. A Read ends
// when the port is closed or its device is gone, and errors are the kernel's.
package serialport

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Port is an open serial port. One goroutine may read and another write; Close
// ends both.
type Port struct {
	file *os.File
	wait time.Duration // of a Read; negative is for ever
}

// Open opens the port at path, for bytes of eight bits without parity, and for
// nobody else.
func Open(path string, baud int) (*Port, error) {
	f, err := OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("serial port: %w", err)
	}
	p := &Port{file: f, wait: -1}
	err = control(f, func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCEXCL, 0) })
	if err == nil {
		err = p.SetBaud(baud)
	}
	if err == nil {
		err = p.ResetInputBuffer() // what came before belongs to nobody here
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serial port %s: %w: %w", path, hal.ErrGone, err), f.Close())
	}
	// CDC-ACM devices hold back until somebody is ready. Pseudo terminals have no
	// such line and say so.
	_ = control(f, func(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCMBIS, unix.TIOCM_DTR) })
	return p, nil
}

// OpenFile opens a device file without blocking, so that Close and deadlines end a
// transfer.
func OpenFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", hal.ErrGone, err)
	}
	return f, nil
}

func control(f *os.File, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = conn.Control(func(fd uintptr) { inner = do(int(fd)) })
	return errors.Join(err, inner)
}

// SetBaud sets the rate, which matters on a UART only.
func (p *Port) SetBaud(baud int) error { return Mode{Baud: baud}.Set(p.file) }

// SetReadTimeout bounds each Read from here on; a negative time does not.
func (p *Port) SetReadTimeout(d time.Duration) error {
	p.wait = d
	return nil
}

// Read waits for something, and gives nothing and no error when the time is up.
func (p *Port) Read(b []byte) (int, error) {
	var end time.Time
	if p.wait >= 0 {
		end = time.Now().Add(p.wait)
	}
	if err := p.file.SetReadDeadline(end); err != nil {
		return 0, err
	}
	n, err := p.file.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, nil
	}
	return n, err
}

// Write writes all of it, unless it fails.
func (p *Port) Write(b []byte) (int, error) { return p.file.Write(b) }

// Drain waits until what was written is on the line.
func (p *Port) Drain() error {
	return control(p.file, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCSBRK, 1) })
}

// ResetInputBuffer drops what came and was not read yet.
func (p *Port) ResetInputBuffer() error { return flush(p.file, unix.TCIFLUSH) }

// Close closes the port; see Close, the function.
func (p *Port) Close() error { return Close(p.file) }

// Close closes a terminal, and throws away what its device has not taken.
// Otherwise the kernel waits for a device that holds the line up, for half a
// minute.
func Close(f *os.File) error {
	_ = flush(f, unix.TCIOFLUSH) // of one that is gone there is nothing left
	return f.Close()
}

func flush(f *os.File, what int) error {
	return control(f, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, what) })
}
