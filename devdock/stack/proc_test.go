package stack

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell makes a Proc that runs a few lines of shell, and gives what it prints
// and what is said of it. It is stopped at the end of the test.
func shell(t *testing.T, script string) (p *Proc, printed *bufio.Scanner, said chan string) {
	t.Helper()
	r, w := io.Pipe()
	said = make(chan string, 100)
	p = &Proc{name: "helper", path: "/bin/sh", args: []string{"-c", script}, stdout: w,
		log: filepath.Join(t.TempDir(), "helper.log"),
		say: func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }}
	t.Cleanup(func() {
		w.Close()
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p, bufio.NewScanner(r), said
}

const waits = `echo up $$; while :; do sleep 0.02; done`

func line(t *testing.T, s *bufio.Scanner) string {
	t.Helper()
	if !s.Scan() {
		t.Fatalf("the program says nothing more: %v", s.Err())
	}
	return s.Text()
}

func start(t *testing.T, p *Proc) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
}

func TestStopIsPolite(t *testing.T) {
	p, out, said := shell(t, `trap "echo bye >&2; exit 0" TERM; `+waits)
	start(t, p)
	if got, want := line(t, out), fmt.Sprint("up ", p.Pid()); got != want {
		t.Errorf("it printed %q, want %q", got, want)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got := p.tail(); !strings.HasPrefix(got, "up ") || !strings.HasSuffix(got, "bye") {
		t.Errorf("the log holds %q, want both outputs", got)
	}
	if err := p.Start(); err == nil {
		t.Error("it starts again after it was stopped for good")
	}
	if len(said) > 0 {
		t.Errorf("an end that was wanted is told: %q", <-said)
	}
}

func TestStopOfAProgramThatDoesNotListen(t *testing.T) {
	p, out, _ := shell(t, `trap "" TERM; `+waits)
	p.patience = 20 * time.Millisecond
	start(t, p)
	line(t, out)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
}

func TestKillTakesChildrenAlong(t *testing.T) {
	// The child holds the other end of the pipe: it ends when all have ended.
	p, out, said := shell(t, `sleep 1000 & `+waits)
	start(t, p)
	line(t, out)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done() // comes only when nobody holds the output any more
	if got := <-said; !strings.Contains(got, "killed") || !strings.Contains(got, p.log) {
		t.Errorf("said %q, want how it ended and where its log is", got)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("killing what has ended: %v", err)
	}
}

func TestKeepStartsAgain(t *testing.T) {
	p, out, said := shell(t, waits)
	p.keep = true
	start(t, p)
	line(t, out)
	first := p.Pid()
	p.setArgs([]string{"-c", `echo second; ` + waits})
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := line(t, out); got != "second" {
		t.Errorf("started with old arguments: %q", got)
	}
	line(t, out)
	<-said
	if got := <-said; got != "helper is running again" {
		t.Errorf("said %q", got)
	}
	if p.Pid() == first {
		t.Error("the same process as before")
	}
}

// A program that is built anew is not there for a while.
func TestKeepWaitsForTheProgram(t *testing.T) {
	p, out, said := shell(t, waits)
	p.keep = true
	program := filepath.Join(t.TempDir(), "program")
	if err := os.Symlink(p.path, program); err != nil {
		t.Fatal(err)
	}
	p.path = program
	start(t, p)
	line(t, out)
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-said // it ended
	if got := <-said; !strings.Contains(got, "no such file") || !strings.Contains(got, "tried again") {
		t.Errorf("said %q, want why it does not start", got)
	}
	if err := os.Symlink("/bin/sh", program); err != nil {
		t.Fatal(err)
	}
	line(t, out)
	if got := <-said; got != "helper is running again" {
		t.Errorf("said %q", got)
	}
}

func TestKeepNotAfterStop(t *testing.T) {
	p, out, said := shell(t, waits)
	p.keep = true
	start(t, p)
	line(t, out)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-said // it ended, and would be started soon
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err == nil {
		t.Error("started again while the stack stops")
	}
}

func TestMissingProgram(t *testing.T) {
	p, _, _ := shell(t, "")
	p.path = filepath.Join(t.TempDir(), "no-such-program")
	if err := p.Start(); err == nil || !strings.Contains(err.Error(), "start helper") {
		t.Errorf("got %v, want an error that names the program", err)
	}
	if p.Pid() != 0 {
		t.Error("a process that never was has a number")
	}
}

func TestAwaitFile(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	p, out, _ := shell(t, `printf ' here \n' >"`+ready+`"; `+waits)
	start(t, p)
	line(t, out)
	got, err := p.awaitFile(t.Context(), ready)
	if err != nil || got != "here" {
		t.Errorf("got %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.awaitFile(ctx, ready+"-not"); err == nil || !strings.Contains(err.Error(), "does not get ready") {
		t.Errorf("got %v", err)
	}
}

func TestAwaitFileOfAProgramThatEnds(t *testing.T) {
	p, out, _ := shell(t, `echo up; echo "no key there" >&2; exit 3`)
	start(t, p)
	line(t, out)
	_, err := p.awaitFile(t.Context(), filepath.Join(t.TempDir(), "ready"))
	if err == nil || !strings.Contains(err.Error(), "ended at once") || !strings.Contains(err.Error(), "no key there") {
		t.Errorf("got %v, want the last lines of the log", err)
	}
}

func TestTailIsShort(t *testing.T) {
	p := &Proc{log: filepath.Join(t.TempDir(), "log")}
	if got := p.tail(); got != "" {
		t.Errorf("a log that is not there: %q", got)
	}
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintln(&b, "line", i)
	}
	if err := os.WriteFile(p.log, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(p.tail(), "\n")
	if len(got) != 12 || got[0] != "line 28" || got[11] != "line 39" {
		t.Errorf("got %q", got)
	}
}
