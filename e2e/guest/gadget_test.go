//go:build guest

package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is for whatever has no promised time.
const patience = 20 * time.Second

// gadget is a USB device whose other end is a program of this machine.
type gadget struct {
	t          *testing.T
	name       string
	function   string // of configfs, such as "printer.0"
	attributes map[string]string
	udc        string // the socket that it is plugged into
	built      bool
}

// newGadget is a device that is not plugged in yet. udc is one of dummy_hcd's
// sockets; devices that are plugged in at the same time have different ones.
func newGadget(t *testing.T, name string, udc int, function string, attributes map[string]string) *gadget {
	g := &gadget{t: t, name: name, function: function, attributes: attributes, udc: fmt.Sprintf("dummy_udc.%d", udc)}
	t.Cleanup(func() {
		if g.built {
			g.unplug()
			g.takeApart()
		}
	})
	return g
}

func (g *gadget) in(parts ...string) string {
	return filepath.Join(append([]string{"/sys/kernel/config/usb_gadget", g.name}, parts...)...)
}

func (g *gadget) write(path, what string) {
	g.t.Helper()
	if err := os.WriteFile(path, []byte(what), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gadget) build() {
	g.t.Helper()
	for _, d := range []string{g.in(), g.in("strings/0x409"), g.in("configs/c.1"), g.in("functions", g.function)} {
		if err := os.Mkdir(d, 0o755); err != nil {
			g.t.Fatal(err)
		}
	}
	g.write(g.in("idVendor"), "0x0525") // NetChip's, of whom the kernel's gadgets are
	g.write(g.in("idProduct"), "0xa4a8")
	g.write(g.in("strings/0x409/manufacturer"), "MAU")
	g.write(g.in("strings/0x409/product"), g.name)
	g.write(g.in("strings/0x409/serialnumber"), "0001")
	for key, value := range g.attributes {
		g.write(g.in("functions", g.function, key), value)
	}
	if err := os.Symlink(g.in("functions", g.function), g.in("configs/c.1", g.function)); err != nil {
		g.t.Fatal(err)
	}
	g.built = true
}

func (g *gadget) takeApart() {
	g.t.Helper()
	for _, d := range []string{g.in("configs/c.1", g.function), g.in("configs/c.1"), g.in("functions", g.function), g.in("strings/0x409"), g.in()} {
		if err := os.Remove(d); err != nil {
			g.t.Fatal(err)
		}
	}
	g.built = false
}

// plug puts the plug in; the kernel finds the device some time later. It is a
// new device each time: the kernel's gadgets remember a transfer that was cut
// off, and stumble over it.
func (g *gadget) plug() {
	g.t.Helper()
	if g.built {
		g.takeApart()
	}
	g.build()
	g.write(g.in("UDC"), g.udc+"\n")
}

// unplug pulls it. Unplugging twice is no mistake.
func (g *gadget) unplug() {
	g.t.Helper()
	if err := os.WriteFile(g.in("UDC"), []byte("\n"), 0o644); err != nil && !errors.Is(err, unix.ENODEV) {
		g.t.Fatal(err)
	}
}

// appears waits for a device file.
func appears(t *testing.T, path string) {
	t.Helper()
	until(t, path+" appears", func() bool { _, err := os.Stat(path); return err == nil })
}

// disappears waits until a device file is gone.
func disappears(t *testing.T, path string) {
	t.Helper()
	until(t, path+" disappears", func() bool { _, err := os.Stat(path); return errors.Is(err, fs.ErrNotExist) })
}

// until looks again and again. To wait costs nothing here, for the guest's clock
// jumps to the next timer whenever nobody computes; to look does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	lookFor(t, patience, 4*time.Millisecond, what, is)
}

func lookFor(t *testing.T, limit, every time.Duration, what string, is func() bool) {
	t.Helper()
	look := time.NewTicker(every)
	defer look.Stop()
	late := time.After(limit)
	for !is() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// within waits for a result for as long as hal grants, and says how long it took.
func within[T any](t *testing.T, limit time.Duration, what string, result <-chan T) (T, time.Duration) {
	t.Helper()
	began := time.Now()
	select {
	case v := <-result:
		return v, time.Since(began)
	case <-time.After(limit):
		t.Fatalf("%s does not come within %s", what, limit)
	}
	panic("unreachable")
}
