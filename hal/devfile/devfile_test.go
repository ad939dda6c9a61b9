package devfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// doubler is a device that doubles numbers, and knows no others.
type doubler struct{ open *atomic.Int32 }

const double = 7

func (d doubler) Do(number uint32, arg []byte) error {
	switch number {
	case double:
		return With(arg, func(v *int32) error {
			if *v < 0 {
				return errors.New("no error number")
			}
			*v *= 2
			return nil
		})
	}
	return unix.ENOTTY
}

func (d doubler) Close() error {
	d.open.Add(-1)
	return nil
}

// show serves doublers that open as open says, and gives their address.
func show(t *testing.T, open func() error) (at string, users *atomic.Int32) {
	t.Helper()
	users = new(atomic.Int32)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		served <- Serve(ln, func() (Device, error) {
			if err := open(); err != nil {
				return nil, err
			}
			users.Add(1)
			return doubler{users}, nil
		})
	}()
	t.Cleanup(func() {
		if err := errors.Join(ln.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String(), users
}

func TestCalls(t *testing.T) {
	at, users := show(t, func() error { return nil })
	f, err := Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	v := int32(21)
	if err := Call(f, double, &v); err != nil || v != 42 {
		t.Errorf("the double is %d, %v", v, err)
	}
	v = -1
	if err := Call(f, double, &v); !errors.Is(err, unix.EIO) || v != -1 {
		t.Errorf("an error without a number is %v, and leaves %d", err, v)
	}
	wide := int64(3)
	if err := Call(f, double, &wide); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a structure of another size gives %v", err)
	}
	if err := Call(f, 1, &v); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a call that it does not know gives %v", err)
	}
	if err := Call(f, double, new([256]byte)); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a structure that is too large gives %v", err)
	}
	v = 4
	if err := Call(f, double, &v); err != nil || v != 8 {
		t.Errorf("after all of that the double is %d, %v", v, err)
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Errorf("Close gives %v", err)
	}
	if err := Call(f, double, &v); !errors.Is(err, unix.ENODEV) {
		t.Errorf("closed, a call gives %v", err)
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for users.Load() != 0 { // else the test binary's time limit says where
		<-look.C
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	at, _ := show(t, func() error { return unix.EBUSY })
	if f, err := Open(t.Context(), at); !errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ENODEV) {
		t.Errorf("a file that is in use opens as %v, %v", f, err)
	}
	if f, err := Open(t.Context(), "127.0.0.1:1"); !errors.Is(err, unix.ENODEV) {
		t.Errorf("nobody there opens as %v, %v", f, err)
	}
	// One that says nothing is given up with its context.
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if f, err := Open(ctx, mute.Addr().String()); !errors.Is(err, unix.ENODEV) {
		t.Errorf("one that says nothing opens as %v, %v", f, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(append(head(double, 4), 0, 0, 0, 1))
	f.Add(head(0, 0))
	f.Add(head(1<<32-1, 255))
	f.Add([]byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		number, arg, err := read(bytes.NewReader(in))
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v", err)
			}
			return
		}
		if out := append(head(number, len(arg)), arg...); !bytes.HasPrefix(in, out) {
			t.Errorf("%x became %x", in, out)
		}
	})
}
