package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A machine that goes on for ever is switched off, and what is told is why.
func TestMachineIsSwitchedOff(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx   context.Context
		limit time.Duration
		says  string
		want  string
	}{
		"not understood": {t.Context(), time.Hour, "@exit well", "exit code"},
		"too slow":       {t.Context(), 50 * time.Millisecond, "=== RUN", "switched off after 50ms"},
		"Ctrl-C":         {stopped, time.Hour, "=== RUN", context.Canceled.Error()},
	} {
		b := bench{limit: c.limit}
		_, err := b.watch(c.ctx, exec.Command("sh", "-c", "echo '"+c.says+"'; exec sleep 1000"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestMachineThatEnds(t *testing.T) {
	b := bench{limit: time.Hour}
	if heard, err := b.watch(t.Context(), exec.Command("echo", "@exit 0")); err != nil || heard.exit == nil || *heard.exit != 0 {
		t.Errorf("%+v, %v", heard, err)
	}
	var ended *exec.ExitError
	if _, err := b.watch(t.Context(), exec.Command("false")); !errors.As(err, &ended) {
		t.Errorf("%v, want that QEMU failed", err)
	}
}
