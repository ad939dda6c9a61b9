//go:build guest

package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// chip is one on the kernel's i2c-stub, a bus whose chips are memory: the
// kernel's driver works in front, and the test puts in what it measures.
type chip struct {
	t      *testing.T
	driver string // its name, as the kernel's driver knows it
	addr   uint8
	bus    string // folder of /sys
	there  bool
}

// newChip is a chip that is not plugged in yet. Machine's list of modules says
// at which addresses there is memory.
func newChip(t *testing.T, driver string, addr uint8) *chip {
	t.Helper()
	buses, err := filepath.Glob("/sys/bus/i2c/devices/i2c-*/name")
	if err != nil {
		t.Fatal(err)
	}
	c := &chip{t: t, driver: driver, addr: addr}
	for _, name := range buses {
		if b, err := os.ReadFile(name); err == nil && strings.Contains(string(b), "stub") {
			c.bus = filepath.Dir(name)
		}
	}
	if c.bus == "" {
		t.Fatalf("no bus of i2c-stub: %q", buses)
	}
	t.Cleanup(func() {
		if c.there {
			c.unplug()
		}
	})
	return c
}

func (c *chip) plug() {
	c.t.Helper()
	c.write("new_device", fmt.Sprintf("%s %#x", c.driver, c.addr))
	c.there = true
}

func (c *chip) unplug() {
	c.t.Helper()
	c.write("delete_device", fmt.Sprintf("%#x", c.addr))
	c.there = false
}

func (c *chip) write(file, what string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.bus, file), []byte(what), 0o200); err != nil {
		c.t.Fatal(err)
	}
}

// Numbers of <linux/i2c-dev.h> and <linux/i2c.h>.
const (
	i2cForce  = 0x0706 // chooses a chip that a driver has
	i2cSMBus  = 0x0720
	smbusRead = 1
	sizeByte  = 2
	sizeWord  = 3
)

// transfer moves a register of one or two bytes.
func (c *chip) transfer(read uint8, register uint8, size uint32, v *uint16) {
	c.t.Helper()
	f, err := os.OpenFile(strings.Replace(c.bus, "/sys/bus/i2c/devices", "/dev", 1), os.O_RDWR, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	request := struct {
		read, register uint8
		size           uint32
		data           *uint16
	}{read, register, size, v}
	_, _, choose := unix.Syscall(unix.SYS_IOCTL, f.Fd(), i2cForce, uintptr(c.addr))
	_, _, move := unix.Syscall(unix.SYS_IOCTL, f.Fd(), i2cSMBus, uintptr(unsafe.Pointer(&request)))
	if choose != 0 || move != 0 {
		c.t.Fatal(errors.Join(choose, move))
	}
}

func (c *chip) setByte(register, v uint8) {
	c.t.Helper()
	w := uint16(v)
	c.transfer(0, register, sizeByte, &w)
}

func (c *chip) setWord(register uint8, v uint16) {
	c.t.Helper()
	c.transfer(0, register, sizeWord, &v)
}

func (c *chip) byte(register uint8) uint8 {
	c.t.Helper()
	var v uint16
	c.transfer(smbusRead, register, sizeByte, &v)
	return uint8(v)
}
