package uevent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/pulse"
	"tram06/hal/supervisor"
)

func message(lines ...string) []byte { return []byte(strings.Join(lines, "\x00") + "\x00") }

var touch = message("add@/devices/platform/soc/usb1/1-1/input/input3/event3",
	"ACTION=add", "DEVPATH=/devices/platform/soc/usb1/1-1/input/input3/event3", "SUBSYSTEM=input",
	"MAJOR=13", "MINOR=67", "DEVNAME=input/event3", "SEQNUM=815")

func TestParse(t *testing.T) {
	e, err := Parse(touch)
	want := Event{Action: Add, Path: "/devices/platform/soc/usb1/1-1/input/input3/event3", Subsystem: "input", DevName: "input/event3"}
	vars := e.Vars
	e.Vars = nil
	if err != nil || !reflect.DeepEqual(e, want) || vars["SEQNUM"] != "815" || len(vars) != 7 {
		t.Errorf("%+v, %v, %v", e, vars, err)
	}
	if e, err := Parse(message("change@/x", "EMPTY=", "EQUAL=a=b")); err != nil || e.Vars["EQUAL"] != "a=b" || e.Subsystem != "" {
		t.Errorf("%+v, %v", e, err)
	}
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"a NUL":            {0},
		"no end":           []byte("add@/x"),
		"udev's":           []byte("libudev\x00\xfe\xed\xca\xfe\x28\x00\x00\x00"),
		"no action":        message("@/x"),
		"no path":          message("add@"),
		"a path elsewhere": message("add@x"),
		"no value":         message("add@/x", "SUBSYSTEM"),
		"no name":          message("add@/x", "=input"),
		"another action":   message("add@/x", "ACTION=remove"),
		"another path":     message("add@/x", "DEVPATH=/y"),
		"too long":         message("add@/x", "A="+strings.Repeat("x", largest)),
	} {
		if e, err := Parse(b); !errors.Is(err, ErrFormat) || !reflect.DeepEqual(e, Event{}) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(touch)
	f.Add([]byte("remove@/devices\x00A=\x00\x00"))
	f.Add([]byte("libudev\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err != nil {
			return
		}
		lines := []string{e.Action + "@" + e.Path}
		for k, v := range e.Vars {
			lines = append(lines, k+"="+v)
		}
		again, err := Parse(message(lines...))
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%+v reads back as %+v, %v", e, again, err)
		}
	})
}

// fed is a source that the test feeds.
type fed struct {
	in  chan []byte // nil says that messages were lost
	end chan struct{}
}

func newFed() *fed { return &fed{make(chan []byte), make(chan struct{})} }

func (f *fed) Read(b []byte) (int, error) {
	select {
	case m := <-f.in:
		if m == nil {
			return 0, ErrLost
		}
		return copy(b, m), nil
	case <-f.end:
		return 0, os.ErrClosed
	}
}

func (f *fed) Close() error { close(f.end); return nil }

func TestSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newFed()
		h := NewHub(src)
		var all, some []string
		h.Subscribe(func(e Event) { all = append(all, e.Action+" "+e.Subsystem) })
		cancel := h.Subscribe(func(e Event) { some = append(some, e.Action+" "+e.Subsystem) }, "input", "tty")
		send := func(b []byte) { src.in <- b; synctest.Wait() }
		send(touch)
		send([]byte("libudev\x00"))
		send(message("remove@/x", "SUBSYSTEM=usb"))
		send(nil)
		cancel()
		send(message("add@/x", "SUBSYSTEM=tty"))
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := errors.Join(h.Close(), h.Err()); err != nil {
			t.Errorf("closed twice: %v", err)
		}
		if want := []string{"add input", "remove usb", "lost ", "add tty"}; !slices.Equal(all, want) {
			t.Errorf("all: %q, want %q", all, want)
		}
		if want := []string{"add input", "lost "}; !slices.Equal(some, want) {
			t.Errorf("some: %q, want %q", some, want)
		}
	})
}

func TestASourceThatFails(t *testing.T) {
	src := newFed()
	h := NewHub(src)
	close(src.end)
	<-h.Done()
	if err := h.Err(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the hub ended with %v", err)
	}
}

func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newFed()
		h := NewHub(src)
		a := h.Alarm("input")
		begin := time.Now()
		var rings []time.Duration
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-a.C:
					rings = append(rings, time.Since(begin))
				case <-stop:
					return
				}
			}
		}()
		src.in <- message("remove@/x", "SUBSYSTEM=input")
		src.in <- message("add@/x", "SUBSYSTEM=tty")
		src.in <- touch
		<-time.After(200 * time.Millisecond)
		src.in <- message("bind@/x", "SUBSYSTEM=input")
		<-time.After(time.Minute)
		src.in <- nil // lost ones
		synctest.Wait()
		ms := time.Millisecond
		if want := []time.Duration{0, 200 * ms, time.Minute + 200*ms}; !slices.Equal(rings, want) {
			t.Errorf("it rang at %v, want %v", rings, want)
		}
		n := len(rings)
		close(stop)
		synctest.Wait()
		for range 3 { // nobody listens
			src.in <- touch
		}
		synctest.Wait()
		<-a.C
		a.Close()
		src.in <- touch
		synctest.Wait()
		select {
		case <-a.C:
			t.Error("rings that nobody took were kept more than once, or a closed alarm rang")
		default:
		}
		if len(rings) != n {
			t.Error("it rang for somebody who had gone")
		}
		_ = h.Close()
	})
}

