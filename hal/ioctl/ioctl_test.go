package ioctl

import (
	"errors"
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestDo(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	want := unix.Winsize{Row: 24, Col: 80}
	if err := Do(master, unix.TIOCSWINSZ, &want); err != nil {
		t.Fatal(err)
	}
	var got unix.Winsize
	if err := Do(tty, unix.TIOCGWINSZ, &got); err != nil || got != want {
		t.Errorf("set %v and got %v, %v", want, got, err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := Do(null, unix.TIOCGWINSZ, &got); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a file that knows no such call gives %v", err)
	}
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Do(master, unix.TIOCGWINSZ, &got); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file gives %v", err)
	}
}
