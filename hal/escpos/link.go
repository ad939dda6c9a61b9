package escpos

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/serialport"
)

// Opener opens the schemes escpos+tcp, escpos+usb and escpos+serial. The width
// of the head is the URI's; o gives the rest. All printers of one Opener know
// which jobs were printed.
func Opener(o Options) hal.Opener {
	o.jobs, o.broken = newLedger(), &callers{ports: map[string]int{}}
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
		return func(ctx context.Context) (Link, error) { return dial(ctx, u, o) }, q.End()
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

// openFile opens a printer's device file.
func openFile(path string) (*os.File, error) {
	f, err := serialport.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("printer device: %w", err)
	}
	return f, nil
}
