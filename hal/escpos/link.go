package escpos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// minBaud is the slowest line on which a page of raster is bearable: 10 s.
const minBaud = 115200

var bauds = map[int]uint32{
	115200: unix.B115200, 230400: unix.B230400, 460800: unix.B460800, 921600: unix.B921600,
}

// Opener opens the schemes escpos+tcp, escpos+usb and escpos+serial. The width
// of the head is the URI's; o gives the rest.
func Opener(o Options) hal.Opener {
	o.jobs = newLedger()
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		o := o // each device has its own width
		q := u.Query()
		for key := range q {
			if key != "width" && key != "baud" {
				return nil, fmt.Errorf("printer URI: unknown parameter %q (known: width, baud)", key)
			}
		}
		if w := q.Get("width"); w != "" {
			n, err := strconv.Atoi(w)
			if err != nil || n < 8 || n > 1024 {
				return nil, fmt.Errorf("printer URI: width=%s: want dots, 576 for 80 mm paper, 384 for 58 mm", w)
			}
			o.Width = n
		}
		link, err := open(ctx, u)
		if err != nil {
			return nil, err
		}
		p := New(u.String(), link, o)
		select { // so that nobody sees a health that is not yet known
		case <-p.known:
			return p, nil
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), p.Close())
		}
	}
}

func open(ctx context.Context, u *url.URL) (Link, error) {
	switch u.Scheme {
	case "escpos+tcp":
		return dial(ctx, u)
	case "escpos+usb":
		f, err := openFile(u.Path)
		if err != nil {
			return nil, err
		}
		return &usbLink{File: f, closed: make(chan struct{})}, nil
	case "escpos+serial":
		return openSerial(u)
	}
	return nil, fmt.Errorf("printer scheme %q: %w", u.Scheme, hal.ErrUnsupported)
}

func dial(ctx context.Context, u *url.URL) (Link, error) {
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "9100")
	}
	d := net.Dialer{Timeout: 3 * time.Second, KeepAlive: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, fmt.Errorf("reach printer: %w: %w", hal.ErrGone, err)
	}
	if t, ok := c.(*net.TCPConn); ok {
		// What waits in the kernel cannot be called back when the paper ends.
		_ = t.SetWriteBuffer(8 << 10)
	}
	return c.(Link), nil
}

// openFile opens without blocking, so that Close and deadlines end a transfer.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("printer device: %w: %w", hal.ErrGone, err)
	}
	return f, nil
}

// usbLink is /dev/usb/lp0 or any other two-way device file.
type usbLink struct {
	*os.File
	closed chan struct{}
	once   sync.Once
}

// idleRead is how long a device that says "end of file" is left in peace:
// USB printers do so whenever they have nothing to tell.
const idleRead = 50 * time.Millisecond

func (l *usbLink) Read(b []byte) (int, error) {
	for {
		n, err := l.File.Read(b)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if hungUp(l.File) {
			return 0, io.EOF
		}
		select {
		case <-l.closed:
			return 0, os.ErrClosed
		case <-time.After(idleRead):
		}
	}
}

// hungUp tells an unplugged device from one with nothing to say.
func hungUp(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return true
	}
	fds := []unix.PollFd{{}}
	if conn.Control(func(fd uintptr) {
		fds[0].Fd = int32(fd)
		_, err = unix.Poll(fds, 0)
	}) != nil {
		return true
	}
	return err == nil && fds[0].Revents&unix.POLLHUP != 0
}

func (l *usbLink) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		err = l.File.Close()
	})
	return err
}

func openSerial(u *url.URL) (Link, error) {
	baud := minBaud
	if s := u.Query().Get("baud"); s != "" {
		var err error
		if baud, err = strconv.Atoi(s); err != nil {
			return nil, fmt.Errorf("printer URI: baud=%s is no number", s)
		}
	}
	if baud < minBaud {
		return nil, fmt.Errorf("printer URI: baud=%d: a page of raster takes too long below %d; set the printer's switches and the URI to 115200 or more: %w",
			baud, minBaud, hal.ErrUnsupported)
	}
	speed, ok := bauds[baud]
	if !ok {
		return nil, fmt.Errorf("printer URI: baud=%d: want 115200, 230400, 460800 or 921600", baud)
	}
	f, err := openFile(u.Path)
	if err != nil {
		return nil, err
	}
	if err := raw(f, speed); err != nil {
		return nil, errors.Join(fmt.Errorf("set up serial printer: %w", err), f.Close())
	}
	return f, nil
}

// raw sets 8 data bits, no parity, no echo and no translation.
func raw(f *os.File, speed uint32) error {
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
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | speed
		t.Ispeed, t.Ospeed = speed, speed
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		inner = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, inner)
}
