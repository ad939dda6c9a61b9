package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"tram06/e2e/bench/figure"
)

// tests times the checks in a fresh clone with empty build caches. What was
// downloaded stays: the network is not what is measured.
func tests(ctx context.Context, o options, r *figure.Report) error {
	o.say("make test from cold; this takes a while…")
	dir, err := os.MkdirTemp("", "tram06-cold-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	clone := filepath.Join(dir, "clone")
	if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", ".", clone).CombinedOutput(); err != nil {
		return fmt.Errorf("git clone: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, "make", "test")
	cmd.Dir = clone
	cmd.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"), "STATICCHECK_CACHE="+filepath.Join(dir, "staticcheck"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("make test: %w\n%s", err, out)
	}
	steps := parseSteps(string(out))
	all := 0.0
	for _, s := range steps {
		all += s
	}
	r.Add("`make test` from cold", all/60, "min", 15, "fresh clone, empty build cache, modules downloaded; %d steps", len(steps))
	r.Add("of it the Go tests", (steps["vet"]+steps["rest"])/60, "min", 4, "steps vet and rest of the same run, with the compiling of nearly everything")
	r.Add("of it the race detector's", steps["race"]/60, "min", 0, "the packages where goroutines meet; step race, with its own build of all that they import")
	return nil
}

var stepLine = regexp.MustCompile(`(?m)^ok +(\S+) +(\d+) s$`)

func parseSteps(out string) map[string]float64 {
	steps := map[string]float64{}
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		if v, err := strconv.ParseFloat(m[2], 64); err == nil {
			steps[m[1]] = v
		}
	}
	return steps
}
