// Command machine boots a kernel in QEMU with a test binary as its first
// process, and ends as the tests did.
//
//	machine -kernel vmlinuz -modules DIR -tests guest.test -out out/guest [-- -test.run …]
//
// The tests' words are passed on as they come. The kernel's own, and figures as
// JSON, are in the folder out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	// The kernel ends QEMU with the thread that started it, which must last.
	runtime.LockOSThread()
	var b bench
	flag.StringVar(&b.kernel, "kernel", "", "the kernel's image")
	flag.StringVar(&b.modules, "modules", "", "the folder of its modules")
	flag.StringVar(&b.tests, "tests", "", "the test binary, linked statically")
	flag.StringVar(&b.out, "out", "out/guest", "the folder for what comes out")
	flag.StringVar(&b.qemu, "qemu", "qemu-system-x86_64", "QEMU for x86-64")
	flag.DurationVar(&b.limit, "limit", 8*time.Minute, "the time after which the machine is switched off")
	flag.Parse()
	b.args = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	err := b.run(ctx)
	fmt.Printf("the machine ran for %.0f s\n", time.Since(began).Seconds())
	if err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		stop()
		os.Exit(1)
	}
}

// bench is what a run needs.
type bench struct {
	kernel, modules, tests, out, qemu string

	limit time.Duration
	args  []string // of the test binary
}

func (b bench) run(ctx context.Context) error {
	if _, err := exec.LookPath(b.qemu); err != nil {
		return fmt.Errorf("QEMU is missing (Debian: qemu-system-x86): %w", err)
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	initrd := filepath.Join(b.out, "initramfs.cpio")
	if err := b.pack(initrd); err != nil {
		return fmt.Errorf("pack the guest: %w", err)
	}
	kernel, err := unpack(b.kernel)
	if err != nil {
		return fmt.Errorf("unpack the kernel: %w", err)
	}
	console := filepath.Join(b.out, "console.log")
	told, err := b.watch(ctx, exec.Command(b.qemu,
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", "pc", "-accel", "tcg", "-cpu", "qemu64", "-m", "256",
		"-icount", "shift=1,sleep=off", "-rtc", "clock=vm",
		"-kernel", kernel, "-initrd", initrd,
		// What the tests say has a line of its own, so that the kernel's words
		// never break one of theirs.
		"-append", "console=ttyS0 panic=-1 oops=panic quiet loglevel=6 i8042.nokbd tsc=reliable random.trust_cpu=on "+
			// What takes long and is of no use in a machine that lives for a minute.
			"cryptomgr.notests mitigations=off audit=0",
		"-serial", "file:"+console, "-serial", "stdio",
		"-device", "i6300esb", "-action", "watchdog=reset",
	))
	if err == nil {
		err = told.verdict()
	}
	if err != nil {
		b.show(console)
		return err
	}
	return told.save(filepath.Join(b.out, "figures.json"), os.Stdout)
}

// watch runs the machine and listens to it. It is switched off when its time is
// up, and at once when what it says is not understood.
func (b bench) watch(ctx context.Context, cmd *exec.Cmd) (told, error) {
	cmd.Stderr = os.Stderr
	// Even if this program is killed, no machine stays behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return told{}, err
	}
	if err := cmd.Start(); err != nil {
		return told{}, fmt.Errorf("start QEMU: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	off := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	heard, err := listen(out, os.Stdout)
	if err != nil {
		cancel()
		_ = cmd.Wait() // killed: why is known
		return heard, err
	}
	err = cmd.Wait()
	switch {
	case off():
		return heard, err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return heard, fmt.Errorf("switched off after %s", b.limit)
	}
	return heard, fmt.Errorf("switched off: %w", ctx.Err())
}

// show prints the end of the kernel's words, for whoever looks for a cause.
func (b bench) show(console string) {
	log, err := os.ReadFile(console)
	if err != nil {
		fmt.Fprintln(os.Stderr, "guest: no words of the kernel:", err)
		return
	}
	const most = 4000
	if len(log) > most {
		log = log[len(log)-most:]
	}
	fmt.Fprintf(os.Stderr, "--- the end of %s\n%s\n---\n", console, log)
}
