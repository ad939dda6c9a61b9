package cardread

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/e2e/talk"
	"tram06/hal"
	"tram06/hal/pcsc"
	"tram06/hal/vpcd"
)

var (
	daemon *pcscd.Daemon
	home   string // of the daemon
	kiosk  string // the program
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "cr") // a short path, for the daemon's socket
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	home = dir
	kiosk = filepath.Join(dir, "kiosk")
	build := exec.Command("../../scripts/build-kiosk", "memory", kiosk)
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build the kiosk: %w\n%s", err, out)
	}
	if daemon, err = pcscd.Start(context.Background(), dir); err != nil {
		return 1, err
	}
	defer func() { daemon.Stop() }() // the one that runs then
	if err := os.Setenv(pcscd.Env, daemon.Socket); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// command is one run of the program.
type command struct{ *talk.Program }

// start runs "kiosk card read" with these flags.
func start(t testing.TB, stdin string, args ...string) command {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), kiosk, append([]string{"card", "read"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	return command{talk.Start(t, cmd)}
}

// answer is what the program promises to every caller.
type answer struct {
	Access, Password *string
	Proofs           struct{ Hashes, Signature, Chain, Chip *string }
	Groups           []struct {
		Name string
		Size int
	}
	APDUs, Bytes int
	Phases       map[string]float64
	Error        *struct{ Code, Text string }
	Downgraded   bool
}

func (c command) answer() answer {
	c.Helper()
	var a answer
	if err := json.Unmarshal(c.Out.Bytes(), &a); err != nil {
		c.Fatalf("%v: %s", err, c.Out.String())
	}
	return a
}

// word is null's, too.
func word(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// lay lays a chip on one of the daemon's readers, and gives back how to take it.
// The daemon notices that late, and would give the next command a card that is
// gone, so it is waited for.
func lay(t testing.TB, addr string, chip vpcd.Chip) (slot *vpcd.Slot, lift func()) {
	t.Helper()
	slot, err := vpcd.Insert(t.Context(), addr, chip)
	if err != nil {
		t.Fatal(err)
	}
	return slot, func() {
		t.Helper()
		if err := slot.Remove(); err != nil {
			t.Error(err)
		}
		name := "00 00"
		if addr == daemon.Addr2 {
			name = "00 01"
		}
		registry := hal.Registry{"pcsc": pcsc.Opener(time.Now)}
		r, err := hal.Open[hal.CardReader](t.Context(), registry, "pcsc:///?reader="+url.QueryEscape(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.WaitRemoval(t.Context()), r.Close()); err != nil {
			t.Error(err)
		}
	}
}
