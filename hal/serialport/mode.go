package serialport

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// Bytes of flow control on the line, where Flow is "xonxoff".
const (
	XON  = 0x11
	XOFF = 0x13
)

// Mode is how a serial line is set, beside eight data bits and one stop bit. The
// terminal is raw: no echo and no translation.
type Mode struct {
	Baud   int
	Parity string // even, odd, or none, which "" is too
	Flow   string // rtscts, xonxoff, or none, which "" is too
	// Strict drops bytes that arrived wrong, and the break of a wire that somebody
	// touches. The kernel makes a zero of either otherwise.
	Strict bool
}

// Set sets the terminal so.
func (m Mode) Set(f *os.File) error {
	if m.Baud <= 0 {
		return fmt.Errorf("%d baud: %w", m.Baud, hal.ErrUnsupported)
	}
	return control(f, func(fd int) error {
		// The calls that take any rate, not only those with a name.
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err != nil {
			return err
		}
		// HUPCL stays as it is: whether the device is told when nobody listens.
		t.Cflag = t.Cflag&unix.HUPCL | unix.CS8 | unix.CREAD | unix.CLOCAL | unix.BOTHER
		t.Ispeed, t.Ospeed = uint32(m.Baud), uint32(m.Baud)
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		if m.Strict {
			t.Iflag |= unix.IGNBRK | unix.INPCK | unix.IGNPAR
		}
		switch m.Parity {
		case "even":
			t.Cflag |= unix.PARENB
		case "odd":
			t.Cflag |= unix.PARENB | unix.PARODD
		}
		switch m.Flow {
		case "rtscts":
			t.Cflag |= unix.CRTSCTS
		case "xonxoff":
			t.Iflag |= unix.IXON
			t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = XON, XOFF
		}
		return unix.IoctlSetTermios(fd, unix.TCSETS2, t)
	})
}
