package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tram06/devdock/stack"
)

// TestDock starts "devdock run" as people do, a second time beside it, and
// stops it with Ctrl-C: no process stays, and nothing listens.
func TestDock(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	state := t.TempDir()
	args := []string{"run", "--listen", "127.0.0.1:0", "--state", state}
	dock := exec.CommandContext(ctx, program(t, "devdock"), args...)
	var stderr bytes.Buffer
	dock.Stderr = &stderr
	out, err := dock.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := dock.Start(); err != nil {
		t.Fatal(err)
	}
	url := ""
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		if strings.Contains(lines.Text(), "is running") {
			url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text())
		}
	}
	if url == "" {
		t.Fatalf("no address was printed\n%s", &stderr)
	}

	second := exec.CommandContext(ctx, program(t, "devdock"), args...)
	said, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("a second one ends with %v", err)
	}
	if !bytes.Contains(said, []byte("already running")) || !bytes.Contains(said, []byte(url)) {
		t.Errorf("a second one says: %s", said)
	}

	family := descendants(t, dock.Process.Pid)
	if len(family) < 4 { // card daemon, gateway, fleet, kiosk
		t.Fatalf("only %d processes were started", len(family))
	}
	sockets := listening(t, append(family, dock.Process.Pid))
	if len(sockets) < 5 { // page, gateway, proxy, broker, printer, reader
		t.Fatalf("only %d sockets listen", len(sockets))
	}
	if err := dock.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // read on, so that it can end
	}
	if err := dock.Wait(); err != nil {
		t.Errorf("Ctrl-C ends it with %v\n%s", err, &stderr)
	}
	for _, pid := range family {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			name, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
			t.Errorf("process %d is left: %q", pid, name)
		}
	}
	still := table(t)
	for inode, addr := range sockets {
		if _, ok := still[inode]; ok {
			t.Errorf("%s still listens", addr)
		}
	}
	if _, err := os.Stat(filepath.Join(state, "address")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the address of a dock that is gone is left: %v", err)
	}
	nothingPersonal(t, state)
}

// TestDockWithAKioskThatEnds has a mistake in a file of the kiosk: the dock says
// what the kiosk says, and does not try until its patience is over.
func TestDockWithAKioskThatEnds(t *testing.T) {
	t.Parallel()
	_, err := stack.Start(t.Context(), stack.Options{Dir: t.TempDir(), Bin: bin, Keep: true, Site: "nonsense: 1\n"})
	if err == nil || !strings.Contains(err.Error(), "ended at once") || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("%v, want what the kiosk said", err)
	}
}

// descendants gives all processes that come from one.
func descendants(t *testing.T, root int) []int {
	t.Helper()
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		// pid (name) state ppid: the name may hold anything.
		rest := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		pid, _ := strconv.Atoi(strings.Fields(string(b))[0])
		parent, _ := strconv.Atoi(rest[1])
		children[parent] = append(children[parent], pid)
	}
	var all []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		all = append(all, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// listening gives the listening TCP sockets of processes by their inodes.
func listening(t *testing.T, pids []int) map[string]string {
	t.Helper()
	all := table(t)
	ours := map[string]string{}
	for _, pid := range pids {
		fds, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range fds {
			to, err := os.Readlink(fd)
			if err != nil {
				continue // closed meanwhile
			}
			inode := strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")
			if addr, ok := all[inode]; ok {
				ours[inode] = addr
			}
		}
	}
	return ours
}

// table gives all listening TCP sockets of the machine: inode and address.
func table(t *testing.T) map[string]string {
	t.Helper()
	const listen = "0A"
	all := map[string]string{}
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == listen {
				all[f[9]] = f[1]
			}
		}
	}
	return all
}