// stub is a device that a test opens.
type stub struct{ *pulse.Pulse }

func (stub) URI() string  { return "stub:" }
func (stub) Close() error { return nil }

// A device that is plugged in while its supervisor sleeps for an hour is open
// as soon as udev has made its link.
func TestWakesASupervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newFed()
		h := NewHub(src)
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var plugged atomic.Bool
		used := make(chan time.Duration, 1)
		done := make(chan error, 1)
		go func() {
			done <- supervisor.Run(ctx, supervisor.Options[hal.Device]{
				URI: "stub:", Key: hal.KeyTouchGone, Wake: h.Wake("evdev:///dev/kiosk/touch"),
				Backoff: func(n int) time.Duration {
					if time.Since(begin) < 10*time.Minute {
						return time.Hour
					}
					return time.Duration(n) * 100 * time.Millisecond
				},
				Registry: hal.Registry{"stub": func(context.Context, *url.URL) (hal.Device, error) {
					if !plugged.Load() {
						return nil, hal.ErrGone
					}
					return stub{pulse.New(time.Now, hal.Ready, hal.KeyOK)}, nil
				}},
				Use: func(ctx context.Context, _ hal.Device) error {
					used <- time.Since(begin)
					<-ctx.Done()
					return ctx.Err()
				},
			})
		}()
		<-time.After(10 * time.Minute)
		src.in <- touch
		synctest.Wait()
		// The kernel has told; udev still makes the link.
		<-time.After(50 * time.Millisecond)
		plugged.Store(true)
		if got, want := <-used, 10*time.Minute+100*time.Millisecond; got != want {
			t.Errorf("open after %v, want %v", got, want)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		_ = h.Close()
	})
}

// The kernel itself, asked to say something of the loopback device. Who may not
// ask that hears the same message through another door: the socket is opened
// either way, and what a program sends over it is never taken for the kernel's.
func TestKernel(t *testing.T) {
	src, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan Event, 64)
	h := NewHub(src)
	h.Subscribe(func(e Event) {
		select {
		case heard <- e:
		default:
		}
	}, "net")

	forged := message("add@/devices/virtual/net/forged", "SUBSYSTEM=net")
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	// Only who has the rights can send at all; the others cannot forge.
	errForge := unix.Sendto(fd, forged, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup})
	if errForge != nil && !errors.Is(errForge, unix.EPERM) && !errors.Is(errForge, unix.ECONNREFUSED) {
		t.Errorf("sending to the group: %v", errForge)
	}

	mark := fmt.Sprintf("%08x-0000-4000-8000-000000000006", os.Getpid())
	err = os.WriteFile("/sys/class/net/lo/uevent", []byte("change "+mark+" FROM=test"), 0)
	switch {
	case err == nil:
		watchdog := time.After(20 * time.Second)
		for {
			var e Event
			select {
			case e = <-heard:
			case <-watchdog:
				t.Fatal("the kernel took the request and said nothing")
			}
			if strings.HasSuffix(e.Path, "/forged") {
				t.Error("a message that a program sent is taken for the kernel's")
			}
			if e.Vars["SYNTH_UUID"] == mark {
				if e.Action != Change || e.Path != "/devices/virtual/net/lo" || e.Vars["SYNTH_ARG_FROM"] != "test" || e.Vars["INTERFACE"] != "lo" {
					t.Errorf("the kernel said %+v", e)
				}
				break
			}
		}
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) || errors.Is(err, fs.ErrNotExist):
		t.Logf("the kernel cannot be asked here (%v): its message comes through a pipe", err)
		fromPipe(t, message("change@/devices/virtual/net/lo", "ACTION=change", "SUBSYSTEM=net", "SYNTH_UUID="+mark))
	default:
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// fromPipe feeds a message through a socket pair, which keeps messages whole
// as netlink does.
func fromPipe(t *testing.T, m []byte) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	near, far := os.NewFile(uintptr(fds[0]), "near"), os.NewFile(uintptr(fds[1]), "far")
	defer near.Close()
	heard := make(chan Event, 1)
	h := NewHub(far)
	h.Subscribe(func(e Event) { heard <- e }, "net")
	if _, err := near.Write(m); err != nil {
		t.Fatal(err)
	}
	if e := <-heard; e.Path != "/devices/virtual/net/lo" || e.Action != Change {
		t.Errorf("heard %+v", e)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

func TestThroughAPipe(t *testing.T) {
	fromPipe(t, message("change@/devices/virtual/net/lo", "SUBSYSTEM=net"))
}

func TestCloseEndsAWait(t *testing.T) {
	for range 100 {
		src, err := Listen()
		if err != nil {
			t.Fatal(err)
		}
		h := NewHub(src)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if err := h.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
