// Package talk runs a program that a person stands before: it waits for what the
// program says on its standard error, and for its end. For tests only.
package talk

import (
	"bufio"
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// Program is a program that runs. Make it with Start.
type Program struct {
	testing.TB
	Cmd *exec.Cmd
	// Out is what it printed. It is whole when the program has ended.
	Out bytes.Buffer
	// Said are the lines of its standard error that were waited for or passed by.
	Said []string

	lines chan string
}

// Start starts a command, whose outputs become the Program's.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{TB: t, Cmd: cmd, lines: make(chan string, 100)}
	cmd.Stdout = &p.Out
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(errs); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p
}

// Says waits for a line with these words.
func (p *Program) Says(words string) {
	p.Helper()
	for line := range p.lines {
		p.Said = append(p.Said, line)
		if strings.Contains(line, words) {
			return
		}
	}
	p.Fatalf("never said %q but %q", words, p.Said)
}

// Ends waits for the end and gives the exit code.
func (p *Program) Ends() int {
	p.Helper()
	for line := range p.lines {
		p.Said = append(p.Said, line)
	}
	var exit *exec.ExitError
	if err := p.Cmd.Wait(); err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	return p.Cmd.ProcessState.ExitCode()
}
