package escpos

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
)

// minBaud is the slowest line on which a page of raster is bearable: 10 s.
const minBaud = 115200

var bauds = map[int]uint32{
	115200: unix.B115200, 230400: unix.B230400, 460800: unix.B460800, 921600: unix.B921600,
}

// line is how a serial line is set, beside 8 data bits and one stop bit.
type line struct {
	speed        uint32
	parity, flow string
}

func serialLine(q *params.Params) line {
	l := line{
		speed:  unix.B115200,
		parity: q.OneOf("parity", "none", "even", "odd"),
		// A printer's DTR is wired to the host's CTS.
		flow: q.OneOf("flow", "none", "rtscts", "xonxoff"),
	}
	s, ok := q.Take("baud")
	if !ok {
		return l
	}
	baud, err := strconv.Atoi(s)
	switch {
	case err != nil:
		q.Failf("baud=%s is no number", s)
	case baud < minBaud:
		q.Failf("baud=%d: a page of raster takes too long below %d; set the printer's switches and the URI to 115200 or more: %w",
			baud, minBaud, hal.ErrUnsupported)
	case bauds[baud] == 0:
		q.Failf("baud=%d: want 115200, 230400, 460800 or 921600", baud)
	}
	l.speed = bauds[baud]
	return l
}

// serialLink is a terminal device.
type serialLink struct {
	*os.File
	once sync.Once
}

func openSerial(path string, l line) (Link, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if err := l.set(f); err != nil {
		return nil, errors.Join(fmt.Errorf("set up serial printer: %w", err), f.Close())
	}
	return &serialLink{File: f}, nil
}

// set makes the terminal raw: no echo and no translation.
func (l line) set(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		var t *unix.Termios
		if t, inner = unix.IoctlGetTermios(int(fd), unix.TCGETS); inner != nil {
			return
		}
		// A byte that arrived wrong is none, and no more is the break of a wire that
		// somebody touches: the kernel would make a zero of either, which says that
		// there is paper and how far the page is.
		t.Iflag = unix.IGNBRK | unix.INPCK | unix.IGNPAR
		t.Oflag, t.Lflag = 0, 0
		t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | l.speed
		t.Ispeed, t.Ospeed = l.speed, l.speed
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		switch l.parity {
		case "even":
			t.Cflag |= unix.PARENB
		case "odd":
			t.Cflag |= unix.PARENB | unix.PARODD
		}
		switch l.flow {
		case "rtscts":
			t.Cflag |= unix.CRTSCTS
		case "xonxoff":
			// No answer of a printer holds the two bytes that the kernel takes out.
			t.Iflag |= unix.IXON
			t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = xon, xoff
		}
		inner = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, inner)
}

// Close throws away what the printer has not taken. Otherwise the kernel waits
// for a printer that holds the line up, for half a minute.
func (l *serialLink) Close() error {
	err := os.ErrClosed
	l.once.Do(func() {
		if conn, e := l.SyscallConn(); e == nil {
			_ = conn.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCIOFLUSH) })
		}
		err = l.File.Close()
	})
	return err
}
