package serialport

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
)

// port is one end of a cable, and the file of the other.
func port(t *testing.T) (*Port, *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	t.Cleanup(func() { master.Close() })
	p, err := Open(slave.Name(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, master
}

func TestOpen(t *testing.T) {
	p, master := port(t)
	sent := []byte("\x00\r\n\x11\x13\x7f\xff") // what a terminal would take for itself
	for _, way := range []struct {
		from interface{ Write([]byte) (int, error) }
		to   interface{ Read([]byte) (int, error) }
	}{{master, p}, {p, master}} {
		if _, err := way.from.Write(sent); err != nil {
			t.Fatal(err)
		}
		for got := []byte(nil); len(got) < len(sent); {
			b := make([]byte, 16)
			n, err := way.to.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, b[:n]...); string(got) != string(sent[:min(len(got), len(sent))]) {
				t.Fatalf("% x, want % x", got, sent)
			}
		}
	}
	if err := p.Drain(); err != nil {
		t.Error(err)
	}
}

func TestSilence(t *testing.T) {
	p, master := port(t)
	if err := p.SetReadTimeout(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 16)
	if n, err := p.Read(b); n != 0 || err != nil {
		t.Errorf("a silent line gives %d, %v", n, err)
	}
	if _, err := master.WriteString("old"); err != nil {
		t.Fatal(err)
	}
	if err := p.ResetInputBuffer(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Read(b); n != 0 || err != nil {
		t.Errorf("what was dropped is read: %d, %v", n, err)
	}
}

func TestWhatEndsARead(t *testing.T) {
	for name, end := range map[string]func(*Port, *os.File) error{
		"Close":     func(p *Port, _ *os.File) error { return p.Close() },
		"unplugged": func(_ *Port, master *os.File) error { return master.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			p, master := port(t)
			result := make(chan error, 1)
			go func() {
				_, err := p.Read(make([]byte, 1))
				result <- err
			}()
			if err := end(p, master); err != nil {
				t.Fatal(err)
			}
			if err := <-result; err == nil {
				t.Error("it gave no error")
			}
		})
	}
}

// With an output buffer that nobody empties, the kernel would wait.
func TestCloseDoesNotWaitForADeviceThatTakesNothing(t *testing.T) {
	p, master := port(t)
	if err := (Mode{Baud: 9600, Flow: "xonxoff"}).Set(p.file); err != nil {
		t.Fatal(err)
	}
	if _, err := master.Write([]byte{XOFF}); err != nil {
		t.Fatal(err)
	}
	if err := p.file.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a line that is held up takes a megabyte: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestModes(t *testing.T) {
	p, _ := port(t)
	for _, m := range []struct {
		mode         Mode
		iflag, cflag uint32
	}{
		{Mode{Baud: 115200}, 0, 0},
		{Mode{Baud: 12345}, 0, 0}, // a rate without a name
		{Mode{Baud: 921600, Parity: "even", Flow: "rtscts"}, 0, unix.CRTSCTS}, // pseudo terminals have no parity
		{Mode{Baud: 9600, Flow: "xonxoff", Strict: true}, unix.IGNBRK | unix.INPCK | unix.IGNPAR | unix.IXON, 0},
	} {
		if err := m.mode.Set(p.file); err != nil {
			t.Errorf("%+v: %v", m.mode, err)
			continue
		}
		var is *unix.Termios
		if err := control(p.file, func(fd int) (err error) {
			is, err = unix.IoctlGetTermios(fd, unix.TCGETS2)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if int(is.Ispeed) != m.mode.Baud || int(is.Ospeed) != m.mode.Baud || is.Iflag != m.iflag || is.Cflag&unix.CRTSCTS != m.cflag ||
			is.Lflag != 0 || is.Oflag != 0 || is.Cflag&unix.CSIZE != unix.CS8 {
			t.Errorf("%+v: %+v", m.mode, is)
		}
	}
	for _, baud := range []int{0, -1} {
		if err := p.SetBaud(baud); !errors.Is(err, hal.ErrUnsupported) {
			t.Errorf("%d baud: %v", baud, err)
		}
	}
}

func TestWhatDoesNotOpen(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "ttyACM0"), 115200); !errors.Is(err, hal.ErrGone) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there gives %v", err)
	}
	if _, err := Open("/dev/null", 115200); !errors.Is(err, hal.ErrGone) || !errors.Is(err, unix.ENOTTY) {
		t.Errorf("no serial port gives %v", err)
	}
}
