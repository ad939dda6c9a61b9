package pcscd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ebfe/scard"

	"tram06/hal/vpcd"
)

// parrot answers each command with itself and 9000.
type parrot struct{ resets int }

func (*parrot) ATR() []byte {
	return []byte{0x3B, 0x88, 0x80, 0x01, 'T', 'r', 'a', 'm', ' ', '0', '6', 0, 0x1A}
}
func (p *parrot) Reset()                   { p.resets++ }
func (*parrot) Transmit(cmd []byte) []byte { return append(bytes.Clone(cmd), 0x90, 0) }

// shortDir gives a directory whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// shared is one daemon for all tests of this process: libpcsclite looks up its
// socket once and keeps it.
var shared *Daemon

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pc")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if shared, err = Start(context.Background(), dir); err != nil {
		panic(err)
	}
	defer shared.Stop()
	if err := os.Setenv(Env, shared.Socket); err != nil {
		panic(err)
	}
	return m.Run()
}

func TestDaemonShowsVirtualCard(t *testing.T) {
	ctx, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ctx.Release() }()
	readers, err := ctx.ListReaders()
	if err != nil {
		t.Fatal(err)
	}
	if len(readers) != 2 || !strings.HasPrefix(readers[0], "Tram 06 virtual reader") {
		t.Fatalf("readers: %q", readers)
	}

	slot, err := vpcd.Insert(t.Context(), shared.Addr, &parrot{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slot.Remove() }()
	await(t, ctx, readers[0], scard.StatePresent)
	card, err := ctx.Connect(readers[0], scard.ShareExclusive, scard.ProtocolAny)
	if err != nil {
		t.Fatal(err)
	}
	// Short, and as long as an extended command gets in one piece.
	for _, n := range []int{4, 200, 4000} {
		cmd := bytes.Repeat([]byte{0x5A}, n)
		if n > 261 { // a well-formed extended command, or the daemon refuses it
			copy(cmd, []byte{0, 0xD6, 0, 0, 0, byte((n - 7) >> 8), byte(n - 7)})
		}
		got, err := card.Transmit(cmd)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if !bytes.Equal(got, append(cmd, 0x90, 0)) {
			t.Fatalf("%d bytes came back as %d", n, len(got))
		}
	}
	if slot.APDUs() != 3 {
		t.Fatalf("%d APDUs counted", slot.APDUs())
	}

	slot.RemoveAfter(1)
	if _, err := card.Transmit([]byte{0, 1, 2, 3}); err != nil {
		t.Fatalf("first after RemoveAfter(1): %v", err)
	}
	// This version of the driver reports no error but an empty answer, which no
	// card gives: drivers above must take both for a card that has gone.
	if got, err := card.Transmit([]byte{0, 1, 2, 3}); err == nil && len(got) > 0 {
		t.Fatalf("a torn card answered %x", got)
	}
	<-slot.Done()
	if err := slot.Remove(); err != nil {
		t.Fatal(err)
	}
	_ = card.Disconnect(scard.LeaveCard)
	// The daemon looks at its readers now and then. A card swapped between two
	// looks would be taken for the old one, still powered.
	await(t, ctx, readers[0], scard.StateEmpty)
}

// await blocks until the reader reports a state.
func await(t *testing.T, ctx *scard.Context, reader string, want scard.StateFlag) {
	t.Helper()
	s := []scard.ReaderState{{Reader: reader, CurrentState: scard.StateUnaware}}
	for {
		if err := ctx.GetStatusChange(s, -1); err != nil {
			t.Fatal(err)
		}
		if s[0].EventState&want != 0 {
			return
		}
		s[0].CurrentState = s[0].EventState
	}
}

func TestStopLeavesNothing(t *testing.T) {
	d, err := Start(t.Context(), shortDir(t))
	if err != nil {
		t.Fatal(err)
	}
	d.Stop()
	d.Stop() // once more is fine
	if answers(d.Socket) {
		t.Error("the socket still answers")
	}
	if _, err := vpcd.Insert(t.Context(), d.Addr, &parrot{}); err == nil {
		t.Error("the virtual reader still listens")
	}
}

func TestContextEndsDaemon(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d, err := Start(ctx, shortDir(t))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-d.Done()
}

// Where the daemon may write its number, the machine's own daemon gets its back.
func TestNumberIsPutBack(t *testing.T) {
	const ours, gone = 1<<22 + 1, 1<<22 + 2 // above every process number
	for name, c := range map[string]struct{ stands, before, want int }{
		"alone":            {ours, 0, 0},
		"beside a daemon":  {ours, os.Getpid(), os.Getpid()},
		"after a dead one": {ours, gone, 0},
		"another's":        {gone, 0, gone},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			if err := os.WriteFile(file, fmt.Appendln(nil, c.stands), 0o600); err != nil {
				t.Fatal(err)
			}
			restore(file, ours, c.before)
			if got := numberIn(file); got != c.want {
				t.Errorf("%d stands there, want %d", got, c.want)
			}
		})
	}
}

func TestLongPathIsRefused(t *testing.T) {
	_, err := Start(t.Context(), "/"+strings.Repeat("x", maxSocket))
	if err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Fatalf("got %v", err)
	}
	if errors.Is(err, ErrMissing) {
		t.Fatal("packages are missing")
	}
}

// A port that went to somebody else between finding and using it is noticed:
// the daemon would run on without a reader.
func TestWhoseAPortIs(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	other := exec.Command("cat") // until its input ends
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if got := owner(os.Getpid(), port); got != ours {
		t.Errorf("our own port is %d", got)
	}
	if got := owner(other.Process.Pid, port); got != taken {
		t.Errorf("somebody else's port is %d", got)
	}
	if err := errors.Join(ln.Close(), in.Close(), other.Wait()); err != nil {
		t.Fatal(err)
	}
	if got := owner(os.Getpid(), port); got != free {
		t.Errorf("nobody's port is %d", got)
	}
}
