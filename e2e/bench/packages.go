package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"tram06/e2e/bench/figure"
)

// packages runs the benchmarks that lie beside what they measure.
func packages(ctx context.Context, o options, r *figure.Report) error {
	o.say("benchmarks of the packages…")
	views, err := benchmark(ctx, "ui/screen", "BenchmarkView")
	if err != nil {
		return err
	}
	name, worst := "", 0.0
	for n, m := range views {
		if v := m["ns/op"] / 1e6; v > worst {
			name, worst = strings.TrimPrefix(n, "BenchmarkView/"), v
		}
	}
	r.Add("building a scene", worst, "ms", 1, "the slowest of %d screens (%s), `go test -bench View ./ui/screen`", len(views), name)
	for _, b := range []struct {
		pkg, name, metric string
		div               float64
		what, unit        string
		limit             float64
		how               string
	}{
		{"ui/stage", "BenchmarkTouch", "p99-ms", 1, "touch event to changed scene, 99 of 100", "ms", 5, "from the panel's event through driver, pointer, session and scene, without the drawing"},
		{"firmware/receipt", "BenchmarkRender576", "ns/op", 1e6, "raster of a receipt, CPU", "ms", 30, "80 mm paper with the signed QR"},
		{"devdock/pcscd", "BenchmarkRead", "host-us/APDU", 1e3, "the machine's own time for an APDU", "ms", 1, "one process reads whole cards through libpcsclite, pcscd and the virtual reader; the time in the simulated chip is taken off"},
		{"firmware/outbox", "BenchmarkCreate", "ns/op", 1e6, "keeping a dossier: seal, store, fsync", "ms", 0, "SQLite in WAL mode with synchronous=FULL, on this machine's temporary folder"},
	} {
		got, err := benchmark(ctx, b.pkg, b.name)
		if err != nil {
			return err
		}
		for _, m := range got {
			v, ok := m[b.metric]
			if !ok {
				return fmt.Errorf("%s of %s gives no %s", b.name, b.pkg, b.metric)
			}
			r.Add(b.what, v/b.div, b.unit, b.limit, "%s; `go test -bench %s ./%s`", b.how, strings.TrimPrefix(b.name, "Benchmark"), b.pkg)
		}
	}
	return nil
}

// benchmark gives the metrics of each benchmark run, by its name.
func benchmark(ctx context.Context, pkg, name string) (map[string]map[string]float64, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "./"+pkg).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w\n%s", name, pkg, err, out)
	}
	got := parseBenchmarks(string(out))
	if len(got) == 0 {
		return nil, fmt.Errorf("%s of %s printed no figure:\n%s", name, pkg, out)
	}
	return got, nil
}

// parseBenchmarks reads lines such as "BenchmarkView/x-2  100  4.5 ns/op  1 B/op".
func parseBenchmarks(out string) map[string]map[string]float64 {
	got := map[string]map[string]float64{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := f[0]
		if i := strings.LastIndexByte(name, '-'); i > 0 && allDigits(name[i+1:]) { // on one core it has no number
			name = name[:i]
		}
		metrics := map[string]float64{}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				metrics[f[i+1]] = v
			}
		}
		got[name] = metrics
	}
	return got
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
