// Package serialscan drives code scanners on a serial line: USB scanners in
// CDC-ACM ("virtual COM port") mode, and those on a UART.
//
//	serial:///dev/ttyACM0?baud=115200&aim=on&gap=200ms
//
// baud matters on a UART only. aim=on drops the AIM symbology identifier
// (]Q3) in front of each code, for scanners set to send one. gap is the pause
// that ends a code when the scanner sends no line end; 0 waits for a line end.
//
// Bytes are passed on as they come, without guessing at their encoding, and
// are never logged: they are somebody's personal data.
package serialscan

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/pulse"
	"tram06/hal/serialport"
)

const (
	defaultBaud = 115200
	defaultGap  = 200 * time.Millisecond
	// maxGap is for whoever waits for a code that has no end.
	maxGap = 900 * time.Millisecond
	// noEnd lets a Read wait until something comes: no timer wakes an idle kiosk.
	noEnd = -1
	// queued scans wait for Next; when there are more, the oldest go.
	queued = 8
)

// Options of a scanner; zero values choose the defaults.
type Options struct {
	Baud int
	AIM  bool
	Gap  time.Duration // negative: no pause ends a frame
	Now  func() time.Time
}

// port is what the driver needs of a serial port. Close ends a Read.
type port interface {
	Read(b []byte) (int, error)
	SetReadTimeout(time.Duration) error
	Close() error
}

// item is a scan, or what went wrong instead of one.
type item struct {
	scan hal.Scan
	err  error
}

// Scanner is one open scanner.
type Scanner struct {
	*pulse.Pulse
	uri  string
	id   hal.Identity
	opts Options
	port port

	items chan item
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}

	mu    sync.Mutex // guards armed and epoch, and orders Arm with delivery
	armed bool
	epoch int // counts calls of Arm that changed something
}

var (
	_ hal.Scanner    = (*Scanner)(nil)
	_ hal.Identified = (*Scanner)(nil)
)

// Opener opens the scheme serial. now stamps scans; nil is time.Now.
func Opener(now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		o, err := parse(u)
		if err != nil {
			return nil, err
		}
		o.Now = now
		return Open(u.Path, u.String(), o)
	}
}

func parse(u *url.URL) (Options, error) {
	p := params.New("scanner", u)
	if u.Host != "" || u.Path == "" || u.Path == "/" {
		p.Failf("write the device after three slashes: serial:///dev/ttyACM0")
	}
	o := Options{
		Baud: p.Number("baud", defaultBaud, 300, 4_000_000),
		AIM:  p.OneOf("aim", "off", "on") == "on",
		Gap:  p.Duration("gap", defaultGap, 0, maxGap),
	}
	if o.Gap == 0 {
		o.Gap = -1
	}
	return o, p.End()
}

// Open opens the serial device at path.
func Open(path, uri string, o Options) (*Scanner, error) {
	if o.Baud == 0 {
		o.Baud = defaultBaud
	}
	p, err := serialport.Open(path, o.Baud)
	if err != nil {
		return nil, fmt.Errorf("scanner: %w", err)
	}
	s := start(p, uri, o)
	s.id = serialport.Identity(path)
	return s, nil
}

func start(p port, uri string, o Options) *Scanner {
	if o.Gap == 0 {
		o.Gap = defaultGap
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Scanner{
		Pulse: pulse.New(o.Now, hal.Ready, hal.KeyOK),
		uri:   uri,
		opts:  o,
		port:  p,
		items: make(chan item, queued),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go s.read()
	return s
}

// URI names the device.
func (s *Scanner) URI() string { return s.uri }

// Identity is what a USB scanner said when it was plugged in; one on a UART says
// nothing.
func (s *Scanner) Identity() hal.Identity { return s.id }

// Close ends the scanner.
func (s *Scanner) Close() error {
	s.once.Do(func() {
		close(s.stop)
		_ = s.port.Close() // nothing was written that could be lost
	})
	<-s.done
	return nil
}

// Arm lets scans through or drops them. What waits in the queue and a frame
// that has begun are dropped at each change: they belong to another citizen.
func (s *Scanner) Arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.armed == on {
		return
	}
	s.armed = on
	s.epoch++
	for {
		select {
		case <-s.items:
		default:
			return
		}
	}
}

// Next waits for one scan.
func (s *Scanner) Next(ctx context.Context) (hal.Scan, error) {
	select {
	case <-s.done: // first: a dead scanner has no more scans to give
		return hal.Scan{}, fmt.Errorf("scanner: %w", hal.ErrGone)
	default:
	}
	select {
	case it := <-s.items:
		return it.scan, it.err
	case <-ctx.Done():
		return hal.Scan{}, fmt.Errorf("scanner: %w", ctx.Err())
	case <-s.done:
		return hal.Scan{}, fmt.Errorf("scanner: %w", hal.ErrGone)
	}
}

func (s *Scanner) state() (armed bool, epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.armed, s.epoch
}

func (s *Scanner) read() {
	defer close(s.done)
	err := s.frames()
	// Whatever the port says now, it is closed as far as anyone can tell.
	_ = s.port.Close()
	s.Set(hal.Absent, hal.KeyScannerGone, err)
}

// frames reads until the port fails or the scanner is closed.
func (s *Scanner) frames() error {
	f := newFramer(s.opts.AIM)
	defer f.forget()
	buf := make([]byte, 1024)
	begun := 0 // the epoch in which the open frame began
	armed := false
	for {
		wait := time.Duration(noEnd)
		if f.open() && s.opts.Gap > 0 {
			wait = s.opts.Gap
		}
		if err := s.port.SetReadTimeout(wait); err != nil {
			return errors.Join(hal.ErrGone, err)
		}
		n, err := s.port.Read(buf)
		select {
		case <-s.stop:
			return hal.ErrGone
		default:
		}
		if err != nil {
			return errors.Join(hal.ErrGone, err)
		}
		emit := func(data []byte, overlong bool) {
			if armed {
				s.deliver(data, overlong, begun)
			}
			armed, begun = s.state() // the next frame of this read begins now
		}
		if !f.open() {
			armed, begun = s.state()
		}
		if n == 0 { // the time is up
			if f.open() && s.opts.Gap > 0 {
				f.end(emit)
			}
			continue
		}
		f.push(buf[:n], emit)
		clear(buf[:n])
	}
}

// deliver queues a frame, unless Arm was called since it began.
func (s *Scanner) deliver(data []byte, overlong bool, begun int) {
	it := item{scan: hal.Scan{Data: data, At: s.opts.Now()}}
	if overlong {
		it = item{err: fmt.Errorf("scanner: %w", hal.ErrOverlong)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.armed || s.epoch != begun {
		return
	}
	for {
		select {
		case s.items <- it:
			return
		default:
		}
		select {
		case <-s.items:
		default:
		}
	}
}
