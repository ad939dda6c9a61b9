//go:build guest

package guest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/rtc"
)

// cmos is the machine's own clock, the kernel's rtc-cmos in front. Its plug is
// the driver's hold of it.
type cmos struct {
	t      *testing.T
	driver string // folder of /sys
	name   string // the clock's, there
	file   string // its device file
}

func newCMOS(t *testing.T) *cmos {
	t.Helper()
	const driver = "/sys/bus/pnp/drivers/rtc_cmos"
	found, err := filepath.Glob(driver + "/0*")
	if err != nil || len(found) != 1 {
		t.Fatalf("clocks of the machine: %q, %v", found, err)
	}
	c := &cmos{t: t, driver: driver, name: filepath.Base(found[0])}
	// The kernel's alarms keep the number of the clock that they found first:
	// once it was pulled it has another for good.
	c.unplug()
	c.plug()
	if found, err = filepath.Glob("/dev/rtc[0-9]*"); err != nil || len(found) != 1 {
		t.Fatalf("clocks: %q, %v", found, err)
	}
	c.file = found[0]
	return c
}

func (c *cmos) write(file string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.driver, file), []byte(c.name), 0o200); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cmos) plug()   { c.t.Helper(); c.write("bind") }
func (c *cmos) unplug() { c.t.Helper(); c.write("unbind") }

// says sets the clock behind the driver's back.
func (c *cmos) says(year int) {
	c.t.Helper()
	f, err := os.Open(c.file)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetRTCTime(int(f.Fd()), &unix.RTCTime{Year: int32(year - 1900), Mday: 1}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cmos) open() (hal.Clock, error) {
	return hal.Open[hal.Clock](c.t.Context(), hal.Registry{"rtc": rtc.Opener(time.Now)}, "rtc://"+c.file)
}

func TestClockConformance(t *testing.T) {
	c := newCMOS(t)
	haltest.Clock(t, haltest.Rig[hal.Clock]{Open: c.open, Plug: c.plug, Unplug: c.unplug, Cycles: scores})
}

func TestClockThatLostItsTime(t *testing.T) {
	c := newCMOS(t)
	c.says(2000)
	d, err := c.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if at, err := d.Read(); !errors.Is(err, hal.ErrFault) || d.Health().Key != hal.KeyClockUnset {
		t.Errorf("Read gives %v, %v and %q", at, err, d.Health().Key)
	}
	want := time.Date(2026, 12, 31, 23, 59, 58, 0, time.UTC)
	if err := d.Set(want); err != nil {
		t.Fatal(err)
	}
	// It goes on by itself, into the next year.
	<-time.After(5 * time.Second)
	at, err := d.Read()
	if past := at.Sub(want); err != nil || past < 4*time.Second || past > 6*time.Second || d.Health().Key != hal.KeyOK {
		t.Errorf("after 5 s Read gives %v, %v and %q; it was set to %v", at, err, d.Health().Key, want)
	}
}
