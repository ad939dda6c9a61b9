package serialscan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"tram06/hal"
	"tram06/hal/haltest"
)

const made = "001090000638||NGUYỄN VĂN MẪU|01011990|Nam|Số 1, Phường Mẫu, Hà Nội|01072021"

// cable is a pseudo terminal: the test holds the scanner's end.
func cable(t *testing.T, query string) (*Scanner, *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse("serial://" + slave.Name() + query)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Opener(time.Now)(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	// The driver has its own descriptor: with this one closed, closing the
	// master is a pulled plug.
	_ = slave.Close()
	t.Cleanup(func() {
		_ = d.Close()
		_ = master.Close()
	})
	return d.(*Scanner), master
}

func TestConformance(t *testing.T) {
	haltest.Scanner(t, func(t *testing.T) hal.Scanner {
		s, _ := cable(t, "")
		return s
	})
}

func TestScansOverALine(t *testing.T) {
	s, line := cable(t, "?baud=115200&aim=on")
	s.Arm(true)
	for _, sent := range []string{made + "\r", made + "\r\n", "]Q3" + made + "\n", made} {
		if _, err := io.WriteString(line, sent); err != nil {
			t.Fatal(err)
		}
		scan, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if string(scan.Data) != made || scan.Lossy || scan.At.IsZero() {
			t.Fatalf("sent %q, got %q", sent, scan.Data)
		}
	}
}

func TestTenKilobytesWithoutAnEnd(t *testing.T) {
	s, line := cable(t, "?gap=0")
	s.Arm(true)
	go func() {
		_, _ = line.Write(bytes.Repeat([]byte("\xff?"), 5<<10))
		_, _ = io.WriteString(line, "\r"+made+"\r")
	}()
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrOverlong) {
		t.Fatalf("got %v, want ErrOverlong", err)
	}
	scan, err := s.Next(t.Context())
	if err != nil || string(scan.Data) != made {
		t.Fatalf("after garbage: %q, %v", scan.Data, err)
	}
}

func TestUnplugged(t *testing.T) {
	s, line := cable(t, "")
	if h := s.Health(); h.State != hal.Ready {
		t.Fatalf("health %+v", h)
	}
	s.Arm(true)
	result := make(chan error, 1)
	go func() {
		_, err := s.Next(context.Background())
		result <- err
	}()
	_ = line.Close()
	if err := <-result; !errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	<-s.HealthChanged()
	if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeyScannerGone || !errors.Is(h.Err, hal.ErrGone) {
		t.Fatalf("health %+v", h)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"serial:///dev/null?baud=fast":      "want a number",
		"serial:///dev/null?baud=-1":        "want a number",
		"serial:///dev/null?aim=yes":        "want off or on",
		"serial:///dev/null?gap=200":        "want a time",
		"serial:///dev/null?gap=2s":         "to 900ms",
		"serial:///dev/null?aim=on&aim=off": "given 2 times",
		"serial:///dev/null?a=%zz":          "invalid URL escape",
		"serial://dev/ttyACM0":              "three slashes",
		"serial:///":                        "three slashes",
		"serial:///dev/null?parity=odd":     "unknown parameter",
		"serial:///dev/null":                "device gone", // no terminal
		"serial:///nowhere/ttyACM0":         "device gone: open /nowhere/ttyACM0",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Opener(time.Now)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

// wire is a port in a bubble: reads time out on the bubble's clock, so that
// pauses and the order of arming and bytes are exact.
type wire struct {
	bytes   chan []byte
	timeout time.Duration
	end     context.Context
	close   context.CancelFunc
}

func newWire() *wire {
	w := &wire{bytes: make(chan []byte)}
	w.end, w.close = context.WithCancel(context.Background())
	return w
}

func (w *wire) SetReadTimeout(d time.Duration) error { w.timeout = d; return nil }
func (w *wire) Close() error                         { w.close(); return nil }
func (w *wire) Read(b []byte) (int, error) {
	var up <-chan time.Time
	if w.timeout >= 0 {
		up = time.After(w.timeout)
	}
	select {
	case <-w.end.Done():
		return 0, os.ErrClosed
	case in, ok := <-w.bytes:
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		return copy(b, in), nil
	case <-up:
		return 0, nil
	}
}

func bubble(t *testing.T, o Options, f func(s *Scanner, send func(string))) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		s := start(w, "wire", o)
		defer s.Close()
		f(s, func(text string) {
			w.bytes <- []byte(text)
			synctest.Wait()
		})
	})
}

func waiting(s *Scanner) (texts []string) {
	for {
		select {
		case it := <-s.items:
			texts = append(texts, string(it.scan.Data))
		default:
			return texts
		}
	}
}

func TestDisarmedDropsEverything(t *testing.T) {
	bubble(t, Options{}, func(s *Scanner, send func(string)) {
		send("before\r")
		s.Arm(true)
		if got := waiting(s); got != nil {
			t.Fatalf("a code shown before arming came through: %q", got)
		}
		send("one\r")
		s.Arm(false)
		if got := waiting(s); got != nil {
			t.Fatalf("a code of the last citizen came through: %q", got)
		}
		send("beg")
		s.Arm(true)
		send("un\rtwo\r")
		if got := waiting(s); len(got) != 1 || got[0] != "two" {
			t.Fatalf("got %q, want only the code that began while armed", got)
		}
		send("three")
		s.Arm(false)
		s.Arm(true)
		send("\rfour\r")
		if got := waiting(s); len(got) != 1 || got[0] != "four" {
			t.Fatalf("got %q, want only the code that began in this session", got)
		}
		s.Arm(true) // again: nothing changes
		send("five\r")
		s.Arm(true)
		if got := waiting(s); len(got) != 1 {
			t.Fatalf("arming twice dropped a scan: %q", got)
		}
	})
}

func TestAPauseEndsACode(t *testing.T) {
	bubble(t, Options{}, func(s *Scanner, send func(string)) {
		s.Arm(true)
		send("half")
		<-time.After(defaultGap / 2) // on the bubble's clock
		send("whole")
		if got := waiting(s); got != nil {
			t.Fatalf("cut too early: %q", got)
		}
		<-time.After(defaultGap)
		synctest.Wait()
		if got := waiting(s); len(got) != 1 || got[0] != "halfwhole" {
			t.Fatalf("after a pause: %q", got)
		}
		send(strings.Repeat("x", 1000))
		for range 9 {
			send(strings.Repeat("x", 1000))
		}
		if it := <-s.items; !errors.Is(it.err, hal.ErrOverlong) {
			t.Fatalf("got %v, want ErrOverlong", it.err)
		}
		<-time.After(defaultGap)
		send("fresh\r")
		if got := waiting(s); len(got) != 1 || got[0] != "fresh" {
			t.Fatalf("after garbage and a pause: %q", got)
		}
	})
}

func TestWithoutPauses(t *testing.T) {
	bubble(t, Options{Gap: -1}, func(s *Scanner, send func(string)) {
		s.Arm(true)
		send("half")
		<-time.After(time.Hour)
		send("whole\r")
		if got := waiting(s); len(got) != 1 || got[0] != "halfwhole" {
			t.Fatalf("got %q", got)
		}
	})
}

func TestTheNewestScansAreKept(t *testing.T) {
	bubble(t, Options{}, func(s *Scanner, send func(string)) {
		s.Arm(true)
		send(strings.Repeat("old\r", queued) + "new\r")
		got := waiting(s)
		if len(got) != queued || got[queued-1] != "new" {
			t.Fatalf("got %q", got)
		}
	})
}
