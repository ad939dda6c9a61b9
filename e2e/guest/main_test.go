//go:build guest

package guest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal/watchdog"
)

// line is the serial port on which the host listens. The kernel's own words go
// to another.
const line = "/dev/ttyS1"

func TestMain(m *testing.M) {
	if os.Getpid() == 1 {
		first()
	}
	if _, err := os.Stat("/modules/order"); err != nil {
		fmt.Fprintln(os.Stderr, "these tests are for a guest of their own: run scripts/test-guest")
		os.Exit(2)
	}
	code := m.Run()
	if err := tellMachine(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// first is the first process: it sets the machine up, runs this program again
// for the tests, tells how they ended, and leaves the machine to the watchdog on
// its bus.
// It never returns.
func first() {
	out, err := setUp()
	if out == nil {
		out = os.Stderr // nobody listens there but the kernel's log
	}
	if err != nil {
		fmt.Fprintln(out, "set up the guest:", err)
		halt(out)
	}
	code := tests(out)
	fmt.Fprintf(out, "@exit %d\n", code)
	if code != 0 {
		halt(out)
	}
	name, err := watchdogOf(chipWatchdog)
	if err != nil {
		fmt.Fprintln(out, err)
		halt(out)
	}
	w, err := watchdog.Open("/dev/"+name, "watchdog:///dev/"+name, watchdog.Options{Timeout: 2 * time.Second})
	if err != nil {
		fmt.Fprintln(out, err)
		halt(out)
	}
	_ = w.Close() // what a crash does
	fmt.Fprintln(out, "@armed")
	<-time.After(10 * time.Second)
	fmt.Fprintln(out, "@alive")
	halt(out)
}

// halt switches the machine off once all was said.
func halt(out *os.File) {
	const drain = 0x5409 // TCSBRK; with 1 it waits and sends no break
	_ = unix.IoctlSetInt(int(out.Fd()), drain, 1)
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	os.Exit(1) // ends the first process, which the kernel does not survive
}

// setUp mounts what a Linux program expects, and loads the modules.
func setUp() (out *os.File, err error) {
	for _, m := range [][2]string{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}} {
		if err := unix.Mount(m[0], m[1], m[0], 0, ""); err != nil {
			return nil, fmt.Errorf("mount %s: %w", m[1], err)
		}
	}
	if out, err = os.OpenFile(line, os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, err
	}
	if err := raw(out); err != nil {
		return out, fmt.Errorf("%s: %w", line, err)
	}
	order, err := os.ReadFile("/modules/order")
	if err != nil {
		return out, err
	}
	for l := range strings.Lines(string(order)) {
		name, parameters, _ := strings.Cut(strings.TrimSpace(l), " ")
		if err := load(filepath.Join("/modules", name), parameters); err != nil {
			return out, fmt.Errorf("kernel module %s: %w", name, err)
		}
	}
	if err := unix.Mount("configfs", "/sys/kernel/config", "configfs", 0, ""); err != nil {
		return out, fmt.Errorf("mount configfs: %w", err)
	}
	return out, nil
}

func load(path, parameters string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), parameters, 0)
}

// raw makes a terminal pass bytes as they are.
func raw(f *os.File) error {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
}

// tests runs this program as a child and gives its exit code.
func tests(out *os.File) int {
	arguments, err := os.ReadFile("/modules/arguments")
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	cmd := exec.Command("/proc/self/exe", append([]string{"-test.v", "-test.timeout=30m"}, strings.Fields(string(arguments))...)...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = []string{"HOME=/tmp", "TMPDIR=/tmp"}
	cmd.Dir = "/tmp"
	err = cmd.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ExitCode() > 0 {
		return ended.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	return 0
}
