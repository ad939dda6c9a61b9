// Command bench measures the product as it runs: the kiosk as a process with
// all its devices, whole visits, and the packages' own benchmarks, each figure
// beside what it should be. scripts/bench runs it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tram06/e2e/bench/figure"
)

type options struct {
	bin    string
	state  string
	starts int
	idle   time.Duration
	plugs  int
	cold   bool
	say    func(format string, args ...any)
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, progress io.Writer) int {
	o := options{say: func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&o.bin, "bin", "bin", "folder of the programs")
	flags.StringVar(&o.state, "state", "", "keep the programs' state and logs in this folder")
	flags.IntVar(&o.starts, "starts", 11, "starts of the kiosk, for the median")
	flags.DurationVar(&o.idle, "idle", 20*time.Second, "how long to watch the idle kiosk")
	flags.IntVar(&o.plugs, "plugs", 5, "how often each cable is pulled")
	flags.BoolVar(&o.cold, "tests", false, "also time \"make test\" in a fresh clone with empty caches")
	asJSON := flags.Bool("json", false, "print JSON instead of Markdown")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(progress, "bench: unknown argument %q\n", flags.Arg(0))
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := measure(ctx, o)
	if err != nil {
		fmt.Fprintln(progress, "bench:", err)
		return 1
	}
	if *asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(r)
	} else {
		_, err = io.WriteString(out, r.Markdown())
	}
	if err != nil {
		fmt.Fprintln(progress, "bench:", err)
		return 1
	}
	return 0
}

// measure makes all figures, the cheap ones first.
func measure(ctx context.Context, o options) (*figure.Report, error) {
	r := &figure.Report{}
	var err error
	if r.Machine, err = figure.ThisMachine(); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, options, *figure.Report) error{packages, product} {
		if err := part(ctx, o, r); err != nil {
			return nil, err
		}
	}
	if o.cold {
		if err := tests(ctx, o, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}
