// Command chip measures the reading of a card as far as that goes without one:
// commands, time on a model of the radio link, the host's processor time and
// memory. scripts/bench-chip runs it.
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

	"tram06/devdock/people"
	"tram06/e2e/bench/figure"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/trust"
)

type options struct {
	runs int
	say  func(format string, args ...any)
}

// answer is all that was measured.
type answer struct {
	figure.Report
	Radio []Radio `json:"radio"`
	Work  []Work  `json:"work"`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, progress io.Writer) int {
	o := options{say: func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }}
	flags := flag.NewFlagSet("bench-chip", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.runs, "runs", 50, "readings for the mean of the processor time")
	asJSON := flags.Bool("json", false, "print JSON instead of Markdown")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 || o.runs < 1 {
		fmt.Fprintln(progress, "bench-chip: takes flags only, and at least one run")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a, err := measure(ctx, o)
	if err == nil && *asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(a)
	} else if err == nil {
		_, err = io.WriteString(out, a.Markdown())
	}
	if err != nil {
		fmt.Fprintln(progress, "bench-chip:", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, o options) (*answer, error) {
	a := &answer{}
	var err error
	if a.Machine, err = figure.ThisMachine(); err != nil {
		return nil, err
	}
	d, err := newDeck(trusting)
	if err != nil {
		return nil, err
	}
	if a.Radio, err = goals(ctx, d, o, &a.Report); err != nil {
		return nil, err
	}
	a.Work, err = work(ctx, o)
	return a, err
}

// trusting is a store that trusts the cards' authority, opened as the kiosk
// does it: from a folder.
func trusting(a *chipsim.Authority) (*trust.Store, error) {
	dir, err := os.MkdirTemp("", "tram06-csca-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := people.Publish(a, dir, today); err != nil {
		return nil, err
	}
	store, problems, err := trust.Open(dir)
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	return store, err
}
