package sim

import (
	"context"
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

// dialling is how long a program that simulates may take to answer.
const dialling = 2 * time.Second

// Remote is a machine that another program simulates. It has a connection while
// something of it is open.
type Remote struct {
	addr string

	mu     sync.Mutex
	client *rpc.Client
	open   int
}

var _ gpio.Kernel = (*Remote)(nil)

// Dial gives the machine that is served at a TCP address.
func Dial(addr string) *Remote { return &Remote{addr: addr} }

// Registry gives the openers of sim+lamps, sim+switch, sim+buzzer and sim+fan:
// as those of package gpio, with the address of the simulation as host.
//
//	sim+lamps://127.0.0.1:9106/?reader=pinctrl-sim/17
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
func (r *Remote) hold() (*rpc.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == 0 {
		conn, err := net.DialTimeout("tcp", r.addr, dialling)
		if err != nil {
			return nil, fmt.Errorf("simulated machine: %w: %w", hal.ErrGone, err)
		}
		r.client = rpc.NewClient(conn)
	}
	r.open++
	return r.client, nil
}

func (r *Remote) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open--; r.open == 0 {
		_ = r.client.Close()
		r.client = nil
	}
}

func call(c *rpc.Client, q Call) (a Answer, err error) {
	if err := c.Call("Machine.Do", q, &a); err != nil {
		return a, fmt.Errorf("simulated machine: %w: %w", unix.ENODEV, err)
	}
	if a.Number != 0 {
		return a, a.Number
	}
	return a, nil
}

// List gives the paths of the chips.
func (r *Remote) List() ([]string, error) {
	c, err := r.hold()
	if err != nil {
		return nil, err
	}
	defer r.release()
	a, err := call(c, Call{Name: "list"})
	return a.Paths, err
}

// Open opens a chip.
func (r *Remote) Open(path string) (gpio.Chip, error) {
	c, err := r.hold()
	if err != nil {
		return nil, err
	}
	a, err := call(c, Call{Name: "open", Path: path})
	if err != nil {
		r.release()
		return nil, err
	}
	return &far{remote: r, client: c, file: a.File}, nil
}

// far is an open file on the other side: a chip or a line.
type far struct {
	remote *Remote
	client *rpc.Client
	file   int
	once   sync.Once
}

func (f *far) call(q Call) (Answer, error) {
	q.File = f.file
	return call(f.client, q)
}

func (f *far) Info() (unix.GPIOChipInfo, error) {
	a, err := f.call(Call{Name: "info"})
	return a.Info, err
}

func (f *far) Line(offset uint32) (unix.GPIOV2LineInfo, error) {
	a, err := f.call(Call{Name: "line", Offset: offset})
	return a.Line, err
}

func (f *far) Request(q *unix.GPIOV2LineRequest) (gpio.Lines, error) {
	c, err := f.remote.hold()
	if err != nil {
		return nil, err
	}
	a, err := f.call(Call{Name: "request", Request: *q})
	if err != nil {
		f.remote.release()
		return nil, err
	}
	return &far{remote: f.remote, client: c, file: a.File}, nil
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
	a, err := f.call(Call{Name: "read", Size: len(b)})
	return copy(b, a.Data), err
}

func (f *far) Close() (err error) {
	f.once.Do(func() {
		_, err = f.call(Call{Name: "close"})
		f.remote.release()
	})
	return err
}
