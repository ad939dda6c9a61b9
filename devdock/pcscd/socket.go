package pcscd

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// listen makes the socket that the daemon is handed. A daemon that is started
// as systemd does it, with its socket open already, neither looks for another
// daemon of the machine nor touches the place of that one's socket.
func listen(socket string) (*os.File, error) {
	if len(socket) >= maxSocket {
		return nil, fmt.Errorf("socket path of %d bytes, must be below %d: use a shorter directory", len(socket), maxSocket)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	f, err := l.File()
	return f, errors.Join(err, l.Close())
}

// activated gives the daemon its process number in the way of sd_listen_fds(3),
// which nobody knows before the process exists.
const activated = `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`

// pidFile is where every daemon that may writes its number, ours too.
const pidFile = "/run/pcscd/pcscd.pid"

// numberIn reads the file; 0 if there is no number.
func numberIn(file string) int {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(b)))
	if err != nil {
		return 0
	}
	return n
}

// restore takes the number of our daemon, which has ended, out of the file
// again, and puts the one back that stood there before if it still runs.
func restore(file string, ours, before int) {
	if ours == 0 || numberIn(file) != ours {
		return
	}
	if before != 0 && syscall.Kill(before, 0) == nil {
		_ = os.WriteFile(file, fmt.Appendln(nil, before), 0o644) // nobody depends on it
		return
	}
	_ = os.Remove(file)
}

func socketIn(dir string) string { return filepath.Join(dir, "run", "pcscd.comm") }
