package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"tram06/devdock/stack"
	"tram06/e2e/bench/figure"
)

// examinations is how often each figure of the doctor is taken.
const examinations = 5

// examine has the doctor look at the whole terminal, beside the kiosk that
// serves and without it. The kiosk runs afterwards.
func examine(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	o.say("%d examinations…", 2*examinations)
	beside, err := examined(ctx, s)
	if err != nil {
		return err
	}
	r.Add("kiosk doctor beside a kiosk that serves", median(beside), "ms", 10_000, "the whole program; %s", spread(beside, "runs"))
	if err := s.KioskP.Kill(); err != nil {
		return err
	}
	alone, err := examined(ctx, s)
	if err != nil {
		return err
	}
	r.Add("kiosk doctor, every device opened", median(alone), "ms", 10_000,
		"the same without the kiosk; the fan has to begin turning; %s", spread(alone, "runs"))
	began := time.Now()
	if err := s.KioskP.Start(); err != nil {
		return err
	}
	_, err = firstFrame(ctx, s, began)
	return err
}

func examined(ctx context.Context, s *stack.Stack) ([]float64, error) {
	var took []float64
	for range examinations {
		cmd := s.Doctor(ctx, "--json")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		began := time.Now()
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		took = append(took, milliseconds(time.Since(began)))
		var found struct {
			Worst    string
			Findings []json.RawMessage
		}
		if err := json.Unmarshal(out.Bytes(), &found); err != nil || found.Worst == "error" || len(found.Findings) < 20 {
			return nil, fmt.Errorf("the terminal is not well: %w: %s%s", errors.Join(err, errUnwell), out.String(), errs.String())
		}
	}
	return took, nil
}

var errUnwell = errors.New("what was measured is no examination of a whole terminal")
