// Package pcscd starts a private smart-card daemon with virtual readers, for
// development and tests. The daemon is the distribution's own pcscd with the
// vpcd driver; private means that it is handed a socket of ours, as systemd
// would do, so that it neither meets nor disturbs the daemon of the machine and
// needs no right that this process has not. Clients find it by the environment
// variable PCSCLITE_CSOCK_NAME, which libpcsclite reads once a process.
//
// The vpcd driver listens on all addresses: anyone who reaches the machine
// could lay a card on the virtual reader. Never for production.
package pcscd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Env names the variable by which a client finds the daemon.
const Env = "PCSCLITE_CSOCK_NAME"

const (
	driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
	// maxSocket keeps the path within sockaddr_un, with room for the daemon's
	// own suffixes.
	maxSocket = 100
	attempts  = 5
)

// ErrMissing: the packages pcscd or vsmartcard-vpcd are not installed.
var ErrMissing = errors.New("smart-card daemon not installed")

// Daemon is a running private pcscd.
type Daemon struct {
	Socket string // value for the variable named by Env
	Addr   string // of the first virtual reader, for package hal/vpcd
	Addr2  string // of the second one

	cmd    *exec.Cmd
	output *tail
	done   chan struct{} // closed when the process is reaped
	once   sync.Once
	before int // number that stood in pidFile
}

// Start runs a daemon whose files live in dir, which must have a short path.
// It returns once clients can connect and the virtual readers listen. The
// daemon ends by Stop, with ctx, or with this process, however that ends.
func Start(ctx context.Context, dir string) (*Daemon, error) {
	if _, err := os.Stat(driver); err != nil {
		return nil, fmt.Errorf("%s: %w", driver, ErrMissing)
	}
	bin, err := look("pcscd")
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("start pcscd: %w", err)
	}
	// Between finding two free ports and the driver taking them another
	// process may be faster; then the next pair.
	var last error
	for range attempts {
		d, err := start(ctx, bin, dir)
		if err == nil {
			return d, nil
		}
		last = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("start pcscd: %w", last)
}

func start(ctx context.Context, bin, dir string) (*Daemon, error) {
	port, err := freePair()
	if err != nil {
		return nil, err
	}
	if err := writeConfig(dir, port); err != nil {
		return nil, err
	}
	socket, err := listen(socketIn(dir))
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	d := &Daemon{
		Socket: socketIn(dir),
		Addr:   net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Addr2:  net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1)),
		output: &tail{}, done: make(chan struct{}), before: numberIn(pidFile),
	}
	d.cmd = exec.Command("sh", "-c", activated, "sh", bin, "--foreground", "--config", filepath.Join(dir, "conf"))
	d.cmd.ExtraFiles = []*os.File{socket} // number 3, the first that sd_listen_fds counts
	d.cmd.Stdout, d.cmd.Stderr = d.output, d.output
	// A group of its own: a Ctrl-C at the terminal is for us, who end it.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error)
	go func() {
		// The kernel sends the death signal when the thread that forked ends,
		// so this one stays as long as the daemon does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // killed on purpose; what it said is in output
		}
		close(d.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	if err := d.ready(ctx, port); err != nil {
		d.Stop()
		return nil, err
	}
	context.AfterFunc(ctx, d.Stop)
	return d, nil
}

// ready waits until the socket answers and both readers listen. The readers
// are looked up in the kernel's table: connecting to one would lay a card on it.
func (d *Daemon) ready(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		first, second := owner(d.cmd.Process.Pid, port), owner(d.cmd.Process.Pid, port+1)
		switch {
		case first == taken || second == taken:
			// The daemon would run on, without a reader.
			return errPort
		case first == ours && second == ours && answers(d.Socket):
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("the daemon ended by itself: %s", bytes.TrimSpace(d.output.bytes()))
		case <-ctx.Done():
			return fmt.Errorf("the daemon did not get ready: %w: %s", ctx.Err(), bytes.TrimSpace(d.output.bytes()))
		case <-tick.C:
		}
	}
}

// Stop kills the daemon and all it started, and waits for its end. It may be
// called more than once.
func (d *Daemon) Stop() {
	d.once.Do(func() {
		// The group's leader is not reaped before done is closed, so its
		// number cannot belong to anyone else yet.
		select {
		case <-d.done:
		default:
			_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		}
		<-d.done
		restore(pidFile, d.cmd.Process.Pid, d.before)
	})
}

// Done is closed when the daemon has ended.
func (d *Daemon) Done() <-chan struct{} { return d.done }

func look(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	p := filepath.Join("/usr/sbin", name) // not on the path of ordinary users
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("%s: %w", name, ErrMissing)
	}
	return p, nil
}

func writeConfig(dir string, port int) error {
	conf := filepath.Join(dir, "conf")
	for _, p := range []string{filepath.Join(dir, "run"), conf} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("FRIENDLYNAME \"Tram 06 virtual reader\"\nDEVICENAME /dev/null:0x%[1]X\nLIBPATH %[2]s\nCHANNELID 0x%[1]X\n", port, driver)
	return os.WriteFile(filepath.Join(conf, "tram06"), []byte(text), 0o600)
}

// freePair finds two neighbouring free ports: the driver's second slot takes
// the number after the first.
func freePair() (int, error) {
	for range 100 {
		a, err := net.Listen("tcp", ":0")
		if err != nil {
			return 0, err
		}
		port := a.Addr().(*net.TCPAddr).Port
		b, err := net.Listen("tcp", fmt.Sprintf(":%d", port+1))
		if err == nil {
			err = b.Close()
		}
		if err := errors.Join(err, a.Close()); err == nil && port < 0xFFFF {
			return port, nil
		}
	}
	return 0, errors.New("no two neighbouring free ports")
}

// errPort: between being found free and being used, the port went to another
// process.
var errPort = errors.New("another process took the virtual reader's port")

// whose a port is.
type whose uint8

const (
	free  whose = iota // nobody listens
	ours               // the process does, or one that must not be looked into
	taken              // another one
)

// owner tells who listens on a port, as seen from one process.
func owner(pid, port int) whose {
	inodes := listening(port)
	if len(inodes) == 0 {
		return free
	}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	fds, err := os.ReadDir(dir)
	if err != nil {
		return ours
	}
	for _, fd := range fds {
		to, err := os.Readlink(filepath.Join(dir, fd.Name()))
		if err == nil && slices.ContainsFunc(inodes, func(inode string) bool { return to == "socket:["+inode+"]" }) {
			return ours
		}
	}
	return taken
}

// listening looks for listening sockets in the kernel's tables and gives their
// inodes.
func listening(port int) (inodes []string) {
	const listen = "0A"
	want := fmt.Sprintf(":%04X", port)
	for _, name := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		table, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(table) {
			f := bytes.Fields(line)
			if len(f) > 9 && bytes.HasSuffix(f[1], []byte(want)) && string(f[3]) == listen {
				inodes = append(inodes, string(f[9]))
			}
		}
	}
	return inodes
}

func answers(socket string) bool {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// tail keeps the last words of the daemon for an error message.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

var _ io.Writer = (*tail)(nil)

const tailSize = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailSize; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.buf)
}
