// Package sim is a simulated machine with GPIO chips, under the real drivers.
// It says that it is one, and keeps the rules of the kernel's character
// devices: who has a line, what may be asked of it, how many edges are queued,
// and what is left of it once its chip was pulled out.
//
// Whoever plays with it sits at the other end of the wires: drives inputs, and
// sees what outputs show.
package sim

import (
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
)

// fifo is how many edges the kernel queues for a line that asks for no other
// number, and most how many it ever does.
const (
	fifo = 16
	most = 1024
)

// Machine has chips. It implements gpio.Kernel.
type Machine struct {
	mu    sync.Mutex
	paths []string
	chips map[string]*Chip // by path
}

var _ gpio.Kernel = (*Machine)(nil)

// New gives a machine without chips.
func New() *Machine { return &Machine{chips: map[string]*Chip{}} }

// Add solders a chip with so many lines on, and gives it the next name.
func (m *Machine) Add(label string, lines int) *Chip {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := fmt.Sprintf("gpiochip%d", len(m.paths))
	c := &Chip{name: name, label: label, lines: make([]*line, lines)}
	c.moved.L = &c.mu
	for i := range c.lines {
		c.lines[i] = &line{}
	}
	m.add("/dev/"+name, c)
	return c
}

// Link gives a chip a second path.
func (m *Machine) Link(path string, c *Chip) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(path, c)
}

func (m *Machine) add(path string, c *Chip) {
	m.paths = append(m.paths, path)
	m.chips[path] = c
}

// List gives the paths of the chips that are plugged in.
func (m *Machine) List() (paths []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.paths {
		if !m.chips[p].unplugged() {
			paths = append(paths, p)
		}
	}
	return paths, nil
}

// Open opens a chip.
func (m *Machine) Open(path string) (gpio.Chip, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.chips[path]
	if c == nil {
		return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return nil, fmt.Errorf("open %s: %w", path, unix.ENXIO)
	}
	return &chipFile{chip: c, plug: c.plug}, nil
}

// Chip is one chip. Its methods are for whoever holds the other ends of the
// wires; programs use the files that the machine opens.
type Chip struct {
	name, label string

	mu       sync.Mutex
	moved    sync.Cond // an edge, or a file that was closed
	lines    []*line
	gone     bool
	plug     int // how often it was plugged in anew
	noEdges  bool
	onChange func(offset int, high bool)
}

// line is one line: its wire, and whoever has it.
type line struct {
	out    bool // the level that the chip drives, kept after the line was given back
	world  bool // the level that the world drives
	driven bool // by the world
	owner  *lineFile
	taken  string // by a program outside of the simulation
	flags  uint64
}

// level is that of the wire.
func (l *line) level() bool {
	switch {
	case l.flags&gpio.FlagOutput != 0:
		return l.out
	case l.driven:
		return l.world
	}
	return l.flags&gpio.FlagPullUp != 0
}

// Level is the level of a wire.
func (c *Chip) Level(offset int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[offset].level()
}

// Drive puts a level on a wire from outside.
func (c *Chip) Drive(offset int, high bool) {
	c.change(offset, func(l *line) { l.driven, l.world = true, high })
}

// Float lets go of a wire, so that only the resistor inside the chip is left.
func (c *Chip) Float(offset int) {
	c.change(offset, func(l *line) { l.driven = false })
}

// Take gives a line to some other program, or back if the name is empty.
func (c *Chip) Take(offset int, by string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines[offset].taken = by
}

// NoEdges makes the chip one without interrupts.
func (c *Chip) NoEdges() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noEdges = true
}

// OnChange sets what is told of every change of a wire's level, in order. It
// must not use the chip.
func (c *Chip) OnChange(f func(offset int, high bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onChange = f
}

// Owner names the program that has the line, or is empty.
func (c *Chip) Owner(offset int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[offset].user()
}

func (l *line) user() string {
	if l.owner != nil {
		return l.owner.consumer
	}
	return l.taken
}

// Unplug pulls the chip out. As in Linux 6.1, whoever waits for an edge is not
// woken by that; every other call fails from here on.
func (c *Chip) Unplug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	for _, l := range c.lines {
		l.owner, l.taken, l.flags = nil, "", 0
	}
}

// Plug puts it back. Files that were opened before stay dead.
func (c *Chip) Plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = false
	c.plug++
}

func (c *Chip) unplugged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// change does something to a wire, and tells of the edge if that makes one.
func (c *Chip) change(offset int, do func(l *line)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changeLocked(offset, do)
}

func (c *Chip) changeLocked(offset int, do func(l *line)) {
	l := c.lines[offset]
	before := l.level()
	do(l)
	after := l.level()
	if before == after {
		return
	}
	if c.onChange != nil {
		c.onChange(offset, after)
	}
	if l.owner == nil {
		return
	}
	rising := after != (l.flags&gpio.FlagActiveLow != 0)
	id, flag := uint32(unix.GPIO_V2_LINE_EVENT_FALLING_EDGE), uint64(gpio.FlagEdgeFalling)
	if rising {
		id, flag = unix.GPIO_V2_LINE_EVENT_RISING_EDGE, gpio.FlagEdgeRising
	}
	if l.flags&flag == 0 {
		return
	}
	f := l.owner
	f.seq++
	f.events = append(f.events, unix.GPIOV2LineEvent{Id: id, Offset: uint32(offset), Seqno: f.seq, Line_seqno: f.seq})
	if len(f.events) > f.queue {
		f.events = f.events[1:]
	}
	c.moved.Broadcast()
}
