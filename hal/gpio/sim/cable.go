package sim

import (
	"golang.org/x/sys/unix"

	"tram06/hal/gpio"
)

// Cable gives the machine with the chip on a cable that may break: broken is asked
// before each call of the kernel, and pulls the chip out when it says so.
func (m *Machine) Cable(c *Chip, broken func() bool) gpio.Kernel {
	return cabled{m, func() {
		if broken() {
			c.Unplug()
		}
	}}
}

type cabled struct {
	gpio.Kernel
	step func()
}

func (k cabled) List() ([]string, error) { k.step(); return k.Kernel.List() }

func (k cabled) Open(path string) (gpio.Chip, error) {
	k.step()
	c, err := k.Kernel.Open(path)
	if err != nil {
		return nil, err
	}
	return cabledChip{c, k.step}, nil
}

type cabledChip struct {
	gpio.Chip
	step func()
}

func (c cabledChip) Info() (unix.GPIOChipInfo, error) { c.step(); return c.Chip.Info() }

func (c cabledChip) Line(offset uint32) (unix.GPIOV2LineInfo, error) {
	c.step()
	return c.Chip.Line(offset)
}

func (c cabledChip) Request(r *unix.GPIOV2LineRequest) (gpio.Lines, error) {
	c.step()
	l, err := c.Chip.Request(r)
	if err != nil {
		return nil, err
	}
	return cabledLines{l, c.step}, nil
}

type cabledLines struct {
	gpio.Lines
	step func()
}

func (l cabledLines) Get(v *unix.GPIOV2LineValues) error { l.step(); return l.Lines.Get(v) }
func (l cabledLines) Set(v *unix.GPIOV2LineValues) error { l.step(); return l.Lines.Set(v) }
func (l cabledLines) Read(b []byte) (int, error)         { l.step(); return l.Lines.Read(b) }
