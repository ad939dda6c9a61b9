package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tram06/devdock/citizen"
	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/e2e/bench/figure"
)

// order plays a visit with the gateway gone while the system calls of the
// kiosk are traced: the dossier must be on the disk before the screen says
// that it is kept.
func order(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	o.say("order of fsync and screen…")
	p, err := s.DialPanel(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	c := &citizen.Citizen{World: s.World, Panel: p, Key: people.All()[0].Key}
	for _, part := range []func(context.Context) error{c.Identify, c.Fill} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "tram06-trace-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "calls")
	trace := exec.CommandContext(ctx, "strace", "-f", "-yy", "-ttt", "-s", "400", "-o", file, "-e", "trace=fsync,fdatasync,write", "-p", strconv.Itoa(s.KioskP.Pid()))
	var said bytes.Buffer
	trace.Stderr = &said
	if err := trace.Start(); err != nil {
		return fmt.Errorf("strace: %w", err)
	}
	defer trace.Process.Kill()
	if err := attached(ctx, s.KioskP.Pid()); err != nil {
		return err
	}
	if err := c.Submit(ctx); err != nil {
		return err
	}
	if err := trace.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	trace.Wait() // it ends by the signal that it was sent
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	kept, told, err := parseTrace(string(b))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said.String())
	}
	r.Add("from the dossier's fsync to the screen that speaks of it", 1000*(told-kept), "ms", 0,
		"system calls of the kiosk, traced: fdatasync of the outbox, then the first picture of how it ended (slowed by the tracing)")
	if told < kept {
		return errors.New("the screen spoke of the dossier before it was on the disk")
	}
	return c.Leave(ctx)
}

// attached waits until the process is traced in all its threads.
func attached(ctx context.Context, pid int) error {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		if err != nil {
			return err
		}
		traced := 0
		for _, path := range tasks {
			if b, err := os.ReadFile(path); err == nil && !bytes.Contains(b, []byte("TracerPid:\t0\n")) {
				traced++
			}
		}
		if traced == len(tasks) && traced > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

var (
	synced = regexp.MustCompile(`^\d+ +(\d+\.\d+) (?:fsync|fdatasync)\(\d+<[^>]*outbox\.db`)
	ended  = regexp.MustCompile(`^\d+ +(\d+\.\d+) write\(\d+<UNIX.*\\"name\\":\\"done-`)
)

// parseTrace gives the times of the first fsync of the outbox and of the first
// screen that says how it ended.
func parseTrace(trace string) (kept, told float64, err error) {
	for line := range strings.Lines(trace) {
		if m := synced.FindStringSubmatch(line); m != nil && kept == 0 {
			kept, err = strconv.ParseFloat(m[1], 64)
		} else if m := ended.FindStringSubmatch(line); m != nil && told == 0 {
			told, err = strconv.ParseFloat(m[1], 64)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	switch {
	case kept == 0:
		return 0, 0, errors.New("the trace has no fsync of the outbox")
	case told == 0:
		return 0, 0, errors.New("the trace has no screen that tells the end")
	}
	return kept, told, nil
}
