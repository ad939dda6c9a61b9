package pcscd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// system is the socket directory that the daemon was compiled with.
const system = "/run/pcscd"

// seat is where a daemon's socket comes to lie.
type seat struct {
	socket string
	// command runs the daemon bin there with a configuration folder.
	command func(bin, conf string) []string
	leave   func() // may be called again
}

// choose takes a place of our own, or the machine's where there is none.
func choose(ctx context.Context, dir string) (seat, error) {
	socket := filepath.Join(dir, "run", "pcscd.comm")
	if len(socket) >= maxSocket {
		return seat{}, fmt.Errorf("socket path of %d bytes, must be below %d: use a shorter directory", len(socket), maxSocket)
	}
	unshare, err := look("unshare")
	if err != nil {
		return seat{}, err
	}
	flag := "-m"
	if os.Geteuid() != 0 {
		flag = "-Urm"
	}
	out, err := exec.CommandContext(ctx, unshare, flag, "true").CombinedOutput()
	if err != nil {
		where, e := takeSystem(ctx)
		if e != nil {
			return seat{}, fmt.Errorf("no namespace of our own (%w: %s), and not the machine's place either: %w", err, bytes.TrimSpace(out), e)
		}
		return where, nil
	}
	// The daemon insists on its compiled-in socket directory, so ours is laid
	// over that one, seen by it alone. Who is not root cannot make that one
	// where it is missing.
	const script = `[ -d /run/pcscd ] || mkdir /run/pcscd || { echo "/run/pcscd is missing and only root can make it" >&2; exit 1; }
mount --bind "$1" /run/pcscd && exec "$2" --foreground --config "$3"`
	return seat{
		socket: socket,
		command: func(bin, conf string) []string {
			return []string{unshare, flag, "sh", "-c", script, "sh", filepath.Join(dir, "run"), bin, conf}
		},
		leave: func() {},
	}, nil
}

// errTaken: a daemon that is not ours serves the machine.
var errTaken = errors.New("another smart-card daemon is running")

// takeSystem waits for its turn at the machine's own socket.
func takeSystem(ctx context.Context) (seat, error) {
	if err := os.MkdirAll(system, 0o755); err != nil {
		return seat{}, err
	}
	lock, err := os.OpenFile(filepath.Join(system, "tram06.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return seat{}, err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return seat{}, errors.Join(ctx.Err(), lock.Close())
		case <-tick.C:
		}
	}
	socket := filepath.Join(system, "pcscd.comm")
	if answers(socket) {
		return seat{}, errors.Join(errTaken, lock.Close())
	}
	// What a killed daemon left behind would keep the next one from starting.
	if err := os.Remove(filepath.Join(system, "pcscd.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return seat{}, errors.Join(err, lock.Close())
	}
	return seat{
		socket:  socket,
		command: func(bin, conf string) []string { return []string{bin, "--foreground", "--config", conf} },
		leave:   sync.OnceFunc(func() { lock.Close() }),
	}, nil
}
