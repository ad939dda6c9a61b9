package serialscan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
)

// socket is where pseudo terminals are plugged in: a link that leads to the one
// that is there, as udev makes it.
type socket struct {
	t    *testing.T
	link string
	line *os.File // the scanner's end
}

func newSocket(t *testing.T) *socket {
	s := &socket{t: t, link: filepath.Join(t.TempDir(), "scanner")}
	s.plug()
	t.Cleanup(func() {
		if s.line != nil {
			_ = s.line.Close()
		}
	})
	return s
}

func (s *socket) plug() {
	line, slave, err := pty.Open()
	if err != nil {
		s.t.Error(err)
		return
	}
	// Without blocking, so that its Close ends a Write.
	fd, errDup := unix.Dup(int(line.Fd()))
	if err := errors.Join(errDup, line.Close(), os.Symlink(slave.Name(), s.link), slave.Close(), unix.SetNonblock(fd, true)); err != nil {
		s.t.Error(err)
	}
	s.line = os.NewFile(uintptr(fd), "line")
}

func (s *socket) unplug() {
	if err := errors.Join(os.Remove(s.link), s.line.Close()); err != nil {
		s.t.Error(err)
	}
	s.line = nil
}

func (s *socket) open() (hal.Scanner, error) {
	return hal.Open[hal.Scanner](s.t.Context(), hal.Registry{"serial": Opener(nil)}, "serial://"+s.link)
}

func next(ctx context.Context, s hal.Scanner) error { _, err := s.Next(ctx); return err }

func TestPlugCycles(t *testing.T) {
	s := newSocket(t)
	s.unplug()
	haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.Scanner, func()) {
		s.plug()
		d, err := s.open()
		if err != nil {
			t.Fatal(err)
		}
		d.Arm(true)
		return d, s.unplug
	}, next)
}

func TestSupervised(t *testing.T) {
	s := newSocket(t)
	haltest.Supervised(t, haltest.Rig[hal.Scanner]{Open: s.open, Unplug: s.unplug, Plug: s.plug},
		func(ctx context.Context, d hal.Scanner, works func()) error {
			d.Arm(true)
			works()
			return next(ctx, d)
		})
}

// The plug is pulled after each byte of a code: what came of it is no code.
func TestUnpluggedAtEveryByte(t *testing.T) {
	whole := made + "\r"
	for n := range len(whole) + 1 {
		s := newSocket(t)
		d, err := s.open()
		if err != nil {
			t.Fatal(err)
		}
		d.Arm(true)
		if _, err := io.WriteString(s.line, whole[:n]); err != nil {
			t.Fatal(err)
		}
		if n == len(whole) {
			if scan, err := d.Next(t.Context()); err != nil || string(scan.Data) != made {
				t.Fatalf("%q, %v", scan.Data, err)
			}
		}
		s.unplug()
		if scan, err := d.Next(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Fatalf("after %d bytes: %q, %v, want ErrGone", n, scan.Data, err)
		}
		if h := d.Health(); h.State != hal.Absent {
			t.Fatalf("after %d bytes: %v", n, h.State)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// fragile is a port whose every call is a step.
type fragile struct {
	*wire
	cable *haltest.Fuse
}

func (f fragile) SetReadTimeout(d time.Duration) error {
	if f.cable.Broken() {
		return unix.ENODEV
	}
	return f.wire.SetReadTimeout(d)
}

func (f fragile) Read(b []byte) (int, error) {
	if f.cable.Broken() {
		return 0, unix.EIO
	}
	return f.wire.Read(b)
}

func TestUnpluggedAtEveryStep(t *testing.T) {
	var w *wire
	haltest.EveryStep(t, haltest.Visit[hal.Scanner]{
		Open: func(t *testing.T, cable *haltest.Fuse) (hal.Scanner, error) {
			w = newWire()
			return start(fragile{w, cable}, "wire", Options{}), nil
		},
		Use: func(ctx context.Context, d hal.Scanner) error {
			d.Arm(true)
			bytes := w.bytes
			ended := make(chan struct{})
			defer close(ended)
			go func() { // the scanner's fingers
				for _, part := range []string{"half a ", "code\r", "another\r", "a third"} {
					<-time.After(defaultGap / 2)
					select {
					case bytes <- []byte(part):
					case <-ended:
						return
					}
				}
			}()
			for _, want := range []string{"half a code", "another", "a third"} {
				scan, err := d.Next(ctx)
				if err != nil {
					return err
				}
				if string(scan.Data) != want {
					return fmt.Errorf("scanned %q, want %q", scan.Data, want)
				}
			}
			return nil
		},
		Virtual: true,
	})
}

// peers are what may hang at the other end of the line instead of a scanner.
var peers = map[string]func(line io.Writer) error{
	"flood": func(line io.Writer) error {
		for b := bytes.Repeat([]byte("0123456789\r"), 300); ; {
			if _, err := line.Write(b); err != nil {
				return err
			}
		}
	},
	"flood without an end": func(line io.Writer) error {
		for b := bytes.Repeat([]byte{0x55, 0xFF, 0x00}, 1000); ; {
			if _, err := line.Write(b); err != nil {
				return err
			}
		}
	},
	"NULs": func(line io.Writer) error {
		for b := make([]byte, 4000); ; {
			if _, err := line.Write(b); err != nil {
				return err
			}
		}
	},
}

// Whatever comes, armed or not, waits end when they shall and Close ends it all.
func TestBadPeers(t *testing.T) {
	for name, peer := range peers {
		for _, armed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, armed %t", name, armed), func(t *testing.T) {
				s := newSocket(t)
				d, err := s.open()
				if err != nil {
					t.Fatal(err)
				}
				d.Arm(armed)
				ended := make(chan error, 1)
				line := s.line
				go func() { ended <- peer(line) }()
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				for err == nil || errors.Is(err, hal.ErrOverlong) {
					_, err = d.Next(ctx)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Next gives %v", err)
				}
				if h := d.Health(); h.State != hal.Ready {
					t.Errorf("health %v", h.State)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
				s.unplug()
				<-ended
			})
		}
	}
}

// A line so slow that each byte comes alone, and noise before a code.
func TestASlowPeer(t *testing.T) {
	bubble(t, Options{}, func(s *Scanner, send func(string)) {
		s.Arm(true)
		for _, b := range []byte(made) {
			send(string([]byte{b}))
			<-time.After(defaultGap * 9 / 10)
		}
		send("\r")
		if got := waiting(s); len(got) != 1 || got[0] != made {
			t.Errorf("byte by byte: %q", got)
		}
		send("\x00\x00\xfe\x81")
		<-time.After(2 * defaultGap)
		synctest.Wait()
		_ = waiting(s)
		send(made + "\r")
		if got := waiting(s); len(got) != 1 || got[0] != made {
			t.Errorf("after noise: %q", got)
		}
	})
}

// A UART that floods must not fill the memory either: the queue is bounded.
func TestAFloodIsNotKept(t *testing.T) {
	bubble(t, Options{}, func(s *Scanner, send func(string)) {
		s.Arm(true)
		for range 1000 {
			send("code\rcode\rcode\r")
		}
		if got := waiting(s); len(got) > queued {
			t.Errorf("%d codes are kept", len(got))
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	master, slave, err := pty.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	u := &url.URL{Scheme: "serial", Path: slave.Name()}
	for b.Loop() {
		d, err := Opener(nil)(b.Context(), u)
		if err != nil {
			b.Fatal(err)
		}
		_ = d.Close()
	}
}
