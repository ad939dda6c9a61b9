// Command devdock puts a whole kiosk on a desk: it runs the product's own
// programs with simulated devices, shows them on one local page, and can play
// a citizen by itself. For development and tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"tram06/devdock/stack"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := root().ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "devdock: stopped before it was done")
		return 130
	}
	fmt.Fprintln(os.Stderr, "devdock:", err)
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

type usageError struct{ error }

// noWords are the arguments of a command that takes flags only.
func noWords(c *cobra.Command, args []string) error {
	if err := cobra.NoArgs(c, args); err != nil {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	}
	return nil
}

// flags of the commands; state is run's only.
type flags struct {
	state, bin, overlay string
}

func (f *flags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.bin, "bin", filepath.Dir(self()), "folder of the programs")
	cmd.Flags().StringVar(&f.overlay, "board-overlay", "", "board file with real devices to use instead of simulated ones")
}

// self is the path of this program; its neighbours are the others.
func self() string {
	p, err := os.Executable()
	if err != nil {
		return "bin/devdock"
	}
	return p
}

func (f *flags) options() stack.Options {
	return stack.Options{Dir: f.state, Bin: f.bin, Overlay: f.overlay,
		Say: func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "devdock",
		Short:         "A whole kiosk on a desk, with simulated devices",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see devdock --help", args[0])}
			}
			return c.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.AddCommand(runCommand(), demoCommand(), cardCommand())
	return cmd
}
