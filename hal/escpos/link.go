package escpos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
)

// Opener opens the schemes escpos+tcp, escpos+usb and escpos+serial. The width
// of the head is the URI's; o gives the rest. All printers of one Opener know
// which jobs were printed.
func Opener(o Options) hal.Opener {
	o.jobs = newLedger()
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		o := o.filled() // each device has its own width
		q := params.New("printer", u)
		o.Width = dots(q, o.Width)
		open, err := dialler(u, q, &o)
		if err != nil {
			return nil, err
		}
		link, err := open(ctx)
		if err != nil {
			return nil, err
		}
		p := New(u.String(), link, o)
		select { // so that nobody sees a health that is not yet known
		case <-p.known:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), p.Close())
		}
		polite := time.NewTimer(introduction)
		defer polite.Stop()
		select {
		case <-p.met:
		case <-polite.C:
		case <-p.done:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), p.Close())
		}
		return p, nil
	}
}

// introduction is how long a printer may take to say what it is and what it can
// before it is put to use all the same. One that answers needs a tenth of it,
// and then Identity has something to tell from the beginning.
const introduction = 200 * time.Millisecond

func dots(q *params.Params, fallback int) int {
	w, ok := q.Take("width")
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < 8 || n > 1024 {
		q.Failf("width=%s: want dots, 576 for 80 mm paper, 384 for 58 mm", w)
	}
	return n
}

// dialler reads what is left of the URI and tells how to reach the printer.
func dialler(u *url.URL, q *params.Params, o *Options) (func(context.Context) (Link, error), error) {
	switch u.Scheme {
	case "escpos+tcp":
		if u.Hostname() == "" || u.Path != "" && u.Path != "/" {
			q.Failf("write the printer's address after two slashes: escpos+tcp://192.168.1.50:9100")
		}
		return func(ctx context.Context) (Link, error) { return dial(ctx, u) }, q.End()
	case "escpos+usb":
		local(u, q)
		want := usbWanted(u, q)
		return func(context.Context) (Link, error) { return openUSB(want, o) }, q.End()
	case "escpos+serial":
		local(u, q)
		line := serialLine(q)
		return func(context.Context) (Link, error) { return openSerial(u.Path, line) }, q.End()
	}
	return nil, fmt.Errorf("printer scheme %q: %w", u.Scheme, hal.ErrUnsupported)
}

// local refuses a part of the path that was written where a host stands.
func local(u *url.URL, q *params.Params) {
	if u.Host != "" {
		q.Failf("write the device after three slashes: %s:///dev/…", u.Scheme)
	}
}

func dial(ctx context.Context, u *url.URL) (Link, error) {
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "9100")
	}
	// Longer would not reach more: the kernel calls a second time after a second,
	// and the third time so late that a printer that was switched on since waits
	// for more than the two seconds that it is promised.
	//
	// A network does not tell that somebody pulled its cable: ask every second.
	d := net.Dialer{Timeout: 1500 * time.Millisecond, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: time.Second, Interval: time.Second, Count: 2,
	}}
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
