package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Proc is one program of the stack. A service manager would keep it running;
// here Keep does, so that killing one shows how it comes back.
type Proc struct {
	name   string
	path   string
	args   []string
	env    []string
	log    string // file
	stdout io.Writer

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // of the run under way
	keep bool
	stop bool
	say  func(format string, args ...any)
	// patience is how long a program may take to end by itself; stopTime if 0.
	patience time.Duration
}

// How long a program may take to end by itself, and how long it stays down
// before it is started again.
const (
	stopTime    = 8 * time.Second
	restartTime = 500 * time.Millisecond
)

// setArgs changes how the next run is started.
func (p *Proc) setArgs(args []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.args = args
}

// Start runs the program.
func (p *Proc) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start()
}

func (p *Proc) start() error {
	if p.stop {
		return fmt.Errorf("%s: %w", p.name, errStopping)
	}
	logFile, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer logFile.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stderr = logFile
	cmd.Stdout = logFile
	if p.stdout != nil {
		cmd.Stdout = io.MultiWriter(logFile2{p.log}, p.stdout)
	}
	// A group of its own: Ctrl-C reaches the stack, which stops them in order.
	// And if the stack is killed, they go with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		stopping, keep := p.stop, p.keep
		p.mu.Unlock()
		close(done)
		if stopping {
			return
		}
		p.say("%s ended (%v); see %s", p.name, reason(err), p.log)
		if keep {
			p.restart()
		}
	}()
	return nil
}

// restart tries until the program runs: its file may be missing for as long as
// it takes to build it anew.
func (p *Proc) restart() {
	for said := false; ; {
		time.Sleep(restartTime)
		err := p.Start()
		switch {
		case err == nil:
			p.say("%s is running again", p.name)
			return
		case errors.Is(err, errStopping):
			return
		case !said:
			p.say("%v; it is tried again", err)
			said = true
		}
	}
}

var errStopping = errors.New("the stack is stopping")

// logFile2 appends to the log by name, for output that is also parsed.
type logFile2 struct{ name string }

func (l logFile2) Write(b []byte) (int, error) {
	f, err := os.OpenFile(l.name, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Write(b)
}

func reason(err error) string {
	if err == nil {
		return "by itself"
	}
	return err.Error()
}

// Pid is the process now running, 0 for none.
func (p *Proc) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Done is closed when the run under way has ended.
func (p *Proc) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Kill ends the run under way as a power cut would, and waits for its end.
func (p *Proc) Kill() error { return p.signal(syscall.SIGKILL) }

func (p *Proc) signal(sig syscall.Signal) error {
	p.mu.Lock()
	cmd, done, patience := p.cmd, p.done, p.patience
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if patience == 0 {
		patience = stopTime
	}
	err := syscall.Kill(-cmd.Process.Pid, sig)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end %s: %w", p.name, err)
	}
	select {
	case <-done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s does not end", p.name)
	}
}

// Stop ends the program for good: politely, and then not.
func (p *Proc) Stop() error {
	p.mu.Lock()
	p.stop = true
	p.mu.Unlock()
	if err := p.signal(syscall.SIGTERM); err != nil {
		return p.signal(syscall.SIGKILL)
	}
	return nil
}

// tail gives the last lines of the log, for the message of a failed start.
func (p *Proc) tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	return strings.Join(lines, "\n")
}

// awaitFile waits until path holds something: programs write their address
// there once they serve.
func (p *Proc) awaitFile(ctx context.Context, path string) (string, error) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return strings.TrimSpace(string(b)), nil
		}
		select {
		case <-p.Done():
			return "", fmt.Errorf("%s ended at once:\n%s", p.name, p.tail())
		case <-ctx.Done():
			return "", fmt.Errorf("%s does not get ready: %w\n%s", p.name, ctx.Err(), p.tail())
		case <-t.C:
		}
	}
}

func logPath(dir, name string) string { return filepath.Join(dir, "logs", name+".log") }
