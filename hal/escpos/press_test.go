package escpos_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// press is a simulated printer on a line that can be pulled: a TCP port, or a
// pseudo terminal that plays a serial line or a USB printer.
type press struct {
	t    *testing.T
	sim  *sim.Printer
	uri  string
	file string   // of a terminal, or ""
	far  *os.File // its printer's end
	open hal.Opener
	dev  hal.Printer

	hand   sync.Mutex // one pulls the plug at a time
	mu     sync.Mutex
	papers []hal.Raster
	faults []error
	left   int // bytes until do is called
	do     func()
	end    func() // pulls the plug
}

// newPress plugs in a printer that is reached by scheme.
func newPress(t *testing.T, scheme string, so sim.Options, o escpos.Options) *press {
	t.Helper()
	s := &press{t: t, open: escpos.Opener(o)}
	so.OnPage = func(p sim.Page) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.Cut {
			s.papers = append(s.papers, p.Raster)
		}
	}
	so.OnError = func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = append(s.faults, err)
	}
	s.sim = sim.New(so)
	switch scheme {
	case "escpos+tcp":
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s.uri = scheme + "://" + ln.Addr().String()
		s.listen(ln)
	default:
		s.file = filepath.Join(t.TempDir(), "lp0")
		s.uri = (&url.URL{Scheme: scheme, Path: s.file}).String()
		s.wire()
	}
	t.Cleanup(func() {
		if s.dev != nil {
			_ = s.dev.Close()
		}
		s.Unplug()
		for _, err := range s.faults {
			t.Errorf("the printer objects: %v", err)
		}
	})
	s.connect()
	return s
}

// listen takes one connection at a time, as a network printer does.
func (s *press) listen(ln net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_ = s.sim.Attach(ctx, &tap{c, s}) // a line that breaks is the driver's affair
		}
	})
	s.end = func() {
		cancel()
		_ = ln.Close()
		running.Wait()
	}
}

// wire lays a new pseudo terminal under the device's name.
func (s *press) wire() {
	master, slave, err := pty.Open()
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := term(slave); err != nil {
		s.t.Fatal(err)
	}
	_ = os.Remove(s.file)
	if err := os.Symlink(slave.Name(), s.file); err != nil {
		s.t.Fatal(err)
	}
	s.far = unblocked(s.t, master)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	far := &tap{s.far, s}
	running.Go(func() { _ = s.sim.Attach(ctx, far) })
	s.end = func() {
		cancel()
		running.Wait()
		_ = slave.Close()
		_ = os.Remove(s.file)
	}
}

// unblocked gives a file whose Close ends a Read.
func unblocked(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.Dup(int(f.Fd()))
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	return os.NewFile(uintptr(fd), f.Name())
}

func (s *press) connect() {
	s.t.Helper()
	u, err := url.Parse(s.uri)
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := s.open(s.t.Context(), u)
	if err != nil {
		s.t.Fatal(err)
	}
	s.dev = d.(hal.Printer)
}

func (s *press) Printer() hal.Printer { return s.dev }

func (s *press) Cover(open bool) { s.sim.OpenCover(open) }

func (s *press) Paper(in bool) {
	rows := 0
	if in {
		rows = 240000
	}
	s.sim.SetPaper(rows)
}

func (s *press) Unplug() {
	s.hand.Lock() // whoever comes second finds it unplugged
	defer s.hand.Unlock()
	s.mu.Lock()
	end := s.end
	s.end = nil
	s.mu.Unlock()
	if end != nil {
		end()
	}
}

func (s *press) Plug() hal.Printer {
	s.t.Helper()
	s.Unplug() // whoever pulled it may still be at it
	s.sim.Off()
	s.sim.On()
	if s.file != "" {
		s.wire()
	} else {
		u, _ := url.Parse(s.uri)
		ln, err := net.Listen("tcp", u.Host)
		if err != nil {
			s.t.Fatal(err)
		}
		s.listen(ln)
	}
	s.connect()
	return s.dev
}

func (s *press) Halfway(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.do = 20000, do
}

func (s *press) Papers() []hal.Raster {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]hal.Raster{}, s.papers...)
}

// tap counts what reaches the printer.
type tap struct {
	io.ReadWriteCloser
	s *press
}

func (c *tap) Read(b []byte) (int, error) {
	n, err := c.ReadWriteCloser.Read(b)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.do != nil {
		if c.s.left -= n; c.s.left <= 0 {
			go c.s.do() // what it does may wait for this very line
			c.s.do = nil
			if !errors.Is(err, io.EOF) {
				return n, err
			}
		}
	}
	return n, err
}
