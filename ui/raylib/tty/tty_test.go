package tty

import (
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// What raylib does to a terminal is undone: Ctrl-C ends programs again, what is
// typed shows, and a shell's reads wait.
func TestATerminalIsPutBack(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	// Dup, since File.Fd and the runtime have a word in the flags too.
	fd, err := unix.Dup(int(terminal.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	restore := Keep(fd)

	m, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	was := *m
	m.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG
	m.Cc[unix.VMIN], m.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, m); err != nil {
		t.Fatal(err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags^unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}

	if err := restore(); err != nil {
		t.Fatal(err)
	}
	now, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil || *now != was || now.Lflag&unix.ISIG == 0 {
		t.Errorf("%+v, was %+v, %v", now, was, err)
	}
	if f, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || f != flags {
		t.Errorf("flags %x, were %x, %v", f, flags, err)
	}
}

// Without a terminal, as under an init system, there is nothing to put back.
func TestNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := Keep(int(r.Fd()))(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Keep(-1)(); err != nil {
		t.Errorf("a descriptor that there is not: %v", err)
	}
}
