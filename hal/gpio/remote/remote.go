// Package remote reaches the GPIO chips of a machine that another program
// shows, for a kiosk whose lamps and doors hang on a desk's simulation. Package
// sim is the other end.
//
//	sim+lamps://127.0.0.1:9106/?reader=pinctrl-sim/17
//	sim+switch://127.0.0.1:9106/pinctrl-sim/22?active=low&pull=up
//
// There are sim+buzzer and sim+fan too. Path and parameters are those of package
// gpio, whose drivers these are.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/gpio"
)

const (
	// dialling is how long a program that simulates may take to be reached, and to
	// each answer while a device is opened.
	dialling = 2 * time.Second
	// answering is how long it may take with a line that is open: within the
	// second that drivers have to close.
	answering = 800 * time.Millisecond
)

// reading is the name of the call that waits for an edge, for as long as it takes.
const reading = "read"

// Call is one call of one file on the wire. The kernel's larger structures are
// pointers here and in Answer: what is nil takes no room on the wire, and most
// calls are looks at a level, twice a second for each line.
type Call struct {
	File    int
	Name    string
	Path    string
	Offset  uint32
	Request *unix.GPIOV2LineRequest
	Values  unix.GPIOV2LineValues
	Size    int
}

// Answer is what comes back. Number is the error's, since its words would lose
// what it is.
type Answer struct {
	Number unix.Errno
	File   int
	Paths  []string
	Info   *unix.GPIOChipInfo
	Line   *unix.GPIOV2LineInfo
	Values unix.GPIOV2LineValues
	Data   []byte
}

// Machine is a machine that another program simulates. It has a connection while
// something of it is open.
type Machine struct {
	addr string

	mu     sync.Mutex
	client *rpc.Client
	open   int
}

var _ gpio.Kernel = (*Machine)(nil)

// Dial gives the machine that is served at a TCP address.
func Dial(addr string) *Machine { return &Machine{addr: addr} }

// Registry gives the openers of sim+lamps, sim+switch, sim+buzzer and sim+fan.
// now stamps health; nil is time.Now.
func Registry(now func() time.Time) hal.Registry {
	r := hal.Registry{}
	for _, kind := range []string{"lamps", "switch", "buzzer", "fan"} {
		r["sim+"+kind] = func(ctx context.Context, u *url.URL) (hal.Device, error) {
			there := *u
			there.Host = ""
			return gpio.Registry(Dial(u.Host), now)["gpio+"+kind](ctx, &there)
		}
	}
	return r
}

// hold gives the connection for one more open file.
func (m *Machine) hold() (*rpc.Client, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open == 0 {
		conn, err := net.DialTimeout("tcp", m.addr, dialling)
		if err != nil {
			return nil, fmt.Errorf("simulated machine: %w: %w", hal.ErrGone, err)
		}
		m.client = rpc.NewClient(conn)
	}
	m.open++
	return m.client, nil
}

func (m *Machine) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open--; m.open == 0 {
		_ = m.client.Close()
		m.client = nil
	}
}

var errSilent = errors.New("no answer")

func call(c *rpc.Client, q Call) (Answer, error) {
	var a Answer
	done := c.Go("Machine.Do", q, &a, make(chan *rpc.Call, 1)).Done
	var late <-chan time.Time
	switch q.Name {
	case reading:
	case "get", "set", "close":
		late = time.After(answering)
	default:
		late = time.After(dialling)
	}
	var err error
	select {
	case over := <-done:
		err = over.Error
	case <-late:
		// A machine that hangs is none: whatever waits for it ends too. What it
		// may still answer goes into a, which nobody sees any more.
		_ = c.Close()
		return Answer{}, fmt.Errorf("simulated machine: %w: %w: %w", hal.ErrGone, unix.ENODEV, errSilent)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("simulated machine: %w: %w: %w", hal.ErrGone, unix.ENODEV, err)
	}
	if a.Number != 0 {
		return a, a.Number
	}
	return a, nil
}

// List gives the paths of the chips.
func (m *Machine) List() ([]string, error) {
	c, err := m.hold()
	if err != nil {
		return nil, err
	}
	defer m.release()
	a, err := call(c, Call{Name: "list"})
	return a.Paths, err
}

// Open opens a chip.
func (m *Machine) Open(path string) (gpio.Chip, error) {
	c, err := m.hold()
	if err != nil {
		return nil, err
	}
	a, err := call(c, Call{Name: "open", Path: path})
	if err != nil {
		m.release()
		return nil, err
	}
	return &far{machine: m, client: c, file: a.File}, nil
}

// whole gives what an answer must hold.
func whole[T any](v *T, err error) (T, error) {
	if err == nil && v == nil {
		err = fmt.Errorf("simulated machine: half an answer: %w", unix.EPROTO)
	}
	if err != nil {
		var none T
		return none, err
	}
	return *v, nil
}

// far is an open file on the other side: a chip or a line.
type far struct {
	machine *Machine
	client  *rpc.Client
	file    int
	once    sync.Once
}

func (f *far) call(q Call) (Answer, error) {
	q.File = f.file
	return call(f.client, q)
}

func (f *far) Info() (unix.GPIOChipInfo, error) {
	a, err := f.call(Call{Name: "info"})
	return whole(a.Info, err)
}

func (f *far) Line(offset uint32) (unix.GPIOV2LineInfo, error) {
	a, err := f.call(Call{Name: "line", Offset: offset})
	return whole(a.Line, err)
}

func (f *far) Request(q *unix.GPIOV2LineRequest) (gpio.Lines, error) {
	c, err := f.machine.hold()
	if err != nil {
		return nil, err
	}
	a, err := f.call(Call{Name: "request", Request: q})
	if err != nil {
		f.machine.release()
		return nil, err
	}
	return &far{machine: f.machine, client: c, file: a.File}, nil
}

func (f *far) Get(v *unix.GPIOV2LineValues) error {
	a, err := f.call(Call{Name: "get", Values: *v})
	if err == nil {
		*v = a.Values
	}
	return err
}

func (f *far) Set(v *unix.GPIOV2LineValues) error {
	_, err := f.call(Call{Name: "set", Values: *v})
	return err
}

func (f *far) Read(b []byte) (int, error) {
	a, err := f.call(Call{Name: reading, Size: len(b)})
	return copy(b, a.Data), err
}

func (f *far) Close() (err error) {
	f.once.Do(func() {
		_, err = f.call(Call{Name: "close"})
		f.machine.release()
	})
	return err
}
