package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"tram06/hal"
)

func TestOpen(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	p, err := Open(slave.Name(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	sent := []byte("\x00\r\n\x11\x13\x7f\xff") // what a terminal would take for itself
	if _, err := master.Write(sent); err != nil {
		t.Fatal(err)
	}
	for got := []byte(nil); len(got) < len(sent); {
		b := make([]byte, 16)
		n, err := p.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, b[:n]...); string(got) != string(sent[:min(len(got), len(sent))]) {
			t.Fatalf("% x, want % x", got, sent)
		}
	}
}

func TestWhatDoesNotOpen(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "ttyACM0"), 115200); !errors.Is(err, hal.ErrGone) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there gives %v", err)
	}
	if _, err := Open("/dev/null", 115200); !errors.Is(err, hal.ErrGone) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no serial port gives %v", err)
	}
}

// coded is an error of the library: those of ports that others hold, or that
// are not ours, come only to users without rights.
type coded serial.PortErrorCode

func (coded) Error() string                { return "of the library" }
func (c coded) Code() serial.PortErrorCode { return serial.PortErrorCode(c) }

func TestKernelsErrors(t *testing.T) {
	for code, want := range map[serial.PortErrorCode]error{
		serial.PortBusy: unix.EBUSY, serial.PermissionDenied: fs.ErrPermission, serial.PortNotFound: fs.ErrNotExist,
		serial.InvalidSpeed: coded(serial.InvalidSpeed),
	} {
		if err := kernels(fmt.Errorf("open: %w", coded(code))); !errors.Is(err, want) {
			t.Errorf("code %d gives %v, want %v", code, err, want)
		}
	}
	if err := kernels(unix.ENXIO); !errors.Is(err, unix.ENXIO) {
		t.Error(err)
	}
}
