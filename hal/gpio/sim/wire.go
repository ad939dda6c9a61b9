package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/rpc"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
	"tram06/hal/gpio/remote"
)

// Serve shows the machine to other programs until the listener is closed. What
// a program has claimed is free again once its connection ends, as the kernel
// does it for a program that ends.
func Serve(l net.Listener, m *Machine) error {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("simulated machine: %w", err)
		}
		go serve(conn, m)
	}
}

func serve(conn net.Conn, m *Machine) {
	s := &service{machine: m, files: map[int]file{}}
	server := rpc.NewServer()
	// The service has one exported method; a failure to register is a mistake
	// in this file.
	if err := server.RegisterName("Machine", s); err != nil {
		panic(err)
	}
	server.ServeConn(closing{conn, s})
}

// closing closes all files when the connection is over: ServeConn returns only
// when all calls have, and some wait for edges that never come.
type closing struct {
	net.Conn
	s *service
}

func (c closing) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.s.closeAll()
	}
	return n, err
}

type file interface{ Close() error }

// service is the machine as one program sees it.
type service struct {
	machine *Machine
	mu      sync.Mutex
	over    bool
	next    int
	files   map[int]file
}

func (s *service) keep(f file) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		_ = f.Close()
		return 0
	}
	s.next++
	s.files[s.next] = f
	return s.next
}

func (s *service) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, f := range s.files {
		_ = f.Close()
	}
}

// Do does one call.
func (s *service) Do(c remote.Call, a *remote.Answer) error {
	err := s.do(c, a)
	var no unix.Errno
	switch {
	case err == nil:
	case errors.As(err, &no):
		a.Number = no
	case errors.Is(err, fs.ErrNotExist):
		a.Number = unix.ENOENT
	default:
		a.Number = unix.EBADF
	}
	return nil
}

func (s *service) do(c remote.Call, a *remote.Answer) (err error) {
	switch c.Name {
	case "list":
		a.Paths, err = s.machine.List()
		return err
	case "open":
		chip, err := s.machine.Open(c.Path)
		if err == nil {
			a.File = s.keep(chip)
		}
		return err
	}
	s.mu.Lock()
	f := s.files[c.File]
	if c.Name == "close" {
		delete(s.files, c.File)
	}
	s.mu.Unlock()
	switch f := f.(type) {
	case gpio.Chip:
		switch c.Name {
		case "info":
			i, err := f.Info()
			a.Info = &i
			return err
		case "line":
			i, err := f.Line(c.Offset)
			a.Line = &i
			return err
		case "request":
			if c.Request == nil {
				return unix.EFAULT // as the kernel says of a pointer to nothing
			}
			lines, err := f.Request(c.Request)
			if err == nil {
				a.File = s.keep(lines)
			}
			return err
		case "close":
			return f.Close()
		}
	case gpio.Lines:
		switch c.Name {
		case "get":
			a.Values = c.Values
			return f.Get(&a.Values)
		case "set":
			return f.Set(&c.Values)
		case "read":
			a.Data = make([]byte, min(max(c.Size, 0), most*gpio.RecordSize))
			n, err := f.Read(a.Data)
			a.Data = a.Data[:n]
			return err
		case "close":
			return f.Close()
		}
	}
	return os.ErrClosed
}
